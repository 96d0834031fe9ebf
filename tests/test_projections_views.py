"""Every view says what the rules say, however the events came: in batches, one by one, rebuilt."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import district
import timebank
from journal import events as book_events
from projections import (
    areas,
    order_pages,
    purses,
    recipients,
    rule_sheets,
    service_records,
    staff,
    stations,
    volunteers,
)
from projections.catalogue import ALL, open_views
from projections.catchup import CatchUp
from projections.rebuild import check, rebuild
from projections.view import View
from projections.views import Views
from tests.projections_district import COMMUNITIES, TODAY, District, lived, uuid
from timebank import orders as order_rules
from timebank import rules as rule_rules
from timebank.accounts import accounts, available
from timebank.hours import HoursRecorded
from timebank.purse import DebtRepaid, PointsEarned

DEEDS = st.lists(
    st.tuples(st.integers(0, 21), st.integers(0, 11), st.integers(0, 5)), min_size=8, max_size=200
)


@pytest.mark.parametrize("view", ALL, ids=lambda view: str(view.name))
def test_every_view_says_of_every_tag_whether_it_uses_it(view: View) -> None:
    """And none of both: an event that is used and ignored is a mistake."""
    modules = (timebank, district)
    known = {kind.__struct_config__.tag for module in modules for kind in module.CLEAR}
    known |= {kind.__struct_config__.tag for module in modules for kind in module.SEALED}
    known |= {kind.__struct_config__.tag for kind in book_events.CLEAR}
    assert view.uses | view.ignores == known
    assert not view.uses & view.ignores


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(deeds=DEEDS, batch=st.sampled_from([1, 3, 500]))
def test_views_agree_with_the_rules(deeds: list[tuple[int, int, int]], batch: int) -> None:
    """Whatever happens in a district, in batches of any size."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        views = open_views("sqlite:///", home)
        told = lived(deeds)
        agree(views, told, batch)
        views.close()


def test_a_long_life_agrees_on_every_store(book_url: str, tmp_path: Path) -> None:
    """3,000 deeds, then a rebuild of everything beside the serving views."""
    chance = random.Random(2)
    deeds = [(chance.randrange(22), chance.randrange(12), chance.randrange(6)) for _ in range(3000)]
    views = open_views(book_url, tmp_path)
    told = lived(deeds)
    used = {tag for view in ALL for tag in view.uses}
    assert used - {recorded.tag for recorded in told.past.recorded} == {
        "order.attested",
        "purse.debt_settled",
        "purse.given_back",
        "purse.reduced",
        "staff.relief_explained",
    }
    agree(views, told, 100)
    before = everything(views)
    rebuild(views, told.past, list(views.views))
    assert {served.generation for served in views.standing().values()} == {2}
    assert everything(views) == before
    views.close()


def agree(views: Views, told: District, batch: int) -> None:
    """Bring *views* on and compare all that they say with the folds of the rules."""
    worker = CatchUp(views, told.past, batch=batch)
    while worker.run_once():
        assert sum(purses.trial_balance(views).values()) == 0
    assert all(
        served.stopped is None and served.position == told.past.head()
        for served in views.standing().values()
    )
    agree_on_orders(views, told)
    agree_on_purses(views, told)
    agree_on_people(views, told)
    agree_on_the_district(views, told)
    assert check(views, told.past, list(views.views)) == []


def agree_on_orders(views: Views, told: District) -> None:
    """Status, places, members and the filters of the list."""
    states = told.of_kind("order")
    listed = {item.id: item for item in order_pages.orders(views, asked_by=uuid(1, 0)).items}
    assert listed.keys() == states.keys()
    credit: Counter[tuple[str, str]] = Counter()
    for recorded in told.past.recorded:
        if isinstance(recorded.event, PointsEarned | DebtRepaid):
            credit[recorded.event.order, recorded.event.person] += recorded.event.minutes
    for order, state in states.items():
        item = listed[order]
        assert item == order_pages.order(views, order, asked_by=uuid(1, 0))
        assert item.status == order_rules.status(state)
        assert item.places_left == state.places_left
        assert item.version == told.past.versions[f"order-{order}"]
        assert (
            msgspec.structs.asdict(state.terms).items()
            <= {
                **msgspec.structs.asdict(item),
                "requirements": tuple(item.requirements),
            }.items()
        )
        shown = order_pages.members(views, order)
        assert {member.volunteer: member.state for member in shown} == {
            volunteer: order_rules.member_state(member)
            for volunteer, member in state.members.items()
        }
        for member in shown:
            known = state.members[member.volunteer]
            began, ended = known.began, None
            if began is None and known.presences:
                began, ended = known.presences[-1].began, known.presences[-1].ended
            assert member.check_in == (began and began.at)
            assert member.check_out == (ended and ended.at)
            assert member.minutes == known.confirmed_minutes
            assert member.credit_minutes == credit[order, member.volunteer]
    me = uuid(1, 0)
    mine = {order: state.members[me] for order, state in states.items() if me in state.members}
    assert {order: item.my_state for order, item in listed.items() if item.my_state} == {
        order: order_rules.member_state(member) for order, member in mine.items()
    }
    found = order_pages.orders(views, volunteer=me).items
    assert {item.id for item in found} == {
        order for order, member in mine.items() if not member.withdrawn
    }
    for status in {item.status for item in listed.values()}:
        found = order_pages.orders(views, status=status).items
        assert {item.id for item in found} == {
            order for order, state in states.items() if order_rules.status(state) == status
        }
    found = order_pages.orders(views, community=COMMUNITIES[0][:9]).items
    assert {item.id for item in found} == {
        order for order, state in states.items() if state.terms.community != COMMUNITIES[2]
    }


def agree_on_purses(views: Views, told: District) -> None:
    """Balances, lots, entries, service records; and everything sums to 0."""
    balances: Counter[str] = Counter()
    for recorded in told.past.recorded:
        for account, minutes in accounts(recorded.event):  # type: ignore[arg-type]
            balances[account] += minutes
    assert purses.trial_balance(views) == dict(balances)
    assert sum(balances.values()) == 0
    for person in (uuid(1, number) for number in range(4)):
        state = told.state(f"purse-{person}")
        shown = purses.purse(views, person)
        assert shown.available_minutes == state.balance_minutes
        assert (shown.held_minutes, shown.debt_minutes) == (state.held_minutes, state.debt_minutes)
        assert [(lot.lot, lot.minutes, lot.earned_on, lot.valid_until) for lot in shown.lots] == [
            (lot.lot, lot.minutes, lot.on, lot.valid_until) for lot in state.lots
        ]
        own, moved = available(person), 0
        for entry in purses.entries(views, person, limit=10_000).items:
            moved += entry.minutes * ((entry.credit == own) - (entry.debit == own))
            assert (entry.reversed_by is not None) == (entry.entry in told.undone)
        assert moved == state.balance_minutes
        records = service_records.service_records(views, person).items
        assert [record.position for record in records] == sorted(
            (
                recorded.position
                for recorded in told.past.recorded
                if isinstance(recorded.event, HoursRecorded) and recorded.event.person == person
            ),
            reverse=True,
        )
        assert sum(record.credit_minutes for record in records) == sum(
            recorded.event.minutes
            for recorded in told.past.recorded
            if isinstance(recorded.event, PointsEarned | DebtRepaid)
            and recorded.event.person == person
        )
        volunteer = volunteers.volunteer(views, person)
        served = sum(record.minutes for record in records)
        assert served == (0 if volunteer is None else volunteer.service_minutes)


def agree_on_people(views: Views, told: District) -> None:
    """Volunteers and recipients, without a word about them."""
    for volunteer, state in told.of_kind("volunteer").items():
        shown = volunteers.volunteer(views, volunteer)
        assert shown is not None
        assert shown.volunteer_no == state.volunteer_no
        assert shown.community == state.community
        standing = {(0, 0): "registered", (1, 0): "verified"}
        expected = standing.get((state.verified, state.suspended), "suspended")
        assert shown.status == ("left" if state.left else expected)
        assert tag_at(told, shown.described) == "volunteer.described"
        if shown.identity is not None:
            assert tag_at(told, shown.identity) == "volunteer.identity_recorded"
    for recipient, state in told.of_kind("recipient").items():
        found = recipients.recipient(views, recipient)
        assert found is not None
        assert (found.community, tuple(found.categories)) == (state.community, state.categories)
        assert tag_at(told, found.described) == "recipient.described"
        assert {
            proxy.person: proxy.relation for proxy in recipients.proxies(views, recipient)
        } == state.proxies
    assert "ecret" not in str(everything(views))


def agree_on_the_district(views: Views, told: District) -> None:
    """Stations, areas, staff and rule sheets."""
    assert {item.id: (item.title, item.community) for item in stations.stations(views).items} == {
        station: (state.title, state.community)
        for station, state in told.of_kind("station").items()
    }
    assert {(item.name, item.residents) for item in areas.areas(views).items} == {
        (state.name, state.residents) for state in told.of_kind("area").values()
    }
    for person, state in told.of_kind("staff").items():
        for on in (None, TODAY + timedelta(days=3)):
            assert {
                (item.id, item.role, item.area, item.from_on, item.until_on, item.ended_on)
                for item in staff.grants_of(views, person, on=on)
            } == {
                msgspec.structs.astuple(grant)
                for grant in state.grants
                if on is None or grant.in_force(on)
            }
    shown = {member.id: len(member.grants) for member in staff.staff(views, role="auditor").items}
    assert shown == {
        person: count
        for person, state in told.of_kind("staff").items()
        if (count := sum(grant.role == "auditor" for grant in state.grants))
    }
    assert [sheet.id for sheet in rule_sheets.rule_sheets(views, on=TODAY).items] == [
        sheet.sheet for sheet in told.state(rule_rules.POINTS_STREAM).sheets
    ]


def tag_at(told: District, position: int | None) -> str:
    """The tag of the event to which a view refers."""
    assert position is not None
    return told.past.recorded[position - 1].tag


def everything(views: Views) -> dict[str, list[Any]]:
    """Every row of every table."""
    return {
        table.name: sorted(
            map(repr, map(tuple, views.rows(f"SELECT * FROM {{{table.name}}}")))  # noqa: S608
        )
        for view in ALL
        for table in view.tables
    }

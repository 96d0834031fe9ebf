"""Lists in pages: every item once, whatever the order, and never by reading the whole table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

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
from projections.catalogue import open_views
from projections.catchup import CatchUp
from projections.cursor import BadCursor, from_cursor, to_cursor
from projections.pages import Page
from projections.views import Views
from tests.projections_district import COMMUNITIES, TODAY, uuid
from tests.projections_past import START, Past
from timebank.orders import (
    CheckedIn,
    CheckedOut,
    OrderAccepted,
    OrderDrafted,
    OrderPublished,
    Terms,
)
from timebank.stations import StationOpened
from timebank.volunteers import VolunteerRegistered

FAR = date(2035, 1, 1)


def past() -> Past:
    """45 orders, each with a volunteer who waits for confirmation; 45 stations."""
    told = Past()
    for number in range(45):
        order, volunteer, station = uuid(4, number), uuid(1, number), uuid(3, number)
        start = START + timedelta(hours=number * 7 % 45)
        told.told(
            StationOpened(station=station, title="S", community=COMMUNITIES[number % 3]),
            VolunteerRegistered(
                volunteer=volunteer,
                volunteer_no=f"{number:012}",
                community=COMMUNITIES[number % 3],
                consent_version="1",
                consented_at=START,
                consent_by="self",
            ),
        )
        told.told(
            OrderDrafted(
                order=order,
                terms=Terms(
                    kind="individual",
                    category="company",
                    community=COMMUNITIES[number % 3],
                    organising_unit="U",
                    planned_start=start,
                    planned_end=start + timedelta(hours=1),
                    places=1,
                    funding="issuance",
                    station=station,
                ),
            ),
            OrderPublished(order=order),
            OrderAccepted(order=order, volunteer=volunteer),
            CheckedIn(order=order, volunteer=volunteer, at=start, earliest=start, latest=start),
            CheckedOut(
                order=order,
                volunteer=volunteer,
                at=start,
                earliest=start,
                latest=start,
                record_due_on=TODAY + timedelta(days=number * 11 % 9),
            ),
            by="publisher",
        )
    return told


@pytest.fixture
def views(book_url: str, tmp_path: Path) -> Iterator[Views]:
    """All views, up to date."""
    made = open_views(book_url, tmp_path)
    while CatchUp(made, past()).run_once():
        pass
    yield made
    made.close()


def paged(ask: Callable[[str | None], Page[Any]]) -> list[Any]:
    """All items of all pages."""
    items, cursor = [], None
    while True:
        page = ask(cursor)
        items += page.items
        cursor = page.next
        if cursor is None:
            return items


def test_every_item_comes_once_in_order(views: Views) -> None:
    """45 items in pages of 7, by each order of the list of orders, and of others."""
    newest = paged(lambda cursor: order_pages.orders(views, limit=7, cursor=cursor))
    assert [item.id for item in newest] == [uuid(4, number) for number in range(44, -1, -1)]
    starting = paged(
        lambda cursor: order_pages.orders(views, starts_from=START, limit=7, cursor=cursor)
    )
    assert [item.planned_start for item in starting] == sorted(
        START + timedelta(hours=number) for number in range(45)
    )
    due = paged(lambda cursor: order_pages.orders(views, due_before=FAR, limit=7, cursor=cursor))
    assert len({item.id for item in due}) == 45
    assert [(item.record_due_on, item.drafted) for item in due] == sorted(
        (item.record_due_on, item.drafted) for item in newest
    )
    opened = paged(lambda cursor: stations.stations(views, limit=7, cursor=cursor))
    assert [item.id for item in opened] == [uuid(3, number) for number in range(45)]
    exact = order_pages.orders(views, limit=45)
    assert (len(exact.items), exact.next) == (45, None)


@pytest.mark.parametrize("area", ["330106", "330106001", "330106001002"])
def test_an_area_holds_all_inside_it(views: Views, area: str) -> None:
    """By the beginning of the code: district, street, community."""
    inside = {number for number in range(45) if COMMUNITIES[number % 3].startswith(area)}
    found = order_pages.orders(views, community=area).items
    assert {item.id for item in found} == {uuid(4, number) for number in inside}
    people = volunteers.volunteers(views, community=area).items
    assert {item.id for item in people} == {uuid(1, number) for number in inside}
    places = stations.stations(views, community=area).items
    assert {item.id for item in places} == {uuid(3, number) for number in inside}


def test_who_must_confirm_finds_what_waits(views: Views) -> None:
    """Of one station, of some recipients; of nobody, nothing."""
    ask = order_pages.orders
    waiting = ask(views, awaiting=True, station=uuid(3, 5)).items
    assert [item.id for item in waiting] == [uuid(4, 5)]
    assert ask(views, awaiting=True, recipients=[]).items == []
    assert ask(views, awaiting=True, recipients=[uuid(2, 1)]).items == []
    assert len(ask(views, published_by="publisher").items) == 45


def test_a_strange_cursor_is_refused(views: Views) -> None:
    """It is never taken for the beginning of the list."""
    strange = ["", "?", "AAAA", "中", to_cursor("a"), to_cursor(1, 2, 3), to_cursor(), "k" * 9999]
    for cursor in strange:
        with pytest.raises(BadCursor):
            order_pages.orders(views, cursor=cursor)
        with pytest.raises(BadCursor):
            order_pages.orders(views, cursor=cursor, due_before=FAR)


def test_a_cursor_comes_back_as_it_went() -> None:
    """Ids and positions, in characters that an address may hold."""
    cursor = to_cursor("2025-03-01", 77)
    assert from_cursor(cursor, tuple[str, int]) == ("2025-03-01", 77)
    assert cursor.replace("-", "").replace("_", "").isalnum()


def test_no_list_reads_a_whole_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite says how it would answer: by index, or by key."""
    views = open_views("sqlite:///", tmp_path)
    asked: list[tuple[str, Sequence[object]]] = []
    rows = views.store.rows

    def noted(sql: str, params: Sequence[object] = ()) -> list[Any]:
        asked.append((sql, params))
        return rows(sql, params)

    monkeypatch.setattr(views.store, "rows", noted)
    person = uuid(1, 1)
    order_pages.order(views, uuid(4, 1), asked_by=person)
    order_pages.members(views, uuid(4, 1))
    for chosen in (
        {},
        {"status": "published"},
        {"station": uuid(3, 1)},
        {"community": COMMUNITIES[0]},
        {"community": COMMUNITIES[0][:9]},
        {"community": COMMUNITIES[0][:6]},
        {"recipient": uuid(2, 1)},
        {"volunteer": person},
        {"published_by": person},
        {"awaiting": True, "recipients": [uuid(2, 1)]},
        {"awaiting": True, "station": uuid(3, 1)},
        {"starts_from": START, "starts_before": START},
        {"due_before": TODAY},
    ):
        order_pages.orders(views, asked_by=person, **chosen)
    purses.purse(views, person)
    purses.entries(views, person)
    for area in (None, COMMUNITIES[0], COMMUNITIES[0][:9]):
        volunteers.volunteers(views, community=area)
        recipients.recipients(views, community=area)
    volunteers.volunteers(views, status="verified")
    volunteers.volunteers(views, volunteer_no="1")
    volunteers.volunteers(views, ids=[person])
    volunteers.volunteer(views, person)
    service_records.service_records(views, person, from_on=TODAY, to_on=TODAY)
    service_records.service_record(views, person)
    recipients.recipient(views, person)
    recipients.proxies(views, person)
    recipients.represented(views, person)
    stations.station(views, person)
    staff.grants_of(views, person, on=TODAY)
    areas.areas(views, under="330106")
    rule_sheets.rule_sheets(views, kind="points")
    for sql, params in asked:
        plan = [step for *_, step in rows(f"EXPLAIN QUERY PLAN {sql}", params)]
        assert not [step for step in plan if step.startswith("SCAN") and "INDEX" not in step], (
            sql,
            plan,
        )
        assert "areas__1" in sql or not any("AUTOMATIC" in step for step in plan), (sql, plan)
    assert len(asked) > 30
    views.close()

"""Ordering: a station drafts and publishes, or calls an order off."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.living import Life, living
from tests.serving import (
    CLERK,
    ORDER,
    RECIPIENT,
    STATION,
    Past,
    at,
    published,
    served,
    terms,
    workdays,
)
from timebank.event import Event, IdTaken, Refused
from timebank.order_course import AcceptanceLimited
from timebank.ordering import (
    AlreadyBegun,
    FundingNotOffered,
    KindNotOffered,
    NoPlaces,
    OrderHasLapsed,
    OrderIsCancelled,
    OrderNotFound,
    PlanEndsBeforeStart,
    PoolForTeamsOnly,
    cancel,
    draft,
    publish,
)
from timebank.orders import (
    Order,
    OrderCancelled,
    OrderDescribed,
    OrderDrafted,
    OrderPublished,
    PersonInChargeNamed,
)
from timebank.recipients import Recipient, RecipientNotFound
from timebank.stations import Station, StationNotFound
from timebank.teams import Team, TeamIsDisbanded, TeamNotFound

EIGHT = at("08:00")
OPEN = Station(title="城东时光益站", community="330102001001")
KNOWN = Recipient(community="330102001001")
DISBANDED = Team(title="阳光队", community="330102001001", disbanded=True)


def write(state: Order | None = None, **changes: Any) -> list[Event]:
    """Draft the order with some facts or terms changed."""
    facts: dict[str, Any] = {"order": ORDER, "title": "陪张奶奶看病"}
    states: dict[str, Any] = {"station": OPEN, "recipient": KNOWN, "team": None}
    for name in list(changes):
        if name in {"title", "content", "address", "person_in_charge"}:
            facts[name] = changes.pop(name)
        elif name.endswith("_state"):
            states[name.removesuffix("_state")] = changes.pop(name)
    wanted = terms(**changes)
    return draft(
        state or Order(),
        states["station"] if wanted.station else None,
        states["recipient"] if wanted.recipient else None,
        states["team"],
        terms=wanted,
        **facts,
    )


def show(past: Past, now: datetime = EIGHT) -> list[Event]:
    """Publish the order."""
    return publish(
        past.state("order", ORDER), past.rules, order=ORDER, by=CLERK, now=now, workdays=workdays
    )


def test_an_order_at_home_is_sealed_under_the_recipient() -> None:
    """The terms stay clear; title and address are the recipient's; the unit is the station."""
    assert write(address="一号楼二单元", person_in_charge="赵明") == [
        OrderDrafted(order=ORDER, terms=terms(organising_unit="城东时光益站")),
        OrderDescribed(order=ORDER, holder=RECIPIENT, title="陪张奶奶看病", address="一号楼二单元"),
        PersonInChargeNamed(order=ORDER, holder=STATION, name="赵明"),
    ]


@pytest.mark.parametrize(("station", "holder"), [(STATION, STATION), (None, ORDER)])
def test_an_order_for_everyone_is_sealed_under_its_station(
    station: str | None, holder: str
) -> None:
    """Without a recipient the words are the station's; without a station, the order's own."""
    _, sealed = write(recipient=None, station=station, organising_unit="社区")
    assert isinstance(sealed, OrderDescribed)
    assert sealed.holder == holder


def drafted() -> Past:
    """The order is still a draft."""
    past = Past()
    past.publish_points()
    past.add(write())
    return past


def test_publishing_limits_the_time_for_accepting() -> None:
    """Published at eight for nine to eleven: whoever wants a place takes it before eleven."""
    assert show(drafted()) == [
        OrderPublished(order=ORDER),
        AcceptanceLimited(order=ORDER, until=at("11:00")),
    ]


@pytest.mark.parametrize("past", [drafted, Past])
def test_an_order_written_down_afterwards_has_no_limit(past: Callable[[], Past]) -> None:
    """Published after its plan has passed, or without rules of orders, it never lapses."""
    told = past()
    told.events = [event for event in told.events if not event.stream.startswith("rules")]
    if not told.events:
        told.add(write())
    assert show(told) == [OrderPublished(order=ORDER)]
    assert show(drafted(), now=at("11:00")) == [OrderPublished(order=ORDER)]


def test_drafting_and_publishing_again_do_nothing() -> None:
    """A retry is free."""
    past = published()
    assert past.publish() == []
    assert show(past) == []


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"kind": "fair"}, KindNotOffered),
        ({"team": STATION}, KindNotOffered),
        ({"funding": "recipient", "recipient": None}, FundingNotOffered),
        ({"funding": "pool:nobody"}, FundingNotOffered),
        ({"pool_minutes": 60}, PoolForTeamsOnly),
        ({"kind": "team", "pool_minutes": 0}, PoolForTeamsOnly),
        ({"kind": "team", "team": STATION}, TeamNotFound),
        ({"kind": "team", "team": STATION, "team_state": DISBANDED}, TeamIsDisbanded),
        ({"planned_end": at("09:00")}, PlanEndsBeforeStart),
        ({"places": 0}, NoPlaces),
        ({"station_state": Station()}, StationNotFound),
        ({"recipient_state": Recipient()}, RecipientNotFound),
    ],
)
def test_which_orders_are_refused(changes: dict[str, Any], refusal: type[Refused]) -> None:
    """Each rule of drafting refuses by its own name."""
    with pytest.raises(refusal):
        write(**changes)


def test_an_id_stands_for_one_order() -> None:
    """Other terms under the same id are refused."""
    with pytest.raises(IdTaken):
        write(published().state("order", ORDER), places=3)


def test_an_order_is_cancelled_once() -> None:
    """Cancelling again does nothing; a cancelled order is not published again."""
    past = published()
    event = OrderCancelled(order=ORDER, reason_code="weather")
    assert past.add(cancel(past.state("order", ORDER), order=ORDER, reason_code="weather")) == [
        event
    ]
    assert cancel(past.state("order", ORDER), order=ORDER, reason_code="weather") == []
    with pytest.raises(OrderIsCancelled):
        show(past)


def test_what_has_begun_or_lapsed_is_not_cancelled() -> None:
    """After a check-in the service is a fact; after its time the order is over."""
    with pytest.raises(AlreadyBegun):
        cancel(served().state("order", ORDER), order=ORDER, reason_code="weather")
    life = living()
    life.time(at("11:00"))
    with pytest.raises(OrderHasLapsed):
        life.cancel()
    with pytest.raises(OrderHasLapsed):
        show(life)


def test_nothing_follows_from_an_order_that_is_not_there() -> None:
    """Publishing and cancelling need an order."""
    with pytest.raises(OrderNotFound):
        show(Life())
    with pytest.raises(OrderNotFound):
        cancel(Order(), order=ORDER, reason_code="weather")

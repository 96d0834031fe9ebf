"""Ordering: a station drafts and publishes, volunteers take places and give them back."""

from typing import Any

import pytest

from tests.serving import (
    ORDER,
    OTHER,
    PROXY,
    RECIPIENT,
    STATION,
    VOLUNTEER,
    Past,
    accepted,
    at,
    published,
    served,
    terms,
)
from timebank.event import Event, IdTaken, Refused
from timebank.ordering import (
    AllPlacesTaken,
    AlreadyBegun,
    FundingNotOffered,
    KindNotOffered,
    NoPlaces,
    NotAccepted,
    NotPublished,
    OrderIsCancelled,
    OrderNotFound,
    OwnService,
    PlanEndsBeforeStart,
    accept,
    cancel,
    draft,
    publish,
    withdraw,
)
from timebank.orders import (
    Order,
    OrderAccepted,
    OrderCancelled,
    OrderDescribed,
    OrderDrafted,
    OrderPublished,
    OrderWithdrawn,
    PersonInChargeNamed,
)
from timebank.recipients import Recipient, RecipientNotFound
from timebank.standing import leave, suspend
from timebank.stations import Station, StationNotFound
from timebank.volunteers import (
    IdentityNotVerified,
    Volunteer,
    VolunteerHasLeft,
    VolunteerIsSuspended,
    VolunteerNotFound,
)

OPEN = Station(title="城东时光益站", community="330102001001")
KNOWN = Recipient(community="330102001001")


def write(state: Order | None = None, **changes: Any) -> list[Event]:
    """Draft the order with some facts or terms changed."""
    facts: dict[str, Any] = {"order": ORDER, "title": "陪张奶奶看病"}
    states: dict[str, Any] = {"station": OPEN, "recipient": KNOWN}
    for name in list(changes):
        if name in {"title", "content", "address", "person_in_charge", "published"}:
            facts[name] = changes.pop(name)
        elif name.endswith("_state"):
            states[name.removesuffix("_state")] = changes.pop(name)
    wanted = terms(**changes)
    return draft(
        state or Order(),
        states["station"] if wanted.station else None,
        states["recipient"] if wanted.recipient else None,
        terms=wanted,
        **facts,
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


def test_an_order_may_be_published_at_once_or_later() -> None:
    """A draft becomes public by an event of its own."""
    assert write(published=True)[-1] == OrderPublished(order=ORDER)
    past = Past()
    past.add(write())
    assert publish(past.state("order", ORDER), order=ORDER) == [OrderPublished(order=ORDER)]
    assert write(past.state("order", ORDER), published=True) == [OrderPublished(order=ORDER)]


def test_drafting_and_publishing_again_do_nothing() -> None:
    """A retry is free, also after the order was cancelled."""
    past = published()
    assert past.publish() == []
    assert publish(past.state("order", ORDER), order=ORDER) == []
    past.add(cancel(past.state("order", ORDER), order=ORDER, reason_code="weather"))
    assert past.publish() == []


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"kind": "team"}, KindNotOffered),
        ({"funding": "recipient"}, FundingNotOffered),
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


def test_a_volunteer_takes_a_place_once() -> None:
    """Accepting again does nothing and takes no second place."""
    past = published()
    assert past.accept() == [OrderAccepted(order=ORDER, volunteer=VOLUNTEER)]
    assert past.accept() == []
    assert past.state("order", ORDER).places_left == 1


def test_a_place_given_back_is_free_again() -> None:
    """Withdrawing happens once; whoever withdrew may come back."""
    past = accepted()
    gone = withdraw(past.state("order", ORDER), order=ORDER, volunteer=VOLUNTEER)
    assert past.add(gone) == [OrderWithdrawn(order=ORDER, volunteer=VOLUNTEER)]
    assert withdraw(past.state("order", ORDER), order=ORDER, volunteer=VOLUNTEER) == []
    assert past.state("order", ORDER).places_left == 2
    assert past.accept() == [OrderAccepted(order=ORDER, volunteer=VOLUNTEER)]


def cancelled() -> Past:
    """The order was called off."""
    past = published()
    past.add(cancel(past.state("order", ORDER), order=ORDER, reason_code="weather"))
    return past


def drafted() -> Past:
    """The order is still a draft."""
    past = Past()
    past.register()
    past.verify()
    past.add(write())
    return past


def suspended() -> Past:
    """The volunteer was suspended."""
    past = published()
    state = past.state("volunteer", VOLUNTEER)
    past.add(suspend(state, volunteer=VOLUNTEER, reason_code="no_show"))
    return past


def gone() -> Past:
    """The volunteer left."""
    past = published()
    state = past.state("volunteer", VOLUNTEER)
    past.add(leave(state, volunteer=VOLUNTEER, reason_code="moved"))
    return past


def unverified() -> Past:
    """An order is published and another person has just registered."""
    past = published()
    past.register(PROXY)
    return past


def full() -> Past:
    """The only place is taken."""
    past = published()
    past.publish(order=OTHER, places=1)
    past.accept(OTHER, order=OTHER)
    return past


@pytest.mark.parametrize(
    ("past", "order", "volunteer", "refusal"),
    [
        (Past(), ORDER, VOLUNTEER, OrderNotFound),
        (published(), ORDER, STATION, VolunteerNotFound),
        (cancelled(), ORDER, VOLUNTEER, OrderIsCancelled),
        (drafted(), ORDER, VOLUNTEER, NotPublished),
        (gone(), ORDER, VOLUNTEER, VolunteerHasLeft),
        (suspended(), ORDER, VOLUNTEER, VolunteerIsSuspended),
        (unverified(), ORDER, PROXY, IdentityNotVerified),
        (full(), OTHER, VOLUNTEER, AllPlacesTaken),
    ],
)
def test_who_may_not_accept(past: Past, order: str, volunteer: str, refusal: type[Refused]) -> None:
    """Each rule of accepting refuses by its own name."""
    with pytest.raises(refusal):
        past.accept(volunteer, order=order)


def test_nobody_serves_themselves() -> None:
    """A recipient who volunteers may not take an order for their own home."""
    person = Volunteer(volunteer_no="1", community="330102001001", verified=True)
    with pytest.raises(OwnService):
        accept(published().state("order", ORDER), person, order=ORDER, volunteer=RECIPIENT)


def test_an_order_is_cancelled_once() -> None:
    """Cancelling again does nothing; a cancelled order is not published again."""
    past = published()
    event = OrderCancelled(order=ORDER, reason_code="weather")
    assert past.add(cancel(past.state("order", ORDER), order=ORDER, reason_code="weather")) == [
        event
    ]
    assert cancel(past.state("order", ORDER), order=ORDER, reason_code="weather") == []
    with pytest.raises(OrderIsCancelled):
        publish(past.state("order", ORDER), order=ORDER)


def test_what_has_begun_is_neither_cancelled_nor_withdrawn() -> None:
    """After a check-in the service is a fact."""
    state = served().state("order", ORDER)
    with pytest.raises(AlreadyBegun):
        cancel(state, order=ORDER, reason_code="weather")
    with pytest.raises(AlreadyBegun):
        withdraw(state, order=ORDER, volunteer=VOLUNTEER)


def test_nothing_follows_from_an_order_that_is_not_there() -> None:
    """Publishing, cancelling and withdrawing need an order, withdrawing a place on it."""
    with pytest.raises(OrderNotFound):
        publish(Order(), order=ORDER)
    with pytest.raises(OrderNotFound):
        cancel(Order(), order=ORDER, reason_code="weather")
    with pytest.raises(OrderNotFound):
        withdraw(Order(), order=ORDER, volunteer=VOLUNTEER)
    with pytest.raises(NotAccepted):
        withdraw(published().state("order", ORDER), order=ORDER, volunteer=VOLUNTEER)

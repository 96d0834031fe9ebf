"""Reserving: pieces and points are kept together, and are free again together."""

from datetime import timedelta
from typing import Any

import pytest

from tests.goods import CLOSES, FAIR, NOON, OFFER, OPENS, RED, STALL, Goods
from tests.purses import entry, sheet
from tests.serving import VOLUNTEER
from timebank.event import IdTaken, Refused
from timebank.fairs import FairClosed, FairIsOver, StallNotFound, StallReconciled
from timebank.offering import OfferIsClosed, OfferNotFound
from timebank.offers import OfferClosed, Pieces, PiecesReleased, PiecesReserved
from timebank.postings import HoldReturned, PointsHeld
from timebank.redeeming import QuantityMalformed, SoldOut, TooYoungToSpend, must_be_left
from timebank.redemptions import (
    AlreadyHandedOver,
    GoodsReserved,
    ProofKept,
    RedemptionCancelled,
    RedemptionLapsed,
    RedemptionNotFound,
    ReservationCancelled,
    ReservationLapsed,
    must_be_reserved,
)
from timebank.spending import NotEnoughPoints

HALF_AN_HOUR = timedelta(minutes=30)


def test_pieces_and_points_are_kept_for_half_an_hour() -> None:
    """Two umbrellas of 120 at the station, at noon: 240 held, lapsing at 12:30."""
    book = Goods().at_station()
    reserved, pieces, points = book.reserve(quantity=2)
    assert reserved == GoodsReserved(
        redemption=RED,
        offer=OFFER,
        person=VOLUNTEER,
        quantity=2,
        minutes=240,
        lapses_at=NOON + HALF_AN_HOUR,
    )
    assert isinstance(pieces, PiecesReserved)
    assert isinstance(points, PointsHeld)
    assert (points.entry, points.redemption, points.minutes) == (RED, RED, 240)
    assert book.offer.pieces == Pieces(stock=10, reserved=2)


def test_a_steward_says_how_the_person_agreed() -> None:
    """A signature: the method is clear, where it is kept is sealed under the person."""
    *_, kept = Goods().at_station().reserve(proof="signature", proof_reference="照片 17")
    assert kept == ProofKept(redemption=RED, holder=VOLUNTEER, reference="照片 17")


def test_reserving_again_does_nothing_even_when_sold_out() -> None:
    """A retry of the last piece is not told that it is gone."""
    book = Goods().at_station(stock=1)
    book.reserve()
    assert book.reserve() == []
    must_be_left(book.redemption(), book.offer, quantity=1, stall=None)


def test_at_a_fair_a_reservation_lasts_until_it_closes() -> None:
    """And may be made before it opens."""
    reserved = Goods().at_fair().reserve(now=OPENS - timedelta(days=2))[0]
    assert isinstance(reserved, GoodsReserved)
    assert reserved.lapses_at == CLOSES


def test_the_last_piece_is_sold_once() -> None:
    """Of 3, two and one are reserved; the next one hears that all are gone."""
    book = Goods(10_000).at_station(stock=3)
    book.reserve(entry("a"), quantity=2)
    with pytest.raises(SoldOut):
        book.reserve(entry("b"), quantity=2)
    book.reserve(entry("b"), quantity=1)
    with pytest.raises(SoldOut):
        book.reserve(entry("c"))
    with pytest.raises(SoldOut):
        must_be_left(book.redemption("c"), book.offer, quantity=1, stall=None)


def test_cancelling_frees_pieces_and_points() -> None:
    """Once; a second cancelling changes nothing."""
    book = Goods().at_station()
    book.reserve()
    cancelled, pieces, points = book.cancel()
    assert isinstance(cancelled, RedemptionCancelled)
    assert isinstance(pieces, PiecesReleased)
    assert isinstance(points, HoldReturned)
    assert points.reason == "voided"
    assert (book.purse().balance_minutes, book.offer.free()) == (600, 10)
    assert book.cancel() == []


def test_nobody_comes() -> None:
    """At 12:30 the reservation lapses; before that, and a second time, the timer finds nothing."""
    book = Goods().at_station()
    book.reserve()
    assert book.lapse(NOON + HALF_AN_HOUR - timedelta(seconds=1)) == []
    lapsed, _, points = book.lapse(NOON + HALF_AN_HOUR)
    assert isinstance(lapsed, RedemptionLapsed)
    assert isinstance(points, HoldReturned)
    assert points.reason == "timed_out"
    assert (book.purse().balance_minutes, book.offer.free()) == (600, 10)
    assert book.lapse(NOON + timedelta(days=1)) == []


def test_points_that_come_back_too_late_expire_at_once() -> None:
    """The timer was down for 101 days: the lot is over, and says so."""
    book = Goods().at_station()
    book.reserve()
    events = book.lapse(NOON + timedelta(days=101))
    assert [event.__struct_config__.tag for event in events][-1] == "purse.expired"
    assert book.accounts["expired"] == 120


def test_a_fairs_hold_waits_for_its_stall() -> None:
    """Closed at five: it lapses when the stall has synced past five, not before."""
    book = Goods().at_fair()
    book.reserve(stall=STALL)
    evening = CLOSES + timedelta(hours=3)
    assert book.lapse(evening) == []
    assert book.lapse(evening, synced_through=CLOSES - timedelta(minutes=1)) == []
    assert book.lapse(evening, synced_through=CLOSES) != []


def test_a_fairs_hold_lapses_when_its_stall_was_counted() -> None:
    """Reconciled: whatever left is known."""
    book = Goods().at_fair()
    book.reserve(stall=STALL)
    book.add([StallReconciled(fair=FAIR, stall=STALL, counts=())])
    assert book.lapse(CLOSES) != []


def at_a_closed_fair() -> Goods:
    """The fair is over."""
    book = Goods().at_fair()
    book.add([FairClosed(fair=FAIR)])
    return book


def closed() -> Goods:
    """The offer is closed."""
    book = Goods().at_station()
    book.add([OfferClosed(offer=OFFER)])
    return book


def reserved() -> Goods:
    """One piece is reserved."""
    book = Goods().at_station()
    book.reserve()
    return book


@pytest.mark.parametrize(
    ("book", "facts", "refusal"),
    [
        (reserved(), {"quantity": 2}, IdTaken),
        (reserved(), {"person": entry("somebody")}, IdTaken),
        (Goods(), {}, OfferNotFound),
        (closed(), {}, OfferIsClosed),
        (Goods().at_station(), {"quantity": 0}, QuantityMalformed),
        (Goods().at_station(), {"quantity": -3}, QuantityMalformed),
        (Goods().at_station(stock=0), {}, SoldOut),
        (Goods().at_fair(), {"stall": "?"}, StallNotFound),
        (Goods().at_fair(), {"now": CLOSES}, FairIsOver),
        (at_a_closed_fair(), {}, FairIsOver),
        (Goods().at_station(), {"rules": sheet(spend_min_age=60), "age": 59}, TooYoungToSpend),
        (Goods().at_station(), {"rules": sheet(spend_min_age=60)}, TooYoungToSpend),
        (Goods().at_station(), {"rules": sheet(redeem_min_minutes=601)}, NotEnoughPoints),
        (Goods().at_station(), {"quantity": 6}, NotEnoughPoints),
        (Goods().at_station(), {"now": NOON + timedelta(days=101)}, NotEnoughPoints),
    ],
)
def test_what_may_not_be_reserved(book: Goods, facts: dict[str, Any], refusal: Any) -> None:
    """Each rule of reserving refuses by its own name, and nothing is kept."""
    with pytest.raises(refusal):
        book.reserve(**facts)


def test_at_sixty_points_may_be_spent() -> None:
    """Where the sheet says sixty."""
    assert Goods().at_station().reserve(rules=sheet(spend_min_age=60), age=60)


STATES: dict[str, type[Refused] | None] = {
    "": RedemptionNotFound,
    "reserved": None,
    "handed_over": AlreadyHandedOver,
    "cancelled": ReservationCancelled,
    "lapsed": ReservationLapsed,
}


def in_state(status: str) -> Goods:
    """A redemption that came so far."""
    book = Goods().at_station()
    if status:
        book.reserve()
    match status:
        case "handed_over":
            book.hand_over()
        case "cancelled":
            book.cancel()
        case "lapsed":
            book.lapse(NOON + HALF_AN_HOUR)
    assert book.redemption().status == status
    return book


@pytest.mark.parametrize(("status", "refusal"), STATES.items())
def test_every_state_says_what_it_refuses(status: str, refusal: type[Refused] | None) -> None:
    """States by commands: cancelling, handing over, and what only a reservation allows."""
    book = in_state(status)
    assert book.lapse(NOON + HALF_AN_HOUR - timedelta(minutes=1)) == []
    if refusal is None:
        must_be_reserved(book.redemption())
        return
    with pytest.raises(refusal):
        must_be_reserved(book.redemption())
    with pytest.raises(refusal):
        book.hand_over()
    if status == "cancelled":
        assert book.cancel() == []
    else:
        with pytest.raises(refusal):
            book.cancel()
    assert book.lapse(NOON + timedelta(days=1)) == []
    assert sum(book.accounts.values()) == 0

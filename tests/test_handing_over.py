"""Handing over: a code works once; what left without signal is never refused; returns."""

from datetime import timedelta
from typing import Any

import pytest

from tests.goods import CLOSES, FAIR, NOON, OFFER, OPENS, OTHER_STALL, RED, STALL, Goods
from tests.purses import entry, sheet
from tests.serving import DAY, VOLUNTEER
from timebank.attendance import TimeInFuture
from timebank.clock import Clock
from timebank.event import Refused
from timebank.fairs import FairClosed, FairIsOver
from timebank.handing_over import (
    FairNotOpen,
    MoreThanHandedOver,
    NotHandedOver,
    OtherStall,
    at_once,
)
from timebank.offers import Pieces, PiecesHandedOver, PiecesReturned, ShortfallRecorded
from timebank.postings import HoldPosted, PointsGivenBack
from timebank.redeeming import QuantityMalformed, reserve
from timebank.redemptions import (
    AlreadyHandedOver,
    GoodsHandedOver,
    GoodsReturned,
    RedemptionNotFound,
    ReservationLapsed,
)

LATE = NOON + timedelta(minutes=31)


def reserved(*, fair: bool = False, **facts: Any) -> Goods:
    """One piece is reserved at noon."""
    book = Goods()
    book = book.at_fair() if fair else book.at_station()
    book.reserve(**facts)
    return book


def handed(quantity: int = 1, minutes: int = 600) -> Goods:
    """So many pieces were handed over a minute after noon."""
    book = Goods(minutes).at_station()
    book.reserve(quantity=quantity)
    book.hand_over()
    return book


def test_the_goods_leave_and_the_points_are_spent() -> None:
    """120 held become 120 redeemed; one piece is handed over."""
    book = reserved()
    left, pieces, posted = book.hand_over()
    assert isinstance(left, GoodsHandedOver)
    assert isinstance(pieces, PiecesHandedOver)
    assert isinstance(posted, HoldPosted)
    assert (left.earliest, left.latest) == (left.at, left.at)
    assert book.offer.pieces == Pieces(stock=10, handed_over=1)
    assert book.accounts["redeemed"] == 120


def test_a_code_works_once() -> None:
    """A second scan, even at the very same moment, hears when and where the goods left."""
    book = reserved(fair=True, stall=STALL)
    book.hand_over()
    for scan in (NOON + timedelta(minutes=1), LATE):
        with pytest.raises(AlreadyHandedOver) as refused:
            book.hand_over(at=scan)
        assert (refused.value.at, refused.value.stall) == (NOON + timedelta(minutes=1), STALL)
    assert book.offer.pieces.handed_over == 1


def test_a_station_gives_it_all_in_one_step() -> None:
    """Reserved and handed over at once."""
    book = Goods().at_station()
    facts: dict[str, Any] = {"redemption": RED, "now": NOON}
    reserving = reserve(
        book.redemption(),
        book.offer,
        book.purse(),
        None,
        sheet(),
        offer=OFFER,
        person=VOLUNTEER,
        quantity=2,
        **facts,
    )
    events = book.add(at_once(reserving, book.purse(), None, sheet(), **facts))
    assert [event.stream.partition("-")[0] for event in events] == [
        "redemption",
        "offer",
        "purse",
        "redemption",
        "offer",
        "purse",
    ]
    assert book.redemption().status == "handed_over"
    assert (book.offer.pieces.handed_over, book.purse().balance_minutes) == (2, 360)


def test_a_stations_hold_is_over_when_its_time_is_over() -> None:
    """The timer has not come yet, but at 12:31 the code no longer works."""
    with pytest.raises(ReservationLapsed):
        reserved().hand_over(at=LATE)


def test_a_time_is_judged_as_corrected() -> None:
    """A phone that is 20 minutes fast says 12:40: it was 12:20, in time."""
    book = reserved()
    fast = Clock(offset_before_seconds=-1200)
    left = book.hand_over(at=NOON + timedelta(minutes=40), now=LATE, clock=fast)[0]
    assert isinstance(left, GoodsHandedOver)
    assert left.earliest == NOON + timedelta(minutes=20)


def test_a_fairs_hold_stands_until_it_has_lapsed_for_good() -> None:
    """Scanned ten minutes after five: nobody has let it lapse yet."""
    book = reserved(fair=True)
    assert book.hand_over(at=CLOSES + timedelta(minutes=10))


def test_goods_are_counted_where_they_left() -> None:
    """Reserved for no stall in particular, handed over at one with a share of 6: 5 lie there."""
    book = reserved(fair=True)
    book.allot(6)
    book.hand_over(stall=STALL)
    assert book.offer.stalls[STALL] == Pieces(stock=6, handed_over=1)
    assert book.offer.unallotted == Pieces(stock=4)
    assert book.redemption().stall == STALL


def test_a_late_push_spends_the_hold_that_still_stands() -> None:
    """Handed over at four without signal, pushed the next day: as if it had come in time."""
    book = reserved(fair=True, stall=STALL)
    events = book.goods_left(at=CLOSES - timedelta(hours=1), now=CLOSES + timedelta(days=1))
    assert isinstance(events[-1], HoldPosted)
    assert book.redemption().status == "handed_over"


@pytest.mark.parametrize("before", ["cancelled", "lapsed", "handed_over"])
def test_goods_that_left_without_a_hold_are_a_shortfall(before: str) -> None:
    """Cancelled, lapsed, or handed over elsewhere too: recorded for a person, never refused."""
    book = reserved(fair=True, stall=STALL)
    match before:
        case "cancelled":
            book.cancel()
        case "lapsed":
            book.lapse(CLOSES, synced_through=CLOSES)
        case _:
            book.hand_over()
    purse = book.purse()
    (short,) = book.goods_left(at=NOON + timedelta(hours=1), now=CLOSES)
    assert short == ShortfallRecorded(
        offer=OFFER, quantity=1, at=NOON + timedelta(hours=1), redemption=RED, stall=STALL
    )
    assert book.purse() == purse
    assert book.offer.pieces.missing == 1


def test_a_code_that_stands_for_nothing_names_no_goods() -> None:
    """Nobody can say what left."""
    with pytest.raises(RedemptionNotFound):
        Goods().at_fair().goods_left()


def test_a_return_gives_pieces_and_points_back() -> None:
    """One of two umbrellas: 120 back to the lot that paid."""
    book = handed(2)
    (lot,) = book.purse().lots
    back, given, pieces = book.take_back()
    assert isinstance(back, GoodsReturned)
    assert isinstance(given, PointsGivenBack)
    assert isinstance(pieces, PiecesReturned)
    assert [(each.lot, each.minutes) for each in given.lots] == [(lot.lot, 120)]
    assert book.purse().balance_minutes == 480
    assert book.offer.pieces == Pieces(stock=10, handed_over=1)
    assert book.accounts["redeemed"] == 120


def test_points_go_back_to_the_lots_as_if_less_had_been_spent() -> None:
    """Lots of 120 and 300 paid 240 + 120: returned one by one, the last lot fills up first."""
    book = Goods(0).at_station()
    soon = book.carry(120, DAY + timedelta(days=10))
    later = book.carry(300, DAY + timedelta(days=20))
    book.reserve(quantity=3)
    book.hand_over()
    seen = []
    for _ in range(3):
        given = book.take_back()[1]
        assert isinstance(given, PointsGivenBack)
        seen.append([(lot.lot, lot.minutes) for lot in given.lots])
    assert seen == [[(later, 120)], [(later, 120)], [(soon, 120)]]
    assert [(lot.lot, lot.minutes) for lot in book.purse().lots] == [(soon, 120), (later, 300)]


def test_a_lot_that_is_over_does_not_live_on() -> None:
    """Brought back after 101 days: the points come back and expire in the same step."""
    book = handed()
    events = book.take_back(now=NOON + timedelta(days=101))
    assert [event.__struct_config__.tag for event in events][-1] == "purse.expired"
    assert book.purse().balance_minutes == 480
    assert (book.accounts["redeemed"], book.accounts["expired"]) == (0, 120)


def test_goods_that_cannot_be_handed_out_again_are_not_counted_in() -> None:
    """Broken: points back, no piece back."""
    book = handed()
    events = book.take_back(restock=False, reason="伞骨断了")
    assert not any(isinstance(event, PiecesReturned) for event in events)
    assert book.offer.pieces.handed_over == 1


def test_the_same_return_again_does_nothing() -> None:
    """The same entry."""
    book = handed()
    book.take_back(entry=entry("r"))
    assert book.take_back(entry=entry("r")) == []


def closed_fair() -> Goods:
    """The fair is closed, the reservation still there."""
    book = reserved(fair=True)
    book.add([FairClosed(fair=FAIR)])
    return book


@pytest.mark.parametrize(
    ("decide", "refusal"),
    [
        (lambda: Goods().at_station().hand_over(), RedemptionNotFound),
        (lambda: reserved().hand_over(now=NOON), TimeInFuture),
        (lambda: reserved(fair=True).hand_over(at=OPENS - timedelta(minutes=1)), FairNotOpen),
        (lambda: closed_fair().hand_over(), FairIsOver),
        (lambda: reserved(fair=True, stall=STALL).hand_over(stall=OTHER_STALL), OtherStall),
        (lambda: Goods().at_station().take_back(), RedemptionNotFound),
        (lambda: reserved().take_back(), NotHandedOver),
        (lambda: handed().take_back(0), QuantityMalformed),
        (lambda: handed(2).take_back(3), MoreThanHandedOver),
    ],
)
def test_what_may_not_be_handed_over_or_back(decide: Any, refusal: type[Refused]) -> None:
    """Each rule refuses by its own name."""
    with pytest.raises(refusal):
        decide()

"""Handing goods over by code (核销), once; goods that left on a stall without signal; returns."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from typing import Any

from timebank import purse as purses
from timebank import redemptions
from timebank.accounts import REDEEMED, available
from timebank.attendance import TimeInFuture
from timebank.clock import Clock, Moment, corrected
from timebank.days import civil_day
from timebank.event import Event, Refused
from timebank.fairs import Fair, FairIsOver
from timebank.holding import arrived, post
from timebank.lots import Lot, first, last, total
from timebank.offers import (
    PiecesHandedOver,
    PiecesReleased,
    PiecesReserved,
    PiecesReturned,
    ShortfallRecorded,
)
from timebank.postings import HoldPosted, PointsGivenBack, explained
from timebank.purse import Purse
from timebank.redeeming import QuantityMalformed
from timebank.redemptions import (
    HANDED_OVER,
    RESERVED,
    GoodsHandedOver,
    GoodsReturned,
    Redemption,
    RedemptionNotFound,
    ReservationLapsed,
    must_be_reserved,
)
from timebank.rules import Sheet


class FairNotOpen(Refused):
    """The fair has not opened yet."""

    zh = "集市尚未开始。"


class OtherStall(Refused):
    """The goods are reserved at another stall."""

    zh = "该兑换预留在其他摊位。"


class NotHandedOver(Refused):
    """The goods have not been handed over."""

    zh = "该兑换尚未核销。"


class MoreThanHandedOver(Refused):
    """Fewer pieces were handed over and are not back yet."""

    zh = "退回数量超过尚未退回的数量。"


def hand_over(
    state: Redemption,
    purse: Purse,
    fair: Fair | None,
    sheet: Sheet,
    *,
    redemption: str,
    at: datetime,
    now: datetime,
    clock: Clock | None = None,
    stall: str | None = None,
) -> list[Event]:
    """Hand the goods over to whoever shows the code, and spend what was held.

    A second scan is refused, whoever makes it: goods leave once. The time is judged as corrected.
    At a fair the reservation stands until it has lapsed for good, so a late scan still counts.

    Raises:
        RedemptionNotFound: nobody reserved anything.
        AlreadyHandedOver: the goods have left; it says when, and from which stall.
        ReservationCancelled: it was cancelled.
        ReservationLapsed: it lapsed, or its time was over.
        TimeInFuture: the corrected time has not come yet.
        FairNotOpen: the fair had not opened.
        FairIsOver: the fair is closed.
        OtherStall: the goods are reserved at another stall.
    """
    must_be_reserved(state)
    moment = corrected(at, clock, tolerance_seconds=sheet.points.clock_tolerance_seconds)
    if moment.earliest > now:
        raise TimeInFuture
    if fair is not None:
        _must_be_at(fair, moment)
    elif state.lapses_at is not None and moment.earliest > state.lapses_at:
        raise ReservationLapsed
    if state.stall is not None and stall is not None and stall != state.stall:
        raise OtherStall
    handed = _handed(redemption, at, moment, stall or state.stall, clock)
    return _left(state, purse, sheet, handed, now)


def goods_left(
    state: Redemption,
    purse: Purse,
    sheet: Sheet,
    *,
    redemption: str,
    at: datetime,
    now: datetime,
    clock: Clock | None = None,
    stall: str | None = None,
) -> list[Event]:
    """Record a hand-over that a stall made without signal and pushed later: never refused.

    Where the hold still stands it is spent, however late. Where the redemption was cancelled, had
    lapsed, or was handed over elsewhere too, the goods are a shortfall for somebody to look into.

    Raises:
        RedemptionNotFound: no redemption is behind the code, so nobody knows which goods left.
    """
    moment = corrected(at, clock, tolerance_seconds=sheet.points.clock_tolerance_seconds)
    if state.status == RESERVED:
        handed = _handed(redemption, at, moment, stall or state.stall, clock)
        return _left(state, purse, sheet, handed, now)
    if not state.status:
        raise RedemptionNotFound
    return [
        ShortfallRecorded(
            offer=state.offer,
            quantity=state.quantity,
            at=moment.earliest,
            redemption=redemption,
            stall=stall or state.stall,
        )
    ]


def take_back(
    state: Redemption,
    purse: Purse,
    sheet: Sheet,
    *,
    posted: HoldPosted,
    redemption: str,
    entry: str,
    quantity: int,
    restock: bool,
    now: datetime,
    reason: str | None = None,
) -> list[Event]:
    """Take goods back (退货), and give their points back to the lots that paid, the last first.

    So it is as if less had been spent. A lot that is over by now gets its points and expires at
    once: goods that come back must not make points live longer. *posted* is the entry that spent
    them, as it stands in the book.

    Raises:
        RedemptionNotFound: nobody reserved anything.
        NotHandedOver: the goods have not left.
        QuantityMalformed: less than one piece.
        MoreThanHandedOver: fewer pieces are still out.
    """
    if not state.status:
        raise RedemptionNotFound
    if state.status != HANDED_OVER:
        raise NotHandedOver
    if quantity < 1:
        raise QuantityMalformed
    if any(each == entry for each, _ in state.returned):
        return []
    if quantity > state.quantity - state.returned_pieces:
        raise MoreThanHandedOver
    price = state.minutes // state.quantity
    lots = _paid_last(posted, before=price * state.returned_pieces, minutes=price * quantity)
    events: list[Event] = [
        GoodsReturned(redemption=redemption, entry=entry, quantity=quantity, restocked=restock),
        PointsGivenBack(
            person=state.person,
            entry=entry,
            debit=REDEEMED,
            credit=available(state.person),
            minutes=total(lots),
            lots=lots,
            redemption=redemption,
        ),
    ]
    if restock:
        events.append(
            PiecesReturned(
                offer=state.offer, redemption=redemption, quantity=quantity, stall=state.stall
            )
        )
    today = civil_day(now, sheet.points.zone)
    events += arrived(purse, lots, person=state.person, cause=entry, today=today)
    return events + explained(person=state.person, posting=entry, reason=reason)


def at_once(
    reserved: Iterable[Event],
    purse: Purse,
    fair: Fair | None,
    sheet: Sheet,
    *,
    redemption: str,
    now: datetime,
) -> list[Event]:
    """Hand over what *reserved* has just reserved, in the same step."""
    events = list(reserved)
    own = [event for event in events if event.stream == f"redemption-{redemption}"]
    state = reduce(redemptions.evolve, own, Redemption())
    purse = reduce(purses.evolve, events, purse)
    return events + hand_over(
        state, purse, fair, sheet, redemption=redemption, at=now, now=now, stall=state.stall
    )


def _must_be_at(fair: Fair, moment: Moment) -> None:
    if fair.closed:
        raise FairIsOver
    if fair.opens_at is not None and moment.latest < fair.opens_at:
        raise FairNotOpen


def _left(
    state: Redemption, purse: Purse, sheet: Sheet, handed: GoodsHandedOver, now: datetime
) -> list[Event]:
    facts: dict[str, Any] = {
        "offer": state.offer,
        "redemption": handed.redemption,
        "quantity": state.quantity,
    }
    events: list[Event] = [handed]
    if handed.stall != state.stall:
        # Counted where they left, so that each stall's table agrees with the book.
        events.append(PiecesReleased(stall=state.stall, **facts))
        events.append(PiecesReserved(stall=handed.stall, **facts))
    events.append(PiecesHandedOver(stall=handed.stall, **facts))
    return events + post(
        purse,
        person=state.person,
        hold=handed.redemption,
        minutes=state.minutes,
        today=civil_day(now, sheet.points.zone),
    )


def _handed(
    redemption: str, at: datetime, moment: Moment, stall: str | None, clock: Clock | None
) -> GoodsHandedOver:
    return GoodsHandedOver(
        redemption=redemption,
        at=at,
        earliest=moment.earliest,
        latest=moment.latest,
        stall=stall,
        clock=clock,
    )


def _paid_last(posted: HoldPosted, *, before: int, minutes: int) -> tuple[Lot, ...]:
    """Give the parts that paid *minutes*, counted from the end, after *before* came back."""
    still_out = first(posted.lots, total(posted.lots) - before)
    return last(still_out, minutes)

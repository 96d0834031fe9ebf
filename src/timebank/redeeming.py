"""Reserving goods for points, and giving a reservation up or letting it lapse."""

from datetime import datetime, timedelta

from timebank.days import civil_day
from timebank.event import Event, IdTaken, Malformed, Refused
from timebank.fairs import Fair, FairIsOver, StallNotFound, is_settled, must_be_on
from timebank.holding import TIMED_OUT, VOIDED, hold, release
from timebank.offering import OfferIsClosed, must_be_known
from timebank.offers import Offer, PiecesReleased, PiecesReserved
from timebank.purse import Purse
from timebank.redemptions import (
    CANCELLED,
    RESERVED,
    GoodsReserved,
    ProofKept,
    Redemption,
    RedemptionCancelled,
    RedemptionLapsed,
    must_be_reserved,
)
from timebank.rules import Points, Sheet
from timebank.spending import NotEnoughPoints


class SoldOut(Refused):
    """So many pieces are not left."""

    zh = "库存不足,已兑完。"


class QuantityMalformed(Malformed):
    """A redemption is for at least one piece."""

    zh = "兑换数量至少为一件。"


class TooYoungToSpend(Refused):
    """The rules let people spend points only from a certain age on."""

    zh = "未达到规定的积分使用年龄。"


def must_be_left(state: Redemption, goods: Offer, *, quantity: int, stall: str | None) -> None:
    """Refuse a new reservation that the stock cannot meet, before anything else is read.

    A crowd that asks for what is gone costs two small states per request: not even a purse.

    Raises:
        SoldOut: fewer pieces are free.
    """
    if not state.status and quantity > goods.free(goods.stall(stall)):
        raise SoldOut


def reserve(
    state: Redemption,
    goods: Offer,
    purse: Purse,
    fair: Fair | None,
    sheet: Sheet,
    *,
    redemption: str,
    offer: str,
    person: str,
    quantity: int,
    now: datetime,
    stall: str | None = None,
    age: int | None = None,
    proof: str | None = None,
    proof_reference: str | None = None,
) -> list[Event]:
    """Keep pieces for a person, and hold their points, until the reservation lapses.

    At a station that is the sheet's `hold_minutes` later; at a fair, whose state *fair* is, when it
    closes. *age* in years is asked for only where the sheet has a `spend_min_age`.

    Raises:
        IdTaken: this id already is another redemption.
        OfferNotFound: nobody opened the offer.
        OfferIsClosed: nothing more is promised.
        QuantityMalformed: less than one piece.
        SoldOut: fewer pieces are free.
        FairNotFound: nobody announced the fair.
        FairIsOver: the fair has closed.
        StallNotFound: the fair has no such stall.
        TooYoungToSpend: the person has not reached the sheet's age, or nobody knows it.
        NotEnoughPoints: the person has less that has not expired, or less than the sheet asks for.
    """
    if state.status:
        if (state.offer, state.person, state.quantity) != (offer, person, quantity):
            raise IdTaken
        return []
    must_be_known(goods)
    if goods.closed:
        raise OfferIsClosed
    if quantity < 1:
        raise QuantityMalformed
    must_be_left(state, goods, quantity=quantity, stall=stall)
    stall = goods.stall(stall)
    lapses_at = _lapses_at(fair, sheet.points, stall, now)
    _must_be_of_age(sheet.points, age)
    if purse.balance_minutes < sheet.points.redeem_min_minutes:
        raise NotEnoughPoints
    minutes = goods.price_minutes * quantity
    held = hold(
        purse,
        person=person,
        hold=redemption,
        minutes=minutes,
        today=civil_day(now, sheet.points.zone),
        redemption=redemption,
    )
    events: list[Event] = [
        GoodsReserved(
            redemption=redemption,
            offer=offer,
            person=person,
            quantity=quantity,
            minutes=minutes,
            lapses_at=lapses_at,
            stall=stall,
            proof=proof,
        ),
        PiecesReserved(offer=offer, redemption=redemption, quantity=quantity, stall=stall),
        *held,
    ]
    if proof_reference is not None:
        kept = ProofKept(redemption=redemption, holder=person, reference=proof_reference)
        events.append(kept)
    return events


def cancel(
    state: Redemption,
    purse: Purse,
    sheet: Sheet,
    *,
    redemption: str,
    reason_code: str,
    now: datetime,
) -> list[Event]:
    """Give the reservation up; pieces and points are free again.

    Raises:
        RedemptionNotFound: nobody reserved anything.
        AlreadyHandedOver: the goods have left.
        ReservationLapsed: it lapsed before.
    """
    if state.status == CANCELLED:
        return []
    must_be_reserved(state)
    cancelled = RedemptionCancelled(redemption=redemption, reason_code=reason_code)
    return [cancelled, *_freed(state, purse, sheet, redemption, reason=VOIDED, now=now)]


def lapse(
    state: Redemption,
    purse: Purse,
    fair: Fair | None,
    sheet: Sheet,
    *,
    redemption: str,
    now: datetime,
    synced_through: datetime | None = None,
) -> list[Event]:
    """Let a reservation lapse whose time is over; a timer may ask as often as it likes.

    At a fair goods may have left where there was no signal: the reservation waits until its stall
    has brought everything up to that time (*synced_through*), or is reconciled.
    """
    if state.status != RESERVED or state.lapses_at is None or now < state.lapses_at:
        return []
    synced = synced_through is not None and synced_through >= state.lapses_at
    if fair is not None and not synced and not is_settled(fair, state.stall):
        return []
    lapsed = RedemptionLapsed(redemption=redemption)
    return [lapsed, *_freed(state, purse, sheet, redemption, reason=TIMED_OUT, now=now)]


def _lapses_at(fair: Fair | None, points: Points, stall: str | None, now: datetime) -> datetime:
    if fair is None:
        return now + timedelta(minutes=points.hold_minutes)
    must_be_on(fair)
    if stall is not None and stall not in fair.stalls:
        raise StallNotFound
    if fair.closes_at is None or now >= fair.closes_at:
        raise FairIsOver
    return fair.closes_at


def _must_be_of_age(points: Points, age: int | None) -> None:
    if points.spend_min_age is not None and (age is None or age < points.spend_min_age):
        raise TooYoungToSpend


def _freed(
    state: Redemption, purse: Purse, sheet: Sheet, redemption: str, *, reason: str, now: datetime
) -> list[Event]:
    released = PiecesReleased(
        offer=state.offer, redemption=redemption, quantity=state.quantity, stall=state.stall
    )
    today = civil_day(now, sheet.points.zone)
    points = release(purse, person=state.person, hold=redemption, reason=reason, today=today)
    return [released, *points]

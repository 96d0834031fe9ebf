"""Holds (冻结): points set aside for an order or a redemption, resolved at most once."""

from collections.abc import Iterable
from datetime import date

from timebank.accounts import EXPIRED, REDEEMED, Posting, available, debt, held
from timebank.event import Event, IdTaken, NotFound, Refused
from timebank.ids import derived
from timebank.lots import Lot, first, is_over, total, without
from timebank.postings import (
    DebtSettled,
    HoldPaid,
    HoldPosted,
    HoldReturned,
    PointsExpired,
    PointsHeld,
)
from timebank.purse import Hold, Purse
from timebank.spending import spendable

REST = "rest"
VOIDED = "voided"
TIMED_OUT = "timed_out"


class HoldNotFound(NotFound):
    """There is no such hold, or it has been resolved."""

    zh = "没有该冻结,或已结清。"


class MoreThanHeld(Refused):
    """Fewer points are held than that."""

    zh = "冻结的积分少于该数额。"


def hold(
    state: Purse,
    *,
    person: str,
    hold: str,
    minutes: int,
    today: date,
    order: str | None = None,
    redemption: str | None = None,
) -> list[Event]:
    """Set *minutes* aside for an order or a redemption, oldest lots first.

    Raises:
        IdTaken: the hold exists with other minutes.
        MinutesMalformed: nothing would be held.
        NotEnoughPoints: the member has less that has not expired.
    """
    there = state.holds.get(hold)
    if there is not None:
        if there.minutes != minutes:
            raise IdTaken
        return []
    lots = spendable(state, minutes=minutes, today=today)
    return [
        PointsHeld(
            person=person,
            entry=hold,
            debit=available(person),
            credit=held(person),
            minutes=minutes,
            lots=lots,
            order=order,
            redemption=redemption,
        )
    ]


def post(state: Purse, *, person: str, hold: str, minutes: int, today: date) -> list[Event]:
    """Spend *minutes* of a hold, oldest lots first; the rest returns.

    Raises:
        HoldNotFound: there is no such hold, or it was resolved.
        MoreThanHeld: the hold is smaller.
    """
    there = _open(state, hold)
    if minutes > there.minutes:
        raise MoreThanHeld
    if minutes < 1:
        return release(state, person=person, hold=hold, reason=VOIDED, today=today)
    spent = first(there.lots, minutes)
    posted = HoldPosted(
        person=person,
        entry=derived("posting", hold),
        debit=held(person),
        credit=REDEEMED,
        minutes=minutes,
        hold=hold,
        lots=spent,
    )
    return [posted, *_rest(state, there, spent, person=person, hold=hold, today=today)]


def pay(
    state: Purse, *, person: str, hold: str, postings: Iterable[Event], today: date
) -> list[Event]:
    """Pay with a hold for what others earned by *postings*; the rest returns.

    Of *postings* those count that debit this person's held points; they stand in the earners'
    purses, so that nothing is posted twice.

    Raises:
        HoldNotFound: there is no such hold, or it was resolved.
        MoreThanHeld: the hold is smaller than what was earned.
    """
    there = _open(state, hold)
    own = held(person)
    paid = [each for each in postings if isinstance(each, Posting) and each.debit == own]
    minutes = sum(posting.minutes for posting in paid)
    if minutes > there.minutes:
        raise MoreThanHeld
    if minutes < 1:
        return release(state, person=person, hold=hold, reason=VOIDED, today=today)
    lots = first(there.lots, minutes)
    entries = tuple(posting.entry for posting in paid if posting.minutes)
    event = HoldPaid(person=person, hold=hold, lots=lots, postings=entries)
    return [event, *_rest(state, there, lots, person=person, hold=hold, today=today)]


def release(state: Purse, *, person: str, hold: str, reason: str, today: date) -> list[Event]:
    """Give back all of a hold, because it was `voided` or `timed_out`.

    Raises:
        HoldNotFound: there is no such hold, or it was resolved.
    """
    lots = _open(state, hold).lots
    return _returned(state, lots, person=person, hold=hold, reason=reason, today=today)


def arrived(
    state: Purse, lots: Iterable[Lot], *, person: str, cause: str, today: date
) -> list[Event]:
    """Give what follows when *lots* come back to their owner by the entry *cause*.

    What is past its last day expires at once. The rest first pays what is owed: a clawback that
    found the points held or spent must not be outlived by holding or spending them.
    """
    lots = tuple(lots)
    events: list[Event] = []
    over = tuple(lot for lot in lots if is_over(lot, today))
    if over:
        events.append(expiry(person=person, lots=over, cause=cause))
    settled = first(without(lots, over), state.debt_minutes)
    if settled:
        events.append(
            DebtSettled(
                person=person,
                entry=derived("settlement", cause),
                debit=available(person),
                credit=debt(person),
                minutes=total(settled),
                lots=settled,
            )
        )
    return events


def expiry(*, person: str, lots: tuple[Lot, ...], cause: str) -> PointsExpired:
    """Post that *lots* are over; *cause*, a day or an entry, makes the entry's id."""
    return PointsExpired(
        person=person,
        entry=derived("expiry", person, cause),
        debit=available(person),
        credit=EXPIRED,
        minutes=total(lots),
        lots=lots,
    )


def expire(state: Purse, *, person: str, today: date) -> list[Event]:
    """Post the expiry of every lot whose last day has passed; what is held waits."""
    over = tuple(lot for lot in state.lots if is_over(lot, today))
    if not over:
        return []
    cause = "/".join((today.isoformat(), *(lot.lot for lot in over)))
    return [expiry(person=person, lots=over, cause=cause)]


def _open(state: Purse, hold: str) -> Hold:
    there = state.holds.get(hold)
    if there is None:
        raise HoldNotFound
    return there


def _rest(
    state: Purse, there: Hold, used: tuple[Lot, ...], *, person: str, hold: str, today: date
) -> list[Event]:
    left = without(there.lots, used)
    if not left:
        return []
    return _returned(state, left, person=person, hold=hold, reason=REST, today=today)


def _returned(
    state: Purse, lots: tuple[Lot, ...], *, person: str, hold: str, reason: str, today: date
) -> list[Event]:
    entry = derived("return", hold)
    returned = HoldReturned(
        person=person,
        entry=entry,
        debit=held(person),
        credit=available(person),
        minutes=total(lots),
        lots=lots,
        hold=hold,
        reason=reason,
    )
    return [returned, *arrived(state, lots, person=person, cause=entry, today=today)]

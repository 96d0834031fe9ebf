"""Balances that no service explains: carried over from before, or put right by the bureau."""

from datetime import date

from timebank.accounts import ADJUSTMENT, OPENING, available
from timebank.event import Event
from timebank.ids import derived
from timebank.lots import Lot, last_day
from timebank.postings import BalanceCarriedOver, PointsAdded, PointsDeducted, explained
from timebank.purse import Purse
from timebank.rules import Sheet
from timebank.spending import MinutesMalformed, is_repeat, spendable


def carry_over(
    state: Purse,
    *,
    person: str,
    entry: str,
    minutes: int,
    on: date,
    valid_until: date | None,
    source: str,
) -> list[Event]:
    """Take over a balance of an earlier system as one lot; *source* is the hash of its list.

    It is the member's already, so no cap cuts it.

    Raises:
        MinutesMalformed: nothing would move.
        IdTaken: the entry was made with other minutes.
    """
    if minutes < 1:
        raise MinutesMalformed
    if is_repeat(state, entry, minutes):
        return []
    lot = Lot(lot=derived("lot", entry), minutes=minutes, on=on, valid_until=valid_until)
    return [
        BalanceCarriedOver(
            person=person,
            entry=entry,
            debit=OPENING,
            credit=available(person),
            minutes=minutes,
            lots=(lot,),
            source=source,
        )
    ]


def add(
    state: Purse,
    sheet: Sheet,
    *,
    person: str,
    entry: str,
    minutes: int,
    today: date,
    reason: str | None = None,
) -> list[Event]:
    """Give points that a member should have had, as one new lot.

    Raises:
        MinutesMalformed: nothing would move.
        IdTaken: the entry was made with other minutes.
    """
    if minutes < 1:
        raise MinutesMalformed
    if is_repeat(state, entry, minutes):
        return []
    lot = Lot(
        lot=derived("lot", entry), minutes=minutes, on=today, valid_until=last_day(sheet, today)
    )
    return [
        PointsAdded(
            person=person,
            entry=entry,
            debit=ADJUSTMENT,
            credit=available(person),
            minutes=minutes,
            lots=(lot,),
        ),
        *explained(person=person, posting=entry, reason=reason),
    ]


def deduct(
    state: Purse, *, person: str, entry: str, minutes: int, today: date, reason: str | None = None
) -> list[Event]:
    """Take points that a member should not have, oldest lots first; never more than there are.

    Raises:
        MinutesMalformed: nothing would move.
        IdTaken: the entry was made with other minutes.
        NotEnoughPoints: the member has less that has not expired.
    """
    if is_repeat(state, entry, minutes):
        return []
    lots = spendable(state, minutes=minutes, today=today, donating=True)
    return [
        PointsDeducted(
            person=person,
            entry=entry,
            debit=available(person),
            credit=ADJUSTMENT,
            minutes=minutes,
            lots=lots,
        ),
        *explained(person=person, posting=entry, reason=reason),
    ]

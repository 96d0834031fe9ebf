"""Corrections (更正): a service record changes, and the purse follows by the difference alone.

Units: whole credit minutes.
"""

from collections.abc import Sequence
from datetime import date

from timebank.accounts import ISSUANCE, Posting, available
from timebank.event import Event
from timebank.hours import HoursRecorded
from timebank.lots import total
from timebank.postings import PointsReduced, ShortfallBorne
from timebank.purse import DebtRepaid, PointsEarned, Purse, earning
from timebank.reversing import brought_by, must_name_fault, returned, shortfall, taken
from timebank.rules import Sheet


def correct(
    state: Purse,
    giver: Purse | None,
    sheet: Sheet,
    *,
    recorded: HoursRecorded,
    credit: int,
    before: Sequence[Posting],
    entry: str,
    fault: str,
    today: date,
    fund: str = ISSUANCE,
    funded_minutes: int | None = None,
    donated_only: bool = False,
) -> list[Event]:
    """Bring the purse to *credit* minutes for a record that so far brought *before*.

    *before* are the entries of the record, with the shortfalls of earlier corrections. More is
    earned like any service, from *fund* and under the caps of that day. Less goes back to *fund*,
    which is `available:` where a recipient had paid, whose purse *giver* is: first what the balance
    cap had kept out, then the lots of the record, then others; what is missing is borne by whoever
    was at fault.

    Raises:
        UnknownFault: neither the member nor the office.
    """
    must_name_fault(fault)
    before = [posting for posting in before if posting.entry not in state.undone]
    brought = sum(_brought(posting) for posting in before)
    room_today = sheet.points.daily_cap_minutes - state.brought.get(recorded.on, 0) + brought
    wanted = min(credit, max(room_today, 0))
    if wanted > brought:
        return earning(
            state,
            sheet,
            recorded=recorded,
            entry_of=f"{recorded.record}/{entry}",
            credit=wanted - brought,
            fund=fund,
            funded_minutes=funded_minutes,
            donated_only=donated_only,
        )
    if wanted == brought:
        return []
    due = max(sum(_posted(posting) for posting in before) - wanted, 0)
    own = {posting.entry for posting in before if isinstance(posting, PointsEarned)}
    lots = taken(state, lots=own, minutes=due, today=today)
    reduced = PointsReduced(
        person=recorded.person,
        entry=entry,
        debit=available(recorded.person),
        credit=fund,
        minutes=total(lots),
        lots=lots,
        fault=fault,
        record=recorded.record,
        order=recorded.order,
        on=recorded.on,
        brought_minutes=brought - wanted,
    )
    events: list[Event] = [reduced, *shortfall(reduced, minutes=due)]
    return events + returned(events, giver, sheet, back=fund, entry=entry, today=today)


def _brought(posting: Posting) -> int:
    """Give what an entry counts against the cap of its day."""
    match posting:
        case PointsEarned() | DebtRepaid():
            return brought_by(posting)
        case PointsReduced():
            return -(posting.brought_minutes or 0)
        case _:
            return 0


def _posted(posting: Posting) -> int:
    """Give what an entry gave the member, or took back."""
    taking = isinstance(posting, PointsReduced | ShortfallBorne)
    return -posting.minutes if taking else posting.minutes

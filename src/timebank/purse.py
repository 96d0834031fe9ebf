"""The purse (积分账户): thank-you points in lots, counted in credit minutes, and earning them.

Units: whole credit minutes. Rounding: weight first, rounded down once per posting, then the caps.
Source: the rule sheet in force on the day of service.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from timebank.accounts import ISSUANCE, PursePosting, available, debt
from timebank.event import Event
from timebank.hours import HoursRecorded
from timebank.ids import derived
from timebank.lots import Lot, last_day, put, total, without
from timebank.postings import (
    BalanceCarriedOver,
    BalanceConfirmed,
    Bringing,
    DebtSettled,
    HoldPaid,
    HoldPosted,
    HoldReturned,
    LotsReceived,
    PointsAdded,
    PointsDeducted,
    PointsDonated,
    PointsGifted,
    PointsHeld,
    PointsReduced,
    PointsReversed,
    ShortfallBorne,
    TakenBack,
    Taking,
)
from timebank.rules import Points, Sheet


class PointsEarned(PursePosting, frozen=True, kw_only=True, tag="purse.earned"):
    """A day of service became a lot, whose id is the entry's; what the caps kept out is named."""

    record: str
    order: str
    on: date
    sheet: str
    over_daily_cap_minutes: int
    over_balance_cap_minutes: int
    valid_until: date | None = None
    over_funding_minutes: int | None = None
    donated_only: bool | None = None


class DebtRepaid(PursePosting, frozen=True, kw_only=True, tag="purse.debt_repaid"):
    """A day of service paid what the member owed before it made a lot."""

    record: str
    order: str
    on: date
    sheet: str


class Hold(msgspec.Struct, frozen=True):
    """Parts of lots that are set aside; they do not expire while they are."""

    lots: tuple[Lot, ...]
    order: str | None = None
    redemption: str | None = None

    @property
    def minutes(self) -> int:
        """How much is set aside."""
        return total(self.lots)


class Purse(msgspec.Struct, frozen=True):
    """What the member has, in the order of spending; what is held and owed; what days brought.

    `known` are the entries whose ids clients made; `undone` are reversed entries and reduced
    service records, with what undid them. `unconfirmed` says that something moved since the last
    month end.
    """

    lots: tuple[Lot, ...] = ()
    holds: Mapping[str, Hold] = {}
    debt_minutes: int = 0
    brought: Mapping[date, int] = {}
    known: Mapping[str, int] = {}
    undone: Mapping[str, str] = {}
    unconfirmed: bool = False

    @property
    def balance_minutes(self) -> int:
        """All that the member may spend, expired lots included until their expiry is posted."""
        return total(self.lots)

    @property
    def held_minutes(self) -> int:
        """All that is set aside."""
        return sum(hold.minutes for hold in self.holds.values())


def evolve(state: Purse, event: Event) -> Purse:
    """Fold one event into the purse."""
    match event:
        case PointsEarned():
            return _moved(
                state,
                lots=put(state.lots, (_lot(event),)) if event.minutes > 0 else state.lots,
                brought=_brought(state, event.on, event.minutes + event.over_balance_cap_minutes),
            )
        case DebtRepaid():
            return _moved(
                state,
                debt_minutes=state.debt_minutes - event.minutes,
                brought=_brought(state, event.on, event.minutes),
            )
        case PointsHeld():
            hold = Hold(event.lots, event.order, event.redemption)
            return _taken(state, event, holds={**state.holds, event.entry: hold})
        case HoldPosted() | HoldPaid():
            return _moved(state, holds=_used(state, event.hold, event.lots))
        case HoldReturned():
            return _come(state, event, holds=_used(state, event.hold, event.lots))
        case DebtSettled():
            return _taken(state, event, debt_minutes=state.debt_minutes - event.minutes)
        case TakenBack():
            brought = _brought(state, event.on, -(event.brought_minutes or 0))
            undone = {**state.undone, _undone_by(event): event.entry}
            return _taken(state, event, undone=undone, brought=brought)
        case ShortfallBorne():
            owed = event.minutes if event.debit == debt(event.person) else 0
            return _moved(state, debt_minutes=state.debt_minutes + owed)
        case PointsGifted() | PointsDonated() | PointsDeducted():
            return _taken(state, event, known={**state.known, event.entry: event.minutes})
        case Taking():
            return _taken(state, event)
        case BalanceCarriedOver() | PointsAdded():
            return _come(state, event, known={**state.known, event.entry: event.minutes})
        case Bringing():
            return _come(state, event)
        case LotsReceived():
            known = {**state.known, event.posting: total(event.lots)}
            return _moved(state, lots=put(state.lots, event.lots), known=known)
        case BalanceConfirmed():
            return msgspec.structs.replace(state, unconfirmed=False)
        case _:
            return state


def credit_minutes(service_minutes: int, points: Points, category: str) -> int:
    """Give the purse minutes for *service_minutes* of *category*, rounded down."""
    percent = points.weight_percent.get(category, points.other_weight_percent)
    return service_minutes * percent // 100


def earn(
    state: Purse,
    sheet: Sheet,
    *,
    recorded: HoursRecorded,
    category: str,
    fund: str = ISSUANCE,
    funded_minutes: int | None = None,
    share_minutes: int | None = None,
    donated_only: bool = False,
) -> list[Event]:
    """Thank the member for one recorded day of service, from the account *fund*.

    The day's cap comes first, over all orders of that day; then what the fund set aside for it
    (*funded_minutes*, unlimited if None); then what is owed is repaid; the rest becomes a lot as
    far as the balance cap allows. What is kept out is stated, and stays in the hours.
    *share_minutes* is the member's part of a fixed pool, in place of weighed minutes.
    """
    weighed = credit_minutes(recorded.minutes, sheet.points, category)
    return earning(
        state,
        sheet,
        recorded=recorded,
        entry_of=recorded.record,
        credit=weighed if share_minutes is None else share_minutes,
        fund=fund,
        funded_minutes=funded_minutes,
        donated_only=donated_only,
    )


def earning(
    state: Purse,
    sheet: Sheet,
    *,
    recorded: HoursRecorded,
    entry_of: str,
    credit: int,
    fund: str,
    funded_minutes: int | None,
    donated_only: bool,
) -> list[Event]:
    """Post *credit* minutes for a record; *entry_of* is what the entries' ids are derived from."""
    points = sheet.points
    room_today = max(points.daily_cap_minutes - state.brought.get(recorded.on, 0), 0)
    brought = min(credit, room_today)
    funded = brought if funded_minutes is None else min(brought, funded_minutes)
    repaid = min(funded, state.debt_minutes)
    room = max(points.balance_cap_minutes - state.balance_minutes - state.held_minutes, 0)
    kept = min(funded - repaid, room)
    facts: dict[str, Any] = {
        "person": recorded.person,
        "debit": fund,
        "record": recorded.record,
        "order": recorded.order,
        "on": recorded.on,
        "sheet": sheet.sheet,
    }
    events: list[Event] = []
    if repaid:
        entry = derived("repayment", entry_of)
        account = debt(recorded.person)
        events.append(DebtRepaid(entry=entry, credit=account, minutes=repaid, **facts))
    if credit > repaid:
        events.append(
            PointsEarned(
                entry=derived("earning", entry_of),
                credit=available(recorded.person),
                minutes=kept,
                over_daily_cap_minutes=credit - brought,
                over_funding_minutes=brought - funded or None,
                over_balance_cap_minutes=funded - repaid - kept,
                valid_until=last_day(sheet, recorded.on),
                donated_only=donated_only or None,
                **facts,
            )
        )
    return events


def _lot(event: PointsEarned) -> Lot:
    return Lot(
        lot=event.entry,
        minutes=event.minutes,
        on=event.on,
        valid_until=event.valid_until,
        donated_only=event.donated_only,
    )


def _moved(state: Purse, **changes: object) -> Purse:
    return msgspec.structs.replace(state, unconfirmed=True, **changes)


def _taken(state: Purse, event: Taking, **changes: object) -> Purse:
    return _moved(state, lots=without(state.lots, event.lots), **changes)


def _come(state: Purse, event: Bringing, **changes: object) -> Purse:
    return _moved(state, lots=put(state.lots, event.lots), **changes)


def _used(state: Purse, hold: str, lots: Iterable[Lot]) -> dict[str, Hold]:
    """Give the holds without *lots* of one of them; a hold of which nothing is left is over."""
    holds = dict(state.holds)
    there = holds.pop(hold, None)
    left = () if there is None else without(there.lots, lots)
    if there is not None and left:
        holds[hold] = msgspec.structs.replace(there, lots=left)
    return holds


def _undone_by(event: TakenBack) -> str:
    match event:
        case PointsReversed():
            return event.reverses
        case PointsReduced(record=str(record)):
            return record
        case _:
            return event.entry


def _brought(state: Purse, on: date | None, minutes: int) -> Mapping[date, int]:
    if on is None or minutes == 0:
        return state.brought
    return {**state.brought, on: state.brought.get(on, 0) + minutes}

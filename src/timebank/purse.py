"""The purse (积分账户): thank-you points in lots, counted in credit minutes.

Units: whole credit minutes. Rounding: weight first, rounded down once per posting, then the caps.
Source: the rule sheet in force on the day of service.
"""

from datetime import date

import msgspec

from timebank.accounts import ISSUANCE, Posting, available, debt
from timebank.days import months_after
from timebank.event import Event
from timebank.hours import HoursRecorded
from timebank.ids import derived
from timebank.rules import Points, Sheet


class PointsEarned(Posting, frozen=True, kw_only=True, tag="purse.earned"):
    """A day of service became a lot, whose id is the entry's; what the caps kept out is named."""

    record: str
    order: str
    on: date
    sheet: str
    over_daily_cap_minutes: int
    over_balance_cap_minutes: int
    valid_until: date | None = None


class DebtRepaid(Posting, frozen=True, kw_only=True, tag="purse.debt_repaid"):
    """A day of service paid what the member owed before it made a lot."""

    record: str
    order: str
    on: date
    sheet: str


class Lot(msgspec.Struct, frozen=True):
    """What is left of one earning, and its last day."""

    lot: str
    minutes: int
    on: date
    valid_until: date | None


class Purse(msgspec.Struct, frozen=True):
    """What the member has, oldest lot first; what they owe; what each day has already brought."""

    lots: tuple[Lot, ...] = ()
    debt_minutes: int = 0
    brought: dict[date, int] = {}

    @property
    def balance_minutes(self) -> int:
        """All that the member has."""
        return sum(lot.minutes for lot in self.lots)


def evolve(state: Purse, event: Event) -> Purse:
    """Fold one event into the purse."""
    match event:
        case PointsEarned():
            lots = state.lots
            if event.minutes > 0:
                lot = Lot(event.entry, event.minutes, event.on, event.valid_until)
                # A stable sort: lots of one day stay in the order in which they were earned.
                lots = tuple(sorted((*lots, lot), key=_by_day))
            brought = _brought(state, event.on, event.minutes + event.over_balance_cap_minutes)
            return msgspec.structs.replace(state, lots=lots, brought=brought)
        case DebtRepaid():
            return msgspec.structs.replace(
                state,
                debt_minutes=state.debt_minutes - event.minutes,
                brought=_brought(state, event.on, event.minutes),
            )
        case _:
            return state


def credit_minutes(service_minutes: int, points: Points, category: str) -> int:
    """Give the purse minutes for *service_minutes* of *category*, rounded down."""
    percent = points.weight_percent.get(category, points.other_weight_percent)
    return service_minutes * percent // 100


def earn(state: Purse, sheet: Sheet, *, recorded: HoursRecorded, category: str) -> list[Event]:
    """Thank the member for one recorded day of service.

    The day's cap comes first, over all orders of that day; then what is owed is repaid; the rest
    becomes a lot as far as the balance cap allows. What a cap keeps out is stated, and stays in the
    hours.
    """
    points = sheet.points
    credit = credit_minutes(recorded.minutes, points, category)
    room_today = max(points.daily_cap_minutes - state.brought.get(recorded.on, 0), 0)
    brought = min(credit, room_today)
    repaid = min(brought, state.debt_minutes)
    room = max(points.balance_cap_minutes - state.balance_minutes, 0)
    kept = min(brought - repaid, room)
    events: list[Event] = []
    if repaid:
        events.append(_repayment(sheet, recorded, minutes=repaid))
    if credit > repaid:
        events.append(
            _earning(
                sheet,
                recorded,
                minutes=kept,
                over_daily_cap_minutes=credit - brought,
                over_balance_cap_minutes=brought - repaid - kept,
            )
        )
    return events


def _repayment(sheet: Sheet, recorded: HoursRecorded, *, minutes: int) -> DebtRepaid:
    return DebtRepaid(
        person=recorded.person,
        entry=derived("repayment", recorded.record),
        debit=ISSUANCE,
        credit=debt(recorded.person),
        minutes=minutes,
        record=recorded.record,
        order=recorded.order,
        on=recorded.on,
        sheet=sheet.sheet,
    )


def _earning(
    sheet: Sheet,
    recorded: HoursRecorded,
    *,
    minutes: int,
    over_daily_cap_minutes: int,
    over_balance_cap_minutes: int,
) -> PointsEarned:
    months = sheet.points.validity_months
    return PointsEarned(
        person=recorded.person,
        entry=derived("earning", recorded.record),
        debit=ISSUANCE,
        credit=available(recorded.person),
        minutes=minutes,
        record=recorded.record,
        order=recorded.order,
        on=recorded.on,
        sheet=sheet.sheet,
        over_daily_cap_minutes=over_daily_cap_minutes,
        over_balance_cap_minutes=over_balance_cap_minutes,
        valid_until=None if months is None else months_after(recorded.on, months),
    )


def _by_day(lot: Lot) -> date:
    return lot.on


def _brought(state: Purse, on: date, minutes: int) -> dict[date, int]:
    return {**state.brought, on: state.brought.get(on, 0) + minutes}

"""Rule sheets of the time bank: every number that a district may decide for itself.

Units: in the name of each key. A sheet holds from its effective day until the next one does; the
built-in defaults are only a proposal until they are published like any other sheet.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from timebank.days import civil_day
from timebank.event import Event, IdTaken, Malformed, Refused
from timebank.ids import derived
from timebank.order_rules import PROPOSED_ORDER_RULES, OrderRules

POINTS_STREAM = f"rules-{derived('rules', 'points')}"


class Points(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The rules of points, every key in full: what is published leaves nothing to the code.

    Sheets that were published before orders had rules of their own say nothing of them.
    """

    zone: str
    minutes_per_point: int
    weight_percent: dict[str, int]
    other_weight_percent: int
    daily_cap_minutes: int
    balance_cap_minutes: int
    automatic_up_to_minutes: int
    second_person_up_to_minutes: int
    validity_months: int | None
    save_min_age: int | None
    spend_min_age: int | None
    gift_relations: tuple[str, ...]
    redeem_min_minutes: int
    team_time: str
    hold_minutes: int
    confirm_tasks_workdays: tuple[int, int, int]
    record_workdays: int
    late_entry_days: int
    checkin_radius_metres: int
    pairs_per_day: int
    clock_tolerance_seconds: int
    orders: OrderRules | None = None

    @property
    def task_workdays(self) -> int:
        """How many working days a second person has, before a task goes to a wider area."""
        return self.confirm_tasks_workdays[0] if self.orders is None else self.orders.task_workdays


PROPOSED_POINTS = Points(
    zone="Asia/Shanghai",
    minutes_per_point=60,
    weight_percent={},
    other_weight_percent=100,
    daily_cap_minutes=480,
    balance_cap_minutes=90_000,
    automatic_up_to_minutes=480,
    second_person_up_to_minutes=720,
    validity_months=24,
    save_min_age=18,
    spend_min_age=None,
    gift_relations=("spouse", "parent", "grandparent", "child"),
    redeem_min_minutes=0,
    team_time="spendable",
    hold_minutes=30,
    confirm_tasks_workdays=(3, 7, 10),
    record_workdays=10,
    late_entry_days=30,
    checkin_radius_metres=500,
    pairs_per_day=3,
    clock_tolerance_seconds=120,
    orders=PROPOSED_ORDER_RULES,
)
"""What a new district is offered to publish."""


class PointsPublished(Event, frozen=True, kw_only=True, tag="rules.points_published"):
    """A sheet of the rules of points was published, to hold from a day on."""

    sheet: str
    effective_from: date
    points: Points

    @property
    def stream(self) -> str:
        """All sheets of points share one stream."""
        return POINTS_STREAM


class Sheet(msgspec.Struct, frozen=True):
    """One published sheet."""

    sheet: str
    effective_from: date
    points: Points


class Rules(msgspec.Struct, frozen=True):
    """The sheets by effective day; of two for one day, the later published comes last."""

    sheets: tuple[Sheet, ...] = ()


class NoRuleSheet(Refused):
    """No rule sheet of points is in force on that day."""

    zh = "该日没有生效的积分规则。"


class SheetMalformed(Malformed):
    """The rule sheet holds a number out of range, an unknown zone or an unknown choice."""

    zh = "积分规则中有数值超出范围,或时区、选项无效。"


def evolve(state: Rules, event: Event) -> Rules:
    """Fold one event into the rules."""
    match event:
        case PointsPublished():
            sheet = Sheet(event.sheet, event.effective_from, event.points)
            return Rules(tuple(sorted((*state.sheets, sheet), key=_by_effective_day)))
        case _:
            return state


def sheet_on(state: Rules, on: date) -> Sheet:
    """Find the sheet in force on the civil day *on*.

    Raises:
        NoRuleSheet: none is effective yet.
    """
    for sheet in reversed(state.sheets):
        if sheet.effective_from <= on:
            return sheet
    raise NoRuleSheet


def sheet_at(state: Rules, at: datetime) -> Sheet:
    """Find the sheet in force at *at*, each sheet counting days in its own zone.

    Raises:
        NoRuleSheet: none is effective yet.
    """
    for sheet in reversed(state.sheets):
        if sheet.effective_from <= civil_day(at, sheet.points.zone):
            return sheet
    raise NoRuleSheet


def order_rules_at(state: Rules, at: datetime) -> OrderRules | None:
    """Find what the sheet in force at *at* says of orders; None where it says nothing."""
    try:
        return sheet_at(state, at).points.orders
    except NoRuleSheet:
        return None


def publish_points(
    state: Rules, *, sheet: str, effective_from: date, points: Points
) -> list[Event]:
    """Publish *points* as the sheet in force from *effective_from* on.

    Raises:
        SheetMalformed: a number, the zone or a choice makes no sense.
        IdTaken: this sheet was published with other rules.
    """
    if not _makes_sense(points):
        raise SheetMalformed
    new = Sheet(sheet, effective_from, points)
    for known in state.sheets:
        if known.sheet == sheet:
            if known != new:
                raise IdTaken
            return []
    return [PointsPublished(sheet=sheet, effective_from=effective_from, points=points)]


def _by_effective_day(sheet: Sheet) -> date:
    return sheet.effective_from


def _makes_sense(points: Points) -> bool:
    try:
        ZoneInfo(points.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    positive = (points.minutes_per_point, points.pairs_per_day, points.hold_minutes)
    never_negative = (
        points.daily_cap_minutes,
        points.balance_cap_minutes,
        points.automatic_up_to_minutes,
        points.second_person_up_to_minutes - points.automatic_up_to_minutes,
        points.redeem_min_minutes,
        points.record_workdays,
        points.late_entry_days,
        points.checkin_radius_metres,
        points.clock_tolerance_seconds,
        points.other_weight_percent,
        *points.weight_percent.values(),
    )
    return (
        min(positive) >= 1
        and min(never_negative) >= 0
        and (points.validity_months is None or points.validity_months >= 1)
        and (points.orders is None or points.orders.make_sense)
        and points.team_time in {"spendable", "donated_only"}
        and points.confirm_tasks_workdays == tuple(sorted(points.confirm_tasks_workdays))
    )

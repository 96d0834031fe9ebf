"""The working days of mainland China, with their swaps, and the civil day of an instant.

The State Council declares each year's holidays, and the weekends that are worked for them, in the
autumn before; until then a year has its Mondays to Fridays. All years are in one stream, so a term
that begins in December sees January's holidays.

Units: working days; civil days and months in the zone that a rule names, never the machine's.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

import msgspec

from district.event import Event, Malformed, id_of

CALENDAR_STREAM = f"calendar-{id_of('calendar', 'workdays')}"

_SATURDAY = 5
_DAY = timedelta(days=1)
_FIXED: Mapping[str, tzinfo] = {"Asia/Shanghai": timezone(timedelta(hours=8)), "UTC": UTC}


class CalendarDeclared(Event, frozen=True, kw_only=True, tag="calendar.declared"):
    """The year's exceptions to Monday to Friday became known, or were declared anew, in full."""

    year: int
    holidays: tuple[date, ...]
    workdays: tuple[date, ...]

    @property
    def stream(self) -> str:
        """The one stream of all years."""
        return CALENDAR_STREAM


class Calendar(msgspec.Struct, frozen=True):
    """Days off, days worked on a weekend, and the years for which they are known."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()


def evolve(state: Calendar, event: Event) -> Calendar:
    """*state* after *event*."""
    match event:
        case CalendarDeclared():
            return Calendar(
                holidays=_replaced(state.holidays, event.year, event.holidays),
                workdays=_replaced(state.workdays, event.year, event.workdays),
                years=state.years | {event.year},
            )
        case _:
            return state


class NotInThatYear(Malformed):
    """Every day of a year's calendar must lie in that year."""

    zh = "日历中的日期应在所列年份内。"


class BothHolidayAndWorkday(Malformed):
    """A day cannot be a holiday and a working day."""

    zh = "同一天不能既是节假日又是工作日。"


class UnknownZone(Malformed):
    """There is no such time zone."""

    zh = "没有此时区。"


class TimeOutOfRange(Malformed):
    """This time lies outside the calendar."""

    zh = "时间超出日历范围。"


def declare_calendar(
    state: Calendar, *, year: int, holidays: Iterable[date], workdays: Iterable[date]
) -> list[Event]:
    """Take the year's *holidays* and its weekend *workdays*, both in full.

    Terms that were worked out before keep their days: they are stored with their events. Who may
    declare is asked before, because the years known when a book begins come from nobody in it.

    Raises:
        NotInThatYear: a day lies in another year.
        BothHolidayAndWorkday: a day is in both lists.
    """
    off, on = frozenset(holidays), frozenset(workdays)
    if any(day.year != year for day in off | on):
        raise NotInThatYear
    if off & on:
        raise BothHolidayAndWorkday
    declared = CalendarDeclared(year=year, holidays=tuple(sorted(off)), workdays=tuple(sorted(on)))
    return [] if evolve(state, declared) == state else [declared]


def is_workday(calendar: Calendar, day: date) -> bool:
    """Whether *day* is worked: declared so, or Monday to Friday and no holiday."""
    if day in calendar.workdays:
        return True
    return day.weekday() < _SATURDAY and day not in calendar.holidays


def add_workdays(calendar: Calendar, day: date, workdays: int) -> date:
    """The last of the next *workdays* working days after *day*; *day* itself does not count.

    What ended on Wednesday 13 May 2026 is due in 10 working days on Wednesday 27 May 2026. No
    working days at all is *day* itself, worked or not.

    Raises:
        TimeOutOfRange: the calendar ends before.
    """
    left = workdays
    while left > 0:
        if day == date.max:
            raise TimeOutOfRange
        day += _DAY
        left -= is_workday(calendar, day)
    return day


def civil_day(instant: datetime, zone: str) -> date:
    """The date on the wall calendar in *zone* at *instant*.

    Raises:
        UnknownZone: this machine knows no such zone.
        TimeOutOfRange: the date lies outside the calendar.
    """
    assert instant.tzinfo is not None, "an instant without offset has no civil day"
    try:
        return instant.astimezone(_zone(zone)).date()
    except OverflowError:
        raise TimeOutOfRange from None


def civil_month(instant: datetime, zone: str) -> str:
    """The month of `civil_day`, as `YYYY-MM`.

    Raises:
        UnknownZone: this machine knows no such zone.
        TimeOutOfRange: the date lies outside the calendar.
    """
    return civil_day(instant, zone).isoformat()[:7]


@cache
def _zone(name: str) -> tzinfo:
    """The zone called *name*.

    China's own is not looked up: it has been +08:00 without summer time since 1992, before any
    instant that this service can know, and a machine without zone tables must give the same days.
    """
    if name in _FIXED:
        return _FIXED[name]
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise UnknownZone from None


def _replaced(days: frozenset[date], year: int, declared: Iterable[date]) -> frozenset[date]:
    return frozenset(day for day in days if day.year != year) | frozenset(declared)

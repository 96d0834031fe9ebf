"""Working days with their swaps, and civil days."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import reduce
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from chinese_calendar import constants
from hypothesis import example, given
from hypothesis import strategies as st

from district.calendar import (
    CALENDAR_STREAM,
    BothHolidayAndWorkday,
    Calendar,
    CalendarDeclared,
    NotInThatYear,
    TimeOutOfRange,
    UnknownZone,
    add_workdays,
    civil_day,
    civil_month,
    declare_calendar,
    evolve,
    is_workday,
)
from district.event import Event, Refused

SHANGHAI = "Asia/Shanghai"
NONE = Calendar()

# The week of National Day 2026 and the weekends that are worked for it.
HOLIDAYS_2026 = tuple(date(2026, 10, day) for day in range(1, 8))
WORKDAYS_2026 = (date(2026, 9, 20), date(2026, 10, 10))
DECLARED = CalendarDeclared(year=2026, holidays=HOLIDAYS_2026, workdays=WORKDAYS_2026)


def after(*events: Event) -> Calendar:
    """The calendar after *events*."""
    return reduce(evolve, events, Calendar())


def published() -> Calendar:
    """The calendar of every year that has been published, as a district would declare it."""
    events: list[Event] = []
    for year in sorted({day.year for day in constants.holidays}):
        events += declare_calendar(
            after(*events),
            year=year,
            holidays=[day for day in constants.holidays if day.year == year],
            workdays=[day for day in constants.workdays if day.year == year],
        )
    return after(*events)


def test_a_year_is_declared() -> None:
    """In full and in order, whatever order and repeats it came in."""
    events = declare_calendar(
        NONE, year=2026, holidays=HOLIDAYS_2026[::-1] * 2, workdays=WORKDAYS_2026[::-1]
    )
    assert events == [DECLARED]
    assert events[0].stream == CALENDAR_STREAM


def test_declaring_the_same_year_again_does_nothing() -> None:
    """Also a year without any exception is declared once."""
    state = after(DECLARED)
    same = declare_calendar(state, year=2026, holidays=HOLIDAYS_2026, workdays=WORKDAYS_2026)
    assert same == []
    empty = declare_calendar(NONE, year=2027, holidays=[], workdays=[])
    assert empty == [CalendarDeclared(year=2027, holidays=(), workdays=())]
    assert declare_calendar(after(*empty), year=2027, holidays=[], workdays=[]) == []


def test_a_changed_declaration_replaces_that_year_and_no_other() -> None:
    """The State Council has changed a year while it ran."""
    other = CalendarDeclared(year=2025, holidays=(date(2025, 10, 1),), workdays=())
    (changed,) = declare_calendar(
        after(other, DECLARED), year=2026, holidays=HOLIDAYS_2026[:3], workdays=[]
    )
    state = after(other, DECLARED, changed)
    assert state.holidays == {date(2025, 10, 1), *HOLIDAYS_2026[:3]}
    assert state.workdays == frozenset()
    assert state.years == {2025, 2026}


@pytest.mark.parametrize(
    ("refusal", "holidays", "workdays"),
    [
        (NotInThatYear, [date(2027, 1, 1)], []),
        (NotInThatYear, [], [date(2025, 12, 31)]),
        (BothHolidayAndWorkday, [date(2026, 10, 1)], [date(2026, 10, 1)]),
    ],
)
def test_declaring_is_refused(
    refusal: type[Refused], holidays: list[date], workdays: list[date]
) -> None:
    """A year's lists hold its own days, each in one of them."""
    with pytest.raises(refusal):
        declare_calendar(NONE, year=2026, holidays=holidays, workdays=workdays)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 9, 18), True),
        (date(2026, 9, 19), False),
        (date(2026, 9, 20), True),
        (date(2026, 10, 1), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),
    ],
)
def test_swaps_are_followed(day: date, expected: bool) -> None:  # noqa: FBT001 - a table's outcome
    """A worked Sunday is a working day, a Thursday off is none."""
    assert is_workday(after(DECLARED), day) is expected


def test_ten_workdays_after_13_may_2026_is_27_may_2026() -> None:
    """Records are due within 10 working days: two weeks where no holiday falls in."""
    assert add_workdays(published(), date(2026, 5, 13), 10) == date(2026, 5, 27)


def test_ten_workdays_over_national_day_2026() -> None:
    """From Friday 25 September: seven days off are left out, the worked Saturday counts."""
    assert add_workdays(published(), date(2026, 9, 25), 10) == date(2026, 10, 15)


def test_every_published_day_agrees_with_the_published_calendar() -> None:
    """Every day since 2004, against an independent table."""
    calendar = published()
    last = date(max(calendar.years), 12, 31)
    day = date(2004, 1, 1)
    while day <= last:
        assert is_workday(calendar, day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


exceptions = st.frozensets(st.dates(date(2026, 1, 1), date(2026, 3, 31)), max_size=40)
calendars = st.builds(
    lambda off, on: Calendar(holidays=off - on, workdays=on), exceptions, exceptions
)
days = st.dates(date(2025, 12, 1), date(2026, 4, 30))
terms = st.integers(0, 40)


@given(calendars, days, st.integers(1, 40))
def test_a_term_ends_on_a_workday_and_holds_as_many_as_it_says(
    calendar: Calendar, day: date, workdays: int
) -> None:
    """Counting the working days from the day after gives the number back."""
    due = add_workdays(calendar, day, workdays)
    assert is_workday(calendar, due)
    after_day = [day + timedelta(days=n + 1) for n in range((due - day).days)]
    assert sum(is_workday(calendar, each) for each in after_day) == workdays


@given(calendars, days, days, terms, terms)
def test_a_later_start_or_a_longer_term_is_never_due_earlier(
    calendar: Calendar, one: date, other: date, short: int, more: int
) -> None:
    """Longer terms are due strictly later."""
    first, last = sorted((one, other))
    assert add_workdays(calendar, first, short) <= add_workdays(calendar, last, short)
    whole = add_workdays(calendar, first, short + more)
    assert whole == add_workdays(calendar, add_workdays(calendar, first, short), more)
    assert (whole > add_workdays(calendar, first, short)) == (more > 0)


@given(days)
def test_no_workdays_is_the_day_itself(day: date) -> None:
    """A term of nothing has no working day to wait for."""
    assert add_workdays(NONE, day, 0) == day


def test_a_term_beyond_the_last_day_is_refused() -> None:
    """A clear refusal, because a client may send any date."""
    with pytest.raises(TimeOutOfRange):
        add_workdays(NONE, date(9999, 12, 30), 10)


@pytest.mark.parametrize(
    ("instant", "day", "month"),
    [
        (datetime(2026, 5, 31, 15, 59, 59, tzinfo=UTC), date(2026, 5, 31), "2026-05"),
        (datetime(2026, 5, 31, 16, 0, tzinfo=UTC), date(2026, 6, 1), "2026-06"),
        (
            datetime(2026, 6, 1, 0, 30, tzinfo=timezone(timedelta(hours=9))),
            date(2026, 5, 31),
            "2026-05",
        ),
    ],
)
def test_a_day_begins_at_midnight_in_the_rules_zone(
    instant: datetime, day: date, month: str
) -> None:
    """Whatever offset the phone sent."""
    assert (civil_day(instant, SHANGHAI), civil_month(instant, SHANGHAI)) == (day, month)


def test_another_zone_has_another_day() -> None:
    """A rule may name its own zone."""
    instant = datetime(2026, 5, 31, 17, 0, tzinfo=UTC)
    assert civil_day(instant, SHANGHAI) == date(2026, 6, 1)
    assert civil_day(instant, "UTC") == date(2026, 5, 31)


def test_the_zone_of_the_process_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server set to New York writes the same days."""
    instant = datetime(2026, 5, 31, 16, 0, tzinfo=UTC)
    for zone in ("America/New_York", "Pacific/Kiritimati", "UTC"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert civil_day(instant, SHANGHAI) == date(2026, 6, 1)
    monkeypatch.undo()
    time.tzset()


@given(st.datetimes(datetime(1992, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds take no zone
@example(datetime(1991, 9, 14, 16, 0, tzinfo=UTC))
def test_china_has_had_one_offset_since_1992(instant: datetime) -> None:
    """The fixed +08:00 gives the days that the zone tables give."""
    assert civil_day(instant, SHANGHAI) == instant.astimezone(ZoneInfo(SHANGHAI)).date()


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "Asia", "/etc/passwd"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    """Never taken for the machine's own."""
    with pytest.raises(UnknownZone):
        civil_day(datetime(2026, 5, 31, tzinfo=UTC), zone)


@pytest.mark.parametrize("ask", [civil_day, civil_month])
def test_a_time_outside_the_calendar_is_refused(ask: Callable[[datetime, str], object]) -> None:
    """The last evening of the year 9999 is a day later in China, and there is none."""
    with pytest.raises(TimeOutOfRange):
        ask(datetime(9999, 12, 31, 23, tzinfo=UTC), SHANGHAI)


def test_a_time_without_offset_is_our_own_mistake() -> None:
    """It would be read in the zone of the machine."""
    with pytest.raises(AssertionError):
        civil_day(datetime(2026, 5, 31), SHANGHAI)  # noqa: DTZ001 - the case under test

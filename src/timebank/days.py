"""Civil days and months in a rule's own time zone.

Units: whole civil days. Source: the zone that the rule sheet names, never a process's or a phone's.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def civil_day(at: datetime, zone: str) -> date:
    """Give the civil day that holds *at* in *zone*."""
    return at.astimezone(ZoneInfo(zone)).date()


def next_midnight(at: datetime, zone: str) -> datetime:
    """Give the first instant of the civil day after the one that holds *at*."""
    morrow = civil_day(at, zone) + timedelta(days=1)
    return datetime.combine(morrow, time(), ZoneInfo(zone)).astimezone(UTC)


def months_after(on: date, months: int) -> date:
    """Give the same day *months* later, or the month's last day when it is shorter."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))


def birthday(born_on: date, years: int) -> date:
    """Give the day on which someone born on *born_on* turns *years*; 1 March for a leap day."""
    try:
        return born_on.replace(year=born_on.year + years)
    except ValueError:
        return date(born_on.year + years, 3, 1)

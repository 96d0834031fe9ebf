"""Working days, as far as the time bank needs them: the calendar itself is the district's.

Units: working days; instants are the midnights of a rule sheet's own zone.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from timebank.days import civil_day

Workdays = Callable[[date, int], date]
"""The last of the next so many working days after a day, which itself does not count."""


def start_of(on: date, zone: str) -> datetime:
    """Give the first instant of the civil day *on* in *zone*."""
    return datetime.combine(on, time(), ZoneInfo(zone)).astimezone(UTC)


def end_of(on: date, zone: str) -> datetime:
    """Give the midnight that ends the civil day *on* in *zone*."""
    return start_of(on + timedelta(days=1), zone)


def due_on(at: datetime, days: int, *, workdays: Workdays, zone: str) -> date:
    """Give the last of the *days* working days after the civil day of *at*."""
    return workdays(civil_day(at, zone), days)

"""Civil days: a day is Shanghai's, a month may be short, a leap day's child has birthdays too."""

from datetime import date, timedelta

import pytest

from tests.serving import DAY, at
from timebank.days import birthday, civil_day, months_after, next_midnight

SHANGHAI = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("clock", "on"), [("00:00", DAY), ("07:59", DAY), ("08:00", DAY), ("23:59", DAY)]
)
def test_a_day_is_the_zones_own(clock: str, on: date) -> None:
    """From 00:00 to 23:59 in Shanghai it is one day, though UTC changes its own at 08:00."""
    assert civil_day(at(clock), SHANGHAI) == on
    assert next_midnight(at(clock), SHANGHAI) == at("00:00", on + timedelta(days=1))


@pytest.mark.parametrize(
    ("on", "months", "later"),
    [
        (date(2025, 3, 10), 24, date(2027, 3, 10)),
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2025, 12, 31), 1, date(2026, 1, 31)),
        (date(2025, 11, 30), 1, date(2025, 12, 30)),
    ],
)
def test_months_later_is_the_same_day_or_the_months_last(
    on: date, months: int, later: date
) -> None:
    """The last day of August, six months on, is the last day of February."""
    assert months_after(on, months) == later


def test_a_birthday_on_a_leap_day_falls_on_the_first_of_march() -> None:
    """Born on 29 February 2008, grown up on 1 March 2026 (no leap year)."""
    assert birthday(date(2008, 2, 29), 18) == date(2026, 3, 1)
    assert birthday(date(2008, 2, 29), 20) == date(2028, 2, 29)
    assert birthday(date(2007, 3, 11), 18) == date(2025, 3, 11)

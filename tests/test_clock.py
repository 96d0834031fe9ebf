"""Clocks: what a phone claims is corrected, and where it cannot be, it becomes an interval."""

from datetime import timedelta

import pytest

from tests.serving import at
from timebank.clock import Clock, Moment, corrected


@pytest.mark.parametrize(
    ("clock", "earliest", "latest"),
    [
        (None, 0, 0),
        (Clock(), 0, 0),
        (Clock(offset_after_seconds=300), 300, 300),
        (Clock(offset_before_seconds=-300), -300, -300),
        (Clock(offset_before_seconds=300, offset_after_seconds=420), 420, 420),
        (Clock(offset_before_seconds=300, offset_after_seconds=421), 300, 421),
        (Clock(offset_before_seconds=600, offset_after_seconds=-60), -60, 600),
    ],
)
def test_offsets_correct_the_claim(clock: Clock | None, earliest: int, latest: int) -> None:
    """Offsets at most 120 s apart give the later one's instant; further apart, an interval."""
    nine = at("09:00")
    assert corrected(nine, clock, tolerance_seconds=120) == Moment(
        earliest=nine + timedelta(seconds=earliest), latest=nine + timedelta(seconds=latest)
    )

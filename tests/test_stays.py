"""Stays: minutes count once, days end at midnight in Shanghai, nothing is rounded twice."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.serving import DAY, at
from timebank.stays import Stay, by_day, shortened, union, whole_minutes

SHANGHAI = "Asia/Shanghai"

stays = st.lists(
    st.builds(
        lambda start, length: Stay(
            began=at("23:40") + timedelta(seconds=start),
            ended=at("23:40") + timedelta(seconds=start + length),
        ),
        st.integers(0, 2_000),
        st.integers(-60, 900),
    ),
    max_size=6,
)


def seconds(given_: list[Stay]) -> set[int]:
    """Name every second that some stay holds, the slow and certain way."""
    return {
        second
        for stay in given_
        for second in range(int(stay.began.timestamp()), int(stay.ended.timestamp()))
    }


def test_overlapping_stays_count_once() -> None:
    """09:00-13:00, 14:00-19:30 and 12:30-13:30 are 600 minutes: the half hour counts once."""
    day = [
        Stay(began=at("09:00"), ended=at("13:00")),
        Stay(began=at("14:00"), ended=at("19:30")),
        Stay(began=at("12:30"), ended=at("13:30")),
    ]
    assert whole_minutes(day) == 600


def test_minutes_are_rounded_down_once() -> None:
    """Twice 90 seconds apart are three minutes, not twice one."""
    first = Stay(began=at("09:00"), ended=at("09:00") + timedelta(seconds=90))
    second = Stay(began=at("10:00"), ended=at("10:00") + timedelta(seconds=90))
    assert whole_minutes([first]) == 1
    assert whole_minutes([first, second]) == 3


def test_a_night_is_split_at_midnight_in_shanghai() -> None:
    """23:00 to 01:00 is one hour of each day, though both lie on one day in UTC."""
    night = Stay(began=at("23:00"), ended=at("01:00", date(2025, 3, 11)))
    days = by_day([night], SHANGHAI)
    assert {on: whole_minutes(parts) for on, parts in days.items()} == {
        DAY: 60,
        date(2025, 3, 11): 60,
    }


def test_a_stay_is_shortened_from_its_end() -> None:
    """Of 09:00-10:00 and 11:00-12:00, the first 90 minutes end at 11:30."""
    kept = shortened(
        [Stay(began=at("11:00"), ended=at("12:00")), Stay(began=at("09:00"), ended=at("10:00"))],
        90,
    )
    assert kept == (
        Stay(began=at("09:00"), ended=at("10:00")),
        Stay(began=at("11:00"), ended=at("11:30")),
    )


@given(stays)
def test_a_union_holds_the_same_seconds_without_overlap(some: list[Stay]) -> None:
    """Merging neither loses nor invents a second, and leaves gaps between what it gives."""
    merged = union(some)
    assert seconds(list(merged)) == seconds(some)
    assert all(a.ended < b.began for a, b in pairwise(merged))
    assert union(merged) == merged


@given(stays)
def test_days_hold_all_of_the_union(some: list[Stay]) -> None:
    """Cutting at midnight loses no second, and each part lies within its day."""
    days = by_day(some, SHANGHAI)
    parts = [stay for parts in days.values() for stay in parts]
    assert seconds(parts) == seconds(some)
    for on, inside in days.items():
        for stay in inside:
            assert at("00:00", on) <= stay.began < stay.ended
            assert stay.ended <= at("00:00", on + timedelta(days=1))


@given(stays, st.integers(0, 5_000))
def test_shortening_keeps_exactly_what_was_asked_or_all(some: list[Stay], minutes: int) -> None:
    """The result holds the minutes asked for, or everything where there is less."""
    kept = shortened(some, minutes)
    assert whole_minutes(kept) == min(minutes, whole_minutes(some))
    assert seconds(list(kept)) <= seconds(some)

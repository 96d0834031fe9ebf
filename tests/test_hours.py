"""The hours book: minutes really given, each counted once, late ones marked."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.serving import DAY, DUE, ORDER, VOLUNTEER, at
from timebank.hours import Hours, HoursRecorded, evolve, record
from timebank.stays import Stay, whole_minutes


def entry(state: Hours, *stays: Stay, recorded_on: date = DAY) -> HoursRecorded:
    """Record *stays* on the tenth of March."""
    return record(
        state,
        person=VOLUNTEER,
        order=ORDER,
        on=DAY,
        stays=stays,
        due_on=DUE,
        recorded_on=recorded_on,
    )


def test_minutes_that_overlap_an_earlier_record_count_once() -> None:
    """After 09:00-13:00, the stay 12:30-13:30 brings 30 minutes more."""
    state = evolve(Hours(), entry(Hours(), Stay(began=at("09:00"), ended=at("13:00"))))
    assert entry(state, Stay(began=at("12:30"), ended=at("13:30"))).minutes == 30


def test_a_record_keeps_its_id() -> None:
    """One order, one person, one day: one id, whenever it is worked out."""
    stay = Stay(began=at("09:00"), ended=at("10:00"))
    assert entry(Hours(), stay).record == entry(Hours(), stay).record


def test_late_is_marked_never_refused() -> None:
    """Due on 24 March: recorded on that day it is in time, a day later it is late."""
    stay = Stay(began=at("09:00"), ended=at("10:00"))
    assert not entry(Hours(), stay, recorded_on=DUE).late
    assert entry(Hours(), stay, recorded_on=DUE + timedelta(days=1)).late


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 5_000)), max_size=8))
def test_records_of_a_day_add_up_to_its_whole_minutes(spans: list[tuple[int, int]]) -> None:
    """In whichever pieces and overlaps they come, no second is counted twice or rounded twice."""
    stays = [
        Stay(
            began=at("09:00") + timedelta(seconds=start),
            ended=at("09:00") + timedelta(seconds=start + length),
        )
        for start, length in spans
    ]
    state, minutes = Hours(), 0
    for stay in stays:
        event = entry(state, stay)
        state, minutes = evolve(state, event), minutes + event.minutes
        assert event.minutes >= 0
    assert minutes == whole_minutes(stays)

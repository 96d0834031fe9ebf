"""Rewriting: records of a day are counted again in their order, and still add up to its union."""

from datetime import timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.serving import DAY, DUE, VOLUNTEER, at
from timebank.hours import Hours, Record, evolve, record
from timebank.rewriting import (
    LongerThanTheDay,
    MinutesBelowZero,
    resized,
    resized_together,
    rewritten,
)
from timebank.stays import Stay, whole_minutes

ZONE = "Asia/Shanghai"
SPANS = st.lists(st.tuples(st.integers(0, 600), st.integers(1, 400)), min_size=1, max_size=6)


def known(*spans: tuple[str, str]) -> Record:
    """Give a record of these stays."""
    stays = tuple(Stay(began=at(began), ended=at(ended)) for began, ended in spans)
    return Record("r", "o", stays[0].began, stays, whole_minutes(stays))


def day_of(spans: list[tuple[int, int]]) -> Hours:
    """Record one stay per order, from so many minutes after eight on."""
    state = Hours()
    for number, (start, length) in enumerate(spans):
        began = at("08:00") + timedelta(minutes=start)
        stay = Stay(began=began, ended=began + timedelta(minutes=min(length, 960 - start)))
        event = record(
            state,
            person=VOLUNTEER,
            order=str(number),
            on=DAY,
            stays=(stay,),
            due_on=DUE,
            recorded_on=DAY,
        )
        state = evolve(state, event)
    return state


def test_fewer_minutes_cut_the_end_more_prolong_it() -> None:
    """09:00-10:00 and 10:30-11:00 are 90; 70 end at 10:40, 100 at 11:10."""
    there = known(("09:00", "10:00"), ("10:30", "11:00"))
    assert resized(there, 70, ZONE)[-1].ended == at("10:40")
    assert resized(there, 100, ZONE)[-1].ended == at("11:10")
    assert resized(there, 90, ZONE) == there.stays
    assert resized(there, 0, ZONE) == ()


def test_a_record_stays_in_its_day() -> None:
    """From nine, 900 minutes reach midnight."""
    assert resized(known(("09:00", "10:00")), 900, ZONE)[-1].ended == at("00:00") + timedelta(1)
    with pytest.raises(LongerThanTheDay):
        resized(known(("09:00", "10:00")), 901, ZONE)
    with pytest.raises(MinutesBelowZero):
        resized(known(("09:00", "10:00")), -1, ZONE)
    with pytest.raises(MinutesBelowZero):
        resized_together([], -1, ZONE)


def test_records_together_lose_from_the_last() -> None:
    """60 and 30: 70 leave 60 and 10, 50 leave 50 and nothing, 100 prolong the second."""
    first, second = known(("09:00", "10:00")), known(("14:00", "14:30"))
    both = [(DAY, first), (DAY, Record("s", "o", at("14:00"), second.stays, 30))]
    for minutes, expected in ((70, [60, 10]), (50, [50, 0]), (100, [60, 40])):
        stays = resized_together(both, minutes, ZONE)
        assert [whole_minutes(stays[name]) for name in ("r", "s")] == expected


@given(SPANS, st.integers(0, 5), st.integers(0, 300))
def test_records_still_add_up_after_a_correction(
    spans: list[tuple[int, int]], place: int, minutes: int
) -> None:
    """Whichever record is corrected to whatever: the day is its union, nobody is below zero."""
    hours = day_of(spans)
    records = hours.days[DAY]
    chosen = records[place % len(records)]
    stays = {chosen.record: resized(chosen, min(minutes, whole_minutes(chosen.stays)), ZONE)}
    corrected = rewritten(hours, person=VOLUNTEER, on=DAY, stays=stays, reason_code="seen")
    after = reduce(evolve, corrected, hours)
    assert after.minutes(DAY) == whole_minutes(after.stays(DAY))
    assert all(each.minutes >= 0 for each in after.days[DAY])
    assert {event.record for event in corrected} <= {each.record for each in records}
    assert rewritten(after, person=VOLUNTEER, on=DAY, stays=stays, reason_code="seen") == []

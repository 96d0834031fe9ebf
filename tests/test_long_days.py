"""Long days: above 8 hours a second person approves, above 12 a third; the hours keep the truth."""

import pytest

from tests.living import OFFICER, Life, helper, living
from tests.serving import CLERK, COMMUNITY, DAY, ORDER, VOLUNTEER, at, published, workdays
from timebank.hours import DayRecognised, HoursRecorded
from timebank.purse import PointsEarned
from timebank.tasks import OwnTask, TaskRaised

LEAD = helper(70)


def long_day(*spans: tuple[str, str], **points: int) -> Life:
    """Serve on one order after the other, each confirmed by the station."""
    life = living(published)
    life.rule(points=dict(points))
    for number, (began, ended) in enumerate(spans):
        order = ORDER if number == 0 else helper(80 + number)
        life.publish(order)
        life.accept(order=order)
        life.serve(at(began), at(ended), order=order)
    for number in range(len(spans)):
        order = ORDER if number == 0 else helper(80 + number)
        life.confirm(order=order, by=frozenset({CLERK}), for_station=True, now=at("23:30"))
    return life


def tasks(life: Life) -> list[TaskRaised]:
    """The questions asked about the day."""
    return [event for event in life.events if isinstance(event, TaskRaised)]


def balance(life: Life) -> int:
    """What the volunteer has."""
    minutes: int = life.state("purse", VOLUNTEER).balance_minutes
    return minutes


def test_600_minutes_in_hours_480_in_the_purse_120_capped_and_one_question() -> None:
    """09:00-13:00, 14:00-19:30 and 12:30-13:30: the second record takes the day above 8 hours."""
    life = long_day(("09:00", "13:00"), ("14:00", "19:30"), ("12:30", "13:30"))
    assert life.state("hours", VOLUNTEER).minutes(DAY) == 600
    assert balance(life) == 480
    over = [e.over_daily_cap_minutes for e in life.events if isinstance(e, PointsEarned)]
    assert sum(over) == 120
    (asked,) = tasks(life)
    assert (asked.kind, asked.item, asked.minutes) == ("over_8h", DAY.isoformat(), 570)
    assert (asked.concerns, asked.raised_by, asked.area) == (VOLUNTEER, CLERK, COMMUNITY)
    assert asked.due_on == workdays(DAY, 3)


def test_exactly_8_hours_ask_nobody() -> None:
    """480 minutes are recognised by themselves; one more is not."""
    assert tasks(long_day(("09:00", "17:00"))) == []
    assert len(tasks(long_day(("09:00", "17:01")))) == 1


def test_a_second_person_approves_once() -> None:
    """Neither who confirmed nor who served; deciding again does nothing."""
    life = long_day(("08:00", "18:00"))
    for by in (CLERK, VOLUNTEER):
        with pytest.raises(OwnTask):
            life.long_day("over_8h", by=by)
    task, _ = life.task("over_8h")
    assert life.long_day("over_8h")[1:] == [
        DayRecognised(person=VOLUNTEER, on=DAY, tier="second", task=task)
    ]
    assert life.long_day("over_8h") == []


def test_above_12_hours_a_third_person_is_asked_by_the_second() -> None:
    """800 minutes: the second approval raises the third, which the second person may not give."""
    life = long_day(("08:00", "21:20"))
    assert isinstance(life.long_day("over_8h")[-1], TaskRaised)
    third = tasks(life)[-1]
    assert (third.kind, third.raised_by, third.minutes) == ("over_12h", OFFICER, 800)
    with pytest.raises(OwnTask):
        life.long_day("over_12h", by=OFFICER)
    life.long_day("over_12h", by=LEAD)
    assert life.state("hours", VOLUNTEER).recognised == {DAY: "third"}


def test_a_day_that_grows_after_the_second_approval_asks_for_the_third() -> None:
    """570 approved, then 200 more: above 12 hours."""
    life = long_day(("08:00", "17:30"))
    life.long_day("over_8h")
    order = helper(90)
    life.publish(order)
    life.accept(order=order)
    life.serve(at("18:00"), at("21:20"), order=order)
    life.confirm(order=order, by=frozenset({CLERK}), for_station=True, now=at("23:30"))
    assert [task.kind for task in tasks(life)] == ["over_8h", "over_12h"]


def test_refusing_leaves_the_hours() -> None:
    """What is wrong is for a correction to say."""
    life = long_day(("08:00", "18:00"))
    assert len(life.long_day("over_8h", choice="refuse")) == 1
    assert life.state("hours", VOLUNTEER).minutes(DAY) == 600
    assert life.state("hours", VOLUNTEER).recognised == {}


def test_a_higher_cap_waits_for_the_approvals() -> None:
    """Cap 900: 480 at once, 720 after the second person, all 800 after the third."""
    life = long_day(("08:00", "21:20"), daily_cap_minutes=900)
    assert balance(life) == 480
    life.long_day("over_8h")
    assert balance(life) == 720
    life.long_day("over_12h", by=LEAD)
    assert balance(life) == 800
    recorded = [event.minutes for event in life.events if isinstance(event, HoursRecorded)]
    assert recorded == [800]

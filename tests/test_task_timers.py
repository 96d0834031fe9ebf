"""Tasks that nobody decides climb to the street and the district, on working days 3, 7, 10."""

from tests.living import Life, day, hour, living
from tests.serving import COMMUNITY, served, workdays
from tests.test_reviewing import in_review
from timebank.event import Event
from timebank.rules import PROPOSED_POINTS
from timebank.task_timers import due, run
from timebank.tasks import Task, TaskEscalated, evolve
from timebank.workdays import end_of

ZONE = PROPOSED_POINTS.zone


def climb(life: Life, task: str, state: Task, days: int) -> list[Event]:
    """Let the task climb as it stands so many days after the order."""
    return run(state, life.rules, task=task, now=hour("00:00", days), workdays=workdays)


def test_a_task_climbs_twice() -> None:
    """Due on working day 3; the street has until day 7, the district until day 10."""
    life = in_review()
    task, state = life.task("order_review")
    assert due(state, PROPOSED_POINTS) == end_of(day(3), ZONE) == hour("00:00", 4)
    assert climb(life, task, state, 3) == []
    (street,) = climb(life, task, state, 4)
    assert street == TaskEscalated(
        task=task, escalated_to="street", area=COMMUNITY[:9], due_on=day(7)
    )
    state = evolve(state, street)
    assert climb(life, task, state, 4) == []
    (district,) = climb(life, task, state, 10)
    assert district == TaskEscalated(
        task=task, escalated_to="district", area=COMMUNITY[:6], due_on=day(10)
    )
    assert due(evolve(state, district), PROPOSED_POINTS) is None


def test_downtime_is_made_up_in_one_run() -> None:
    """After a month the task stands where it would have stood."""
    life = in_review()
    task, state = life.task("order_review")
    events = climb(life, task, state, 30)
    assert [event.escalated_to for event in events if isinstance(event, TaskEscalated)] == [
        "street",
        "district",
    ]
    for event in events:
        state = evolve(state, event)
    assert climb(life, task, state, 30) == []


def test_what_is_decided_or_kept_by_the_order_does_not_climb() -> None:
    """A decided review stays; a missing confirmation has its own days."""
    life = in_review()
    life.review()
    task, state = life.task("order_review")
    assert climb(life, task, state, 30) == []
    life = living(served)
    life.rule(automatic_workdays=None)
    life.time(hour("00:00", 3))
    task, state = life.task("unconfirmed")
    assert due(state, PROPOSED_POINTS) is None
    assert climb(life, task, state, 30) == []


def test_nothing_climbs_from_a_task_that_is_not_there() -> None:
    """No task, no time."""
    assert due(Task(), PROPOSED_POINTS) is None

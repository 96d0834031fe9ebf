"""Tasks: raised once, decided once, never by whom they come from or concern."""

from datetime import date
from typing import Any

import pytest

from tests.serving import CLERK, COMMUNITY, ORDER, OTHER, VOLUNTEER
from timebank.event import Event, Refused
from timebank.tasks import (
    OwnTask,
    Task,
    TaskAlreadyDecided,
    TaskDecided,
    TaskEscalated,
    TaskIsWithdrawn,
    TaskNoted,
    TaskNotFound,
    TaskRaised,
    TaskWithdrawn,
    UnknownChoice,
    decide,
    escalate,
    evolve,
    raise_once,
    task_id,
    withdraw_task,
)

TASK = task_id("late_entry", f"order-{ORDER}", "1")
RAISED = TaskRaised(
    task=TASK,
    kind="late_entry",
    subject=f"order-{ORDER}",
    choices=("approve", "refuse"),
    area=COMMUNITY,
    due_on=date(2025, 3, 13),
    raised_by=CLERK,
    concerns=VOLUNTEER,
)
OPEN = evolve(Task(), RAISED)


def chosen(state: Task = OPEN, **changes: Any) -> list[Event]:
    """Decide as somebody else."""
    facts: dict[str, Any] = {
        "task": TASK,
        "choice": "approve",
        "by": frozenset({OTHER}),
        "reason_code": "seen",
    }
    return decide(state, **facts | changes)


def test_a_task_has_the_same_id_whenever_it_is_worked_out() -> None:
    """So it is raised once, however often its cause is seen; another occasion is another task."""
    assert task_id("late_entry", f"order-{ORDER}", "1") == TASK
    assert task_id("late_entry", f"order-{ORDER}", "2") != TASK
    assert raise_once(Task(), RAISED) == [RAISED]
    assert raise_once(OPEN, RAISED) == []


def test_somebody_else_decides_once() -> None:
    """The same choice again does nothing; a note is sealed under the person concerned."""
    decided, noted = chosen(note="电话核实", minutes=60)
    assert decided == TaskDecided(task=TASK, choice="approve", reason_code="seen", minutes=60)
    assert noted == TaskNoted(task=TASK, holder=VOLUNTEER, note="电话核实")
    over = evolve(OPEN, decided)
    assert not over.is_open
    assert chosen(over) == []


def test_a_task_climbs_while_it_is_open() -> None:
    """To the street once; what is decided stays where it is."""
    facts: dict[str, Any] = {
        "task": TASK,
        "escalated_to": "street",
        "area": COMMUNITY[:9],
        "due_on": date(2025, 3, 19),
    }
    (event,) = escalate(OPEN, **facts)
    assert isinstance(event, TaskEscalated)
    climbed = evolve(OPEN, event)
    assert (climbed.area, climbed.due_on) == (COMMUNITY[:9], date(2025, 3, 19))
    assert escalate(climbed, **facts) == []
    assert escalate(evolve(OPEN, chosen()[0]), **facts) == []


def test_a_task_without_a_matter_is_withdrawn() -> None:
    """Once, and not after it was decided."""
    gone = withdraw_task(OPEN, task=TASK, reason_code="confirmed")
    assert gone == [TaskWithdrawn(task=TASK, reason_code="confirmed")]
    assert withdraw_task(evolve(OPEN, gone[0]), task=TASK, reason_code="confirmed") == []
    assert withdraw_task(evolve(OPEN, chosen()[0]), task=TASK, reason_code="confirmed") == []


@pytest.mark.parametrize(
    ("state", "changes", "refusal"),
    [
        (Task(), {}, TaskNotFound),
        (OPEN, {"by": frozenset({CLERK})}, OwnTask),
        (OPEN, {"by": frozenset({OTHER, VOLUNTEER})}, OwnTask),
        (OPEN, {"choice": "perhaps"}, UnknownChoice),
        (Task(raised=RAISED, withdrawn=True), {}, TaskIsWithdrawn),
        (Task(raised=RAISED, choice="refuse"), {}, TaskAlreadyDecided),
    ],
)
def test_who_may_not_decide(state: Task, changes: dict[str, Any], refusal: type[Refused]) -> None:
    """Each rule of deciding refuses by its own name."""
    with pytest.raises(refusal):
        chosen(state, **changes)


def test_nothing_follows_from_a_task_that_is_not_there() -> None:
    """It neither climbs nor is withdrawn."""
    with pytest.raises(TaskNotFound):
        escalate(
            Task(), task=TASK, escalated_to="street", area="330102001", due_on=date(2025, 3, 19)
        )
    with pytest.raises(TaskNotFound):
        withdraw_task(Task(), task=TASK, reason_code="confirmed")

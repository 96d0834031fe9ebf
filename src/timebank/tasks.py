"""Tasks: every step that needs a second person waits in one queue.

Shapes: `subject` is the stream that the step is about, `concerns` the person whose matter it is,
`item` the entry, record or day within the subject. Words about a task are in `task.noted`.
"""

from datetime import date

import msgspec

from timebank.event import Event, Malformed, NotFound, Refused
from timebank.ids import derived

APPROVE = "approve"
REFUSE = "refuse"


class TaskEvent(Event, frozen=True, kw_only=True):
    """Something that happened to one task."""

    task: str

    @property
    def stream(self) -> str:
        """Each task has its own stream."""
        return f"task-{self.task}"


class TaskRaised(TaskEvent, frozen=True, kw_only=True, tag="task.raised"):
    """A step waits for somebody else, who chooses one of `choices` by `due_on`."""

    kind: str
    subject: str
    choices: tuple[str, ...]
    area: str
    due_on: date
    raised_by: str
    concerns: str | None = None
    item: str | None = None
    minutes: int | None = None


class TaskEscalated(TaskEvent, frozen=True, kw_only=True, tag="task.escalated"):
    """Nobody decided in time: the task goes to a wider area."""

    escalated_to: str
    area: str
    due_on: date


class TaskDecided(TaskEvent, frozen=True, kw_only=True, tag="task.decided"):
    """Somebody else than who raised it chose."""

    choice: str
    reason_code: str
    minutes: int | None = None
    month: str | None = None


class TaskNoted(TaskEvent, frozen=True, kw_only=True, tag="task.noted"):
    """Why: words of whoever decided, sealed under the person whom the task concerns."""

    holder: str
    note: str


class TaskWithdrawn(TaskEvent, frozen=True, kw_only=True, tag="task.withdrawn"):
    """There is nothing left to decide."""

    reason_code: str


class Task(msgspec.Struct, frozen=True):
    """What waits, for whom, and how it ended."""

    raised: TaskRaised | None = None
    area: str = ""
    due_on: date | None = None
    escalated_to: str | None = None
    choice: str | None = None
    withdrawn: bool = False

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to decide."""
        return self.raised is not None and self.choice is None and not self.withdrawn


class TaskNotFound(NotFound):
    """There is no such task."""

    zh = "没有该待办事项。"


class OwnTask(Refused):
    """Nobody decides a step that they raised or that concerns themselves."""

    zh = "不得处理自己提出的或涉及本人的待办事项。"


class UnknownChoice(Malformed):
    """The task does not offer this choice."""

    zh = "该待办事项没有此选项。"


class TaskAlreadyDecided(Refused):
    """The task was decided otherwise."""

    zh = "该待办事项已作出其他决定。"


class TaskIsWithdrawn(Refused):
    """The task was withdrawn: there is nothing left to decide."""

    zh = "该待办事项已撤回,无需处理。"


def evolve(state: Task, event: Event) -> Task:
    """Fold one event into the task."""
    match event:
        case TaskRaised():
            return Task(raised=event, area=event.area, due_on=event.due_on)
        case TaskEscalated():
            return msgspec.structs.replace(
                state, escalated_to=event.escalated_to, area=event.area, due_on=event.due_on
            )
        case TaskDecided():
            return msgspec.structs.replace(state, choice=event.choice)
        case TaskWithdrawn():
            return msgspec.structs.replace(state, withdrawn=True)
        case _:
            return state


def task_id(kind: str, subject: str, *occasion: str) -> str:
    """Give the id of a task, which is the same whenever it is worked out."""
    return derived("task", kind, subject, *occasion)


def escalate(state: Task, *, task: str, escalated_to: str, area: str, due_on: date) -> list[Event]:
    """Hand the task to the people of a wider *area*.

    Raises:
        TaskNotFound: nobody raised it.
    """
    if state.raised is None:
        raise TaskNotFound
    if not state.is_open or state.escalated_to == escalated_to:
        return []
    return [TaskEscalated(task=task, escalated_to=escalated_to, area=area, due_on=due_on)]


def decide(
    state: Task,
    *,
    task: str,
    choice: str,
    by: frozenset[str],
    reason_code: str,
    minutes: int | None = None,
    month: str | None = None,
    note: str | None = None,
) -> list[Event]:
    """Choose; *by* holds every id of the human who does.

    What follows for the subject is its own decision, recorded in the same step.

    Raises:
        TaskNotFound: nobody raised it.
        OwnTask: the human raised it, or it concerns them.
        UnknownChoice: it is none of the task's choices.
        TaskIsWithdrawn: there is nothing left to decide.
        TaskAlreadyDecided: somebody chose otherwise.
    """
    if state.raised is None:
        raise TaskNotFound
    if by & {state.raised.raised_by, state.raised.concerns}:
        raise OwnTask
    if choice not in state.raised.choices:
        raise UnknownChoice
    if state.withdrawn:
        raise TaskIsWithdrawn
    if state.choice is not None:
        if state.choice != choice:
            raise TaskAlreadyDecided
        return []
    events: list[Event] = [
        TaskDecided(task=task, choice=choice, reason_code=reason_code, minutes=minutes, month=month)
    ]
    if note is not None:
        holder = state.raised.concerns or task
        events.append(TaskNoted(task=task, holder=holder, note=note))
    return events


def withdraw_task(state: Task, *, task: str, reason_code: str) -> list[Event]:
    """Take the task off the queue, because its matter has gone.

    Raises:
        TaskNotFound: nobody raised it.
    """
    if state.raised is None:
        raise TaskNotFound
    if not state.is_open:
        return []
    return [TaskWithdrawn(task=task, reason_code=reason_code)]


def raise_once(state: Task, raised: TaskRaised) -> list[Event]:
    """Put *raised* on the queue unless it is, or was, there."""
    return [] if state.raised is not None else [raised]

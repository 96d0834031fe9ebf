"""Tasks that nobody decides climb: to the street when they are due, then to the district."""

from datetime import datetime

from timebank.event import Event
from timebank.rules import Points, Rules, sheet_at
from timebank.task_kinds import CONFIRMATION, DISTRICT, STREET, district_of, street_of
from timebank.tasks import Task, escalate, evolve
from timebank.workdays import Workdays, end_of


def due(state: Task, points: Points) -> datetime | None:
    """Give the midnight at which the task goes to a wider area; None when it does not.

    Missing confirmations have their own days, which the order's timers keep.
    """
    if not state.is_open or state.due_on is None or state.raised is None:
        return None
    if state.raised.kind == CONFIRMATION or state.escalated_to == DISTRICT:
        return None
    return end_of(state.due_on, points.zone)


def run(state: Task, rules: Rules, *, task: str, now: datetime, workdays: Workdays) -> list[Event]:
    """Hand the task on, as often as its days have passed by *now*.

    Between the station's days and the street's lie as many working days as the sheet puts between
    its first and its second reminder, and so on.
    """
    points = sheet_at(rules, now).points
    station, street, district = points.confirm_tasks_workdays
    events: list[Event] = []
    while True:
        at = due(state, points)
        if at is None or now < at:
            return events
        assert state.due_on is not None, "a task that fell due has a day"
        to_street = state.escalated_to is None
        made = escalate(
            state,
            task=task,
            escalated_to=STREET if to_street else DISTRICT,
            area=street_of(state.area) if to_street else district_of(state.area),
            due_on=workdays(state.due_on, street - station if to_street else district - street),
        )
        events += made
        for event in made:
            state = evolve(state, event)

"""Service that nobody confirms: a task for the station, then the street, then `unconfirmed`.

Working days count from the day on which the service ended. A task comes with the morning of its
day; the last day is left in full, and so is the day on which the record is due.
"""

from datetime import date, datetime

from timebank.attendance import on_order
from timebank.confirming import chase_over, confirm
from timebank.days import civil_day
from timebank.event import Event, Refused
from timebank.hours import Hours
from timebank.members import Member
from timebank.order_event import Terms
from timebank.orders import Order
from timebank.outcomes import ConfirmationChased, MemberUnconfirmed, RecordOverdue
from timebank.purse import Purse
from timebank.rules import Points, Rules
from timebank.task_kinds import CONFIRMATION, STATION, STREET, YES_OR_NO, street_of
from timebank.tasks import APPROVE, Task, TaskEscalated, TaskRaised, decide, task_id
from timebank.workdays import Workdays, end_of, start_of


class NotChased(Refused):
    """Nobody waits for this confirmation any more."""

    zh = "该服务已无需确认。"


def ended_on(terms: Terms, member: Member, points: Points) -> date:
    """Give the day on which the service ended, or should have where nobody checked out."""
    if member.began is not None or not member.presences:
        return civil_day(terms.planned_end, points.zone)
    return civil_day(member.presences[-1].ended.earliest, points.zone)


def chases(
    terms: Terms, member: Member, points: Points, workdays: Workdays
) -> tuple[datetime, datetime, datetime]:
    """Give when the station is asked, when the street is, and when it is too late."""
    day = ended_on(terms, member, points)
    station, street, last = (workdays(day, days) for days in points.confirm_tasks_workdays)
    zone = points.zone
    return start_of(station, zone), start_of(street, zone), end_of(last, zone)


def record_due_on(terms: Terms, member: Member, points: Points, workdays: Workdays) -> date:
    """Give the last day on which the service is recorded in time."""
    if member.presences:
        return member.presences[-1].ended.record_due_on
    return workdays(ended_on(terms, member, points), points.record_workdays)


def chase_station(
    state: Order, *, order: str, volunteer: str, by: str, points: Points, workdays: Workdays
) -> list[Event]:
    """Ask the station for the confirmation that is missing."""
    terms, member = state.terms, state.members[volunteer]
    assert terms is not None, "somebody is on an order without terms"
    task = task_id(CONFIRMATION, f"order-{order}", volunteer)
    day = ended_on(terms, member, points)
    return [
        ConfirmationChased(order=order, volunteer=volunteer, task=task, level=STATION),
        TaskRaised(
            task=task,
            kind=CONFIRMATION,
            subject=f"order-{order}",
            choices=YES_OR_NO,
            area=terms.community,
            due_on=workdays(day, points.confirm_tasks_workdays[1]),
            raised_by=by,
            concerns=volunteer,
        ),
    ]


def chase_street(
    state: Order, *, order: str, volunteer: str, points: Points, workdays: Workdays
) -> list[Event]:
    """Hand the question to the street."""
    terms, member = state.terms, state.members[volunteer]
    assert terms is not None, "somebody is on an order without terms"
    assert member.chased is not None, "the station was never asked"
    return [
        ConfirmationChased(order=order, volunteer=volunteer, task=member.chased.task, level=STREET),
        TaskEscalated(
            task=member.chased.task,
            escalated_to=STREET,
            area=street_of(terms.community),
            due_on=workdays(ended_on(terms, member, points), points.confirm_tasks_workdays[2]),
        ),
    ]


def give_up(state: Order, *, order: str, volunteer: str) -> list[Event]:
    """Leave the service unconfirmed; a late entry stays open."""
    return [
        MemberUnconfirmed(order=order, volunteer=volunteer),
        *chase_over(state.members[volunteer], reason_code="unconfirmed"),
    ]


def mark_overdue(
    state: Order, *, order: str, volunteer: str, points: Points, workdays: Workdays
) -> list[Event]:
    """State that the service was not recorded by the day on which its record was due."""
    terms = state.terms
    assert terms is not None, "somebody is on an order without terms"
    due = record_due_on(terms, state.members[volunteer], points, workdays)
    return [RecordOverdue(order=order, volunteer=volunteer, due_on=due)]


def decide_confirmation(
    task_state: Task,
    state: Order,
    hours: Hours,
    purse: Purse,
    rules: Rules,
    *,
    order: str,
    volunteer: str,
    choice: str,
    by: frozenset[str],
    decided_by: str,
    reason_code: str,
    now: datetime,
    workdays: Workdays,
    minutes: int | None = None,
    funded_minutes: int | None = None,
    note: str | None = None,
) -> list[Event]:
    """Confirm for the station, or say that the service cannot be confirmed.

    Raises:
        OrderNotFound: nobody drafted the order.
        NotAccepted: the volunteer holds no place.
        NotChased: it was confirmed, or given up, in between.
        Refused: as `tasks.decide` and `confirming.confirm` do.
    """
    member = on_order(state, volunteer)
    if member.chased is None:
        raise NotChased
    task = member.chased.task
    decided = decide(
        task_state,
        task=task,
        choice=choice,
        by=by,
        reason_code=reason_code,
        minutes=minutes,
        note=note,
    )
    if choice != APPROVE:
        return [*decided, MemberUnconfirmed(order=order, volunteer=volunteer)]
    return [
        *decided,
        *confirm(
            state,
            None,
            hours,
            purse,
            rules,
            team=None,
            order=order,
            volunteer=volunteer,
            by=by,
            confirmer=decided_by,
            for_station=True,
            now=now,
            workdays=workdays,
            funded_minutes=funded_minutes,
            minutes=minutes,
            method="task",
            task=task,
        ),
    ]

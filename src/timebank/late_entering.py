"""Late entry (补录): service that nobody checked in, entered by one, approved by another."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from timebank.attendance import EndsBeforeStart, IsDisputed, TimeInFuture
from timebank.confirming import chase_over, correctable
from timebank.crediting import Days, confirmable, credit, days_of, first, minutes_of, served
from timebank.days import civil_day
from timebank.event import Event, IdTaken, NotFound, Refused
from timebank.hours import Hours
from timebank.late_entries import LateEntryApproved, LateEntryMade, LateEntryRefused
from timebank.members import Member
from timebank.order_course import (
    LapseUndone,
)
from timebank.ordering import NotPublished, OrderIsCancelled, OrderNotFound, OwnService
from timebank.orders import (
    Order,
    Terms,
)
from timebank.outcomes import OrderRemarked
from timebank.purse import Purse
from timebank.rules import Rules, sheet_at
from timebank.stays import Stay, union
from timebank.task_kinds import LATE_ENTRY, YES_OR_NO
from timebank.tasks import APPROVE, Task, TaskRaised, decide, task_id
from timebank.volunteers import Volunteer, must_be_here
from timebank.workdays import Workdays, due_on


class LateEntryClosed(Refused):
    """The service is too long ago to be entered."""

    zh = "服务时间过久,已不能补录。"


class OutsideTheOrder(Refused):
    """The time entered lies on other days than the order was planned for."""

    zh = "补录时间不在订单计划的日期内。"


class LateEntryNotFound(NotFound):
    """There is no such late entry, or it was decided."""

    zh = "没有该补录,或已处理。"


def enter_late(
    state: Order,
    person: Volunteer,
    rules: Rules,
    *,
    order: str,
    entry: str,
    volunteer: str,
    began: datetime,
    ended: datetime,
    entered_by: str,
    reason: str,
    evidence: tuple[str, ...] = (),
    now: datetime,
    workdays: Workdays,
) -> list[Event]:
    """Say that a volunteer served from *began* to *ended*; a task asks another person to approve.

    The reason and the names of the evidence are sealed under the volunteer.

    Raises:
        OrderNotFound: nobody drafted the order.
        OrderIsCancelled: it was cancelled.
        NotPublished: volunteers never saw it.
        IdTaken: the entry says something else.
        VolunteerNotFound: nobody is registered under this id.
        VolunteerHasLeft: the volunteer left.
        OwnService: the volunteer is the recipient.
        IsDisputed: a verdict is awaited.
        EndsBeforeStart: the stay would have no length.
        TimeInFuture: it has not ended yet.
        OutsideTheOrder: not on the days of the plan.
        LateEntryClosed: too long ago.
    """
    terms = _open(state)
    known = state.late_entries.get(entry)
    if known is not None:
        if (known.made.volunteer, known.made.began, known.made.ended) != (volunteer, began, ended):
            raise IdTaken
        return []
    must_be_here(person)
    if volunteer == terms.recipient:
        raise OwnService
    if _member(state, volunteer).dispute is not None:
        raise IsDisputed
    if ended <= began:
        raise EndsBeforeStart
    points = sheet_at(rules, began).points
    if ended > now + timedelta(seconds=points.clock_tolerance_seconds):
        raise TimeInFuture
    first_day, last_day = (civil_day(each, points.zone) for each in (began, ended))
    if first_day < civil_day(terms.planned_start, points.zone) or last_day > civil_day(
        terms.planned_end, points.zone
    ) + timedelta(days=1):
        raise OutsideTheOrder
    today = civil_day(now, points.zone)
    if today > last_day + timedelta(days=points.late_entry_days):
        raise LateEntryClosed
    task = task_id(LATE_ENTRY, f"order-{order}", entry)
    return [
        LateEntryMade(
            order=order,
            entry=entry,
            volunteer=volunteer,
            began=began,
            ended=ended,
            entered_by=entered_by,
            task=task,
        ),
        OrderRemarked(
            order=order,
            holder=volunteer,
            about="late_entry",
            volunteer=volunteer,
            words=reason,
            evidence=evidence,
        ),
        TaskRaised(
            task=task,
            kind=LATE_ENTRY,
            subject=f"order-{order}",
            choices=YES_OR_NO,
            area=terms.community,
            due_on=workdays(today, points.task_workdays),
            raised_by=entered_by,
            concerns=volunteer,
            item=entry,
            minutes=minutes_of(days_of((Stay(began=began, ended=ended),), rules)),
        ),
    ]


def decide_late_entry(
    task_state: Task,
    state: Order,
    hours: Hours,
    purse: Purse,
    rules: Rules,
    *,
    order: str,
    entry: str,
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
    """Approve an entry, which confirms the volunteer's service with it, or refuse it.

    What was checked in and not confirmed yet is confirmed together with the entry; time that both
    show counts once. *minutes* below what was entered shortens it from the end.

    Raises:
        OrderNotFound: nobody drafted the order.
        OrderIsCancelled: it was cancelled.
        LateEntryNotFound: nobody made it, or it was decided otherwise.
        IsDisputed: a verdict is awaited.
        NothingServed: there is no whole minute in it.
        MoreThanServed: fewer minutes were entered than *minutes*.
        Refused: as `tasks.decide` does.
    """
    terms = _open(state)
    known = state.late_entries.get(entry)
    if known is None:
        raise LateEntryNotFound
    made = known.made
    decided = decide(
        task_state,
        task=made.task,
        choice=choice,
        by=by,
        reason_code=reason_code,
        minutes=minutes,
        note=note,
    )
    if not decided:
        return []
    if known.decided:
        raise LateEntryNotFound
    if choice != APPROVE:
        refused = LateEntryRefused(
            order=order, entry=entry, volunteer=made.volunteer, reason_code=reason_code
        )
        return [*decided, refused]
    member = _member(state, made.volunteer)
    if member.dispute is not None:
        raise IsDisputed
    days = days_of(_stays(member, made), rules)
    kept = first(days, confirmable(days, minutes))
    approved = _not_confirmed(member, kept, rules)
    points = sheet_at(rules, made.began).points
    return [
        *decided,
        LateEntryApproved(order=order, entry=entry, volunteer=made.volunteer, minutes=approved),
        *([LapseUndone(order=order)] if state.lapsed is not None else []),
        *credit(
            terms,
            hours,
            purse,
            rules,
            order=order,
            volunteer=made.volunteer,
            days=kept,
            due_on=due_on(made.ended, points.record_workdays, workdays=workdays, zone=points.zone),
            by=decided_by,
            now=now,
            workdays=workdays,
            funded_minutes=funded_minutes,
            entry=entry,
        ),
        *correctable(rules, order=order, volunteer=made.volunteer, now=now, workdays=workdays),
        *chase_over(member, reason_code="late_entry_approved"),
    ]


def _open(state: Order) -> Terms:
    """Give the terms of an order on which service may have been given; a lapse may be wrong."""
    if state.terms is None:
        raise OrderNotFound
    if state.cancelled:
        raise OrderIsCancelled
    if not state.published:
        raise NotPublished
    return state.terms


def _member(state: Order, volunteer: str) -> Member:
    return state.members.get(volunteer, Member())


def _stays(member: Member, made: LateEntryMade) -> Iterable[Stay]:
    """Give what the approval confirms: the entry, and all that nobody has confirmed yet."""
    entered = Stay(began=made.began, ended=made.ended)
    if member.confirmed_minutes is not None:
        return (entered,)
    stays = [
        Stay(began=presence.began.latest, ended=presence.ended.earliest)
        for presence in member.presences
    ]
    return union((*stays, entered))


def _not_confirmed(member: Member, kept: Days, rules: Rules) -> int:
    """Count the minutes of *kept* that this member's confirmed service does not show already."""
    if member.confirmed_minutes is None:
        return minutes_of(kept)
    shown = served(member, rules)
    together = days_of((stay for days in (shown, kept) for stay in _flat(days)), rules)
    return minutes_of(together) - minutes_of(shown)


def _flat(days: Days) -> Iterable[Stay]:
    return (stay for stays in days.values() for stay in stays)

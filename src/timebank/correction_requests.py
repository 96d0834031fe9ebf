"""Corrections of service records: asked for by anybody, proposed by the order's station.

What the station proposes waits for one other person (`correcting_records`).
"""

from datetime import date, datetime

from timebank.days import civil_day
from timebank.event import Event, Malformed, NotFound, Refused
from timebank.hours import (
    CorrectionExplained,
    CorrectionRefused,
    CorrectionRequested,
    Hours,
    Record,
)
from timebank.rewriting import MinutesBelowZero, resized
from timebank.rules import Rules, sheet_at, sheet_on
from timebank.task_kinds import CORRECTION, CORRECTION_REQUEST, PROPOSE, PROPOSE_OR_NOT, YES_OR_NO
from timebank.tasks import Task, TaskRaised, decide, task_id
from timebank.workdays import Workdays


class RecordNotFound(NotFound):
    """There is no such service record."""

    zh = "没有该服务记录。"


class CorrectionPending(Refused):
    """A correction of this record already waits for a decision."""

    zh = "该服务记录已有待处理的更正。"


class CorrectionGone(Refused):
    """This correction does not wait any more."""

    zh = "该更正已不再等待处理。"


class MinutesMissing(Malformed):
    """A proposed correction says how many minutes the record should show."""

    zh = "更正须写明服务分钟数。"


def request_correction(
    hours: Hours,
    rules: Rules,
    *,
    person: str,
    record: str,
    requested_by: str,
    reason: str,
    area: str,
    now: datetime,
    workdays: Workdays,
    proposed_minutes: int | None = None,
) -> list[Event]:
    """Ask for a record to be verified; the station then proposes a correction, or refuses.

    Raises:
        RecordNotFound: there is no such record.
        CorrectionPending: one already waits.
        MinutesBelowZero: nobody serves less than nothing.
    """
    known = _find(hours, record)[1]
    if known.pending is not None:
        raise CorrectionPending
    return _waiting(
        known,
        rules,
        kind=CORRECTION_REQUEST,
        choices=PROPOSE_OR_NOT,
        person=person,
        by=requested_by,
        reason=reason,
        area=area,
        minutes=proposed_minutes,
        now=now,
        workdays=workdays,
    )


def propose_correction(
    hours: Hours,
    rules: Rules,
    *,
    person: str,
    record: str,
    proposed_by: str,
    minutes: int,
    reason: str,
    area: str,
    now: datetime,
    workdays: Workdays,
) -> list[Event]:
    """Propose, as the order's station, that a record should say *minutes*.

    Raises:
        RecordNotFound: there is no such record.
        CorrectionPending: one already waits.
        MinutesBelowZero: nobody serves less than nothing.
        LongerThanTheDay: it would end after midnight.
    """
    on, known = _find(hours, record)
    if known.pending is not None:
        raise CorrectionPending
    resized(known, minutes, sheet_on(rules, on).points.zone)
    return _waiting(
        known,
        rules,
        kind=CORRECTION,
        choices=YES_OR_NO,
        person=person,
        by=proposed_by,
        reason=reason,
        area=area,
        minutes=minutes,
        now=now,
        workdays=workdays,
    )


def decide_request(
    task_state: Task,
    hours: Hours,
    rules: Rules,
    *,
    task: str,
    choice: str,
    by: frozenset[str],
    decided_by: str,
    reason_code: str,
    now: datetime,
    workdays: Workdays,
    minutes: int | None = None,
    note: str | None = None,
) -> list[Event]:
    """Answer a request: propose the correction, which waits for another person, or refuse it.

    Raises:
        CorrectionGone: it was answered otherwise.
        Refused: as `tasks.decide` and `propose_correction` do.
    """
    decided = decide(
        task_state,
        task=task,
        choice=choice,
        by=by,
        reason_code=reason_code,
        minutes=minutes,
        note=note,
    )
    raised = task_state.raised
    if not decided or raised is None:
        return []
    person, on, known = pending(hours, raised, task)
    if choice != PROPOSE:
        refused = CorrectionRefused(
            person=person, record=known.record, task=task, reason_code=reason_code
        )
        return [*decided, refused]
    wanted = raised.minutes if minutes is None else minutes
    if wanted is None:
        raise MinutesMissing
    resized(known, wanted, sheet_on(rules, on).points.zone)
    return [
        *decided,
        *_waiting(
            known,
            rules,
            kind=CORRECTION,
            choices=YES_OR_NO,
            person=person,
            by=decided_by,
            reason=None,
            area=raised.area,
            minutes=wanted,
            now=now,
            workdays=workdays,
        ),
    ]


def _find(hours: Hours, record: str) -> tuple[date, Record]:
    found = hours.find(record)
    if found is None:
        raise RecordNotFound
    return found


def pending(hours: Hours, raised: TaskRaised, task: str) -> tuple[str, date, Record]:
    """Give the person, the day and the record that the task is about."""
    on, known = _find(hours, raised.item or "")
    if known.pending != task or raised.concerns is None:
        raise CorrectionGone
    return raised.concerns, on, known


def _waiting(
    known: Record,
    rules: Rules,
    *,
    kind: str,
    choices: tuple[str, ...],
    person: str,
    by: str,
    reason: str | None,
    area: str,
    minutes: int | None,
    now: datetime,
    workdays: Workdays,
) -> list[Event]:
    """Put a correction on the queue, and mark the record."""
    if minutes is not None and minutes < 0:
        raise MinutesBelowZero
    points = sheet_at(rules, now).points
    task = task_id(kind, f"hours-{person}", known.record, str(known.requests + 1))
    events: list[Event] = [
        CorrectionRequested(
            person=person,
            record=known.record,
            task=task,
            requested_by=by,
            proposed_minutes=minutes,
        ),
        TaskRaised(
            task=task,
            kind=kind,
            subject=f"hours-{person}",
            choices=choices,
            area=area,
            due_on=workdays(civil_day(now, points.zone), points.task_workdays),
            raised_by=by,
            concerns=person,
            item=known.record,
            minutes=minutes,
        ),
    ]
    if reason is not None:
        events.append(CorrectionExplained(person=person, record=known.record, reason=reason))
    return events

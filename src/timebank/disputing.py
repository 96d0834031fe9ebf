"""Disputes (申诉) and verdicts (裁决): one member's service is contradicted, somebody else judges.

The other members of the order are not touched by it.
"""

from datetime import datetime
from functools import reduce

from timebank import hours as hour_books
from timebank.attendance import IsUnconfirmed, on_order
from timebank.confirming import capacity, chase_over, correctable
from timebank.crediting import MoreThanServed, confirmable, credit, first, served
from timebank.days import civil_day
from timebank.event import Event, Malformed, Refused
from timebank.following import Reads, rewrite
from timebank.hours import Hours
from timebank.members import NoShowUndone
from timebank.order_course import (
    LapseUndone,
)
from timebank.ordering import OrderIsCancelled, OrderIsSettled, OrderNotFound
from timebank.orders import (
    Order,
)
from timebank.outcomes import OrderDisputed, OrderRemarked, VerdictGiven
from timebank.pooling import part_of, thank_share
from timebank.purse import Purse
from timebank.recipients import Recipient
from timebank.rewriting import MinutesBelowZero, resized_together
from timebank.rules import Rules, sheet_at
from timebank.task_kinds import DISPUTE, UPHELD, VERDICTS
from timebank.tasks import Task, TaskRaised, decide, task_id
from timebank.teams import Team
from timebank.workdays import Workdays


class NothingToDispute(Refused):
    """Nothing has been said of this volunteer's service yet."""

    zh = "该志愿者的服务尚无可申诉的内容。"


class NotDisputed(Refused):
    """The volunteer's service is not disputed."""

    zh = "该志愿者的服务没有争议。"


class VerdictNeedsMinutes(Malformed):
    """A verdict that upholds a dispute says how many minutes were served."""

    zh = "支持申诉的裁决须写明服务分钟数。"


def dispute(
    state: Order,
    recipient: Recipient | None,
    team: Team | None,
    rules: Rules,
    *,
    order: str,
    volunteer: str,
    by: frozenset[str],
    disputed_by: str,
    for_station: bool,
    reason_code: str,
    note: str | None,
    now: datetime,
    workdays: Workdays,
) -> list[Event]:
    """Contradict what is said of a volunteer's service; a task asks somebody else to judge.

    *by* holds every id of the human who disputes, *disputed_by* the one that they act under. The
    note is sealed under the volunteer, whom it is about.

    Raises:
        OrderNotFound: nobody drafted the order.
        NotAConfirmer: neither the volunteer nor anybody who may confirm.
        NotAccepted: the volunteer holds no place.
        OrderIsCancelled: it was cancelled.
        OrderIsSettled: only a correction of the record is open.
        IsUnconfirmed: only a late entry is open.
        NothingToDispute: the volunteer has not come yet, and is not blamed for it.
    """
    if state.terms is None:
        raise OrderNotFound
    if volunteer not in by:
        capacity(state.terms.recipient, recipient, team, by, for_station=for_station)
    member = on_order(state, volunteer)
    if state.cancelled:
        raise OrderIsCancelled
    if state.settled:
        raise OrderIsSettled
    if member.unconfirmed:
        raise IsUnconfirmed
    if member.dispute is not None:
        return []
    if not (member.has_begun or member.no_show):
        raise NothingToDispute
    points = sheet_at(rules, now).points
    task = task_id(DISPUTE, f"order-{order}", volunteer, str(member.disputes + 1))
    events: list[Event] = [
        OrderDisputed(
            order=order,
            volunteer=volunteer,
            reason_code=reason_code,
            raised_by=disputed_by,
            task=task,
        ),
        TaskRaised(
            task=task,
            kind=DISPUTE,
            subject=f"order-{order}",
            choices=VERDICTS,
            area=state.terms.community,
            due_on=workdays(civil_day(now, points.zone), points.task_workdays),
            raised_by=disputed_by,
            concerns=volunteer,
            minutes=member.confirmed_minutes,
        ),
    ]
    if note is not None:
        events.append(
            OrderRemarked(
                order=order, holder=volunteer, about="dispute", volunteer=volunteer, words=note
            )
        )
    return events


def judge(
    task_state: Task,
    state: Order,
    hours: Hours,
    purse: Purse,
    rules: Rules,
    *,
    reads: Reads,
    order: str,
    volunteer: str,
    outcome: str,
    by: frozenset[str],
    judge: str,
    reason_code: str,
    now: datetime,
    workdays: Workdays,
    minutes: int | None = None,
    funded_minutes: int | None = None,
    fault: str = "office",
    note: str | None = None,
) -> list[Event]:
    """Judge a dispute: `dismissed` changes nothing, `upheld` says what was served.

    Minutes that were not confirmed yet are recorded and thanked for; confirmed ones are corrected,
    and the purse follows by the difference. For somebody blamed for not coming, upholding takes the
    blame back.

    Raises:
        OrderNotFound: nobody drafted the order.
        NotDisputed: nobody contradicts.
        VerdictNeedsMinutes: upheld without saying how many.
        MinutesBelowZero: nobody serves less than nothing.
        MoreThanServed: check-in and check-out show fewer minutes than that.
        LongerThanTheDay: a corrected record would end after midnight.
        Refused: as `tasks.decide` does.
    """
    if state.terms is None:
        raise OrderNotFound
    member = state.members.get(volunteer)
    if member is None or member.dispute is None:
        raise NotDisputed
    task = member.dispute.task
    events = decide(
        task_state,
        task=task,
        choice=outcome,
        by=by,
        reason_code=reason_code,
        minutes=minutes,
        note=note,
    )
    if outcome != UPHELD:
        minutes = None
    elif not member.has_begun:
        if minutes:
            raise MoreThanServed
        minutes = None
        events.append(NoShowUndone(order=order, volunteer=volunteer))
        if state.lapsed is not None:
            events.append(LapseUndone(order=order))
    elif minutes is None:
        raise VerdictNeedsMinutes
    events.append(
        VerdictGiven(
            order=order,
            volunteer=volunteer,
            outcome=outcome,
            reason_code=reason_code,
            minutes=minutes,
        )
    )
    if minutes is None:
        return events
    if member.confirmed_minutes is not None:
        zone = sheet_at(rules, now).points.zone
        events += rewrite(
            hours,
            purse,
            rules,
            reads,
            person=volunteer,
            stays=resized_together(hours.of_order(order), minutes, zone),
            reason_code=reason_code,
            occasion=task,
            fault=fault,
            today=civil_day(now, zone),
        )
    else:
        events += _recorded(
            state,
            hours,
            purse,
            rules,
            order=order,
            volunteer=volunteer,
            minutes=minutes,
            judge=judge,
            now=now,
            workdays=workdays,
            funded_minutes=funded_minutes,
        )
    return [
        *events,
        *correctable(rules, order=order, volunteer=volunteer, now=now, workdays=workdays),
        *chase_over(member, reason_code="judged"),
    ]


def _recorded(
    state: Order,
    hours: Hours,
    purse: Purse,
    rules: Rules,
    *,
    order: str,
    volunteer: str,
    minutes: int,
    judge: str,
    now: datetime,
    workdays: Workdays,
    funded_minutes: int | None,
) -> list[Event]:
    """Give what follows for service that nobody had confirmed."""
    member = state.members[volunteer]
    assert state.terms is not None, "somebody serves on an order without terms"
    if minutes < 0:
        raise MinutesBelowZero
    if minutes == 0:
        return []
    days = served(member, rules)
    events = credit(
        state.terms,
        hours,
        purse,
        rules,
        order=order,
        volunteer=volunteer,
        days=first(days, confirmable(days, minutes)),
        due_on=member.presences[-1].ended.record_due_on,
        by=judge,
        now=now,
        workdays=workdays,
        funded_minutes=funded_minutes,
    )
    share = (state.shares or {}).get(volunteer)
    if share is None:
        return events
    return [
        *events,
        *thank_share(
            state.terms,
            reduce(hour_books.evolve, events, hours),
            purse,
            rules,
            order=order,
            volunteer=volunteer,
            share_minutes=part_of(share, minutes),
            funded_minutes=funded_minutes,
        ),
    ]

"""Confirmation (确认): someone else says that service took place; hours and points follow."""

from datetime import datetime

from timebank.attendance import (
    AlreadyConfirmed,
    IsDisputed,
    IsUnconfirmed,
    on_order,
)
from timebank.crediting import Days, NothingServed, confirmable, credit, first, minutes_of, served
from timebank.days import civil_day
from timebank.event import Event, Forbidden, Refused
from timebank.hours import Hours
from timebank.members import Member
from timebank.ordering import OrderIsCancelled, OrderNotFound, OwnService
from timebank.orders import Order, OrderAttested, OrderConfirmed, words_holder
from timebank.outcomes import AutomaticallyConfirmed, CorrectionOpened
from timebank.places import WITHIN
from timebank.purse import Purse
from timebank.recipients import Recipient
from timebank.rules import Rules, order_rules_at, sheet_at
from timebank.tasks import TaskWithdrawn
from timebank.teams import Team
from timebank.workdays import Workdays, end_of


class NotAConfirmer(Forbidden):
    """Only the recipient, their proxy, the station or the team's lead may confirm this order."""

    zh = "只有服务对象、其代理人、站点或团队负责人可以确认此订单。"


class NotCheckedOut(Refused):
    """The volunteer has not checked out yet."""

    zh = "该志愿者尚未签退。"


class EvidenceIncomplete(Refused):
    """Check-in and check-out leave something open: somebody has to confirm."""

    zh = "签到签退证据不完整,须由他人确认。"


def confirm(
    state: Order,
    recipient: Recipient | None,
    hours: Hours,
    purse: Purse,
    rules: Rules,
    *,
    team: Team | None,
    order: str,
    volunteer: str,
    by: frozenset[str],
    confirmer: str,
    for_station: bool,
    now: datetime,
    workdays: Workdays,
    funded_minutes: int | None = None,
    minutes: int | None = None,
    method: str = "app",
    rating: int | None = None,
    attested_by: str | None = None,
    evidence: str | None = None,
    task: str | None = None,
) -> list[Event]:
    """Confirm a volunteer's service, record the hours of each civil day, and thank them for each.

    *by* holds every id of the human who asks, *confirmer* the one that they act under;
    *for_station* says that they may speak for the order's station. *minutes* below what was served
    shortens it from the end. *task* is the one whose decision this is.

    Raises:
        OrderNotFound: nobody drafted the order.
        OwnService: the one who asks is the volunteer.
        NotAConfirmer: neither recipient, proxy, station nor the team's lead.
        NotAccepted: the volunteer holds no place.
        OrderIsCancelled: it was cancelled.
        IsDisputed: a verdict is awaited.
        AlreadyConfirmed: confirmed before, with other minutes.
        IsUnconfirmed: the time for confirming has passed.
        NotCheckedOut: the volunteer is still there.
        NothingServed: no whole minute was served.
        MoreThanServed: fewer minutes were served than *minutes*.
        NoRuleSheet: no rules were in force on a day of service.
    """
    if state.terms is None:
        raise OrderNotFound
    if volunteer in by:
        raise OwnService
    confirmed_by = capacity(state.terms.recipient, recipient, team, by, for_station=for_station)
    member = on_order(state, volunteer)
    if state.cancelled:
        raise OrderIsCancelled
    if member.dispute is not None:
        raise IsDisputed
    if member.confirmed_minutes is not None:
        if minutes not in (None, member.confirmed_minutes):
            raise AlreadyConfirmed
        return []
    days, confirmed = _to_confirm(member, rules, minutes)
    events: list[Event] = [
        OrderConfirmed(
            order=order,
            volunteer=volunteer,
            minutes=confirmed,
            confirmed_by=confirmed_by,
            method=method,
            rating=rating,
        )
    ]
    if attested_by is not None or evidence is not None:
        events.append(
            OrderAttested(
                order=order,
                holder=words_holder(order=order, terms=state.terms),
                volunteer=volunteer,
                attested_by=attested_by,
                evidence=evidence,
            )
        )
    return [
        *events,
        *credit(
            state.terms,
            hours,
            purse,
            rules,
            order=order,
            volunteer=volunteer,
            days=first(days, confirmed),
            due_on=member.presences[-1].ended.record_due_on,
            by=confirmer,
            now=now,
            workdays=workdays,
            funded_minutes=funded_minutes,
        ),
        *correctable(rules, order=order, volunteer=volunteer, now=now, workdays=workdays),
        *chase_over(member, reason_code="confirmed", decided=task),
    ]


def confirm_automatically(
    state: Order,
    hours: Hours,
    purse: Purse,
    rules: Rules,
    *,
    order: str,
    volunteer: str,
    by: str,
    now: datetime,
    workdays: Workdays,
    funded_minutes: int | None = None,
) -> list[Event]:
    """Confirm what check-in and check-out show, because nobody has spoken in time.

    Raises:
        OrderNotFound: nobody drafted the order.
        OrderIsCancelled: it was cancelled.
        NotAccepted: the volunteer holds no place.
        IsDisputed: a verdict is awaited.
        IsUnconfirmed: the time for confirming has passed.
        EvidenceIncomplete: something is open, uncertain or too far away.
        NoRuleSheet: no rules were in force on a day of service.
    """
    member = on_order(state, volunteer)
    assert state.terms is not None, "somebody is on an order without terms"
    if state.cancelled:
        raise OrderIsCancelled
    if member.confirmed_minutes is not None:
        return []
    if member.dispute is not None:
        raise IsDisputed
    if member.unconfirmed:
        raise IsUnconfirmed
    if not has_evidence(member, rules):
        raise EvidenceIncomplete
    days, confirmed = _to_confirm(member, rules, None)
    return [
        AutomaticallyConfirmed(order=order, volunteer=volunteer, minutes=confirmed),
        *credit(
            state.terms,
            hours,
            purse,
            rules,
            order=order,
            volunteer=volunteer,
            days=days,
            due_on=member.presences[-1].ended.record_due_on,
            by=by,
            now=now,
            workdays=workdays,
            funded_minutes=funded_minutes,
        ),
        *correctable(rules, order=order, volunteer=volunteer, now=now, workdays=workdays),
        *chase_over(member, reason_code="confirmed"),
    ]


def correctable(
    rules: Rules, *, order: str, volunteer: str, now: datetime, workdays: Workdays
) -> list[Event]:
    """Give until when a confirmation made now may be corrected: a midnight of a working day."""
    asked = order_rules_at(rules, now)
    if asked is None:
        return []
    zone = sheet_at(rules, now).points.zone
    last = workdays(civil_day(now, zone), asked.correction_workdays)
    return [CorrectionOpened(order=order, volunteer=volunteer, until=end_of(last, zone))]


def has_evidence(member: Member, rules: Rules) -> bool:
    """Say whether check-in and check-out leave nothing open.

    Every stay is closed, every time certain, no place too far away, and, where the sheet wants
    places, every one of them within the radius.
    """
    if member.began is not None or not member.presences:
        return False
    asked = order_rules_at(rules, member.presences[0].began.latest)
    moments = [
        moment for presence in member.presences for moment in (presence.began, presence.ended)
    ]
    bands = {moment.place_band for moment in moments}
    enough = {WITHIN} if asked is not None and asked.automatic_needs_place else {WITHIN, None}
    return (
        all(moment.earliest == moment.latest for moment in moments)
        and bands <= enough
        and minutes_of(served(member, rules)) > 0
    )


def _to_confirm(member: Member, rules: Rules, minutes: int | None) -> tuple[Days, int]:
    """Give what was served, and how many minutes of it are confirmed."""
    if member.unconfirmed:
        raise IsUnconfirmed
    if member.no_show:
        raise NothingServed
    if member.began is not None:
        raise NotCheckedOut
    days = served(member, rules)
    return days, confirmable(days, minutes)


def capacity(
    served_person: str | None,
    recipient: Recipient | None,
    team: Team | None,
    by: frozenset[str],
    *,
    for_station: bool,
) -> str:
    """Say in which capacity somebody may speak of the service of others.

    Raises:
        NotAConfirmer: in none.
    """
    if served_person in by:
        return "recipient"
    if recipient is not None and by & recipient.proxies.keys():
        return "proxy"
    if for_station:
        return "station"
    if team is not None and team.lead in by:
        return "team_lead"
    raise NotAConfirmer


def chase_over(member: Member, *, reason_code: str, decided: str | None = None) -> list[Event]:
    """Take the task off the queue that asked for a confirmation, unless it was just decided."""
    if member.chased is None or member.chased.task == decided:
        return []
    return [TaskWithdrawn(task=member.chased.task, reason_code=reason_code)]

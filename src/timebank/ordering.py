"""Bringing an order about: drafting, publishing and cancelling it."""

from datetime import datetime

import msgspec

from timebank.days import civil_day
from timebank.event import Event, IdTaken, Malformed, NotFound, Refused
from timebank.order_course import (
    AcceptanceLimited,
    ReviewAsked,
)
from timebank.orders import (
    Order,
    OrderCancelled,
    OrderDescribed,
    OrderDrafted,
    OrderPublished,
    PersonInChargeNamed,
    Terms,
    words_holder,
)
from timebank.places import Place
from timebank.recipients import Recipient, RecipientNotFound
from timebank.rules import Rules, order_rules_at, sheet_at
from timebank.stations import Station, StationNotFound
from timebank.task_kinds import ORDER_REVIEW, YES_OR_NO
from timebank.tasks import TaskRaised, TaskWithdrawn, task_id
from timebank.teams import Team, must_exist
from timebank.workdays import Workdays

INDIVIDUAL = "individual"
TEAM = "team"
FUNDINGS = frozenset({"issuance", "recipient", "pool:donation", "pool:relief"})


class OrderNotFound(NotFound):
    """There is no such order."""

    zh = "没有该服务订单。"


class KindNotOffered(Refused):
    """An order is for individuals or for a team."""

    zh = "订单只能是个人订单或团队订单。"


class FundingNotOffered(Refused):
    """The thank-you comes from the bureau, a pool, or the recipient whom the order names."""

    zh = "积分须由民政局、资金池或订单所列服务对象提供。"


class PlanEndsBeforeStart(Malformed):
    """The planned end must be after the planned start."""

    zh = "计划结束时间必须晚于开始时间。"


class NoPlaces(Malformed):
    """An order needs at least one place."""

    zh = "订单至少需要一个名额。"


class PoolForTeamsOnly(Malformed):
    """Only a team order shares a fixed thank-you, of at least one minute."""

    zh = "只有团队订单可以设固定积分总额,且至少一分钟。"


class NotPublished(Refused):
    """The order is not published."""

    zh = "订单尚未发布。"


class OrderIsCancelled(Refused):
    """The order was cancelled."""

    zh = "订单已取消。"


class OrderHasLapsed(Refused):
    """The order has lapsed."""

    zh = "订单已失效。"


class OrderIsSettled(Refused):
    """The order is settled; only its records can still be corrected."""

    zh = "订单已结清,只能更正服务记录。"


class AllPlacesTaken(Refused):
    """All places of the order are taken."""

    zh = "订单名额已满。"


class OwnService(Refused):
    """Nobody serves themselves, and nobody confirms their own service."""

    zh = "不得为自己服务,也不得确认自己的服务。"


class NotAccepted(Refused):
    """The volunteer has not accepted the order."""

    zh = "该志愿者没有接此订单。"


class AlreadyBegun(Refused):
    """The service has already begun."""

    zh = "服务已经开始。"


def draft(
    state: Order,
    station: Station | None,
    recipient: Recipient | None,
    team: Team | None,
    *,
    order: str,
    terms: Terms,
    title: str,
    content: str | None = None,
    address: str | None = None,
    place: Place | None = None,
    meeting_note: str | None = None,
    person_in_charge: str | None = None,
) -> list[Event]:
    """Write down an order; volunteers see it once it is published.

    *station*, *recipient* and *team* are the states of those that the terms name, None where they
    name none. An empty organising unit becomes the station's title.

    Raises:
        KindNotOffered: neither for individuals nor for a team, or for individuals of a team.
        FundingNotOffered: nobody known would say thank you.
        PoolForTeamsOnly: a fixed thank-you for individuals, or of nothing.
        PlanEndsBeforeStart: the planned end is not after the planned start.
        NoPlaces: nobody could accept.
        StationNotFound: the terms name a station that does not exist.
        RecipientNotFound: the terms name a recipient who does not exist.
        TeamNotFound: the terms name a team that does not exist.
        TeamIsDisbanded: the terms name a team that is no more.
        IdTaken: this id already is another order.
    """
    must_make_sense(terms)
    if station is not None and not station.is_open:
        raise StationNotFound
    if recipient is not None and not recipient.is_registered:
        raise RecipientNotFound
    if terms.team is not None:
        must_exist(team or Team())
    if station is not None and not terms.organising_unit:
        terms = msgspec.structs.replace(terms, organising_unit=station.title)
    if state.terms is not None:
        if state.terms != terms:
            raise IdTaken
        return []
    events: list[Event] = [
        OrderDrafted(order=order, terms=terms),
        OrderDescribed(
            order=order,
            holder=words_holder(order=order, terms=terms),
            title=title,
            content=content,
            address=address,
            place=place,
            meeting_note=meeting_note,
        ),
    ]
    if person_in_charge is not None:
        office = terms.station or order
        events.append(PersonInChargeNamed(order=order, holder=office, name=person_in_charge))
    return events


def publish(
    state: Order, rules: Rules, *, order: str, by: str, now: datetime, workdays: Workdays
) -> list[Event]:
    """Show the order to volunteers, or to a second person first where the rules ask for it.

    Raises:
        OrderNotFound: nobody drafted it.
        OrderIsCancelled: it was cancelled.
        OrderHasLapsed: its time has passed.
    """
    terms = open_terms(state)
    if state.published or state.review is not None:
        return []
    if not _wants_review(terms, rules):
        return shown(terms, rules, order=order, now=now)
    points = sheet_at(rules, terms.planned_start).points
    task = task_id(ORDER_REVIEW, f"order-{order}", str(state.reviews + 1))
    return [
        ReviewAsked(order=order, task=task),
        TaskRaised(
            task=task,
            kind=ORDER_REVIEW,
            subject=f"order-{order}",
            choices=YES_OR_NO,
            area=terms.community,
            due_on=workdays(civil_day(now, points.zone), points.task_workdays),
            raised_by=by,
        ),
    ]


def cancel(state: Order, *, order: str, reason_code: str) -> list[Event]:
    """Call the order off before anyone began.

    Raises:
        OrderNotFound: nobody drafted it.
        OrderHasLapsed: its time has passed.
        AlreadyBegun: a volunteer has checked in.
    """
    if state.terms is None:
        raise OrderNotFound
    if state.cancelled:
        return []
    if state.lapsed is not None:
        raise OrderHasLapsed
    if any(member.has_begun for member in state.members.values()):
        raise AlreadyBegun
    events: list[Event] = [OrderCancelled(order=order, reason_code=reason_code)]
    if state.review is not None:
        events.append(TaskWithdrawn(task=state.review, reason_code="order_cancelled"))
    return events


def open_terms(state: Order) -> Terms:
    """Give the terms of an order that can still take place.

    Raises:
        OrderNotFound: nobody drafted it.
        OrderIsCancelled: it was cancelled.
        OrderHasLapsed: its time has passed.
    """
    if state.terms is None:
        raise OrderNotFound
    if state.cancelled:
        raise OrderIsCancelled
    if state.lapsed is not None:
        raise OrderHasLapsed
    return state.terms


def shown(terms: Terms, rules: Rules, *, order: str, now: datetime) -> list[Event]:
    """Give what shows an order to volunteers."""
    return [OrderPublished(order=order), *limited(terms, rules, order=order, now=now)]


def limited(terms: Terms, rules: Rules, *, order: str, now: datetime) -> list[Event]:
    """Limit the time for taking places to the plan, unless it has passed already.

    An order that is written down afterwards has no time to keep, so nothing of it ever lapses.
    """
    if order_rules_at(rules, terms.planned_start) is None or terms.planned_end <= now:
        return []
    return [AcceptanceLimited(order=order, until=terms.planned_end)]


def must_make_sense(terms: Terms) -> None:
    """Refuse terms that contradict themselves.

    Raises:
        KindNotOffered: neither for individuals nor for a team, or for individuals of a team.
        FundingNotOffered: nobody known would say thank you.
        PoolForTeamsOnly: a fixed thank-you for individuals, or of nothing.
        PlanEndsBeforeStart: the planned end is not after the planned start.
        NoPlaces: nobody could accept.
    """
    if terms.kind not in {INDIVIDUAL, TEAM} or (terms.team and terms.kind != TEAM):
        raise KindNotOffered
    if terms.funding not in FUNDINGS or (terms.funding == "recipient" and not terms.recipient):
        raise FundingNotOffered
    if terms.pool_minutes is not None and (terms.kind != TEAM or terms.pool_minutes < 1):
        raise PoolForTeamsOnly
    if terms.planned_end <= terms.planned_start:
        raise PlanEndsBeforeStart
    if terms.places < 1:
        raise NoPlaces


def _wants_review(terms: Terms, rules: Rules) -> bool:
    asked = order_rules_at(rules, terms.planned_start)
    if asked is None:
        return False
    return terms.category in asked.review_categories or (terms.kind == TEAM and asked.review_teams)

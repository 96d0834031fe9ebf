"""Confirmation (确认): someone else says that service took place; hours and points follow."""

from datetime import date, datetime
from functools import reduce

from timebank import purse as purses
from timebank.attendance import AlreadyConfirmed, on_order
from timebank.days import civil_day
from timebank.event import Event, Forbidden, Refused
from timebank.hours import Hours, record
from timebank.ordering import OrderNotFound, OwnService
from timebank.orders import Member, Order, OrderAttested, OrderConfirmed, words_holder
from timebank.purse import Purse
from timebank.recipients import Recipient
from timebank.rules import Rules, sheet_at, sheet_on
from timebank.stays import Stay, by_day, shortened, whole_minutes


class NotAConfirmer(Forbidden):
    """Only the recipient, their proxy or the station may confirm this order."""

    zh = "只有服务对象、其代理人或站点可以确认此订单。"


class NotCheckedOut(Refused):
    """The volunteer has not checked out yet."""

    zh = "该志愿者尚未签退。"


class NothingServed(Refused):
    """There is not one whole minute of service to confirm."""

    zh = "没有可确认的服务时长。"


class MoreThanServed(Refused):
    """Check-in and check-out show fewer minutes than that."""

    zh = "确认时长超过签到签退记录的时长。"


def confirm(
    state: Order,
    recipient: Recipient | None,
    hours: Hours,
    purse: Purse,
    rules: Rules,
    *,
    order: str,
    volunteer: str,
    by: frozenset[str],
    for_station: bool,
    now: datetime,
    minutes: int | None = None,
    method: str = "app",
    rating: int | None = None,
    attested_by: str | None = None,
    evidence: str | None = None,
) -> list[Event]:
    """Confirm a volunteer's service, record the hours of each civil day, and thank them for each.

    *by* holds every id of the human who asks; *for_station* says that they may speak for the
    order's station. *minutes* below what was served shortens it from the end.

    Raises:
        OrderNotFound: nobody drafted the order.
        OwnService: the one who asks is the volunteer.
        NotAConfirmer: neither recipient, proxy nor station.
        NotAccepted: the volunteer holds no place.
        AlreadyConfirmed: confirmed before, with other minutes.
        NotCheckedOut: the volunteer is still there.
        NothingServed: no whole minute was served.
        MoreThanServed: fewer minutes were served than *minutes*.
        NoRuleSheet: no rules were in force on a day of service.
    """
    if state.terms is None:
        raise OrderNotFound
    if volunteer in by:
        raise OwnService
    confirmed_by = _capacity(state.terms.recipient, recipient, by, for_station=for_station)
    member = on_order(state, volunteer)
    if member.confirmed_minutes is not None:
        if minutes not in (None, member.confirmed_minutes):
            raise AlreadyConfirmed
        return []
    if member.began is not None:
        raise NotCheckedOut
    days = _served(member, rules)
    served = sum(map(whole_minutes, days.values()))
    if served < 1:
        raise NothingServed
    if minutes is not None and minutes > served:
        raise MoreThanServed
    confirmed = served if minutes is None else minutes
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
    for on, stays in _first(days, confirmed).items():
        sheet = sheet_on(rules, on)
        recorded = record(
            hours,
            person=volunteer,
            order=order,
            on=on,
            stays=stays,
            due_on=member.presences[-1].ended.record_due_on,
            recorded_on=civil_day(now, sheet.points.zone),
        )
        earned = purses.earn(purse, sheet, recorded=recorded, category=state.terms.category)
        # The second day of a night's service must see what the first has brought.
        purse = reduce(purses.evolve, earned, purse)
        events += [recorded, *earned]
    return events


def _capacity(
    served: str | None, recipient: Recipient | None, by: frozenset[str], *, for_station: bool
) -> str:
    if served in by:
        return "recipient"
    if recipient is not None and by & recipient.proxies.keys():
        return "proxy"
    if for_station:
        return "station"
    raise NotAConfirmer


def _served(member: Member, rules: Rules) -> dict[date, tuple[Stay, ...]]:
    """Give the certain stays by civil day: from the latest arrival to the earliest leaving."""
    if not member.presences:
        return {}
    stays = tuple(
        Stay(began=presence.began.latest, ended=presence.ended.earliest)
        for presence in member.presences
    )
    return by_day(stays, sheet_at(rules, stays[0].began).points.zone)


def _first(days: dict[date, tuple[Stay, ...]], minutes: int) -> dict[date, tuple[Stay, ...]]:
    """Keep the first *minutes* of *days*, each day rounded down on its own."""
    kept: dict[date, tuple[Stay, ...]] = {}
    for on, stays in days.items():
        served = whole_minutes(stays)
        if min(served, minutes) > 0:
            kept[on] = stays if served <= minutes else shortened(stays, minutes)
        minutes -= min(served, minutes)
    return kept

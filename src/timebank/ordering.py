"""Bringing an order about: drafting, publishing, cancelling, accepting and withdrawing."""

import msgspec

from timebank.event import Event, IdTaken, Malformed, NotFound, Refused
from timebank.orders import (
    Order,
    OrderAccepted,
    OrderCancelled,
    OrderDescribed,
    OrderDrafted,
    OrderPublished,
    OrderWithdrawn,
    PersonInChargeNamed,
    Terms,
    is_on,
    words_holder,
)
from timebank.places import Place
from timebank.recipients import Recipient, RecipientNotFound
from timebank.stations import Station, StationNotFound
from timebank.volunteers import (
    IdentityNotVerified,
    Volunteer,
    VolunteerIsSuspended,
    must_be_here,
)


class OrderNotFound(NotFound):
    """There is no such order."""

    zh = "没有该服务订单。"


class KindNotOffered(Refused):
    """Only individual orders are offered here."""

    zh = "目前只提供个人订单。"


class FundingNotOffered(Refused):
    """Only orders thanked by the bureau itself are offered here."""

    zh = "目前只提供由民政局发放积分的订单。"


class PlanEndsBeforeStart(Malformed):
    """The planned end must be after the planned start."""

    zh = "计划结束时间必须晚于开始时间。"


class NoPlaces(Malformed):
    """An order needs at least one place."""

    zh = "订单至少需要一个名额。"


class NotPublished(Refused):
    """The order is not published."""

    zh = "订单尚未发布。"


class OrderIsCancelled(Refused):
    """The order was cancelled."""

    zh = "订单已取消。"


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
    *,
    order: str,
    terms: Terms,
    title: str,
    content: str | None = None,
    address: str | None = None,
    place: Place | None = None,
    meeting_note: str | None = None,
    person_in_charge: str | None = None,
    published: bool = False,
) -> list[Event]:
    """Write down an order, and publish it at once when *published* says so.

    *station* and *recipient* are the states of those that the terms name, None where they name
    none. An empty organising unit becomes the station's title.

    Raises:
        KindNotOffered: the order is not an individual one.
        FundingNotOffered: someone else than the bureau would say thank you.
        PlanEndsBeforeStart: the planned end is not after the planned start.
        NoPlaces: nobody could accept.
        StationNotFound: the terms name a station that does not exist.
        RecipientNotFound: the terms name a recipient who does not exist.
        IdTaken: this id already is another order.
    """
    _must_make_sense(terms)
    if station is not None and not station.is_open:
        raise StationNotFound
    if recipient is not None and not recipient.is_registered:
        raise RecipientNotFound
    if station is not None and not terms.organising_unit:
        terms = msgspec.structs.replace(terms, organising_unit=station.title)
    if state.terms is not None:
        if state.terms != terms:
            raise IdTaken
        return publish(state, order=order) if published and not state.cancelled else []
    holder = words_holder(order=order, terms=terms)
    events: list[Event] = [
        OrderDrafted(order=order, terms=terms),
        OrderDescribed(
            order=order,
            holder=holder,
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
    if published:
        events.append(OrderPublished(order=order))
    return events


def publish(state: Order, *, order: str) -> list[Event]:
    """Show the order to volunteers.

    Raises:
        OrderNotFound: nobody drafted it.
        OrderIsCancelled: it was cancelled.
    """
    if state.terms is None:
        raise OrderNotFound
    if state.cancelled:
        raise OrderIsCancelled
    if state.published:
        return []
    return [OrderPublished(order=order)]


def cancel(state: Order, *, order: str, reason_code: str) -> list[Event]:
    """Call the order off before anyone began.

    Raises:
        OrderNotFound: nobody drafted it.
        AlreadyBegun: a volunteer has checked in.
    """
    if state.terms is None:
        raise OrderNotFound
    if state.cancelled:
        return []
    if any(member.has_begun for member in state.members.values()):
        raise AlreadyBegun
    return [OrderCancelled(order=order, reason_code=reason_code)]


def accept(state: Order, person: Volunteer, *, order: str, volunteer: str) -> list[Event]:
    """Take a place on the order.

    Raises:
        OrderNotFound: nobody drafted it.
        OrderIsCancelled: it was cancelled.
        NotPublished: it is still a draft.
        VolunteerNotFound: nobody is registered under this id.
        VolunteerHasLeft: the volunteer left.
        VolunteerIsSuspended: the volunteer is suspended.
        IdentityNotVerified: no office has seen who the volunteer is.
        OwnService: the volunteer is the recipient.
        AllPlacesTaken: others were faster.
    """
    if state.terms is None:
        raise OrderNotFound
    if state.cancelled:
        raise OrderIsCancelled
    if not state.published:
        raise NotPublished
    if is_on(state, volunteer):
        return []
    _must_be_fit(person)
    if volunteer == state.terms.recipient:
        raise OwnService
    if state.places_left < 1:
        raise AllPlacesTaken
    return [OrderAccepted(order=order, volunteer=volunteer)]


def withdraw(state: Order, *, order: str, volunteer: str) -> list[Event]:
    """Give the place back before the service begins.

    Raises:
        OrderNotFound: nobody drafted it.
        NotAccepted: the volunteer never took a place.
        AlreadyBegun: the volunteer has checked in.
    """
    if state.terms is None:
        raise OrderNotFound
    member = state.members.get(volunteer)
    if member is None:
        raise NotAccepted
    if member.withdrawn:
        return []
    if member.has_begun:
        raise AlreadyBegun
    return [OrderWithdrawn(order=order, volunteer=volunteer)]


def _must_make_sense(terms: Terms) -> None:
    if terms.kind != "individual":
        raise KindNotOffered
    if terms.funding != "issuance":
        raise FundingNotOffered
    if terms.planned_end <= terms.planned_start:
        raise PlanEndsBeforeStart
    if terms.places < 1:
        raise NoPlaces


def _must_be_fit(person: Volunteer) -> None:
    must_be_here(person)
    if person.suspended:
        raise VolunteerIsSuspended
    if not person.verified:
        raise IdentityNotVerified

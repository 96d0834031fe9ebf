"""Places on an order: taken by a volunteer (接单), given by a desk (派单), given back (退单)."""

from collections.abc import Iterable
from datetime import datetime

from timebank.days import civil_day
from timebank.diaries import OrderNoted
from timebank.event import Event, Refused
from timebank.members import OrderAssigned
from timebank.order_course import (
    OverlapFlagged,
)
from timebank.order_rules import FLAG, REFUSE
from timebank.ordering import (
    AllPlacesTaken,
    AlreadyBegun,
    NotAccepted,
    NotPublished,
    OrderIsSettled,
    OrderNotFound,
    OwnService,
    open_terms,
)
from timebank.orders import (
    Order,
    OrderAccepted,
    OrderWithdrawn,
    Terms,
    has_place,
)
from timebank.rules import Rules, order_rules_at, sheet_at
from timebank.teams import NotInTeam, Team, must_exist
from timebank.volunteers import (
    IdentityNotVerified,
    RecordIsMerged,
    Volunteer,
    VolunteerIsSuspended,
    must_be_here,
)

MINORS = "minors"
"""The requirement of an order that brings volunteers together with minors.

Close contact with minors needs a background check by law, whatever a district's sheet says.
"""


class AcceptanceIsOver(Refused):
    """The time for taking a place has passed."""

    zh = "接单时间已过。"


class NotCleared(Refused):
    """The order needs a background check that is valid when it ends."""

    zh = "该订单要求背景核查,且核查须在服务结束时仍然有效。"


class OverlappingOrders(Refused):
    """The volunteer has taken another order for the same time."""

    zh = "该志愿者同一时间已接其他订单。"


def accept(
    state: Order,
    person: Volunteer,
    team: Team | None,
    rules: Rules,
    elsewhere: Iterable[tuple[str, Order]],
    *,
    order: str,
    volunteer: str,
    now: datetime,
) -> list[Event]:
    """Take a place on the order, or accept its amended terms.

    *team* is the one that the terms name; *elsewhere* holds the orders, by id, that the volunteer's
    diary shows for the same time.

    Raises:
        OrderNotFound: nobody drafted it.
        OrderIsCancelled: it was cancelled.
        OrderHasLapsed: its time has passed.
        NotPublished: it is still a draft, or in review.
        OrderIsSettled: it is over.
        VolunteerNotFound: nobody is registered under this id.
        VolunteerHasLeft: the volunteer left.
        RecordIsMerged: another record of the volunteer is used.
        VolunteerIsSuspended: the volunteer is suspended.
        IdentityNotVerified: no office has seen who the volunteer is.
        NotCleared: a background check is missing or ends too early.
        OwnService: the volunteer is the recipient.
        NotInTeam: the order is for the members of a team.
        TeamNotFound, TeamIsDisbanded: there is no such team.
        AcceptanceIsOver: the plan has passed.
        AllPlacesTaken: others were faster.
        OverlappingOrders: the sheet refuses two orders at one time.
    """
    if _holds_current(state, volunteer):
        return []
    others = _may_take(
        state, person, team, rules, elsewhere, order=order, volunteer=volunteer, now=now
    )
    return [OrderAccepted(order=order, volunteer=volunteer), *others]


def assign(
    state: Order,
    person: Volunteer,
    team: Team | None,
    rules: Rules,
    elsewhere: Iterable[tuple[str, Order]],
    *,
    order: str,
    volunteer: str,
    now: datetime,
) -> list[Event]:
    """Give a volunteer a place, as a desk does; they may still give it back.

    Raises:
        Refused: as `accept` does.
    """
    if _holds_current(state, volunteer):
        return []
    others = _may_take(
        state, person, team, rules, elsewhere, order=order, volunteer=volunteer, now=now
    )
    return [OrderAssigned(order=order, volunteer=volunteer), *others]


def withdraw(state: Order, *, order: str, volunteer: str) -> list[Event]:
    """Give the place back before the service begins; `standby.call_up` gives it to who waits.

    Raises:
        OrderNotFound: nobody drafted it.
        NotAccepted: the volunteer never took a place, or has lost it.
        OrderIsCancelled, OrderHasLapsed: it cannot take place.
        AlreadyBegun: the volunteer has checked in.
    """
    if state.terms is None:
        raise OrderNotFound
    member = state.members.get(volunteer)
    if member is None:
        raise NotAccepted
    if member.withdrawn:
        return []
    if not member.has_place:
        raise NotAccepted
    open_terms(state)
    if member.has_begun:
        raise AlreadyBegun
    return [OrderWithdrawn(order=order, volunteer=volunteer)]


def must_be_fit(person: Volunteer, terms: Terms, rules: Rules) -> None:
    """Refuse for a volunteer who may not serve under *terms*.

    Raises:
        VolunteerNotFound: nobody is registered under this id.
        VolunteerHasLeft: the volunteer left.
        RecordIsMerged: another record of the volunteer is used.
        VolunteerIsSuspended: the volunteer is suspended.
        IdentityNotVerified: no office has seen who the volunteer is.
        NotCleared: a background check is missing or ends too early.
    """
    must_be_here(person)
    if person.links.kept is not None:
        raise RecordIsMerged
    if person.suspended:
        raise VolunteerIsSuspended
    if not person.verified:
        raise IdentityNotVerified
    asked = order_rules_at(rules, terms.planned_start)
    with_minors = MINORS in terms.requirements or (
        asked is not None and terms.category in asked.clearance_categories
    )
    if with_minors:
        zone = sheet_at(rules, terms.planned_start).points.zone
        if person.cleared_until is None or person.cleared_until < civil_day(
            terms.planned_end, zone
        ):
            raise NotCleared


def _holds_current(state: Order, volunteer: str) -> bool:
    """Say whether the volunteer holds a place, under the terms as they are, on an open order.

    Raises:
        OrderNotFound, OrderIsCancelled, OrderHasLapsed, NotPublished: it is not open.
    """
    open_terms(state)
    if not state.published:
        raise NotPublished
    member = state.members.get(volunteer)
    return (
        member is not None
        and member.has_place
        and (member.terms_version == state.terms_version or member.has_begun)
    )


def _may_take(
    state: Order,
    person: Volunteer,
    team: Team | None,
    rules: Rules,
    elsewhere: Iterable[tuple[str, Order]],
    *,
    order: str,
    volunteer: str,
    now: datetime,
) -> list[Event]:
    """Give what goes with taking a place: the flags of overlaps, and the line in the diary."""
    terms = open_terms(state)
    if state.settled:
        raise OrderIsSettled
    must_be_fit(person, terms, rules)
    if volunteer == terms.recipient:
        raise OwnService
    if terms.team is not None:
        must_exist(team or Team())
        if team is not None and volunteer not in team.members:
            raise NotInTeam
    if state.accept_until is not None and now >= state.accept_until:
        raise AcceptanceIsOver
    if not has_place(state, volunteer) and state.places_left < 1:
        raise AllPlacesTaken
    asked = order_rules_at(rules, terms.planned_start)
    overlaps = asked.overlaps if asked is not None else ""
    both = [other for other, there in elsewhere if _at_once(terms, there, volunteer)]
    if both and overlaps == REFUSE:
        raise OverlappingOrders
    flags = [
        OverlapFlagged(order=order, volunteer=volunteer, other=other)
        for other in both
        if overlaps == FLAG and other != order
    ]
    noted = OrderNoted(
        person=volunteer,
        order=order,
        planned_start=terms.planned_start,
        planned_end=terms.planned_end,
    )
    return [*flags, noted]


def _at_once(terms: Terms, there: Order, volunteer: str) -> bool:
    """Say whether the volunteer still has service to do there at the time of *terms*."""
    member = there.members.get(volunteer)
    if there.terms is None or there.cancelled or there.lapsed is not None or member is None:
        return False
    if not member.has_place or member.confirmed_minutes is not None:
        return False
    return (
        there.terms.planned_start < terms.planned_end
        and terms.planned_start < there.terms.planned_end
    )

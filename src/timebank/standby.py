"""The stand-by list (候补): who takes the next place that becomes free, in the order of joining."""

from collections.abc import Callable, Iterable
from datetime import datetime

from timebank.accepting import AcceptanceIsOver, accept, must_be_fit
from timebank.event import Event, Refused
from timebank.order_course import (
    StandbyJoined,
    StandbyLeft,
)
from timebank.ordering import NotPublished, OrderIsSettled, OwnService, open_terms
from timebank.orders import (
    Order,
    evolve,
    has_place,
)
from timebank.rules import Rules
from timebank.teams import NotInTeam, Team, must_exist
from timebank.volunteers import Volunteer

People = Callable[[str], Volunteer]
Elsewhere = Callable[[str], Iterable[tuple[str, Order]]]


class PlacesAreFree(Refused):
    """The order has free places: take one instead."""

    zh = "订单尚有名额,请直接接单。"


class HasPlaceAlready(Refused):
    """The volunteer holds a place on the order."""

    zh = "该志愿者已接此订单。"


def stand_by(
    state: Order,
    person: Volunteer,
    team: Team | None,
    rules: Rules,
    *,
    order: str,
    volunteer: str,
    now: datetime,
) -> list[Event]:
    """Wait for a place.

    Raises:
        OrderNotFound, OrderIsCancelled, OrderHasLapsed: it cannot take place.
        NotPublished: it is still a draft, or in review.
        OrderIsSettled: it is over.
        HasPlaceAlready: the volunteer is on the order.
        PlacesAreFree: there is nothing to wait for.
        AcceptanceIsOver: the plan has passed.
        OwnService: the volunteer is the recipient.
        NotInTeam: the order is for the members of a team.
        TeamNotFound, TeamIsDisbanded: there is no such team.
        Refused: as `accepting.must_be_fit` does.
    """
    terms = open_terms(state)
    if not state.published:
        raise NotPublished
    if state.settled:
        raise OrderIsSettled
    if has_place(state, volunteer):
        raise HasPlaceAlready
    if volunteer in state.standby:
        return []
    must_be_fit(person, terms, rules)
    if volunteer == terms.recipient:
        raise OwnService
    if terms.team is not None:
        must_exist(team or Team())
        if team is not None and volunteer not in team.members:
            raise NotInTeam
    if state.places_left > 0:
        raise PlacesAreFree
    if state.accept_until is not None and now >= state.accept_until:
        raise AcceptanceIsOver
    return [StandbyJoined(order=order, volunteer=volunteer)]


def leave_standby(state: Order, *, order: str, volunteer: str) -> list[Event]:
    """Wait no longer."""
    if volunteer not in state.standby:
        return []
    return [StandbyLeft(order=order, volunteer=volunteer)]


def call_up(
    state: Order,
    team: Team | None,
    rules: Rules,
    *,
    order: str,
    people: People,
    elsewhere: Elsewhere,
    now: datetime,
) -> list[Event]:
    """Give free places to those who wait, first come first served.

    Whoever may not take one any more is passed over and stays on the list. *people* and *elsewhere*
    read the volunteer and the orders of the same time, as `accepting.accept` takes them.
    """
    events: list[Event] = []
    for volunteer in state.standby:
        try:
            taken = accept(
                state,
                people(volunteer),
                team,
                rules,
                elsewhere(volunteer),
                order=order,
                volunteer=volunteer,
                now=now,
            )
        except Refused:
            continue
        events += taken
        for event in taken:
            state = evolve(state, event)
    return events

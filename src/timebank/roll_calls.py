"""Roll call (点名): the lead of a team says for all who has come, and who left when."""

from collections.abc import Iterable
from datetime import datetime

from timebank.attendance import check_in, check_out
from timebank.clock import Clock
from timebank.event import Event, Forbidden
from timebank.order_course import (
    RollCalled,
)
from timebank.ordering import OrderNotFound
from timebank.orders import (
    Order,
    evolve,
)
from timebank.rules import Rules, sheet_at
from timebank.teams import Team
from timebank.workdays import Workdays, due_on


class NotTheLead(Forbidden):
    """Only the lead of the team, or the station, calls the roll."""

    zh = "只有团队负责人或站点可以点名。"


def call_roll(
    state: Order,
    team: Team | None,
    rules: Rules,
    *,
    order: str,
    by: frozenset[str],
    for_station: bool,
    at: datetime,
    present: tuple[str, ...],
    left: Iterable[tuple[str, datetime]] = (),
    now: datetime,
    workdays: Workdays,
    clock: Clock | None = None,
) -> list[Event]:
    """Check in at *at* all who are *present* and not there yet, and check out all who *left*.

    One member who may not check in stops the whole call: the lead must know. Repeating the same
    call does nothing.

    Raises:
        OrderNotFound: nobody drafted the order.
        NotTheLead: the one who calls leads no team of this order, nor speaks for its station.
        Refused: as `attendance.check_in` and `attendance.check_out` do.
    """
    if state.terms is None:
        raise OrderNotFound
    if not for_station and (team is None or team.lead not in by):
        raise NotTheLead
    events: list[Event] = []
    here = tuple(dict.fromkeys(present))
    for volunteer in here:
        member = state.members.get(volunteer)
        if member is None or member.began is None:
            arrived = check_in(
                state, rules, order=order, volunteer=volunteer, at=at, now=now, clock=clock
            )
            events += arrived
            state = _after(state, arrived)
    for volunteer, left_at in left:
        points = sheet_at(rules, left_at).points
        gone = check_out(
            state,
            rules,
            order=order,
            volunteer=volunteer,
            at=left_at,
            now=now,
            record_due_on=due_on(
                left_at, points.record_workdays, workdays=workdays, zone=points.zone
            ),
            clock=clock,
        )
        events += gone
        state = _after(state, gone)
    return [RollCalled(order=order, at=at, present=here), *events] if events else []


def _after(state: Order, events: Iterable[Event]) -> Order:
    for event in events:
        state = evolve(state, event)
    return state

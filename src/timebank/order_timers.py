"""What time alone brings about on an order: lapse, no-show, automatic confirmation, tasks, end.

Everything follows from the events so far and an instant, so running twice changes nothing, and what
fell due while nobody looked is made up in the order in which it fell due.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from timebank.chasing import (
    chase_station,
    chase_street,
    chases,
    give_up,
    mark_overdue,
    record_due_on,
)
from timebank.confirming import confirm_automatically, has_evidence
from timebank.days import civil_day
from timebank.event import Event
from timebank.funding import funded, set_aside
from timebank.missing import blame_at, is_asked_again, lapse, release
from timebank.orders import Order
from timebank.pooling import is_ready, share_pool
from timebank.rules import POINTS_STREAM, NoRuleSheet, Points, Rules, sheet_at
from timebank.seen import Read, Seen
from timebank.settling import settle, settles_at
from timebank.task_kinds import STATION
from timebank.workdays import Workdays, end_of, start_of


class Step(NamedTuple):
    """Something that falls due; what concerns one member names the volunteer."""

    at: datetime
    what: str
    volunteer: str = ""


def due(state: Order, rules: Rules, workdays: Workdays, *, now: datetime) -> datetime | None:
    """Give the instant at which something next falls due on the order, which may have passed."""
    return min((step.at for step in _steps(state, rules, workdays, now)), default=None)


def run(read: Read, *, order: str, by: str, now: datetime, workdays: Workdays) -> list[Event]:
    """Do all that has fallen due by *now*, the earliest first; nothing, if nothing has.

    *read* reads the order, the rules of points, and the hours and purses of its members and of
    those who pay.
    """
    seen = Seen(read)
    rules: Rules = read(POINTS_STREAM)
    while True:
        state: Order = seen(f"order-{order}")
        ready = [step for step in _steps(state, rules, workdays, now) if step.at <= now]
        if not ready:
            return seen.events
        step = min(ready)
        made = _do(step, seen, rules, order=order, by=by, now=now, workdays=workdays)
        assert made, f"{step.what} fell due and did nothing"
        today = civil_day(now, _points(state, rules).zone)
        seen.add(funded(seen, made, rules, order=order, today=today))


def _points(state: Order, rules: Rules) -> Points:
    assert state.terms is not None, "nothing falls due on an order without terms"
    return sheet_at(rules, state.terms.planned_start).points


def _steps(state: Order, rules: Rules, workdays: Workdays, now: datetime) -> Iterator[Step]:
    """Give all that must still happen on the order by time alone, as it stands."""
    if state.terms is None or state.cancelled or not state.published:
        return
    try:
        points = _points(state, rules)
    except NoRuleSheet:
        return
    yield from _missing(state, points)
    for volunteer, member in state.members.items():
        if member.has_place and member.has_begun and member.confirmed_minutes is None:
            yield from _waiting(state, volunteer, points, rules, workdays)
    if points.orders is None:
        return
    if is_ready(state, state.terms.planned_end):
        at = now if is_ready(state, now) else state.terms.planned_end
        yield Step(at, "share")
    settled = settles_at(state, points)
    if settled is not None:
        yield Step(settled, "settle")


def _missing(state: Order, points: Points) -> Iterator[Step]:
    """Give what falls due because nobody took a place, or did not come."""
    if points.orders is None or state.accept_until is None or state.lapsed is not None:
        return
    assert state.terms is not None, "nothing falls due on an order without terms"
    if any(is_asked_again(state, volunteer) for volunteer in state.members):
        yield Step(state.terms.planned_start, "release")
    blame = blame_at(state.accept_until, points.orders.offline_grace_minutes)
    holding = [member for member in state.members.values() if member.has_place]
    if any(not member.has_begun for member in holding):
        yield Step(blame, "lapse")
    elif not holding:
        missed = any(member.no_show for member in state.members.values())
        yield Step(blame if missed else state.accept_until, "lapse")


def _waiting(
    state: Order,
    volunteer: str,
    points: Points,
    rules: Rules,
    workdays: Workdays,
) -> Iterator[Step]:
    """Give what falls due because a volunteer's service is not confirmed."""
    assert state.terms is not None, "nothing falls due on an order without terms"
    member = state.members[volunteer]
    if not member.overdue:
        day = record_due_on(state.terms, member, points, workdays)
        yield Step(end_of(day, points.zone), "overdue", volunteer)
    if points.orders is None or member.dispute is not None or member.unconfirmed:
        return
    station, street, last = chases(state.terms, member, points, workdays)
    automatic = points.orders.automatic_workdays
    if automatic is not None and has_evidence(member, rules):
        ended = civil_day(member.presences[-1].ended.earliest, points.zone)
        yield Step(start_of(workdays(ended, automatic), points.zone), "confirm", volunteer)
    elif member.chased is None:
        yield Step(station, "chase_station", volunteer)
    elif member.chased.level == STATION:
        yield Step(street, "chase_street", volunteer)
    else:
        yield Step(last, "give_up", volunteer)


def _do(
    step: Step,
    seen: Seen,
    rules: Rules,
    *,
    order: str,
    by: str,
    now: datetime,
    workdays: Workdays,
) -> list[Event]:
    """Decide one step that has fallen due."""
    state: Order = seen(f"order-{order}")
    points = _points(state, rules)
    who = step.volunteer
    match step.what:
        case "release":
            return release(state, order=order, now=now)
        case "lapse":
            return lapse(state, rules, order=order, now=now)
        case "overdue":
            return mark_overdue(state, order=order, volunteer=who, points=points, workdays=workdays)
        case "confirm":
            return confirm_automatically(
                state,
                seen(f"hours-{who}"),
                seen(f"purse-{who}"),
                rules,
                order=order,
                volunteer=who,
                by=by,
                now=now,
                workdays=workdays,
                funded_minutes=set_aside(seen, order),
            )
        case "chase_station":
            return chase_station(
                state, order=order, volunteer=who, by=by, points=points, workdays=workdays
            )
        case "chase_street":
            return chase_street(state, order=order, volunteer=who, points=points, workdays=workdays)
        case "give_up":
            return give_up(state, order=order, volunteer=who)
        case "share":
            return share_pool(
                state,
                rules,
                order=order,
                hours=lambda person: seen(f"hours-{person}"),
                purse=lambda person: seen(f"purse-{person}"),
                now=now,
                funded_minutes=set_aside(seen, order),
            )
        case _:
            return settle(state, points, order=order, now=now)

"""Nobody came, or nobody took the order: no-shows (爽约), lapses (失效), and how they are undone.

What blames somebody waits for phones that were offline; a later check-in whose corrected time lies
in the window takes the blame back by an event of its own.
"""

from datetime import datetime, timedelta

from timebank.event import Event, Refused
from timebank.members import AcceptanceReleased, CheckedIn, NoShowRecorded, NoShowUndone
from timebank.order_course import (
    LapseUndone,
    OrderLapsed,
)
from timebank.ordering import AlreadyBegun, NotAccepted, NotPublished, open_terms
from timebank.orders import (
    Order,
    Terms,
    evolve,
)
from timebank.rules import Rules, order_rules_at

NOT_ACCEPTED = "not_accepted"
NOBODY_CAME = "nobody_came"
NOT_CHECKED_IN = "not_checked_in"


class NotStartedYet(Refused):
    """The planned start has not come yet."""

    zh = "尚未到计划开始时间。"


class NotInWindow(Refused):
    """The volunteer was recorded as not having come, and this time is outside the planned one."""

    zh = "该志愿者已记为爽约,且该时间不在计划时段内。"


def record_no_show(
    state: Order, *, order: str, volunteer: str, reason_code: str, now: datetime
) -> list[Event]:
    """Record that a volunteer who held a place did not come, as somebody on the spot saw it.

    Raises:
        OrderNotFound, OrderIsCancelled, OrderHasLapsed: it cannot take place.
        NotAccepted: the volunteer holds no place.
        AlreadyBegun: the volunteer has checked in.
        NotStartedYet: they may still come in time.
    """
    terms = open_terms(state)
    member = state.members.get(volunteer)
    if member is None or member.withdrawn or member.released:
        raise NotAccepted
    if member.no_show:
        return []
    if member.has_begun:
        raise AlreadyBegun
    if now < terms.planned_start:
        raise NotStartedYet
    return [NoShowRecorded(order=order, volunteer=volunteer, reason_code=reason_code)]


def release(state: Order, *, order: str, now: datetime) -> list[Event]:
    """Free the places of those who did not accept the amended terms before they began.

    Raises:
        OrderNotFound, OrderIsCancelled, OrderHasLapsed: it cannot take place.
    """
    terms = open_terms(state)
    if state.accept_until is None or now < terms.planned_start:
        return []
    return [
        AcceptanceReleased(order=order, volunteer=volunteer)
        for volunteer, member in state.members.items()
        if is_asked_again(state, volunteer) and not member.has_begun
    ]


def lapse(state: Order, rules: Rules, *, order: str, now: datetime) -> list[Event]:
    """Let the order lapse if nobody took it in time; else blame those who did not come.

    Only what was limited lapses. Nobody is blamed before the offline grace is over.

    Raises:
        OrderNotFound, OrderIsCancelled, OrderHasLapsed: it cannot take place.
        NotPublished: volunteers never saw it.
    """
    terms = open_terms(state)
    if not state.published:
        raise NotPublished
    asked = order_rules_at(rules, terms.planned_start)
    if state.accept_until is None or asked is None or now < state.accept_until:
        return []
    blaming = now >= blame_at(state.accept_until, asked.offline_grace_minutes)
    events: list[Event] = []
    if blaming:
        events += [
            NoShowRecorded(order=order, volunteer=volunteer, reason_code=NOT_CHECKED_IN)
            for volunteer, member in state.members.items()
            if member.has_place and not member.has_begun
        ]
        for event in events:
            state = evolve(state, event)
    if any(member.has_place for member in state.members.values()):
        return events
    missed = any(member.no_show for member in state.members.values())
    if missed and not blaming:
        return events
    reason = NOBODY_CAME if missed else NOT_ACCEPTED
    return [*events, OrderLapsed(order=order, reason=reason)]


def undo(state: Order, rules: Rules, arrived: CheckedIn) -> list[Event]:
    """Take back what was said of a volunteer who, as it turns out, had come.

    Raises:
        NotInWindow: the corrected time does not lie in the window of the plan.
    """
    member = state.members.get(arrived.volunteer)
    if state.terms is None or member is None or not member.no_show:
        return []
    if not _in_window(state.terms, rules, arrived):
        raise NotInWindow
    events: list[Event] = [NoShowUndone(order=arrived.order, volunteer=arrived.volunteer)]
    if state.lapsed is not None:
        events.append(LapseUndone(order=arrived.order))
    return events


def is_asked_again(state: Order, volunteer: str) -> bool:
    """Say whether the volunteer holds a place, but accepted other terms than these."""
    member = state.members.get(volunteer)
    return (
        member is not None
        and member.has_place
        and not member.has_begun
        and member.terms_version != state.terms_version
    )


def blame_at(accept_until: datetime, grace_minutes: int) -> datetime:
    """Give the instant from which nobody's phone is waited for any more."""
    return accept_until + timedelta(minutes=grace_minutes)


def _in_window(terms: Terms, rules: Rules, arrived: CheckedIn) -> bool:
    asked = order_rules_at(rules, terms.planned_start)
    early = timedelta(minutes=asked.early_minutes if asked is not None else 0)
    return arrived.latest >= terms.planned_start - early and arrived.earliest <= terms.planned_end

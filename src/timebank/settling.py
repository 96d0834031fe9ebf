"""Settling (结清): an order is over when nothing more of it can change but by a correction."""

from datetime import datetime, timedelta

from timebank.days import civil_day
from timebank.event import Event
from timebank.members import member_state
from timebank.order_course import (
    OrderSettled,
)
from timebank.orders import (
    Order,
)
from timebank.pooling import is_ready
from timebank.rules import Points
from timebank.workdays import end_of

OVER = frozenset({"confirmed", "unconfirmed", "no_show", "withdrawn", "released"})


def settles_at(state: Order, points: Points) -> datetime | None:
    """Give when the order settles, or None while something else must happen first.

    All that was served is confirmed or given up, the pool is shared, no late entry waits, and every
    confirmation is beyond correcting. Service that nobody confirmed keeps the order open as long as
    it may still be entered late.
    """
    terms = state.terms
    if terms is None or points.orders is None or state.settled or state.cancelled:
        return None
    if state.lapsed is not None or not state.published or is_ready(state, terms.planned_end):
        return None
    if any(not entry.decided for entry in state.late_entries.values()):
        return None
    members = [member for member in state.members.values() if member.has_place]
    if not members or any(member_state(member) not in OVER for member in members):
        return None
    until = [terms.planned_end]
    until += [each.correctable_until for each in members if each.correctable_until is not None]
    if any(member.unconfirmed for member in members):
        last = civil_day(terms.planned_end, points.zone)
        until.append(end_of(last + timedelta(days=points.late_entry_days), points.zone))
    return max(until)


def settle(state: Order, points: Points, *, order: str, now: datetime) -> list[Event]:
    """Close the order once it is time."""
    at = settles_at(state, points)
    return [] if at is None or now < at else [OrderSettled(order=order)]

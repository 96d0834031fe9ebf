"""Diaries: which orders a volunteer ever took, so that one finds those planned for the same time.

A diary only says where to look; whether a place is still held is in the order itself.
"""

from datetime import datetime

import msgspec

from timebank.event import Event, Instant


class OrderNoted(Event, frozen=True, kw_only=True, tag="diary.order_noted"):
    """The volunteer took a place on an order, planned for this time."""

    person: str
    order: str
    planned_start: Instant
    planned_end: Instant

    @property
    def stream(self) -> str:
        """Each person has their own diary."""
        return f"diary-{self.person}"


class Plan(msgspec.Struct, frozen=True):
    """From when until when an order was planned."""

    began: Instant
    ended: Instant


class Diary(msgspec.Struct, frozen=True):
    """The plans of the orders that the volunteer took."""

    plans: dict[str, Plan] = {}


def evolve(state: Diary, event: Event) -> Diary:
    """Fold one event into the diary."""
    match event:
        case OrderNoted():
            plan = Plan(event.planned_start, event.planned_end)
            return Diary({**state.plans, event.order: plan})
        case _:
            return state


def overlapping(state: Diary, *, order: str, began: datetime, ended: datetime) -> tuple[str, ...]:
    """Name the other orders of the diary that are planned for some of the same time."""
    return tuple(
        other
        for other, plan in state.plans.items()
        if other != order and plan.began < ended and began < plan.ended
    )

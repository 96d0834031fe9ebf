"""Late entries (补录): service that no check-in shows, waiting for somebody else's approval."""

import msgspec

from timebank.event import Event, Instant
from timebank.order_event import OrderEvent


class LateEntryMade(OrderEvent, frozen=True, kw_only=True, tag="order.late_entry_made"):
    """Somebody says that a volunteer served from `began` to `ended`; a task waits for approval."""

    entry: str
    volunteer: str
    began: Instant
    ended: Instant
    entered_by: str
    task: str


class LateEntryApproved(OrderEvent, frozen=True, kw_only=True, tag="order.late_entry_approved"):
    """A second person found the entry true, for so many minutes."""

    entry: str
    volunteer: str
    minutes: int


class LateEntryRefused(OrderEvent, frozen=True, kw_only=True, tag="order.late_entry_refused"):
    """A second person did not find the entry true."""

    entry: str
    volunteer: str
    reason_code: str


class LateEntry(msgspec.Struct, frozen=True):
    """What was entered, and whether it still waits."""

    made: LateEntryMade
    decided: bool = False


def evolve_entries(entries: dict[str, LateEntry], event: Event) -> dict[str, LateEntry]:
    """Fold one event into the late entries of an order."""
    match event:
        case LateEntryMade():
            return {**entries, event.entry: LateEntry(event)}
        case LateEntryApproved() | LateEntryRefused() if event.entry in entries:
            decided = LateEntry(entries[event.entry].made, decided=True)
            return {**entries, event.entry: decided}
        case _:
            return entries

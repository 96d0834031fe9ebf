"""A past of one's own making, offered to the views in the way that the book offers its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

START = datetime(2025, 3, 1, 8, 0, tzinfo=UTC)


class Sealed(msgspec.Struct, frozen=True):
    """What is seen of a sealed event without the key."""

    holder: str


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One event as the book tells it."""

    position: int
    stream: str
    version: int
    tag: str
    by: str
    on_behalf: str | None = None
    command: str
    last: bool = True
    device: str | None = None
    at: datetime
    recorded_at: datetime
    event: object


class Past:
    """Events in the order in which they were told."""

    def __init__(self, events: Iterable[msgspec.Struct] = ()) -> None:
        self.recorded: list[Recorded] = []
        self.versions: dict[str, int] = {}
        self.told(*events)

    def told(self, *events: msgspec.Struct, by: str = "system") -> int:
        """Record *events* as one command and give the position of the last."""
        for event in events:
            position = len(self.recorded) + 1
            stream = str(getattr(event, "stream", "toy-1"))
            self.versions[stream] = version = self.versions.get(stream, 0) + 1
            at = START + timedelta(minutes=position)
            holder = getattr(event, "holder", None)
            self.recorded.append(
                Recorded(
                    position=position,
                    stream=stream,
                    version=version,
                    tag=str(event.__struct_config__.tag),
                    by=by,
                    command=f"command-{position}",
                    last=event is events[-1],
                    at=at,
                    recorded_at=at,
                    event=event if holder is None else Sealed(holder),
                )
            )
        return len(self.recorded)

    def events(self, after: int, limit: int) -> Sequence[Recorded]:
        """At most *limit* events after position *after*."""
        return self.recorded[after : after + limit]

    def head(self) -> int:
        """The position of the last event."""
        return len(self.recorded)

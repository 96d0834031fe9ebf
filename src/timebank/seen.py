"""The states that a decision reads, with what it has already decided folded in."""

from collections.abc import Callable, Iterable
from typing import Any

from timebank import FOLDS, SEALED
from timebank.event import Event

Read = Callable[[str], Any]
"""Reads the state of a stream."""


class Seen:
    """Reads like what it was made from, and remembers events that are not recorded yet."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self.states: dict[str, Any] = {}
        self.events: list[Event] = []

    def __call__(self, stream: str) -> Any:
        """Give the state of *stream* after all events so far."""
        return self.states[stream] if stream in self.states else self.read(stream)

    def add(self, events: Iterable[Event]) -> None:
        """Let *events* happen; words in sealed ones are no part of any state."""
        for event in events:
            self.events.append(event)
            if not isinstance(event, SEALED):
                evolve = FOLDS[event.stream.partition("-")[0]][1]
                self.states[event.stream] = evolve(self(event.stream), event)

"""Folded states of streams, kept true as of one position of the book.

The cache is bounded, so memory stays flat; a state that is not in it is folded from its events.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import msgspec

from journal.forms import Forms, Sealed

CACHED_STREAMS = 50_000


class Folded(msgspec.Struct, frozen=True, gc=False):
    """A stream's state after `version` events, the last of them at `position`."""

    state: Any
    version: int
    position: int


class States:
    """The states that decisions read, as of `position`: nothing in between is missing."""

    def __init__(self, forms: Forms, limit: int = CACHED_STREAMS) -> None:
        self.forms = forms
        self.limit = limit
        self.position = 0
        self.cached: OrderedDict[str, Folded] = OrderedDict()

    def initial(self, stream: str) -> Folded:
        """The state of a stream without events."""
        return Folded(self.forms.fold(stream).initial, 0, 0)

    def get(self, stream: str) -> Folded | None:
        """The cached state of *stream*, if there is one."""
        return self.cached.get(stream)

    def keep(self, states: Iterable[tuple[str, Folded]], position: int) -> None:
        """Take over *states*, true as of *position*, and let the longest unused go."""
        for stream, folded in states:
            self.cached[stream] = folded
            self.cached.move_to_end(stream)
        self.position = position
        while len(self.cached) > self.limit:
            self.cached.popitem(last=False)

    def forget(self) -> None:
        """Drop everything: what was cached may not be what was stored."""
        self.cached.clear()
        self.position = 0

    def advance(self, rows: Iterable[tuple[int, str, bytes]], position: int) -> None:
        """Fold what others wrote up to *position* into the streams that are cached."""
        for at, stream, state in rows:
            if stream in self.cached:
                self.cached[stream] = self.step(self.cached[stream], stream, at, state)
        self.position = position

    def step(self, folded: Folded, stream: str, position: int, state: bytes) -> Folded:
        """*folded* after the event stored as *state*; sealed words are no part of any state."""
        event = self.forms.decode(position, state).event
        return Folded(self.fold(folded.state, stream, event), folded.version + 1, position)

    def fold(self, state: Any, stream: str, event: Any) -> Any:
        """One step of *stream*'s fold."""
        kind = type(event)
        if kind is Sealed or kind in self.forms.sealed:
            return state
        return self.forms.fold(stream).evolve(state, event)

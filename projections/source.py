"""Where events come from, as the read models see it.

The book offers this; projections never import it. A sealed event comes without its words: the
views keep its position, and whoever may read them opens it then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class Recorded(Protocol):
    """One event as it stands in the book."""

    @property
    def position(self) -> int:
        """Where in the book, from 1, without gaps."""
        ...

    @property
    def stream(self) -> str:
        """`<kind>-<uuid>`."""
        ...

    @property
    def version(self) -> int:
        """Where in its stream, from 1."""
        ...

    @property
    def tag(self) -> str:
        """The event's permanent name."""
        ...

    @property
    def by(self) -> str:
        """Who did it."""
        ...

    @property
    def on_behalf(self) -> str | None:
        """For whom it was done, when not for oneself."""
        ...

    @property
    def command(self) -> str:
        """The id of the command that it belongs to."""
        ...

    @property
    def last(self) -> bool:
        """Whether it is that command's last event."""
        ...

    @property
    def device(self) -> str | None:
        """The device that sent it."""
        ...

    @property
    def at(self) -> datetime:
        """When it happened, as claimed."""
        ...

    @property
    def recorded_at(self) -> datetime:
        """When the book took it."""
        ...

    @property
    def event(self) -> object:
        """The event itself; of a sealed one only a marker that names its holder."""
        ...


class Source(Protocol):
    """The book, read forward."""

    def events(self, after: int, limit: int) -> Sequence[Recorded]:
        """At most *limit* events after position *after*, in order and without gaps."""
        ...

    def head(self) -> int:
        """The position of the last event; 0 when there is none."""
        ...


def subject(recorded: Recorded) -> str:
    """The id of the thing that the event is about: what follows the kind in its stream's name."""
    return recorded.stream.partition("-")[2]

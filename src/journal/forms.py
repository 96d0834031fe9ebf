"""The stored form of an event: one canonical JSON envelope, clear or sealed.

Shapes: an envelope is a JSON object with sorted keys, no spaces, UTF-8 (`Recorded`); what is
stored is hashed once and never written again. Tags, not Python paths, name events for ever.
Times: RFC 3339; `at` keeps the offset that the device claimed, `recorded_at` is UTC.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol, Union

import msgspec

FORMAT = 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class StreamEvent(Protocol):
    """What the book asks of an event: the stream that it belongs to."""

    @property
    def stream(self) -> str:
        """`<kind>-<uuid>`."""


class SealedEvent(StreamEvent, Protocol):
    """An event of words about a person: stored whole under one holder's key."""

    @property
    def holder(self) -> str:
        """The uuid of the person, household or report whose key seals it."""


class Sealed(msgspec.Struct, frozen=True, kw_only=True, tag_field="tag", tag="sealed"):
    """A sealed event as it is stored: only its holder can be read without the key."""

    box: bytes
    holder: str


class Unknown(msgspec.Struct, frozen=True):
    """An event whose tag this version of the software does not know."""

    tag: str


class Tombstone(msgspec.Struct, frozen=True):
    """What is left of a sealed event after its holder was forgotten."""

    holder: str


class Fold(NamedTuple):
    """How one kind of stream is folded: its first state, and one step."""

    initial: Any
    evolve: Callable[[Any, Any], Any]


class Recorded(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One recorded event with everything that is stored about it.

    Fields stand in the order of their stored names, so that the encoder's order is canonical.
    `position` is the event's place in the book; it is a column, not part of the envelope.
    """

    at: datetime
    by: str
    command: str
    device: str | None = None
    event: Any
    on_behalf: str | None = msgspec.field(name="for", default=None)
    format: int
    last: bool
    position: int = 0
    recorded_at: datetime
    stream: str
    tag: str
    version: int


class Forms:
    """The event forms that a book knows, and how to write and read them."""

    def __init__(
        self,
        *,
        clear: Iterable[type[Any]],
        sealed: Iterable[type[Any]],
        folds: Mapping[str, tuple[Any, Callable[[Any, Any], Any]]],
    ) -> None:
        clear, sealed = tuple(clear), tuple(sealed)
        self.tags = {tag_of(cls): cls for cls in (*clear, *sealed)}
        if len(self.tags) != len(clear) + len(sealed):
            msg = "two event forms share one tag"
            raise ValueError(msg)
        self.sealed = frozenset(sealed)
        self.folds = {kind: Fold(*fold) for kind, fold in folds.items()}
        self._tags = {cls: tag for tag, cls in self.tags.items()}
        self.encode_event = msgspec.json.Encoder(order="sorted").encode
        self.encode = msgspec.json.Encoder(order="sorted").encode
        shape = msgspec.defstruct(
            "RecordedEvent",
            [("event", Union[(Sealed, *clear)])],
            bases=(Recorded,),
            kw_only=True,
        )
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(shape).decode
        self._decode_unknown = msgspec.json.Decoder(Recorded).decode
        self._decode_sealed = {tag_of(cls): msgspec.json.Decoder(cls).decode for cls in sealed}

    def decode(self, position: int, state: bytes) -> Recorded:
        """The event stored as *state* at *position*; a tag nobody knows gives `Unknown`."""
        try:
            recorded: Recorded = self._decode(state)
        except msgspec.ValidationError:
            recorded = self._decode_unknown(state)
            recorded.event = Unknown(recorded.tag)
        recorded.position = position
        return recorded

    def decode_opened(self, tag: str, plaintext: bytes) -> Any:
        """The sealed event whose opened box is *plaintext*."""
        return self._decode_sealed[tag](plaintext)

    def tag(self, event: Any) -> str:
        """The tag of an event of this book."""
        return self._tags[type(event)]

    def fold(self, stream: str) -> Fold:
        """How *stream* is folded, by its kind."""
        return self.folds[kind_of(stream)]


def tag_of(event: Any) -> str:
    """The permanent tag of an event or an event class."""
    tag: str = event.__struct_config__.tag
    return tag


def kind_of(stream: str) -> str:
    """The kind in a stream's name `<kind>-<uuid>`."""
    return stream[:-37]


def micros(instant: datetime) -> int:
    """Whole microseconds from the epoch to *instant*."""
    return (instant - EPOCH) // MICROSECOND


def instant(micros: int) -> datetime:
    """The instant *micros* microseconds after the epoch."""
    return EPOCH + micros * MICROSECOND

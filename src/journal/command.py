"""What a caller hands to the book, and what the book answers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec


class Reading(Protocol):
    """Reads in a decision: true as of the write lock, earlier commands of the batch included."""

    def __call__(self, stream: str) -> Any:
        """The folded state of *stream*; its kind's first state where the stream is empty."""

    def index(self, field: str, mac: bytes) -> tuple[str, ...]:
        """The holders found under *mac* in the blind index of *field*."""


class IndexPut(msgspec.Struct, frozen=True):
    """Makes *holder* findable by the keyed hash of one of their words."""

    field: str
    mac: bytes
    holder: str


class IndexDrop(msgspec.Struct, frozen=True):
    """Takes everything that finds *holder* out of the blind index."""

    holder: str


class CredentialPut(msgspec.Struct, frozen=True):
    """Sets the password verifier of sign-in *name*, valid for *generation* of its passwords."""

    name: str
    verifier: str
    generation: int


Beside = IndexPut | IndexDrop | CredentialPut


class Decided(msgspec.Struct, frozen=True):
    """The outcome of a decision: events, rows beside them, and the caller's answer.

    The answer is kept in the receipt, so it holds no secret and no personal word.
    """

    events: Sequence[Any] = ()
    answer: dict[str, Any] | None = None
    status: int = 200
    beside: Sequence[Beside] = ()


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One wish of one caller.

    `id` is made by the client and, with `caller`, names the receipt; `digest` stands for the exact
    request; `decide` is called under the write lock with the reads and the time of recording.
    `reads` names streams that are surely asked for, so that they can be fetched at once; `target`
    is the stream whose last position answers a command that found nothing to do.
    """

    id: str
    caller: str
    digest: bytes
    decide: Callable[[Reading, datetime], Decided]
    reads: tuple[str, ...] = ()
    target: str = ""
    on_behalf: str | None = None
    device: str | None = None
    at: datetime | None = None


class Outcome(msgspec.Struct, frozen=True):
    """What the book answers: the position reached and the answer, kept in the receipt.

    `recorded` is how many events this very request brought; a repeat brings none.
    """

    position: int
    answer: dict[str, Any]
    status: int
    replayed: bool
    recorded: int = 0


class BookError(Exception):
    """The book cannot take this command."""


class IdempotencyConflict(BookError):
    """This Idempotency-Key was used for another request."""

    zh = "此幂等键已用于另一请求。"


class StoreUnavailable(BookError):
    """The store is not available now; send the same request again, it takes effect only once."""

    zh = "存储暂时不可用,请用同一请求重试,不会重复生效。"


class Busy(BookError):
    """Too many requests are waiting; send the same request again shortly."""

    zh = "等待处理的请求过多,请稍后用同一请求重试。"


class ReadOnly(BookError):
    """This book is open for reading only: it is older than its last signed checkpoint."""

    zh = "账本当前只读:其内容早于最近一次签名的检查点。"

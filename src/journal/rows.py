"""Cursors and rows as the recorders exchange them with the writer and the readers."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

MANY = 2**62


class Cursor(Protocol):
    """Either store's cursor inside `write` or `read`; rows are read by column name."""

    def execute(self, statement: Any, params: Sequence[Any] = ..., /) -> Any:
        """Run one statement, in the store's own placeholder style (`Recorder.sql`)."""

    def executemany(self, statement: Any, params: Any, /) -> Any:
        """Run one statement for each row of parameters."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchall(self) -> list[Any]:
        """All rows left."""


class EventRow(NamedTuple):
    """One row of `stored_events`: the stored bytes and the columns that copy from them."""

    position: int
    stream: str
    version: int
    tag: str
    state: bytes
    nonce: bytes
    leaf: bytes
    recorded_at: int


class ReceiptRow(NamedTuple):
    """One row of `receipts`: the proof that a command was taken, and its answer."""

    id: str
    caller: str
    digest: bytes
    status: int
    answer: bytes
    position: int
    recorded_at: int


class Head(NamedTuple):
    """The last position of the book and when it was recorded; zeros for an empty book.

    `first_position` is where the log's present epoch begins.
    """

    position: int
    recorded_at: int
    first_position: int


EMPTY = Head(0, 0, 1)

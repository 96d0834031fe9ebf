"""What the book asks of its store; SQLite and PostgreSQL both give it."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Event
from typing import Protocol

import psycopg
from eventsourcing.persistence import Notification, PersistenceError, StoredEvent

from journal.postgres import PostgresBookRecorder
from journal.rows import Cursor, EventRow, Head, ReceiptRow
from journal.sqlite import SQLiteBookRecorder


class Recorder(Protocol):
    """One store of one book. Documentation of each method stands with its two makers."""

    def create_table(self) -> None: ...
    def sql(self, statement: str) -> str | bytes: ...
    def write(self) -> AbstractContextManager[Cursor]: ...
    def read(self) -> AbstractContextManager[Cursor]: ...
    def settle(self) -> None: ...
    def head(self, c: Cursor) -> Head: ...
    def append(self, c: Cursor, rows: Iterable[EventRow]) -> None: ...
    def keep_receipts(self, c: Cursor, rows: Sequence[ReceiptRow]) -> None: ...
    def receipts(self, c: Cursor, ids: Sequence[str]) -> list[ReceiptRow]: ...
    def stream_rows(self, c: Cursor, streams: Sequence[str]) -> list[tuple[int, str, bytes]]: ...
    def rows_after(
        self, c: Cursor, position: int, limit: int = ..., stop: int | None = ...
    ) -> list[tuple[int, str, bytes]]: ...
    def announce(self, c: Cursor, position: int) -> None: ...
    def watch(self, stopping: Event, announce: Callable[[int], None]) -> None: ...
    def scrub(self) -> None: ...
    def close(self) -> None: ...
    def max_notification_id(self) -> int | None: ...
    def select_events(
        self, originator_id: str, *, gt: int | None = None
    ) -> Sequence[StoredEvent]: ...
    def select_notifications(
        self, start: int | None, limit: int, stop: int | None = None
    ) -> Sequence[Notification]: ...


STORE_ERRORS = (sqlite3.Error, psycopg.Error, PersistenceError, OSError)


def open_recorder(database_url: str) -> Recorder:
    """The recorder of `sqlite:///path` or `postgresql://…`, its tables made where missing.

    As elsewhere, three slashes begin a relative path and four an absolute one.
    """
    scheme, _, rest = database_url.partition("://")
    recorder: Recorder
    if scheme == "sqlite":
        recorder = SQLiteBookRecorder(Path(rest.removeprefix("/")).absolute())
    elif scheme in {"postgresql", "postgres"}:
        recorder = PostgresBookRecorder(database_url)
    else:
        msg = f"DATABASE_URL must begin with sqlite:/// or postgresql://, not {scheme}://"
        raise ValueError(msg)
    recorder.create_table()
    return recorder

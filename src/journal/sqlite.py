"""The book in one SQLite file: WAL, synchronous=FULL, explicit positions.

Source: eventsourcing's SQLite recorder, with its select methods; writing goes through `append`
inside `write`, because decisions are taken under the write lock.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

from eventsourcing.persistence import InterfaceError, Notification, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteDatastore,
)

from journal import write_ahead
from journal.log_tables import LOG_TABLES
from journal.rows import EMPTY, MANY, Cursor, EventRow, Head, ReceiptRow
from journal.tables import HEAD, TABLES

BUSY_SECONDS = 30
POLL_SECONDS = 0.2
WAL_BYTES = 4 << 20
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "cache_size=-65536",
    "secure_delete=ON",
    # A last resort: the watcher moves the log into the file long before, beside the writer. Inside
    # a commit the same work would keep everyone waiting who is in its batch.
    "wal_autocheckpoint=25000",
)
ROWS_AT_ONCE = 64

TRIGGERS = tuple(
    f"""CREATE TRIGGER IF NOT EXISTS stored_events_no_{act}
    BEFORE {act} ON stored_events
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END"""
    for act in ("UPDATE", "DELETE")
)


class BookPool(SQLiteConnectionPool):
    """Connections that wait for the lock, keep every commit, and cache the book's hot pages.

    The library's own connections remember one prepared statement; a batch runs some ten.
    """

    def _create_connection(self) -> SQLiteConnection:
        try:
            connection = sqlite3.connect(
                self.db_name,
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=BUSY_SECONDS,
                cached_statements=128,
            )
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error as error:
            raise InterfaceError(error) from error
        connection.row_factory = sqlite3.Row
        return SQLiteConnection(connection, max_age=None)


class BookDatastore(SQLiteDatastore):
    """eventsourcing's datastore over `BookPool`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.as_uri(), lock_timeout=BUSY_SECONDS, originator_id_type="text")
        self.pool.close()
        self.pool = BookPool(
            db_name=path.as_uri(), lock_timeout=BUSY_SECONDS, pool_size=5, max_overflow=20
        )


class SQLiteBookRecorder(SQLiteApplicationRecorder):
    """Reads like eventsourcing's recorder; writes only under the book's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.turn = threading.Lock()
        self.holder: sqlite3.Connection | None = None
        self.settled = False
        super().__init__(BookDatastore(path))
        self.select_max_notification_id_statement = "SELECT MAX(notification_id) FROM stored_events"

    def construct_create_table_statements(self) -> list[str]:
        """The book's tables and the triggers that keep events as they are."""
        names = {"int": "INTEGER", "blob": "BLOB", "without_rowid": " WITHOUT ROWID"}
        return [*(t.format(**names) for t in (*TABLES, *LOG_TABLES)), *TRIGGERS]

    def sql(self, statement: str) -> str | bytes:
        """*statement* in this store's placeholder style."""
        return statement

    @contextmanager
    def write(self) -> Iterator[Cursor]:
        """A cursor that holds the book's write lock; commits on leaving, rolls back on an error.

        A connection whose transaction failed is closed: after a failed fsync its pages are not
        to be trusted.
        """
        pool = self.datastore.pool
        with self.turn:  # the pool's own writer lock would keep readers waiting, too
            self._settle()
            connection = pool.get_connection()
            raw = connection._sqlite_conn  # noqa: SLF001 - the wrapper costs a call per row
            try:
                yield from self._transaction(raw)
            except BaseException:
                connection.close()
                raise
            finally:
                pool.put_connection(connection)

    def settle(self) -> None:
        """Return when all that can be read now is on the disk: only then may one build on it."""
        with self.turn:
            self._settle()

    def _settle(self) -> None:
        """Settle what earlier processes left, once; from then on never open the log anew.

        While a connection holds it open, what a failed commit leaves in it is written over.
        """
        if self.settled:
            return
        if self.holder is None:
            self.holder = sqlite3.connect(
                self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        write_ahead.settle(self.holder)
        self.settled = True

    def _transaction(self, raw: sqlite3.Connection) -> Iterator[Cursor]:
        try:
            with closing(raw.cursor()) as c:
                c.execute("BEGIN IMMEDIATE")
                yield c
                raw.commit()
        except BaseException:
            raw.rollback()
            raise

    @contextmanager
    def read(self) -> Iterator[Cursor]:
        """A cursor on one unchanging view of the book."""
        with self.datastore.transaction(commit=False) as c:
            yield c

    def head(self, c: Cursor) -> Head:
        """The last position and its time."""
        c.execute(HEAD)
        row = c.fetchone()
        return Head(*row) if row else EMPTY

    def append(self, c: Cursor, rows: Iterable[EventRow]) -> None:
        """Insert *rows*; the only way that an event comes into the book."""
        insert(c, "stored_events", list(rows))

    def keep_receipts(self, c: Cursor, rows: Sequence[ReceiptRow]) -> None:
        """Insert the receipts of a batch."""
        insert(c, "receipts", rows)

    def receipts(self, c: Cursor, ids: Sequence[str]) -> list[ReceiptRow]:
        """The receipts under *ids*, of any caller."""
        c.execute(
            "SELECT r.id, r.caller, r.digest, r.status, r.answer, r.position, r.recorded_at"
            " FROM json_each(?) AS j CROSS JOIN receipts AS r ON r.id = j.value",
            (json.dumps(ids),),
        )
        return [ReceiptRow(*row) for row in c.fetchall()]

    def stream_rows(self, c: Cursor, streams: Sequence[str]) -> list[tuple[int, str, bytes]]:
        """(position, stream, state) of all events of *streams*, in order of version."""
        c.execute(
            "SELECT e.notification_id, e.originator_id, e.state FROM json_each(?) AS j"
            " CROSS JOIN stored_events AS e ON e.originator_id = j.value"
            " ORDER BY e.originator_id, e.originator_version",
            (json.dumps(streams),),
        )
        return c.fetchall()

    def rows_after(
        self, c: Cursor, position: int, limit: int = MANY, stop: int | None = None
    ) -> list[tuple[int, str, bytes]]:
        """(position, stream, state) of up to *limit* events after *position*, up to *stop*."""
        c.execute(
            "SELECT notification_id, originator_id, state FROM stored_events"
            " WHERE notification_id > ? AND notification_id <= ?"
            " ORDER BY notification_id LIMIT ?",
            (position, MANY if stop is None else stop, limit),
        )
        return c.fetchall()

    def announce(self, c: Cursor, position: int) -> None:
        """Nothing: other processes on a SQLite book look for themselves."""

    def watch(self, stopping: threading.Event, announce: Callable[[int], None]) -> None:
        """Tell *announce* the head's position, looking five times a second, until *stopping*.

        The same turn moves a long write-ahead log into the file.
        """
        log, moved = self.path.with_name(self.path.name + "-wal"), 0
        while not stopping.wait(POLL_SECONDS):
            head = self.max_notification_id() or 0
            announce(head)
            if head != moved and log.exists() and log.stat().st_size > WAL_BYTES:
                self._move_log()
                moved = head

    def _move_log(self) -> None:
        connection = self.datastore.pool.get_connection()
        try:
            with connection.cursor() as c:
                c.execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            self.datastore.pool.put_connection(connection)

    def scrub(self) -> None:
        """Leave nothing in the write-ahead log of rows that were deleted from the blind index."""
        with self.datastore.transaction(commit=False) as c:
            c.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let the connections go."""
        self.datastore.close()
        if self.holder is not None:
            self.holder.close()

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> NoReturn:
        """Refused: events are decided and appended under the write lock, see `journal.writer`."""
        msg = "the book is written through Book.submit only"
        raise NotImplementedError(msg)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """As eventsourcing's, by the explicit column instead of the implicit rowid."""
        first = (start or 0) + (0 if inclusive_of_start or start is None else 1)
        statement = (
            "SELECT notification_id, originator_id, originator_version, topic, state"
            " FROM stored_events WHERE notification_id >= ? AND notification_id <= ?"
        )
        marks = f" AND topic IN ({','.join('?' * len(topics))})" if topics else ""
        with self.read() as c:
            c.execute(
                statement + marks + " ORDER BY notification_id LIMIT ?",
                (first, 2**62 if stop is None else stop, *topics, limit),
            )
            return [
                Notification(
                    id=row[0],
                    originator_id=row[1],
                    originator_version=row[2],
                    topic=row[3],
                    state=row[4],
                )
                for row in c.fetchall()
            ]


@cache
def insertion(table: str, columns: int, rows: int) -> str:
    """The statement that inserts so many *rows* of so many *columns* at once."""
    row = f"({','.join('?' * columns)})"
    return f"INSERT INTO {table} VALUES {','.join([row] * rows)}"  # noqa: S608 - our own tables


def insert(c: Cursor, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert *rows*, many to a statement.

    `executemany` would let go of Python's lock for every row and wait each time to get it back.
    """
    done = 0
    while done < len(rows):
        count = min(ROWS_AT_ONCE, 1 << (len(rows) - done).bit_length() - 1)
        some = rows[done : done + count]
        c.execute(insertion(table, len(some[0]), count), tuple(chain.from_iterable(some)))
        done += count

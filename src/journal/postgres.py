"""The book in a PostgreSQL schema: one advisory lock for writers, positions assigned under it.

Source: eventsourcing's PostgreSQL recorder, with its select methods. Its `LOCK TABLE` is replaced
by `pg_advisory_xact_lock`, which does not wait for ANALYZE; its `bigserial` by explicit positions,
which leave no gap on rollback.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, cast

import psycopg
from eventsourcing.persistence import InterfaceError, OperationalError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, tuple_row
from psycopg.sql import SQL, Identifier

from journal.log_tables import LOG_TABLES
from journal.rows import EMPTY, MANY, Cursor, EventRow, Head, ReceiptRow
from journal.tables import HEAD, TABLES

CHANNEL = "book"
WAIT_SECONDS = 2.0
RECONNECT_SECONDS = 1.0
POLL_SECONDS = 0.2
WRITE_LOCK = 0x626F6F6B  # "book" in ASCII
EVENT_TYPES = ("int8", "text", "int8", "text", "bytea", "bytea", "bytea", "int8")
RECEIPT_TYPES = ("text", "text", "bytea", "int8", "bytea", "int8", "int8")

# A server set up to answer commits before they are on its disk would make us lie.
COMMIT_DURABLY = (
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'"
)

TRIGGERS = (
    """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'events are never changed'; END $$""",
    """CREATE OR REPLACE TRIGGER stored_events_no_change
    BEFORE UPDATE OR DELETE OR TRUNCATE ON stored_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)


class BookDatastore(PostgresDatastore):
    """eventsourcing's datastore with every connection looking at the book's schema first."""

    def __init__(self, url: str, schema: str = "book") -> None:
        facts = conninfo_to_dict(url)
        super().__init__(
            dbname=str(facts.pop("dbname", "")),
            host=str(facts.pop("host", "")),
            port=str(facts.pop("port", 5432)),
            user=str(facts.pop("user", "")),
            password=str(facts.pop("password", "")),
            connect_timeout=WAIT_SECONDS,
            pool_size=2,
            max_overflow=14,
            schema=schema,
            originator_id_type="text",
        )
        # The pool tries again ever more seldom, and nobody gets a connection in between: so it
        # gives up soon, and whoever asks next makes it begin anew.
        self.pool.reconnect_timeout = RECONNECT_SECONDS
        cast("dict[str, Any]", self.pool.kwargs).update(facts)

    def after_connect_func(self) -> Callable[[psycopg.Connection[Any]], None]:
        """As eventsourcing's, and: our schema, and index plans only.

        Statements prepared against empty tables would otherwise keep their sequential scans.
        """
        inherited = super().after_connect_func()
        path = SQL("SET search_path = {}").format(Identifier(self.schema))

        def after_connect(connection: psycopg.Connection[Any]) -> None:
            inherited(connection)
            connection.execute(path)
            connection.execute(COMMIT_DURABLY)
            connection.execute("SET enable_seqscan = off")
            connection.execute("SET enable_bitmapscan = off")  # it would sort all for one page
            connection.execute("SET jit = off")

        return after_connect


class PostgresBookRecorder(PostgresApplicationRecorder):
    """Reads like eventsourcing's recorder; writes only under the book's lock."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.turn = threading.Lock()
        super().__init__(BookDatastore(url))
        self.channel_name = CHANNEL

    def create_table(self) -> None:
        """Create the schema, the book's tables and the triggers that keep events as they are."""
        names = {"int": "BIGINT", "blob": "BYTEA", "without_rowid": ""}
        with self.datastore.transaction(commit=True) as c:
            c.execute("SELECT pg_advisory_xact_lock(%s)", (WRITE_LOCK,))
            c.execute(
                SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(self.datastore.schema))
            )
            for statement in TABLES + LOG_TABLES:
                c.execute(statement.format(**names).encode())
            for statement in TRIGGERS:
                c.execute(statement.encode())

    def sql(self, statement: str) -> str | bytes:
        """*statement* in this store's placeholder style."""
        return statement.replace("?", "%s").encode()

    @contextmanager
    def write(self) -> Iterator[Cursor]:
        """A cursor that holds the book's write lock; commits on leaving, rolls back on an error."""
        with self.turn:
            try:
                with self.datastore.transaction(commit=True) as c:
                    prepared(c, b"SELECT pg_advisory_xact_lock(%s)", (WRITE_LOCK,))
                    yield c
            except (OperationalError, InterfaceError):
                # What broke this connection may have broken others: one failure is enough.
                self.datastore.pool.check()
                raise

    @contextmanager
    def read(self) -> Iterator[Cursor]:
        """A cursor on one unchanging view of the book."""
        with self.datastore.get_connection() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection.cursor()

    def settle(self) -> None:
        """Nothing: what can be read in PostgreSQL was flushed before its commit was answered."""

    def head(self, c: Cursor) -> Head:
        """The last position and its time."""
        rows = fetch(c, HEAD.encode())
        return Head(*rows[0]) if rows else EMPTY

    def append(self, c: Cursor, rows: Iterable[EventRow]) -> None:
        """Insert *rows*; the only way that an event comes into the book."""
        copy_in(c, b"COPY stored_events FROM STDIN (FORMAT BINARY)", EVENT_TYPES, rows)

    def keep_receipts(self, c: Cursor, rows: Sequence[ReceiptRow]) -> None:
        """Insert the receipts of a batch."""
        copy_in(c, b"COPY receipts FROM STDIN (FORMAT BINARY)", RECEIPT_TYPES, rows)

    def receipts(self, c: Cursor, ids: Sequence[str]) -> list[ReceiptRow]:
        """The receipts under *ids*, of any caller."""
        rows = fetch(
            c,
            b"SELECT id, caller, digest, status, answer, position, recorded_at FROM receipts"
            b" WHERE id = ANY(%b::text[])",
            (list(ids),),
        )
        return [ReceiptRow(*row) for row in rows]

    def stream_rows(self, c: Cursor, streams: Sequence[str]) -> list[tuple[int, str, bytes]]:
        """(position, stream, state) of all events of *streams*, in order of version."""
        return fetch(
            c,
            b"SELECT notification_id, originator_id, state FROM stored_events"
            b" WHERE originator_id = ANY(%b::text[]) ORDER BY originator_id, originator_version",
            (list(streams),),
        )

    def rows_after(
        self, c: Cursor, position: int, limit: int = MANY, stop: int | None = None
    ) -> list[tuple[int, str, bytes]]:
        """(position, stream, state) of up to *limit* events after *position*, up to *stop*."""
        return fetch(
            c,
            b"SELECT notification_id, originator_id, state FROM stored_events"
            b" WHERE notification_id > %b AND notification_id <= %b"
            b" ORDER BY notification_id LIMIT %b",
            (position, MANY if stop is None else stop, limit),
        )

    def announce(self, c: Cursor, position: int) -> None:
        """Tell the other processes, at commit, how far the book has grown."""
        prepared(c, b"SELECT pg_notify(%s, %s)", (CHANNEL, str(position)))

    def watch(self, stopping: threading.Event, announce: Callable[[int], None]) -> None:
        """Tell *announce* the head's position whenever a commit says so, until *stopping*."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(SQL("LISTEN {}").format(Identifier(CHANNEL)))
            announce(self.max_notification_id() or 0)
            while not stopping.is_set():
                for notice in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                    announce(int(notice.payload))

    def scrub(self) -> None:
        """Write the blind index anew: a plain VACUUM would leave deleted rows in its pages."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                SQL("VACUUM FULL {}.blind_index").format(Identifier(self.datastore.schema))
            )

    def close(self) -> None:
        """Let the connections go."""
        self.datastore.close()

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> NoReturn:
        """Refused: events are decided and appended under the write lock, see `journal.writer`."""
        msg = "the book is written through Book.submit only"
        raise NotImplementedError(msg)


def prepared(c: Cursor, statement: bytes, params: Sequence[Any]) -> None:
    """Run a statement of every batch, parsed and planned by the server only once."""
    cast("psycopg.Cursor[DictRow]", c).execute(statement, params, prepare=True)


def copy_in(c: Cursor, statement: bytes, types: Sequence[str], rows: Iterable[Any]) -> None:
    """Insert *rows* by COPY: at batches of hundreds a third faster than INSERT … unnest."""
    with cast("psycopg.Cursor[DictRow]", c).copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def fetch(c: Cursor, statement: bytes, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Rows as plain tuples, binary, prepared: the writer's statements run once per batch."""
    connection = cast("psycopg.Cursor[DictRow]", c).connection
    with connection.cursor(row_factory=tuple_row, binary=True) as plain:
        return plain.execute(statement, params, prepare=True).fetchall()

"""The views in a PostgreSQL schema of their own, beside the book's.

A view can be worked out again from the book, so its commits do not wait for the disk
(synchronous_commit=off): after a crash the last ones may be missing, whole, with their tracking
rows, and are applied again.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

import psycopg
from eventsourcing.persistence import InterfaceError, OperationalError, PersistenceError
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from projections.statements import POSTGRES
from projections.store import SERVING, StatementRefused, TableGone, ViewsUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from psycopg import Connection, Cursor
    from psycopg.rows import DictRow

READ_SECONDS = 0.5
AWAY_SECONDS = 1.0

WAIT_SECONDS = 2.0
RECONNECT_SECONDS = 1.0

LEASE = 0x7669657773
"""The key of the advisory lock ("views"); locks are counted per database."""


class ViewDatastore(PostgresDatastore):
    """Connections that see the schema of the views first and need not wait for the disk."""

    def after_connect_func(self) -> Callable[[Connection[Any]], None]:
        """What is set on each new connection."""
        settings = super().after_connect_func()
        path = SQL("SET search_path TO {}").format(Identifier(self.schema))

        def after_connect(connection: Connection[Any]) -> None:
            settings(connection)
            connection.execute(path)
            connection.execute("SET synchronous_commit TO off")
            # Pages are nearly always in memory: an index is right for a few rows of many.
            connection.execute("SET random_page_cost TO 1.1")

        return after_connect


def connected(url: str, schema: str) -> ViewDatastore:
    """The connections of a `postgresql://` address; what the library does not name goes along."""
    told = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    datastore = ViewDatastore(
        dbname=str(told.pop("dbname", "")),
        host=str(told.pop("host", "")),
        port=str(told.pop("port", "5432")),
        user=str(told.pop("user", "")),
        password=str(told.pop("password", "")),
        schema=schema,
        connect_timeout=WAIT_SECONDS,
        pool_size=1,
        max_overflow=7,
        single_row_tracking=True,
    )
    # The pool tries again ever more seldom, and nobody gets a connection in between: so it gives
    # up soon, and whoever asks next makes it begin anew.
    datastore.pool.reconnect_timeout = RECONNECT_SECONDS
    kwargs = datastore.pool.kwargs
    if isinstance(kwargs, dict):
        kwargs.update(told)
    return datastore


class PostgresViews(PostgresTrackingRecorder):
    """Views and their tracking rows in one schema."""

    dialect = POSTGRES

    def __init__(self, url: str, schema: str = "views") -> None:
        super().__init__(connected(url, schema), tracking_table_name="tracking")
        self._away_until = 0.0

    def create_table(self) -> None:
        """Make the schema and the tables that every store of views has, one process at a time."""
        with self.write(durable=True) as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (LEASE + 1,))
            schema = Identifier(self.datastore.schema)
            cursor.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
            cursor.execute(SERVING.format(whole=self.dialect.whole))
            cursor.execute("SELECT to_regclass('tracking')")
            if cursor.fetchone() == (None,):
                self._create_table(cast(Any, cursor))

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Any]:
        """The rows of a query, from one consistent moment.

        Readers are event loops: while the server is away, one of them waits a moment for it, once
        a second, and the others are told at once.
        """
        if monotonic() < self._away_until:
            raise ViewsUnavailable
        pool = self.datastore.pool
        try:
            pool.open()
            with (
                pool.connection(timeout=READ_SECONDS) as connection,
                connection.cursor(row_factory=tuple_row) as cursor,
            ):
                return cursor.execute(sql, params).fetchall()
        except psycopg.errors.UndefinedTable as error:
            raise TableGone from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self._away_until = monotonic() + AWAY_SECONDS
            raise ViewsUnavailable from error
        except psycopg.Error as error:
            raise StatementRefused from error

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Cursor[tuple[Any, ...]]]:
        """A transaction; rows are found by index even where a plan was made for an empty table."""
        try:
            with (
                self.datastore.get_connection() as connection,
                connection.transaction(),
                connection.cursor(row_factory=tuple_row) as cursor,
            ):
                cursor.execute("SET LOCAL enable_seqscan TO off")
                if durable:
                    cursor.execute("SET LOCAL synchronous_commit TO on")
                yield cursor
        except (OperationalError, InterfaceError) as error:
            raise ViewsUnavailable from error
        except PersistenceError as error:
            raise StatementRefused from error

    def lease(self) -> AdvisoryLease:
        """The lease that one process of all holds."""
        return AdvisoryLease(self.datastore)

    def tidy(self) -> None:
        """PostgreSQL does this by itself."""

    def close(self) -> None:
        """Give back every connection."""
        self.datastore.close()


class AdvisoryLease:
    """A session's advisory lock: the server gives it on when the holder's connection ends."""

    def __init__(self, datastore: PostgresDatastore) -> None:
        self.datastore = datastore
        self.connection: Connection[DictRow] | None = None

    def held(self) -> bool:
        """Whether it is ours, taking it if it is free; a lost connection has lost it."""
        try:
            if self.connection is not None:
                self.connection.execute("SELECT 1")
                return True
            self.datastore.pool.open()
            connection = self.datastore.pool.getconn()
        except psycopg.Error:
            self.release()
            return False
        try:
            row = connection.execute("SELECT pg_try_advisory_lock(%s) AS ours", (LEASE,)).fetchone()
        except psycopg.Error:
            row = None
        if row is not None and row["ours"]:
            self.connection = connection
            return True
        self.datastore.pool.putconn(connection)
        return False

    def release(self) -> None:
        """Let another process have it."""
        if self.connection is None:
            return
        connection, self.connection = self.connection, None
        with suppress(psycopg.Error):
            connection.execute("SELECT pg_advisory_unlock(%s)", (LEASE,))
        self.datastore.pool.putconn(connection)

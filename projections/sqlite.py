"""The views in one SQLite file of their own, so that reading them never waits for the book.

A view can be worked out again from the book, so a commit here is not flushed to disk one by one
(WAL with synchronous=NORMAL): after a power cut the last commits may be missing, whole, with their
tracking rows, and are applied again.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from eventsourcing.persistence import InterfaceError, PersistenceError
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteTrackingRecorder,
)

from projections.statements import SQLITE
from projections.store import SERVING, StatementRefused, TableGone, ViewsUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA wal_autocheckpoint = 16000",
    "PRAGMA cache_size = -32768",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 67108864",
)


class ViewPool(SQLiteConnectionPool):
    """Connections with the settings of a database that can be rebuilt.

    The library's own connections remember one prepared statement; a batch here runs some thirty
    different ones, over and over.
    """

    def _create_connection(self) -> SQLiteConnection:
        try:
            connection = sqlite3.connect(
                self.db_name,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=512,
            )
            for pragma in PRAGMAS:
                connection.execute(pragma)
        except sqlite3.Error as error:
            raise InterfaceError(error) from error
        return SQLiteConnection(connection, max_age=None)


class SQLiteViews(SQLiteTrackingRecorder):
    """Views and their tracking rows in one SQLite file."""

    dialect = SQLITE

    def __init__(self, path: Path) -> None:
        datastore = SQLiteDatastore(str(path), single_row_tracking=True)
        datastore.pool.close()
        datastore.pool = ViewPool(db_name=str(path), pool_size=8, pool_timeout=30.0)
        super().__init__(datastore)

    def construct_create_table_statements(self) -> list[str]:
        """The library's tracking table and ours."""
        return [
            *super().construct_create_table_statements(),
            SERVING.format(whole=self.dialect.whole),
        ]

    def create_table(self) -> None:
        """Make the tables that every store of views has, one process at a time."""
        with self.write() as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE name = 'tracking'")
            if cursor.fetchone()[0] == 0:
                self._create_table(SQLiteCursor(cursor))

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Any]:
        """The rows of a query, from one consistent moment."""
        pool = self.datastore.pool
        try:
            connection = pool.get_connection(is_writer=False)
        except PersistenceError as error:
            raise ViewsUnavailable from error
        try:
            cursor = connection.cursor()
            cursor.execute(sql, params)
            found: list[Any] = cursor.fetchall()
            return found
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                raise TableGone from error
            raise ViewsUnavailable from error
        except sqlite3.Error as error:
            raise StatementRefused from error
        finally:
            pool.put_connection(connection)

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[sqlite3.Cursor]:  # noqa: ARG002
        """A transaction that holds the file's write lock from its beginning.

        Only a crash of the whole machine could take the last ones back, and then this process too
        begins again by making what is not there.
        """
        try:
            with (
                self.datastore.get_connection(commit=True) as connection,
                connection.cursor() as cursor,
            ):
                cursor.execute("BEGIN IMMEDIATE")
                try:
                    yield cursor
                    connection.commit()
                except BaseException:
                    connection.rollback()
                    raise
        except (sqlite3.OperationalError, sqlite3.InternalError, PersistenceError) as error:
            raise ViewsUnavailable from error
        except sqlite3.Error as error:
            raise StatementRefused from error

    def lease(self) -> SoleProcess:
        """SQLite serves one process; a second one beside it stays correct, see `Views.apply`."""
        return SoleProcess()

    def tidy(self) -> None:
        """Move what was written from the log into the file, beside readers and the writer.

        Otherwise a commit would do it now and then, and a busy disk makes it wait for most of a
        second. Twice, because the first round takes long enough for more to have come.
        """
        for _ in range(2):
            with suppress(TableGone, ViewsUnavailable):
                self.rows("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Give back every connection."""
        self.datastore.close()


class SoleProcess:
    """The lease of an embedded store: nobody else asks for it."""

    def held(self) -> bool:
        """Always ours."""
        return True

    def release(self) -> None:
        """Nothing to give back."""

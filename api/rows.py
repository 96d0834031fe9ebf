"""Where ordinary rows are kept: a SQLite file of their own, or a schema of the PostgreSQL database.

Both offer the same four things: placeholders, transactions, the word for bytes, and closing.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

WAIT_SECONDS = 10
POOL_SECONDS = 2

# The pool tries again ever more seldom, and nobody gets a connection in between: so it gives up
# soon, and whoever asks next makes it begin anew.
RECONNECT_SECONDS = 1


class FileRows:
    """The rows in one SQLite file."""

    blob = "BLOB"

    def __init__(self, path: Path) -> None:
        self.turn = threading.Lock()
        self.connection = sqlite3.connect(
            path, check_same_thread=False, timeout=WAIT_SECONDS, isolation_level=None
        )
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON"):
            self.connection.execute(f"PRAGMA {pragma}")

    def sql(self, statement: str) -> str:
        """*statement*, without locking a row: a transaction holds the whole file."""
        return statement.removesuffix(" FOR UPDATE")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Cursor]:
        """A cursor that holds the file's write lock; commits on leaving, rolls back on an error."""
        with self.turn:
            c = self.connection.cursor()
            c.execute("BEGIN IMMEDIATE")
            try:
                yield c
                self.connection.commit()
            except BaseException:
                self.connection.rollback()
                raise
            finally:
                c.close()

    def close(self) -> None:
        """Close the file."""
        with self.turn:
            self.connection.close()


class SchemaRows:
    """The rows in a schema of a PostgreSQL database."""

    blob = "BYTEA"

    def __init__(self, url: str, schema: str) -> None:
        self.pool = ConnectionPool(
            url,
            min_size=1,
            max_size=4,
            timeout=POOL_SECONDS,
            reconnect_timeout=RECONNECT_SECONDS,
            kwargs={"options": f"-c search_path={schema}"},
            open=True,
        )
        with self.transaction() as c:
            c.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (schema,))
            c.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}".encode())

    def sql(self, statement: str) -> bytes:
        """*statement* with `%s` for `?`."""
        return statement.replace("?", "%s").encode()

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Cursor[Any]]:
        """A cursor in a transaction; commits on leaving, rolls back on an error."""
        with self.pool.connection() as connection, connection.cursor() as c:
            yield c

    def close(self) -> None:
        """Close the connections."""
        self.pool.close()


Rows = FileRows | SchemaRows

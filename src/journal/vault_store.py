"""Where the vault keeps its rows: a SQLite file of its own, or a schema of its own.

Shapes: `data_keys` (holder, wrapping key's number, wrapped key, when made), `forgotten` (holder,
when), `state` (one row). Times are microseconds since the epoch.
Both stores offer the same few calls; statements are written once, with `?` for a parameter and
`IN ?` for a list of strings.
"""

import fcntl
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from journal import write_ahead
from journal.durable import OWNER_ONLY
from journal.postgres import COMMIT_DURABLY

Row = tuple[Any, ...]
Run = Callable[[str, Sequence[Any]], list[Row]]

BUSY_SECONDS = 30
WRITE_LOCK = 0x7661756C74  # "vault" in ASCII
ROTATION_LOCK = WRITE_LOCK + 1

IN_JSON = "IN (SELECT value FROM json_each(?))"

TABLES = (
    """CREATE TABLE IF NOT EXISTS data_keys (
        holder TEXT PRIMARY KEY,
        wrapping {int} NOT NULL,
        wrapped {blob} NOT NULL,
        made_at {int} NOT NULL
    ){without_rowid}""",
    """CREATE TABLE IF NOT EXISTS forgotten (
        holder TEXT PRIMARY KEY,
        at {int} NOT NULL
    ){without_rowid}""",
    """CREATE TABLE IF NOT EXISTS state (
        one {int} PRIMARY KEY CHECK (one = 1),
        generation {int} NOT NULL,
        wrapping {int} NOT NULL,
        retiring {int} NOT NULL,
        retiring_since {int}
    )""",
    "INSERT INTO state VALUES (1, 1, 0, 0, NULL) ON CONFLICT DO NOTHING",
)


class VaultFile:
    """The vault in one SQLite file: WAL, synchronous=FULL, deleted bytes overwritten.

    One connection reads and is never closed before the end, so that reading needs no new file on
    a full disk and the write-ahead log is never opened anew (see `write_ahead`). Another writes;
    after a transaction that failed it is closed, because its pages are not to be trusted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.RLock()
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._settled = False
        self._seen: int | None = None
        self._generation = 0
        if not self.read("SELECT 1 FROM sqlite_master WHERE name = 'state'"):
            self._make()

    def _make(self) -> None:
        names = {"int": "INTEGER", "blob": "BLOB", "without_rowid": " WITHOUT ROWID"}
        with self.write() as run:
            for table in TABLES:
                run(table.format(**names), ())

    def generation(self) -> int:
        """The number that every forgetting raises; as of now, over all processes.

        `data_version` tells whether any other connection has committed since we last looked.
        """
        with self._turn:
            (version,) = self._db().execute("PRAGMA data_version").fetchone()
            if version != self._seen:
                ((self._generation,),) = self.read("SELECT generation FROM state")
                self._seen = version
            return self._generation

    def read(self, statement: str, params: Sequence[Any] = ()) -> list[Row]:
        """The rows of one statement."""
        with self._turn:
            return _run(self._db(), statement, params)

    @contextmanager
    def write(self) -> Iterator[Run]:
        """One transaction under the vault's write lock."""
        with self._turn:
            self.settle()
            writer = self._writer = self._writer or self._connected()
            try:
                writer.execute("BEGIN IMMEDIATE")
                yield lambda statement, params: _run(writer, statement, params)
                writer.execute("COMMIT")
            except BaseException:
                self._writer = None
                writer.close()
                raise

    def run_many(self, statement: str, rows: Sequence[Row]) -> None:
        """Run *statement* once per row, inside `write`."""
        assert self._writer is not None, "outside write"
        self._writer.executemany(statement, rows)

    def settle(self) -> None:
        """Return when every key that can be read is on the disk: only then may one seal by it."""
        with self._turn:
            if not self._settled:
                write_ahead.settle(self._db())
                self._settled = True

    def _db(self) -> sqlite3.Connection:
        if self._reader is None:
            if not self.path.exists():  # or else closing it would drop SQLite's own locks on it
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, OWNER_ONLY))
            self._reader = self._connected()
        return self._reader

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    @contextmanager
    def rotating(self) -> Iterator["VaultFile"]:
        """A connection of its own, alone in rotating among all processes of this machine."""
        lock = os.open(
            self.path.with_name(self.path.name + ".lock"), os.O_RDWR | os.O_CREAT, OWNER_ONLY
        )
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with closing(VaultFile(self.path)) as store:
                yield store
        finally:
            os.close(lock)

    def truncate_log(self) -> bool:
        """Empty the write-ahead log, which still holds what was deleted; False if it was in use."""
        with self._turn:
            ((busy, _, _),) = self.read("PRAGMA wal_checkpoint(TRUNCATE)")
            return not busy

    def compact(self) -> None:
        """Write the file anew, so that nothing deleted is left in its free pages."""
        with self._turn:
            self.read("VACUUM")
        self.truncate_log()

    def close(self) -> None:
        """Close the connections, rolling back what was not committed; the next use opens others."""
        with self._turn:
            for connection in (self._writer, self._reader):
                if connection is not None:
                    connection.close()
            self._writer = self._reader = self._seen = None
            self._settled = False


def _run(db: sqlite3.Connection, statement: str, params: Sequence[Any]) -> list[Row]:
    lists = [json.dumps(p) if isinstance(p, list) else p for p in params]
    return db.execute(statement.replace("IN ?", IN_JSON), lists).fetchall()


class VaultSchema:
    """The vault in the schema `vault` of a PostgreSQL database, over one connection."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._turn = threading.RLock()
        self._db: psycopg.Connection[Row] | None = None
        names = {"int": "BIGINT", "blob": "BYTEA", "without_rowid": ""}
        with self.write() as run:
            run("CREATE SCHEMA IF NOT EXISTS vault", ())
            for table in TABLES:
                run(table.format(**names), ())

    def generation(self) -> int:
        """The number that every forgetting raises; one query."""
        ((generation,),) = self.read("SELECT generation FROM state")
        return int(generation)

    def settle(self) -> None:
        """Nothing: what can be read in PostgreSQL was flushed before its commit was answered."""

    def read(self, statement: str, params: Sequence[Any] = ()) -> list[Row]:
        """The rows of one statement; tried again once where the server had gone away."""
        with self._turn:
            try:
                return self._run(statement, params)
            except psycopg.OperationalError:
                if not self._lost():
                    raise
                return self._run(statement, params)

    @contextmanager
    def write(self) -> Iterator[Run]:
        """One transaction under the vault's write lock."""
        with self._turn:
            self.read("SELECT 1")  # finds out here, where trying again is free, if we must connect
            with self._connection().transaction():
                self._run("SELECT pg_advisory_xact_lock(?)", (WRITE_LOCK,))
                yield self._run

    def _run(self, statement: str, params: Sequence[Any] = ()) -> list[Row]:
        dialect = statement.replace("IN ?", "= ANY(?::text[])").replace("?", "%b")
        cursor = self._connection().execute(dialect.encode(), params)
        return cursor.fetchall() if cursor.description else []

    def _connection(self) -> psycopg.Connection[Row]:
        if self._db is None:
            self._db = psycopg.connect(self.url, autocommit=True)
            self._db.execute("SET search_path = vault")
            self._db.execute(COMMIT_DURABLY)
            self._db.execute("SET enable_seqscan = off")  # plans made on an empty table stay
        return self._db

    def _lost(self) -> bool:
        """Whether the connection is gone; the next statement makes a new one."""
        if self._db is not None and not self._db.broken and not self._db.closed:
            return False
        self._db = None
        return True

    def run_many(self, statement: str, rows: Sequence[Row]) -> None:
        """Run *statement* once per row, inside `write`."""
        with self._connection().cursor() as c:
            c.executemany(statement.replace("?", "%b").encode(), rows)

    @contextmanager
    def rotating(self) -> Iterator["VaultSchema"]:
        """A connection of its own, alone in rotating among all processes and hosts."""
        with closing(VaultSchema(self.url)) as store:
            store.read("SELECT pg_advisory_lock(?)", (ROTATION_LOCK,))
            yield store

    def truncate_log(self) -> bool:
        """Nothing: PostgreSQL's log is not ours to cut; destroying the wrapping key answers it."""
        return True

    def compact(self) -> None:
        """Write the table anew: a plain VACUUM would leave old bytes in its pages."""
        self.read("VACUUM FULL data_keys")

    def close(self) -> None:
        """Close the connection."""
        with self._turn:
            if self._db is not None:
                self._db.close()


VaultStore = VaultFile | VaultSchema


def open_store(database_url: str, home: Path) -> VaultStore:
    """The vault's store beside the book of *database_url*."""
    if database_url.startswith("sqlite:"):
        return VaultFile(home / "vault.db")
    return VaultSchema(database_url)

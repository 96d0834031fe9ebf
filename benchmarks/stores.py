"""Fresh, durable stores for each measurement, gone when the run is over."""

import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from journal.keys import VARIABLES, fresh_key_text
from tests.servers import Home, Postgres

ORIGIN = "benchmark.localhost/book"
SECRETS = {variable: fresh_key_text() for variable in VARIABLES.values()}


class Place(msgspec.Struct, frozen=True):
    """Where one book is, and the environment that says so to a service."""

    url: str
    home: Path
    environment: Mapping[str, str]


class Store(Protocol):
    """One kind of store."""

    name: str

    def fresh(self) -> Place:
        """A new, empty place."""

    def copy(self, place: Place) -> Place:
        """A copy of the book at *place*, which nobody has open."""


class SQLiteFiles:
    """SQLite files in one folder."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fresh(self) -> Place:
        """A folder of its own, with everything in it."""
        home = _new_folder(self.folder)
        return _place(f"sqlite:///{home}/book.db", home)

    def copy(self, place: Place) -> Place:
        """Page by page, so that the copy is laid out as its source."""
        copy = self.fresh()
        with (
            closing(sqlite3.connect(place.home / "book.db")) as source,
            closing(sqlite3.connect(copy.home / "book.db")) as target,
        ):
            source.backup(target)
        return copy


class PostgresDatabases:
    """Databases of one cluster that flushes every commit."""

    name = "PostgreSQL"

    def __init__(self, cluster: Postgres, folder: Path) -> None:
        self.cluster = cluster
        self.folder = folder

    def fresh(self) -> Place:
        """An empty database."""
        return self._in(self.cluster.create_database())

    def copy(self, place: Place) -> Place:
        """File by file."""
        return self._in(self.cluster.create_database(place.url.rpartition("/")[2]))

    def _in(self, database: str) -> Place:
        return _place(self.cluster.url(database), _new_folder(self.folder))


@contextmanager
def stores() -> Iterator[list[Store]]:
    """Both kinds, in a temporary folder (`TMPDIR` chooses its disk)."""
    with Home() as home:
        folder = _new_folder(home.folder)
        cluster = Postgres.fresh(home, "benchmarks", durable=True)
        yield [SQLiteFiles(folder), PostgresDatabases(cluster, folder)]


def _place(url: str, home: Path) -> Place:
    environment = {
        "TIMEBANK_HOME": str(home),
        "DATABASE_URL": url,
        "TIMEBANK_LAST_CHECKPOINT": f"{home}-state/checkpoint",
        "TIMEBANK_ORIGIN": ORIGIN,
        **SECRETS,
    }
    return Place(url, home, environment)


def _new_folder(folder: Path) -> Path:
    made = folder / secrets.token_hex(6)
    made.mkdir(mode=0o700)
    return made

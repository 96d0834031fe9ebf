"""What the read models ask of a database, and how it says no.

Two stores offer it: `projections.sqlite` and `projections.postgres`, both on the library's
tracking recorders with one tracking row per view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from projections.statements import Dialect


class ViewsUnavailable(Exception):
    """The views cannot be read or written just now; trying again later is right."""


class StatementRefused(Exception):
    """The database understood and refused: trying the same again is useless."""


class TableGone(Exception):
    """The table is not there: a rebuilt one has taken its place."""


class Cursor(Protocol):
    """The part of a database cursor that is used here."""

    @property
    def rowcount(self) -> int:
        """How many rows the last statement touched."""
        ...

    def execute(self, sql: str, params: Sequence[object] = (), /) -> object:
        """Run one statement."""
        ...

    def fetchall(self) -> list[Any]:
        """All rows of the last statement."""
        ...


class Lease(Protocol):
    """The right of one process to bring a set of views up to date."""

    def held(self) -> bool:
        """Whether it is ours, taking it if it is free."""
        ...

    def release(self) -> None:
        """Let another process have it."""
        ...


class Store(Protocol):
    """A database of views."""

    dialect: Dialect

    def create_table(self) -> None:
        """Make the tables that every store of views has, where they are not there yet."""
        ...

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Any]:
        """The rows of a query in the store's own dialect.

        Raises:
            TableGone: a table of the query is not there.
            ViewsUnavailable: the database cannot be reached.
        """
        ...

    def write(self, *, durable: bool = False) -> AbstractContextManager[Cursor]:
        """A transaction that commits on leaving and does nothing at all when it fails.

        *durable*: it is still there after a crash of the database, which for rows that can be
        worked out again is not worth the wait, but for tables that are relied on is.

        Raises:
            ViewsUnavailable: the database cannot be reached or written.
            StatementRefused: a statement was refused.
        """
        ...

    def lease(self) -> Lease:
        """The lease of this set of views."""
        ...

    def tidy(self) -> None:
        """Do what is better done beside the writer than by it, from any thread."""
        ...

    def close(self) -> None:
        """Give back every connection."""
        ...


SERVING = """CREATE TABLE IF NOT EXISTS serving (
    view_name text PRIMARY KEY,
    generation {whole} NOT NULL,
    shape text NOT NULL,
    tables text NOT NULL,
    stopped_at {whole},
    stopped_tag text,
    stopped_why text
)"""
"""Which generation of each view is read, by which tables it is kept, and whether it stopped."""

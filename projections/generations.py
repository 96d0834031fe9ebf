"""Generations of a view: making its tables, letting them serve, taking them away.

A rebuilt view grows beside the one that serves and takes its place in one transaction, which also
drops the old tables: a reader that still asks for them is told so by the database and looks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.statements import declared, statements
from projections.store import StatementRefused

if TYPE_CHECKING:
    from projections.changes import Changes
    from projections.store import Cursor, Store
    from projections.view import Built


class Moved(Exception):
    """Another worker has brought this view on or switched it: look again."""


def run(store: Store, cursor: Cursor, sql: str, *params: object) -> None:
    """Run a neutral statement on a cursor of *store*."""
    cursor.execute(store.dialect.sql(sql), params)


def table_names(built: Built) -> dict[str, str]:
    """Each table of the view and the name under which this generation keeps it."""
    return {table.name: f"{table.name}__{built.generation}" for table in built.view.tables}


def written(store: Store, built: Built, changes: Changes) -> list[tuple[str, str]]:
    """The statements of a batch for this generation, each with its rows.

    Raises:
        StatementRefused: a value that its column cannot hold.
    """
    try:
        return list(statements(store.dialect, changes, table_names(built)))
    except (TypeError, ValueError, AttributeError, KeyError, OverflowError) as error:
        raise StatementRefused from error


def make(store: Store, cursor: Cursor, built: Built) -> None:
    """Make the tables of a generation, empty; what a broken-off rebuild left there goes."""
    names = table_names(built)
    for table in built.view.tables:
        run(store, cursor, f"DROP TABLE IF EXISTS {names[table.name]}")
        for sql in declared(store.dialect, table, names[table.name]):
            run(store, cursor, sql)
    run(store, cursor, "DELETE FROM tracking WHERE application_name = ?", built.name)
    run(store, cursor, "INSERT INTO tracking VALUES (?, 0)", built.name)


def learn(store: Store, cursor: Cursor, built: Built) -> None:
    """Let the database's planner know what it will be asked about, before anybody asks."""
    if store.dialect.analyse is not None:
        for name in table_names(built).values():
            run(store, cursor, store.dialect.analyse.format(name))


def begin(store: Store, cursor: Cursor, built: Built) -> None:
    """Let this generation serve from now on; the one that served goes."""
    name = built.view.name
    run(store, cursor, "SELECT generation, tables FROM serving WHERE view_name = ?", name)
    for generation, tables in cursor.fetchall():
        for table in tables.split():
            run(store, cursor, f"DROP TABLE IF EXISTS {table}")
        old = f"{name}__{generation}"
        run(store, cursor, "DELETE FROM tracking WHERE application_name = ?", old)
    run(store, cursor, "DELETE FROM serving WHERE view_name = ?", name)
    run(
        store,
        cursor,
        "INSERT INTO serving (view_name, generation, shape, tables) VALUES (?, ?, ?, ?)",
        name,
        built.generation,
        built.view.shape(),
        " ".join(table_names(built).values()),
    )


def discard(store: Store, cursor: Cursor, built: Built) -> None:
    """Take a generation that does not serve away."""
    for name in table_names(built).values():
        run(store, cursor, f"DROP TABLE IF EXISTS {name}")
    run(store, cursor, "DELETE FROM tracking WHERE application_name = ?", built.name)

# ruff: noqa: S608 - names come from the declarations of tables, values are parameters
"""Turns a batch's changes into SQL, one statement per table and shape of change.

All rows of a statement travel as one JSON text. Why: Python's SQLite driver gives up the
interpreter lock at every row of an `executemany`, and each time a busy thread may take it for its
full 5 ms (on two otherwise idle cores 2,100 µs a row were measured, against 40 µs for one statement
with all rows; where nobody wants the lock both take 2 to 4 µs). On PostgreSQL it is one round trip.

Statements are written once, with `?` for parameters and ON CONFLICT for upserts; a dialect says
only how it declares a column and how it takes a row apart.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from projections.changes import Verb
from projections.tables import NEVER_ABSENT, TO_STORED, WHOLE, Kind, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from projections.changes import Change, Changes, Key

Shape = tuple[Verb, tuple[str, ...], tuple[str, ...]]
"""What happens, the columns set, the columns added to."""

ROWS_AT_ONCE = 5_000
"""Keeps the JSON text of one statement to a few megabytes, whatever the batch."""


class Dialect(msgspec.Struct, frozen=True, eq=False):
    """Where one store's SQL differs from the other's."""

    text: str
    """The column type of words, ids and codes, which sort by their characters' numbers."""
    whole: str
    """The column type of a whole number."""
    part: Callable[[int, str], str]
    """The SQL of one column of a row, by place and column type."""
    rows: str
    """The table expression that takes the JSON text apart."""
    mark: str
    """The mark of a parameter."""
    analyse: str | None
    """The statement after which the planner knows a filled table, where it does not learn alone."""
    kept_by_key: str
    """What makes a table one tree with its key, where the store knows such tables."""

    def sql(self, neutral: str) -> str:
        """A statement written with `?`, as this store wants it."""
        return neutral if self.mark == "?" else neutral.replace("%", "%%").replace("?", self.mark)

    def type(self, kind: Kind) -> str:
        """The column type of a kind."""
        return self.whole if kind in WHOLE else self.text


SQLITE = Dialect(
    text="TEXT",
    whole="INTEGER",
    part=lambda place, _: f"json_extract(value, '$[{place}]')",
    rows="json_each(?)",
    mark="?",
    analyse=None,
    kept_by_key="WITHOUT ROWID",
)
POSTGRES = Dialect(
    text='text COLLATE "C"',
    whole="bigint",
    part=lambda place, kind: f"(value ->> {place})::{kind}",
    rows="json_array_elements(CAST(? AS json))",
    mark="%s",
    analyse="ANALYZE {}",
    kept_by_key="",
)


def declared(dialect: Dialect, table: Table, name: str) -> list[str]:
    """The statements that make *table* under *name*."""
    columns = [f"{key} {dialect.type(kind)} NOT NULL" for key, kind in table.key.items()]
    for column, kind in table.columns.items():
        absent = " NOT NULL DEFAULT 0" if kind in NEVER_ABSENT else ""
        columns.append(f"{column} {dialect.type(kind)}{absent}")
    columns.append(f"PRIMARY KEY ({', '.join(table.key)})")
    return [
        f"CREATE TABLE {name} ({', '.join(columns)}) {dialect.kept_by_key}",
        *(
            f"CREATE INDEX {name}_{number} ON {name} {index}"
            for number, index in enumerate(table.indexes, 1)
        ),
    ]


def statements(
    dialect: Dialect, changes: Changes, names: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Each statement of a batch with its rows as JSON; *names* says where a table is kept."""
    for table, rows in changes.tables.values():
        yield from _written_rows(dialect, table, rows, names)
    # Derived columns look at other rows, so they come when all rows are written.
    for table, rows in changes.tables.values():
        if table.derived:
            yield from _derived_rows(dialect, table, rows, names)


def _written_rows(
    dialect: Dialect, table: Table, rows: Mapping[Key, Change], names: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    shapes: dict[Shape, list[list[Any]]] = {}
    every, absent = tuple(table.columns), table.absent()
    for key, change in rows.items():
        row = [*key] if isinstance(key, tuple) else [key]
        if change.verb is Verb.PUT:
            # Whole rows all have one shape, whichever columns were named.
            row += (absent | change.sets).values()
            shapes.setdefault((Verb.PUT, every, ()), []).append(row)
        elif change.sets or change.adds or change.verb is Verb.DROP:
            row += change.sets.values()
            row += change.adds.values()
            shapes.setdefault((change.verb, tuple(change.sets), tuple(change.adds)), []).append(row)
    for shape, stored in shapes.items():
        sql = _write_sql(dialect, table, names[table.name], shape)
        _to_stored(table, shape[1], stored)
        yield from _in_portions(sql, stored)


def _derived_rows(
    dialect: Dialect, table: Table, rows: Mapping[Key, Change], names: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    keys = [
        key if isinstance(key, tuple) else (key,)
        for key, change in rows.items()
        if change.verb is not Verb.DROP
    ]
    return _in_portions(_derive_sql(dialect, table, tuple(names.items())), keys)


def _in_portions(sql: str, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, str]]:
    for first in range(0, len(rows), ROWS_AT_ONCE):
        yield sql, msgspec.json.encode(rows[first : first + ROWS_AT_ONCE]).decode()


def _to_stored(table: Table, sets: tuple[str, ...], rows: list[list[Any]]) -> None:
    for place, column in enumerate(sets, len(table.key)):
        convert = TO_STORED.get(table.columns[column])
        if convert is None:
            continue
        for row in rows:
            if row[place] is not None:
                row[place] = convert(row[place])


@lru_cache(maxsize=4096)
def _write_sql(dialect: Dialect, table: Table, name: str, shape: Shape) -> str:
    verb, sets, adds = shape
    rows = _rows_sql(dialect, table, (*table.key, *sets, *adds))
    key = ", ".join(table.key)
    listed = ", ".join((*table.key, *sets, *adds))
    if verb is Verb.DROP:
        sql = f"DELETE FROM {name} WHERE ({key}) IN ({rows})"
    elif verb is Verb.PUT:
        kept = ", ".join(f"{column} = excluded.{column}" for column in table.columns)
        then = f"UPDATE SET {kept}" if kept else "NOTHING"
        sql = f"INSERT INTO {name} ({listed}) {rows} ON CONFLICT ({key}) DO {then}"
    elif table.accrues:
        kept = ", ".join(_assigned(sets, adds, "excluded"))
        sql = (
            f"INSERT INTO {name} AS kept ({listed}) {rows} ON CONFLICT ({key}) DO UPDATE SET {kept}"
        )
    else:
        same = " AND ".join(f"kept.{column} = came.{column}" for column in table.key)
        kept = ", ".join(_assigned(sets, adds, "came"))
        sql = f"UPDATE {name} AS kept SET {kept} FROM ({rows}) AS came WHERE {same}"
    return dialect.sql(sql)


@lru_cache(maxsize=1024)
def _derive_sql(dialect: Dialect, table: Table, names: tuple[tuple[str, str], ...]) -> str:
    known = dict(names)
    worked_out = ", ".join(
        f"{column} = ({sql.format_map(known)})" for column, sql in table.derived.items()
    )
    rows = _rows_sql(dialect, table, tuple(table.key))
    key = ", ".join(table.key)
    return dialect.sql(
        f"UPDATE {known[table.name]} AS kept SET {worked_out} WHERE ({key}) IN ({rows})"
    )


def _rows_sql(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> str:
    parts = ", ".join(
        f"{dialect.part(place, dialect.type(table.kind(column)))} AS {column}"
        for place, column in enumerate(columns)
    )
    return f"SELECT {parts} FROM {dialect.rows} WHERE true"


def _assigned(sets: tuple[str, ...], adds: tuple[str, ...], came: str) -> Iterator[str]:
    for column in sets:
        yield f"{column} = {came}.{column}"
    for column in adds:
        yield f"{column} = kept.{column} + {came}.{column}"

"""Changes that are merged in a batch mean what they mean one by one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.changes import Changes
from projections.sqlite import SQLiteViews
from projections.tables import Kind, Table
from projections.view import Built, View
from projections.views import Views

COLUMNS = {"name": Kind.TEXT, "words": Kind.JSON, "count": Kind.COUNT, "other": Kind.COUNT}
LISTED = Table("listed", key={"a": Kind.TEXT, "b": Kind.NUMBER}, columns=COLUMNS)
SUMMED = Table("summed", key={"a": Kind.TEXT, "b": Kind.NUMBER}, columns=COLUMNS, accrues=True)
EMPTY: dict[str, Any] = {"name": None, "words": None, "count": 0, "other": 0}

SETS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.none() | st.text("aä'\"\\中\n", max_size=3),
        "words": st.lists(st.sampled_from(["x", "y"]), max_size=2),
        "count": st.integers(0, 9),
    },
)
ADDS = st.fixed_dictionaries(
    {}, optional={"count": st.integers(-9, 9), "other": st.integers(-9, 9)}
)
OPERATIONS = st.tuples(
    st.sampled_from([LISTED, SUMMED]),
    st.tuples(st.sampled_from("pq"), st.integers(1, 2)),
    st.one_of(
        st.tuples(st.just("put"), SETS),
        st.tuples(st.just("change"), SETS),
        st.tuples(st.just("add"), ADDS),
        st.tuples(st.just("drop"), st.just({})),
    ),
)
VIEW = View("both", (LISTED, SUMMED), frozenset(), frozenset(), lambda _recorded, _rows: None)


def plain(rows: dict[Any, dict[str, Any]], operation: tuple[Any, ...]) -> None:
    """The same operation on a dictionary."""
    table, key, (verb, columns) = operation
    if verb == "drop":
        rows.pop((table.name, *key), None)
        return
    if verb == "put":
        rows[table.name, *key] = EMPTY | columns
        return
    if not columns or ((table.name, *key) not in rows and not table.accrues):
        return
    row = rows.setdefault((table.name, *key), dict(EMPTY))
    for column, value in columns.items():
        row[column] = value if verb == "change" else row[column] + value


@settings(max_examples=60)
@given(batches=st.lists(st.lists(OPERATIONS, max_size=12), max_size=4))
def test_a_batch_means_its_changes_one_by_one(batches: list[list[tuple[Any, ...]]]) -> None:
    """Put, change, add and drop, in any order, on listings and on sums."""
    with tempfile.TemporaryDirectory() as folder:
        views = Views(SQLiteViews(Path(folder) / "views.db"), [VIEW])
        views.open()
        expected: dict[Any, dict[str, Any]] = {}
        for place, batch in enumerate(batches):
            changes = Changes()
            for table, key, (verb, columns) in batch:
                getattr(changes, verb)(table, key, **columns)
                plain(expected, (table, key, (verb, columns)))
            views.apply([(Built(VIEW, 1), changes)], place, place + 1)
        found = {}
        for table in (LISTED, SUMMED):
            sql = f"SELECT a, b, name, words, count, other FROM {{{table.name}}}"  # noqa: S608
            for a, b, name, words, *counts in views.rows(sql):
                listed = words and msgspec.json.decode(words)
                found[table.name, a, b] = dict(zip(EMPTY, (name, listed, *counts), strict=True))
        assert found == expected
        views.close()

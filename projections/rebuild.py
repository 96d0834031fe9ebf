# ruff: noqa: S608 - names come from the declarations of tables, values are parameters
"""Builds views again beside the serving ones, to take their place or to be compared with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from projections.folding import fold
from projections.generations import Moved, begin, discard, learn, make, run, table_names, written
from projections.view import Built

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from projections.changes import Changes
    from projections.source import Recorded, Source
    from projections.store import Cursor
    from projections.view import Stopped, View
    from projections.views import Views

BATCH = 2_000
"""Events per transaction of a rebuild; the serving views wait for the lock in between."""

SHOWN = 100
"""Differences shown per table."""


class RebuildStopped(Exception):
    """The view cannot be built with this program; the one that serves goes on."""

    def __init__(self, view: str, stopped: Stopped) -> None:
        super().__init__(view, stopped.position, stopped.tag, stopped.why)
        self.view = view
        self.stopped = stopped


class Difference(msgspec.Struct, frozen=True):
    """A row that the serving table and the rebuilt one do not share."""

    table: str
    side: str
    """`served`: only the serving table has it; `rebuilt`: only the new one has."""
    row: dict[str, object]


def rebuild(
    views: Views,
    source: Source,
    names: Sequence[str],
    on_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Build *names* again from the whole book and let the new tables serve.

    *on_progress* is told how many events are done, and of how many. Readers and the catch-up
    worker go on meanwhile, here and in other processes.

    Raises:
        RebuildStopped: a view cannot be built; nothing that serves has changed.
    """
    building = _made(views, names)
    try:
        _grow(views, source, building, source.head(), on_progress)
        for built in building:
            with views.store.write(durable=True) as cursor:
                _catch_up_with_served(views, source, cursor, built)
                learn(views.store, cursor, built)
                begin(views.store, cursor, built)
    except BaseException:
        _discarded(views, building)
        raise
    views.standing()


def start_over(views: Views) -> None:
    """Let empty tables serve: what these views show happened in another book than this one.

    That is so where an older copy of the book took the place of the one they were built from.
    """
    building = _made(views, list(views.views))
    with views.store.write(durable=True) as cursor:
        for built in building:
            begin(views.store, cursor, built)
    views.standing()


def check(
    views: Views,
    source: Source,
    names: Sequence[str],
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Difference]:
    """Build *names* again and compare them with the serving tables, row by row.

    Both are compared at the same position, while the writer of views waits. No difference is an
    empty list; of each table at most 100 rows of either side are shown.

    Raises:
        RebuildStopped: a view cannot be built with this program.
    """
    building = _made(views, names)
    differences: list[Difference] = []
    try:
        standing = views.standing()
        target = min(standing[name].position for name in names)
        _grow(views, source, building, target, on_progress)
        for built in building:
            with views.store.write() as cursor:
                _catch_up_with_served(views, source, cursor, built)
                differences += _differences(views, cursor, built)
    finally:
        _discarded(views, building)
    return differences


def _made(views: Views, names: Sequence[str]) -> list[Built]:
    standing = views.standing()
    building = [Built(views.views[name], standing[name].generation + 1) for name in names]
    with views.store.write() as cursor:
        for built in building:
            make(views.store, cursor, built)
    return building


def _discarded(views: Views, building: Sequence[Built]) -> None:
    """Take away what does not serve; what has come to serve already stays."""
    standing = views.standing()
    with views.store.write() as cursor:
        for built in building:
            if standing[built.view.name].generation != built.generation:
                discard(views.store, cursor, built)


def _grow(
    views: Views,
    source: Source,
    building: Sequence[Built],
    target: int,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    position = 0
    while position < target:
        events = source.events(position, min(BATCH, target - position))
        step = [(built, _folded(built.view, events)) for built in building]
        views.apply(step, position, events[-1].position)
        position = events[-1].position
        if on_progress is not None:
            on_progress(position, target)


def _folded(view: View, events: Sequence[Recorded]) -> Changes:
    changes, stopped = fold(view, events)
    if stopped is not None:
        raise RebuildStopped(view.name, stopped)
    return changes


def _catch_up_with_served(views: Views, source: Source, cursor: Cursor, built: Built) -> None:
    """Bring the new tables to where the serving ones stand, which cannot move meanwhile."""
    store = views.store
    run(
        store,
        cursor,
        "UPDATE tracking SET notification_id = notification_id WHERE application_name = ? "
        "OR application_name = (SELECT view_name || '__' || generation FROM serving "
        "WHERE view_name = ?) RETURNING application_name, notification_id",
        built.name,
        built.view.name,
    )
    found = dict(cursor.fetchall())
    position = found.pop(built.name, None)
    if position is None or not found:
        raise Moved
    (served,) = found.values()
    while position < served:
        events = source.events(position, min(BATCH, served - position))
        for sql, rows in written(store, built, _folded(built.view, events)):
            cursor.execute(sql, (rows,))
        position = events[-1].position
    run(
        store,
        cursor,
        "UPDATE tracking SET notification_id = ? WHERE application_name = ?",
        position,
        built.name,
    )


def _differences(views: Views, cursor: Cursor, built: Built) -> Iterator[Difference]:
    serving = views.standing()[built.view.name]
    served = table_names(Built(built.view, serving.generation))
    rebuilt = table_names(built)
    for table in built.view.tables:
        columns = (*table.key, *table.columns)
        for side, here, there in (
            ("served", served[table.name], rebuilt[table.name]),
            ("rebuilt", rebuilt[table.name], served[table.name]),
        ):
            listed = ", ".join(columns)
            run(
                views.store,
                cursor,
                f"SELECT {listed} FROM {here} EXCEPT SELECT {listed} FROM {there} LIMIT {SHOWN}",
            )
            for row in cursor.fetchall():
                yield Difference(table.name, side, dict(zip(columns, row, strict=True)))

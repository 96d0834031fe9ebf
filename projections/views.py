# ruff: noqa: S608 - names come from the declarations of tables, values are parameters
"""All views of one store: reading them, bringing them on, and which generation of each is read.

Shapes: table `orders` of generation 2 is kept as `orders__2`; its row in `tracking` says how far it
has come, its view's row in `serving` that it is the one to read. Queries name tables in braces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.generations import Moved, begin, make, run, table_names, written
from projections.store import TableGone, ViewsUnavailable
from projections.view import Built, Served, Stopped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from projections.changes import Changes
    from projections.store import Store
    from projections.view import View


ATTEMPTS = 5
"""How often a table may be switched under one query: rebuilds can follow each other closely."""


class Views:
    """The read models over one store."""

    def __init__(self, store: Store, views: Iterable[View]) -> None:
        self.store = store
        self.views = {view.name: view for view in views}
        self._names: dict[str, str] = {}
        self._queries: dict[str, str] = {}

    def open(self) -> None:
        """Make what is not there yet.

        A view whose shape has changed begins anew, and a stopped one is given another try: this
        may be the program that knows what to do.
        """
        self.store.create_table()
        with self.store.write(durable=True) as cursor:
            # A write comes first, so that of several processes that start at once each sees what
            # the one before has made.
            run(self.store, cursor, "UPDATE serving SET stopped_at = NULL")
            run(self.store, cursor, "SELECT view_name, generation, shape FROM serving")
            found = {name: (generation, shape) for name, generation, shape in cursor.fetchall()}
            for view in self.views.values():
                generation, shape = found.get(view.name, (0, ""))
                if shape != view.shape():
                    built = Built(view, generation + 1)
                    make(self.store, cursor, built)
                    begin(self.store, cursor, built)
        self.standing()

    def rows(self, sql: str, *params: object) -> list[Any]:
        """The rows of a query over serving tables, each named in braces: `FROM {orders}`.

        Raises:
            ViewsUnavailable: the database cannot be read just now.
        """
        for _ in range(ATTEMPTS):
            try:
                return self.store.rows(self._query(sql), params)
            except TableGone as error:
                # A rebuilt table has taken the place of the one that we knew.
                gone = error
                self.standing()
        raise ViewsUnavailable from gone

    def standing(self) -> dict[str, Served]:
        """How every view stands, read afresh; also learns which tables serve."""
        found = self.store.rows(
            "SELECT view_name, generation, notification_id, stopped_at, stopped_tag, stopped_why "
            "FROM serving JOIN tracking ON application_name = view_name || '__' || generation"
        )
        served = {
            name: Served(generation, position, at and Stopped(at, tag, why))
            for name, generation, position, at, tag, why in found
            if name in self.views
        }
        names: dict[str, str] = {}
        for name, view in served.items():
            names |= table_names(Built(self.views[name], view.generation))
        if names != self._names:
            self._names, self._queries = names, {}
        return served

    def apply(
        self,
        step: Sequence[tuple[Built, Changes]],
        after: int,
        to: int,
        stopped: Stopped | None = None,
    ) -> None:
        """Bring these views from position *after* to *to*, all or none, each event once.

        Raises:
            Moved: one of them does not stand at *after*, or is not there any more.
            ViewsUnavailable: nothing has happened; the same step may be tried again.
            StatementRefused: nothing has happened, and the same step would be refused again.
        """
        store = self.store
        ready = [pair for built, changes in step for pair in written(store, built, changes)]
        names = [built.name for built, _ in step]
        marks = ", ".join("?" * len(names))
        with store.write() as cursor:
            # One statement takes the lock, checks the position and moves it. Whoever read events
            # after an older position finds no row to move and must not write.
            run(
                store,
                cursor,
                "UPDATE tracking SET notification_id = ? "
                f"WHERE notification_id = ? AND application_name IN ({marks})",
                to,
                after,
                *names,
            )
            if cursor.rowcount != len(names):
                raise Moved
            for sql, rows in ready:
                cursor.execute(sql, (rows,))
            if stopped is not None:
                run(
                    store,
                    cursor,
                    "UPDATE serving SET stopped_at = ?, stopped_tag = ?, stopped_why = ? "
                    f"WHERE view_name || '__' || generation IN ({marks})",
                    stopped.position,
                    stopped.tag,
                    stopped.why,
                    *names,
                )

    def close(self) -> None:
        """Give back every connection."""
        self.store.close()

    def _query(self, sql: str) -> str:
        found = self._queries.get(sql)
        if found is None:
            found = self._queries[sql] = self.store.dialect.sql(sql.format_map(self._names))
        return found

"""What one batch of events does to the tables of one view.

Changes to one row are merged as they come, so a batch costs one write per touched row, whatever
the number of its events. Rows do not depend on each other, so the order of writes is free.
Nothing is read: a view is a function of the events alone.

Shapes: per table, key -> (verb, columns set, columns added to).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from projections.tables import Table

Key = str | int | tuple[str | int, ...]


class Verb(Enum):
    """What happens to the row."""

    PUT = "put"
    CHANGE = "change"
    DROP = "drop"


class Change(msgspec.Struct):
    """The one thing that happens to one row in this batch."""

    verb: Verb
    sets: dict[str, Any]
    adds: dict[str, int]


class Changes:
    """Collects the changes of a batch, at most one per row."""

    def __init__(self) -> None:
        self.tables: dict[str, tuple[Table, dict[Key, Change]]] = {}

    def put(self, table: Table, key: Key, /, **columns: object) -> None:
        """Write the whole row; columns that are not named are empty or 0."""
        self._rows(table)[key] = Change(Verb.PUT, columns, {})

    def change(self, table: Table, key: Key, /, **columns: object) -> None:
        """Set these columns of the row."""
        rows = self._rows(table)
        pending = rows.get(key)
        if pending is None:
            rows[key] = Change(Verb.CHANGE, columns, {})
        elif pending.verb is not Verb.DROP:
            pending.sets.update(columns)
            for column in pending.adds.keys() & columns.keys():
                del pending.adds[column]
        elif table.accrues and columns:
            rows[key] = Change(Verb.PUT, columns, {})

    def add(self, table: Table, key: Key, /, **amounts: int) -> None:
        """Add these amounts to columns of the row."""
        rows = self._rows(table)
        pending = rows.get(key)
        if pending is None:
            rows[key] = Change(Verb.CHANGE, {}, amounts)
        elif pending.verb is not Verb.DROP:
            whole = pending.verb is Verb.PUT
            for column, amount in amounts.items():
                into = pending.sets if whole or column in pending.sets else pending.adds
                into[column] = into.get(column, 0) + amount
        elif table.accrues and amounts:
            rows[key] = Change(Verb.PUT, amounts, {})

    def drop(self, table: Table, key: Key, /) -> None:
        """Take the row away."""
        self._rows(table)[key] = Change(Verb.DROP, {}, {})

    def _rows(self, table: Table) -> dict[Key, Change]:
        found = self.tables.get(table.name)
        if found is None:
            found = self.tables[table.name] = (table, {})
        return found[1]

"""The tables of a view, declared once for every store.

Shapes: a table has a key (one or several columns) and columns of a few neutral kinds.
Units: an instant is kept as whole microseconds since 1970 UTC, a civil day as YYYY-MM-DD, both
sort as they stand.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    COUNT = "count"
    """A whole number that is never absent; 0 until something is added."""
    NUMBER = "number"
    INSTANT = "instant"
    DAY = "day"
    FLAG = "flag"
    JSON = "json"


def micros(at: datetime) -> int:
    """Whole microseconds since 1970 UTC of an aware instant."""
    return (at - EPOCH) // MICROSECOND


def instant(stored: int) -> datetime:
    """The aware instant of a stored number of microseconds."""
    return EPOCH + timedelta(microseconds=stored)


def instant_or_none(stored: int | None) -> datetime | None:
    """As `instant`, for a column that may be empty."""
    return None if stored is None else EPOCH + timedelta(microseconds=stored)


def day_or_none(stored: str | None) -> date | None:
    """The civil day of a stored YYYY-MM-DD, or None."""
    return None if stored is None else date.fromisoformat(stored)


TO_STORED: Mapping[Kind, Callable[[Any], Any]] = {Kind.INSTANT: micros, Kind.FLAG: int}
"""Only these need work in Python; days and lists are written by the JSON encoder itself."""

WHOLE = frozenset({Kind.COUNT, Kind.NUMBER, Kind.INSTANT, Kind.FLAG})
NEVER_ABSENT = frozenset({Kind.COUNT, Kind.FLAG})


class Table(msgspec.Struct, frozen=True, eq=False):
    """One table of a view.

    `indexes` hold what stands after ON table: columns in brackets, perhaps a condition.

    `accrues`: a change to a row that is not there makes the row (for sums). Otherwise such a
    change does nothing, so a listing never shows a row that was only half told.

    `derived`: columns worked out by the database from rows of the same view whenever their row
    was changed, by SQL in which `kept` is the row and `{name}` another table.
    """

    name: str
    key: Mapping[str, Kind]
    columns: Mapping[str, Kind]
    indexes: tuple[str, ...] = ()
    accrues: bool = False
    derived: Mapping[str, str] = msgspec.field(default_factory=dict)

    def kind(self, column: str) -> Kind:
        """The kind of a key or other column."""
        return self.key[column] if column in self.key else self.columns[column]

    def absent(self) -> dict[str, int | None]:
        """A row of which nothing is told: every column, empty or 0."""
        return {name: 0 if kind in NEVER_ABSENT else None for name, kind in self.columns.items()}

    def shape(self) -> str:
        """A short digest that changes when the declaration does."""
        told = repr((self.name, self.key, self.columns, self.indexes, self.accrues, self.derived))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

"""Pages of a listing, and the conditions that choose its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from projections.cursor import from_cursor, to_cursor

if TYPE_CHECKING:
    from collections.abc import Callable

Item = TypeVar("Item")
Place = TypeVar("Place")

COMMUNITY_DIGITS = 12


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """Some items of a list, and the cursor with which it goes on; None at its end."""

    items: list[Item]
    next: str | None


class Where:
    """Conditions joined by AND, with their parameters in order."""

    def __init__(self) -> None:
        self.conditions: list[str] = ["1 = 1"]
        self.params: list[object] = []

    def equal(self, column: str, value: str | int | None) -> None:
        """The column holds *value*; None asks for nothing."""
        if value is not None:
            self.matches(f"{column} = ?", value)

    def inside(self, column: str, area: str | None) -> None:
        """The column's code is *area* or lies inside it; None asks for nothing."""
        if area is None:
            return
        if len(area) == COMMUNITY_DIGITS:
            self.matches(f"{column} = ?", area)
        else:
            # Written as the indexes on streets are; of a district nearly every row matches.
            self.matches(f"substr({column}, 1, {len(area)}) = ?", area)

    def among(self, column: str, values: list[str] | None) -> None:
        """The column holds one of *values*; None asks for nothing, an empty list finds nothing."""
        if values is not None:
            marks = ", ".join("?" * len(values)) or "NULL"
            self.matches(f"{column} IN ({marks})", *values)

    def matches(self, condition: str, *params: object) -> None:
        """Add a condition as it stands."""
        self.conditions.append(condition)
        self.params += params

    @property
    def sql(self) -> str:
        """All conditions as one."""
        return " AND ".join(self.conditions)


def place_in(cursor: str | None, shape: type[Place]) -> Place | None:
    """The place of the last item of the page before.

    Raises:
        BadCursor: the cursor did not come from such a list.
    """
    return None if cursor is None else from_cursor(cursor, shape)


def page(
    items: list[Item], limit: int, place: Callable[[Item], tuple[int | str, ...]]
) -> Page[Item]:
    """A page of *limit* of the items, of which one more was read if there is more."""
    if len(items) <= limit:
        return Page(items, None)
    kept = items[:limit]
    return Page(kept, to_cursor(*place(kept[-1])))

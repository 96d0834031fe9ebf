"""What a view is: its tables, the tags that it uses or ignores, and one function of the events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from projections.changes import Changes
    from projections.source import Recorded
    from projections.tables import Table


class View(msgspec.Struct, frozen=True, eq=False):
    """A read model.

    Every tag of the domain stands in `uses` or in `ignores`; an event whose tag stands in neither
    stops this view, for nobody has yet decided what it means here. `edition` rises when `project`
    changes its mind about events that it has already seen, so that the view is built again.
    """

    name: str
    tables: tuple[Table, ...]
    uses: frozenset[str]
    ignores: frozenset[str]
    project: Callable[[Recorded, Changes], None]
    edition: int = 1

    def shape(self) -> str:
        """Changes when what is stored would be different."""
        return "-".join((str(self.edition), *(table.shape() for table in self.tables)))


class Stopped(msgspec.Struct, frozen=True):
    """Why a view stopped, and at which event; it shows everything before."""

    position: int
    tag: str
    why: str


class Built(msgspec.Struct, frozen=True):
    """One generation of a view: a set of tables being filled or served."""

    view: View
    generation: int

    @property
    def name(self) -> str:
        """Its name in the tracking table."""
        return f"{self.view.name}__{self.generation}"


class Served(msgspec.Struct, frozen=True):
    """How a view stands."""

    generation: int
    position: int
    stopped: Stopped | None

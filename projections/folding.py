"""What a batch of events means to one view, and where the view must stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.changes import Changes
from projections.view import Stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.source import Recorded
    from projections.view import View

UNKNOWN_TAG = "unknown_tag"


def fold(view: View, events: Sequence[Recorded]) -> tuple[Changes, Stopped | None]:
    """The changes of *events* up to the end, or up to the event at which the view must stop."""
    changes = Changes()
    uses, ignores, project = view.uses, view.ignores, view.project
    for place, recorded in enumerate(events):
        tag = recorded.tag
        if tag in uses:
            try:
                project(recorded, changes)
            except Exception as error:  # noqa: BLE001 (whatever it is, only this view stops)
                # Folded again without this event, of which some changes may be in already.
                return fold(view, events[:place])[0], stopped_by(recorded, error)
        elif tag not in ignores:
            return changes, Stopped(recorded.position, tag, UNKNOWN_TAG)
    return changes, None


def stopped_by(recorded: Recorded, error: BaseException) -> Stopped:
    """The stop at *recorded*; says where the program failed, but no word of the event."""
    deepest = error.__traceback__
    while deepest is not None and deepest.tb_next is not None:
        deepest = deepest.tb_next
    why = type(error).__name__
    if deepest is not None:
        why += f" in {deepest.tb_frame.f_code.co_name}, line {deepest.tb_lineno}"
    return Stopped(recorded.position, recorded.tag, why)

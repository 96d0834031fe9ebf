"""Publishing rule sheets."""

from datetime import date
from typing import Literal

import msgspec

from api.acts import Act, command
from api.commands.desks import BUREAU
from api.requests import Body, Uuid
from journal.command import Decided
from timebank.rules import POINTS_STREAM, PROPOSED_POINTS, Points, publish_points


class PublishRuleSheet(Body, frozen=True, kw_only=True):
    """A sheet of one kind, and the day from which it holds; without `points`, the proposed one."""

    id: Uuid
    kind: Literal["points"]
    effective_from: date
    points: Points | None = None


@command("rule_sheet.publish", stream=POINTS_STREAM)
def publish(body: PublishRuleSheet, act: Act) -> Decided:
    """Publish a sheet for the whole district; the past keeps the sheets that it had."""
    act.require_district(BUREAU)
    points = body.points or PROPOSED_POINTS
    events = publish_points(
        act.read(POINTS_STREAM),
        sheet=body.id,
        effective_from=body.effective_from,
        points=points,
    )
    return Decided(events, {"id": body.id, "points": msgspec.to_builtins(points)})

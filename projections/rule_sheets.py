# ruff: noqa: S608 - conditions are written here, values are parameters
"""Rule sheets: every published one, and which holds on a day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from projections import tags
from projections.pages import Page, Where, page, place_in
from projections.tables import Kind, Table
from projections.view import View
from timebank.rules import PointsPublished

if TYPE_CHECKING:
    from projections.changes import Changes
    from projections.source import Recorded
    from projections.views import Views

SHEETS = Table(
    "sheets",
    key={"sheet": Kind.TEXT},
    columns={
        "kind": Kind.TEXT,
        "effective_from": Kind.DAY,
        "published": Kind.NUMBER,
        "body": Kind.JSON,
    },
    indexes=(
        "(published)",
        "(kind, effective_from, published)",
    ),
)


def project(recorded: Recorded, rows: Changes) -> None:
    """List every sheet with all its keys."""
    match recorded.event:
        case PointsPublished() as event:
            rows.put(
                SHEETS,
                event.sheet,
                kind="points",
                effective_from=event.effective_from,
                published=recorded.position,
                body=event.points,
            )


VIEW = View(
    name="rule_sheets",
    tables=(SHEETS,),
    uses=frozenset({"rules.points_published"}),
    ignores=tags.BOOK
    | tags.DISTRICT
    | tags.STATIONS
    | tags.VOLUNTEERS
    | tags.RECIPIENTS
    | tags.ORDERS
    | tags.HOURS
    | tags.PURSES
    | tags.POOLS
    | tags.KIN_LINKS
    | tags.GOODS
    | tags.CERTIFICATES,
    project=project,
)


class RuleSheet(msgspec.Struct, frozen=True):
    """A published sheet; `rules` holds every key of its kind."""

    id: str
    kind: str
    effective_from: date
    published: int
    rules: dict[str, Any]


def rule_sheets(
    views: Views,
    *,
    kind: str | None = None,
    on: date | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[RuleSheet]:
    """Sheets, latest published first; with *on*, only the one of each kind that holds that day.

    Of two sheets for one day the later published holds.

    Raises:
        BadCursor: *cursor* did not come from this list.
    """
    where = Where()
    where.equal("kind", kind)
    if on is not None:
        day = on.isoformat()
        where.matches(
            "effective_from <= ? AND NOT EXISTS (SELECT 1 FROM {sheets} AS later "
            "WHERE later.kind = s.kind AND later.effective_from <= ? "
            "AND (later.effective_from, later.published) > (s.effective_from, s.published))",
            day,
            day,
        )
    before = place_in(cursor, tuple[int])
    if before is not None:
        where.matches("published < ?", *before)
    found = views.rows(
        "SELECT sheet, kind, effective_from, published, body FROM {sheets} AS s "
        f"WHERE {where.sql} ORDER BY published DESC LIMIT ?",
        *where.params,
        limit + 1,
    )
    items = [
        RuleSheet(
            sheet,
            kind,
            date.fromisoformat(effective_from),
            published,
            msgspec.json.decode(body, type=dict[str, Any]),
        )
        for sheet, kind, effective_from, published, body in found
    ]
    return page(items, limit, lambda item: (item.published,))

# ruff: noqa: S608 - conditions are written here, values are parameters
"""The areas of the district: code, name, level, residents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from district.area_codes import level_of
from district.areas import AreaAdded, AreaNamed, ResidentsCounted
from projections import tags
from projections.pages import Page, Where, page, place_in
from projections.tables import Kind, Table
from projections.view import View

if TYPE_CHECKING:
    from projections.changes import Changes
    from projections.source import Recorded
    from projections.views import Views

AREAS = Table(
    "areas",
    key={"code": Kind.TEXT},
    columns={"name": Kind.TEXT, "level": Kind.TEXT, "residents": Kind.NUMBER},
)


def project(recorded: Recorded, rows: Changes) -> None:
    """List every area."""
    match recorded.event:
        case AreaAdded(code=code, name=name, residents=residents):
            rows.put(AREAS, code, name=name, level=level_of(code), residents=residents)
        case AreaNamed(code=code, name=name):
            rows.change(AREAS, code, name=name)
        case ResidentsCounted(code=code, residents=residents):
            rows.change(AREAS, code, residents=residents)


VIEW = View(
    name="areas",
    tables=(AREAS,),
    uses=frozenset({"area.added", "area.named", "area.residents_counted"}),
    ignores=tags.BOOK
    | tags.STAFF
    | tags.SIGN_INS
    | tags.CALENDAR
    | tags.RULES
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


class Area(msgspec.Struct, frozen=True):
    """An area; nameless only between the founding of a district and its description."""

    code: str
    name: str | None
    level: str
    residents: int | None


def areas(
    views: Views, *, under: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[Area]:
    """Areas by code, *under* itself and all inside it.

    Raises:
        BadCursor: *cursor* did not come from this list.
    """
    where = Where()
    if under is not None:
        # The colon follows the digits: all codes that begin so, and no other.
        where.matches("code >= ? AND code < ?", under, under + ":")
    after = place_in(cursor, tuple[str])
    if after is not None:
        where.matches("code > ?", *after)
    found = views.rows(
        f"SELECT code, name, level, residents FROM {{areas}} WHERE {where.sql} "
        "ORDER BY code LIMIT ?",
        *where.params,
        limit + 1,
    )
    return page([Area(*row) for row in found], limit, lambda item: (item.code,))

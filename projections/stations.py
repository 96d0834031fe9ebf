# ruff: noqa: S608 - conditions are written here, values are parameters
"""Stations (时光益站) and where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from projections import tags
from projections.pages import Page, Where, page, place_in
from projections.tables import Kind, Table
from projections.view import View
from timebank.stations import StationOpened

if TYPE_CHECKING:
    from projections.changes import Changes
    from projections.source import Recorded
    from projections.views import Views

STATIONS = Table(
    "stations",
    key={"station": Kind.TEXT},
    columns={"opened": Kind.NUMBER, "title": Kind.TEXT, "community": Kind.TEXT},
    indexes=(
        "(opened)",
        "(community, opened)",
    ),
)


def project(recorded: Recorded, rows: Changes) -> None:
    """List every station."""
    match recorded.event:
        case StationOpened() as event:
            rows.put(
                STATIONS,
                event.station,
                opened=recorded.position,
                title=event.title,
                community=event.community,
            )


VIEW = View(
    name="stations",
    tables=(STATIONS,),
    uses=frozenset({"station.opened"}),
    ignores=tags.BOOK
    | tags.DISTRICT
    | tags.RULES
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


class Station(msgspec.Struct, frozen=True):
    """A station."""

    id: str
    opened: int
    title: str
    community: str


def station(views: Views, station: str) -> Station | None:
    """The station, or None where there is none."""
    sql = "SELECT station, opened, title, community FROM {stations} WHERE station = ?"
    return next((Station(*row) for row in views.rows(sql, station)), None)


def stations(
    views: Views, *, community: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[Station]:
    """Stations in the order in which they opened; *community* may be any area around it.

    Raises:
        BadCursor: *cursor* did not come from this list.
    """
    where = Where()
    where.inside("community", community)
    after = place_in(cursor, tuple[int])
    if after is not None:
        where.matches("opened > ?", *after)
    found = views.rows(
        "SELECT station, opened, title, community FROM {stations} "
        f"WHERE {where.sql} ORDER BY opened LIMIT ?",
        *where.params,
        limit + 1,
    )
    return page([Station(*row) for row in found], limit, lambda item: (item.opened,))

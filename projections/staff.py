# ruff: noqa: S608 - conditions are written here, values are parameters
"""Staff: who holds which role in which area, and on which days.

Shapes: `named` is the position of the sealed event with the name. Units: civil days; the end of a
grant is the first day without it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from district.staff import RoleEnded, RoleGranted, StaffRelieved
from projections import tags
from projections.pages import Page, Where, page, place_in
from projections.source import subject
from projections.tables import Kind, Table, day_or_none
from projections.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.changes import Changes
    from projections.source import Recorded
    from projections.views import Views

STAFF = Table(
    "staff",
    key={"staff": Kind.TEXT},
    columns={"named": Kind.NUMBER, "relief_explained": Kind.NUMBER},
    accrues=True,
)
GRANTS = Table(
    "grants",
    key={"staff": Kind.TEXT, "grant_id": Kind.TEXT},
    columns={
        "role": Kind.TEXT,
        "area": Kind.TEXT,
        "from_on": Kind.DAY,
        "until_on": Kind.DAY,
        "position": Kind.NUMBER,
    },
    indexes=(
        "(area)",
        "(role, area)",
    ),
)
ENDINGS = Table(
    "endings",
    key={"staff": Kind.TEXT, "position": Kind.NUMBER},
    columns={"grant_id": Kind.TEXT, "ended_on": Kind.DAY},
)
"""An ending without a grant ends every grant made so far; the earliest end counts."""

SEALED = {"staff.named": "named", "staff.relief_explained": "relief_explained"}


def project(recorded: Recorded, rows: Changes) -> None:
    """List every grant and every end of grants."""
    match recorded.event:
        case RoleGranted() as event:
            rows.put(
                GRANTS,
                (event.staff, event.grant),
                role=event.role,
                area=event.area,
                from_on=event.from_on,
                until_on=event.until_on,
                position=recorded.position,
            )
        case RoleEnded(staff=staff, grant=grant, on=on):
            rows.put(ENDINGS, (staff, recorded.position), grant_id=grant, ended_on=on)
        case StaffRelieved(staff=staff, on=on):
            rows.put(ENDINGS, (staff, recorded.position), ended_on=on)
        case _:
            column = SEALED[recorded.tag]
            rows.change(STAFF, subject(recorded), **{column: recorded.position})


VIEW = View(
    name="staff",
    tables=(STAFF, GRANTS, ENDINGS),
    uses=frozenset(
        {
            "staff.role_granted",
            "staff.role_ended",
            "staff.relieved",
            "staff.named",
            "staff.relief_explained",
        }
    ),
    ignores=tags.BOOK
    | tags.AREAS
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


class Grant(msgspec.Struct, frozen=True):
    """A role in an area: `until_on` is its last day, `ended_on` the first day without it."""

    id: str
    role: str
    area: str
    from_on: date
    until_on: date | None
    ended_on: date | None


class Member(msgspec.Struct, frozen=True):
    """A member of staff with those grants that were asked for."""

    id: str
    named: int | None
    grants: list[Grant]


GRANT = (
    "SELECT g.staff, grant_id, role, area, from_on, until_on, (SELECT min(e.ended_on) "
    "FROM {endings} AS e WHERE e.staff = g.staff AND e.position > g.position "
    "AND (e.grant_id IS NULL OR e.grant_id = g.grant_id)) AS ended_on FROM {grants} AS g "
)


def grants_of(views: Views, staff: str, *, on: date | None = None) -> list[Grant]:
    """The grants of a member of staff, all of them or those in force on a day."""
    where = _in_force(on)
    where.equal("staff", staff)
    found = views.rows(
        f"SELECT * FROM ({GRANT}) AS given WHERE {where.sql} ORDER BY from_on, grant_id",
        *where.params,
    )
    return [_grant(row) for _, *row in found]


def staff(
    views: Views,
    *,
    area: str | None = None,
    role: str | None = None,
    on: date | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Member]:
    """Staff with grants in *area* or inside it, of *role*, in force *on* that day.

    Raises:
        BadCursor: *cursor* did not come from this list.
    """
    where = _in_force(on)
    where.inside("area", area)
    where.equal("role", role)
    chosen = f"SELECT * FROM ({GRANT}) AS given WHERE {where.sql}"
    after = place_in(cursor, tuple[str])
    found = views.rows(
        "SELECT shown.staff, s.named, c.grant_id, role, area, from_on, until_on, ended_on "
        f"FROM (SELECT DISTINCT staff FROM ({chosen}) AS found WHERE staff > ? "
        f"ORDER BY staff LIMIT ?) AS shown LEFT JOIN {{staff}} AS s ON s.staff = shown.staff "
        f"JOIN ({chosen}) AS c ON c.staff = shown.staff ORDER BY shown.staff, from_on, c.grant_id",
        *where.params,
        *(after or ("",)),
        limit + 1,
        *where.params,
    )
    members: dict[str, Member] = {}
    for person, named, *grant in found:
        member = members.setdefault(person, Member(person, named, []))
        member.grants.append(_grant(grant))
    return page(list(members.values()), limit, lambda item: (item.id,))


def _in_force(on: date | None) -> Where:
    where = Where()
    if on is not None:
        day = on.isoformat()
        where.matches(
            "from_on <= ? AND (until_on IS NULL OR ? <= until_on) "
            "AND (ended_on IS NULL OR ? < ended_on)",
            day,
            day,
            day,
        )
    return where


def _grant(row: Sequence[Any]) -> Grant:
    grant, role, area, from_on, until_on, ended_on = row
    return Grant(
        grant,
        role,
        area,
        date.fromisoformat(from_on),
        day_or_none(until_on),
        day_or_none(ended_on),
    )

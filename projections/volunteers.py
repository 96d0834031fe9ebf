"""Volunteers: who they are by number, where they stand, and the minutes that they gave.

Shapes: `described` and `identity` are positions of sealed events.
Units: whole minutes of service. Source of the stars: 100 / 300 / 600 / 1,000 / 1,500 hours.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from projections import tags
from projections.pages import Page, Where, page, place_in
from projections.source import subject
from projections.tables import Kind, Table, day_or_none
from projections.view import View
from timebank.hours import HoursRecorded
from timebank.volunteers import (
    IdentityVerified,
    VolunteerLeft,
    VolunteerRegistered,
    VolunteerReinstated,
    VolunteerSuspended,
)

if TYPE_CHECKING:
    from projections.changes import Changes
    from projections.source import Recorded
    from projections.views import Views

STAR_MINUTES = (100 * 60, 300 * 60, 600 * 60, 1_000 * 60, 1_500 * 60)

VOLUNTEERS = Table(
    "volunteers",
    key={"volunteer": Kind.TEXT},
    columns={
        "registered": Kind.NUMBER,
        "version": Kind.NUMBER,
        "volunteer_no": Kind.TEXT,
        "community": Kind.TEXT,
        "minor_until": Kind.DAY,
        "verified": Kind.FLAG,
        "suspended": Kind.FLAG,
        "has_left": Kind.FLAG,
        "status": Kind.TEXT,
        "service_minutes": Kind.COUNT,
        "described": Kind.NUMBER,
        "identity": Kind.NUMBER,
    },
    indexes=(
        "(registered)",
        "(community, registered)",
        "(substr(community, 1, 9), registered)",
        "(status, registered)",
        "(volunteer_no)",
    ),
    derived={
        "status": "CASE WHEN kept.has_left = 1 THEN 'left' WHEN kept.suspended = 1 "
        "THEN 'suspended' WHEN kept.verified = 1 THEN 'verified' ELSE 'registered' END"
    },
)

SEALED = {"volunteer.described": "described", "volunteer.identity_recorded": "identity"}


def project(recorded: Recorded, rows: Changes) -> None:
    """List every volunteer and sum their service."""
    match recorded.event:
        case VolunteerRegistered() as event:
            rows.put(
                VOLUNTEERS,
                event.volunteer,
                registered=recorded.position,
                version=recorded.version,
                volunteer_no=event.volunteer_no,
                community=event.community,
                minor_until=event.minor_until,
            )
        case IdentityVerified(volunteer=volunteer):
            rows.change(VOLUNTEERS, volunteer, version=recorded.version, verified=True)
        case VolunteerSuspended(volunteer=volunteer):
            rows.change(VOLUNTEERS, volunteer, version=recorded.version, suspended=True)
        case VolunteerReinstated(volunteer=volunteer):
            rows.change(VOLUNTEERS, volunteer, version=recorded.version, suspended=False)
        case VolunteerLeft(volunteer=volunteer):
            rows.change(VOLUNTEERS, volunteer, version=recorded.version, has_left=True)
        case HoursRecorded(person=person, minutes=minutes):
            rows.add(VOLUNTEERS, person, service_minutes=minutes)
        case _:
            rows.change(
                VOLUNTEERS,
                subject(recorded),
                version=recorded.version,
                **{SEALED[recorded.tag]: recorded.position},
            )


VIEW = View(
    name="volunteers",
    tables=(VOLUNTEERS,),
    uses=frozenset(
        {
            "volunteer.registered",
            "volunteer.described",
            "volunteer.identity_verified",
            "volunteer.identity_recorded",
            "volunteer.suspended",
            "volunteer.reinstated",
            "volunteer.left",
            "hours.recorded",
        }
    ),
    ignores=tags.BOOK
    | tags.DISTRICT
    | tags.RULES
    | tags.STATIONS
    | tags.RECIPIENTS
    | tags.ORDERS
    | tags.PURSES
    | tags.POOLS
    | tags.KIN_LINKS
    | tags.GOODS
    | tags.CERTIFICATES,
    project=project,
)


class Volunteer(msgspec.Struct, frozen=True):
    """A volunteer, without a word about the person."""

    id: str
    registered: int
    version: int
    volunteer_no: str
    community: str
    minor_until: date | None
    status: str
    service_minutes: int
    stars: int
    described: int | None
    identity: int | None


COLUMNS = (
    "SELECT volunteer, registered, version, volunteer_no, community, minor_until, status, "
    "service_minutes, described, identity FROM {volunteers} "
)


def stars(service_minutes: int) -> int:
    """The stars, 0 to 5, of so many minutes of service."""
    return bisect_right(STAR_MINUTES, service_minutes)


def volunteer(views: Views, volunteer: str) -> Volunteer | None:
    """The volunteer, or None where nobody is registered under this id."""
    found = views.rows(COLUMNS + "WHERE volunteer = ?", volunteer)
    return _volunteer(found[0]) if found else None


def volunteers(
    views: Views,
    *,
    ids: list[str] | None = None,
    volunteer_no: str | None = None,
    community: str | None = None,
    status: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Volunteer]:
    """Volunteers, newest first; *community* may be the code of any area around it.

    Raises:
        BadCursor: *cursor* did not come from this list.
    """
    where = Where()
    where.among("volunteer", ids)
    where.equal("volunteer_no", volunteer_no)
    where.inside("community", community)
    where.equal("status", status)
    before = place_in(cursor, tuple[int])
    if before is not None:
        where.matches("registered < ?", *before)
    found = views.rows(
        COLUMNS + f"WHERE {where.sql} ORDER BY registered DESC LIMIT ?", *where.params, limit + 1
    )
    return page([_volunteer(row) for row in found], limit, lambda item: (item.registered,))


def _volunteer(row: Any) -> Volunteer:
    (
        volunteer,
        registered,
        version,
        volunteer_no,
        community,
        minor_until,
        status,
        service_minutes,
        described,
        identity,
    ) = row
    return Volunteer(
        volunteer,
        registered,
        version,
        volunteer_no,
        community,
        day_or_none(minor_until),
        status,
        service_minutes,
        stars(service_minutes),
        described,
        identity,
    )

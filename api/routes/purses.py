"""Purses: what a person has, and every entry that made it so."""

from datetime import date

import msgspec
from litestar import Router
from litestar.params import FromPath, FromQuery

from api.commands.desks import READERS
from api.reading import require_reader
from api.requests import JsonRequest, Limit, Position, Uuid
from api.routing import read
from projections import purses as view
from projections import volunteers as volunteer_view
from projections.pages import Page
from projections.purses import Entry, Lot
from timebank.rules import POINTS_STREAM, sheet_at
from timebank.volunteers import VolunteerNotFound


class Expiring(msgspec.Struct, frozen=True):
    """Minutes that are lost after their last day."""

    minutes: int
    on: date


class PurseAnswer(msgspec.Struct, frozen=True):
    """A purse in credit minutes, and in whole points by the sheet in force now."""

    person: str
    available_minutes: int
    held_minutes: int
    debt_minutes: int
    points: int
    remainder_minutes: int
    lots: list[Lot]
    expiring: list[Expiring]


@read("/purses/{person:str}")
async def purse(
    request: JsonRequest, person: FromPath[Uuid], after: FromQuery[Position | None] = None
) -> PurseAnswer:
    """A purse, its lots oldest first."""
    service = request.service
    await service.shown("purses", after)
    _require_purse_reader(request, person)
    found = view.purse(service.views, person)
    sheet = sheet_at(service.book.recent(POINTS_STREAM), service.clock())
    per_point = sheet.points.minutes_per_point
    by_day: dict[date, int] = {}
    for lot in found.lots:
        if lot.valid_until is not None:
            by_day[lot.valid_until] = by_day.get(lot.valid_until, 0) + lot.minutes
    return PurseAnswer(
        person,
        found.available_minutes,
        found.held_minutes,
        found.debt_minutes,
        found.available_minutes // per_point,
        found.available_minutes % per_point,
        found.lots,
        [Expiring(minutes, on) for on, minutes in sorted(by_day.items())],
    )


@read("/purses/{person:str}/entries")
async def entries(
    request: JsonRequest,
    person: FromPath[Uuid],
    after: FromQuery[Position | None] = None,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Entry]:
    """The entries of a purse, newest first."""
    await request.service.shown("purses", after)
    _require_purse_reader(request, person)
    return view.entries(request.service.views, person, limit=limit, cursor=cursor)


def _require_purse_reader(request: JsonRequest, person: str) -> None:
    """One reads one's own purse; a desk, those of its area; whoever else learns nothing."""
    volunteer = volunteer_view.volunteer(request.service.views, person)
    area = volunteer.community if volunteer else None
    require_reader(request, READERS, area, person)
    if volunteer is None:
        raise VolunteerNotFound


ROUTES = Router("/v1", route_handlers=[purse, entries], tags=["purses"])

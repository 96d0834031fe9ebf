"""Staff: appointing, further roles, relief, and who holds what."""

import asyncio
from datetime import date

import msgspec
from litestar import Response, Router
from litestar.params import FromPath, FromQuery, JSONBody

from api.acts import ZONE, act, idempotency_key
from api.commands import staff
from api.commands.staff import AppointStaff, GrantRole, Relieve
from api.reading import area_to_read, opened
from api.requests import AreaCode, JsonRequest, Limit, Position, Uuid, Written
from api.routes.sign_ins import SignInAnswer
from api.routing import read, write
from district.calendar import civil_day
from district.roles import ROLES, Role
from district.staff import staff_stream
from projections import staff as view


class Granted(msgspec.Struct, frozen=True, rename={"from_on": "from", "until_on": "until"}):
    """One role in one area, and its days."""

    role: str
    area: str
    from_on: date
    until_on: date | None


class StaffMember(msgspec.Struct, frozen=True):
    """A member of staff; the name is gone once they were forgotten."""

    id: str
    name: str | None
    roles: list[Granted]


class StaffPage(msgspec.Struct, frozen=True):
    """A page of staff."""

    items: list[StaffMember]
    next: str | None


@write("/staff")
async def appoint(request: JsonRequest, data: JSONBody[AppointStaff]) -> Response[SignInAnswer]:
    """Appoint someone; the first answer alone carries their one-time password."""
    issued = request.service.accounts.issued
    key = idempotency_key(request)
    return await act(request, staff.appoint_staff, data, issued, grant=key)


@write("/staff/{person:str}/grants")
async def grant_role(
    request: JsonRequest, data: JSONBody[GrantRole], person: FromPath[Uuid]
) -> Response[Written]:
    """Give a further role."""
    key = idempotency_key(request)
    answer = await act(request, staff.grant_further, data, staff=person, grant=key)
    await _read_anew(request, person)
    return answer


@write("/staff/{person:str}/relief")
async def relieve(
    request: JsonRequest, data: JSONBody[Relieve], person: FromPath[Uuid]
) -> Response[Written]:
    """End every role; from today on, every session of theirs ends at once."""
    answer = await act(request, staff.relieve_staff, data, staff=person)
    await _read_anew(request, person)
    if data.on <= civil_day(request.service.clock(), ZONE):
        await request.service.sessions.end_person(person)
    return answer


@read("/staff")
async def list_staff(
    request: JsonRequest,
    area: FromQuery[AreaCode | None] = None,
    role: FromQuery[Role | None] = None,
    after: FromQuery[Position | None] = None,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> StaffPage:
    """Who holds a role today in an area of the caller's."""
    service = request.service
    await service.shown("staff", after)
    within = area_to_read(request, ROLES.keys(), area)
    today = civil_day(service.clock(), ZONE)
    page = view.staff(service.views, area=within, role=role, on=today, limit=limit, cursor=cursor)
    words = await opened(service.book, [member.named for member in page.items])
    return StaffPage(
        [
            StaffMember(
                member.id,
                named and named.name,
                [Granted(g.role, g.area, g.from_on, g.until_on) for g in member.grants],
            )
            for member, named in zip(page.items, words, strict=True)
        ],
        page.next,
    )


async def _read_anew(request: JsonRequest, person: str) -> None:
    """Let reads know at once what *person* holds now; other processes know within a second."""
    await asyncio.to_thread(request.service.book.recent, staff_stream(person), 0.0)


ROUTES = Router("/v1", route_handlers=[appoint, grant_role, relieve, list_staff], tags=["staff"])

"""Volunteers: joining, proving who they are, and their records of service."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from litestar import Response, Router
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.acts import act
from api.commands import volunteers
from api.commands.desks import READERS
from api.commands.volunteers import Reason, RegisterVolunteer, VerifyIdentity
from api.guard import EITHER
from api.passwords import must_be_strong
from api.reading import area_to_read, opened, require_reader
from api.requests import AreaCode, JsonRequest, Limit, Position, Uuid, Written
from api.routing import read, write
from api.service import Service
from projections import areas as area_view
from projections import service_records as record_view
from projections import volunteers as view
from projections.service_records import ServiceRecord
from projections.volunteers import Volunteer
from timebank.volunteers import VolunteerNotFound


class Registered(msgspec.Struct, frozen=True):
    """The new volunteer's number and sign-in, and once only a password to hand over."""

    id: str
    volunteer_no: str
    sign_in: str
    position: int
    one_time_password: str | None = None


class VolunteerItem(msgspec.Struct, frozen=True):
    """A volunteer in a list: no words."""

    id: str
    volunteer_no: str
    status: str
    community: str
    stars: int
    service_minutes: int


class VolunteerAnswer(msgspec.Struct, frozen=True):
    """A volunteer with the words that the reader may see; None once they were forgotten."""

    id: str
    volunteer_no: str
    status: str
    community: str
    stars: int
    service_minutes: int
    version: int
    name: str | None
    phone: str | None
    skills: tuple[str, ...]


class VolunteerPage(msgspec.Struct, frozen=True):
    """A page of volunteers."""

    items: list[VolunteerItem]
    next: str | None


class RecordAnswer(msgspec.Struct, frozen=True, rename={"served_on": "date"}):
    """One day of service with every field that the law asks for."""

    id: str
    order: str
    activity: str | None
    served_on: date
    place: str | None
    content: str | None
    minutes: int
    credit_minutes: int
    capped_minutes: int
    organising_unit: str
    person_in_charge: str | None
    evaluation: int | None
    recorded_at: str
    due_on: date
    late: bool


class RecordPage(msgspec.Struct, frozen=True):
    """A page of service records."""

    items: list[RecordAnswer]
    next: str | None


@write("/volunteers", HTTPStatus.CREATED, opt=EITHER)
async def register(request: JsonRequest, data: JSONBody[RegisterVolunteer]) -> Response[Registered]:
    """Join; anyone may, at a limited rate. The number is the sign-in."""
    service = request.service
    if request.user is None:
        await service.limits.take("registration", request.address)
    verifier = None
    if data.password is not None:
        must_be_strong(data.password, name=data.phone)
        verifier = await service.passwords.verifier(data.password)
    extra = service.accounts.issued if verifier is None else None
    return await act(request, volunteers.register_volunteer, data, extra, verifier=verifier)


@write("/volunteers/{volunteer:str}/identity-verification")
async def verify_identity(
    request: JsonRequest, data: JSONBody[VerifyIdentity], volunteer: FromPath[Uuid]
) -> Response[Written]:
    """Record at a desk that proof of identity was seen."""
    return await act(request, volunteers.verify, data, volunteer=volunteer)


@write("/volunteers/{volunteer:str}/suspensions")
async def suspend(
    request: JsonRequest, data: JSONBody[Reason], volunteer: FromPath[Uuid]
) -> Response[Written]:
    """Keep a volunteer from new orders for now."""
    return await act(request, volunteers.suspend_volunteer, data, volunteer=volunteer)


@write("/volunteers/{volunteer:str}/departures")
async def leave(
    request: JsonRequest, data: JSONBody[Reason], volunteer: FromPath[Uuid]
) -> Response[Written]:
    """Leave the time bank; what was earned stays on record."""
    return await act(request, volunteers.let_go, data, volunteer=volunteer)


@read("/volunteers")
async def list_volunteers(
    request: JsonRequest,
    community: FromQuery[AreaCode | None] = None,
    status: FromQuery[Literal["registered", "verified", "suspended", "left"] | None] = None,
    after: FromQuery[Position | None] = None,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> VolunteerPage:
    """Volunteers of an area of the caller's."""
    await request.service.shown("volunteers", after)
    area = area_to_read(request, READERS, community)
    page = view.volunteers(
        request.service.views, community=area, status=status, limit=limit, cursor=cursor
    )
    return VolunteerPage([_item(v) for v in page.items], page.next)


@read("/volunteers/{volunteer:str}")
async def one_volunteer(
    request: JsonRequest, volunteer: FromPath[Uuid], after: FromQuery[Position | None] = None
) -> VolunteerAnswer:
    """A volunteer, for themselves and the desks of their area."""
    await request.service.shown("volunteers", after)
    found = _readable(request, volunteer)
    (words,) = await opened(request.service.book, [found.described])
    item = _item(found)
    return VolunteerAnswer(
        **msgspec.structs.asdict(item),
        version=found.version,
        name=words and words.name,
        phone=words and words.phone,
        skills=words.skills if words else (),
    )


@read("/volunteers/{volunteer:str}/service-records")
async def service_records(
    request: JsonRequest,
    volunteer: FromPath[Uuid],
    served_from: Annotated[date | None, QueryParameter(name="from")] = None,
    served_to: Annotated[date | None, QueryParameter(name="to")] = None,
    after: FromQuery[Position | None] = None,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> RecordPage:
    """What a volunteer gave, newest first."""
    service = request.service
    await service.shown("service_records", after)
    _readable(request, volunteer)
    page = record_view.service_records(
        service.views, volunteer, from_on=served_from, to_on=served_to, limit=limit, cursor=cursor
    )
    words = await opened(service.book, [record.described for record in page.items])
    people = await opened(service.book, [record.in_charge for record in page.items])
    towns = _area_names(service, {record.community for record in page.items})
    return RecordPage(
        [
            _record(record, described, in_charge, towns.get(record.community))
            for record, described, in_charge in zip(page.items, words, people, strict=True)
        ],
        page.next,
    )


def _readable(request: JsonRequest, volunteer: str) -> Volunteer:
    found = view.volunteer(request.service.views, volunteer)
    require_reader(request, READERS, found.community if found else None, volunteer)
    if found is None:
        raise VolunteerNotFound
    return found


def _item(found: Volunteer) -> VolunteerItem:
    return VolunteerItem(
        found.id,
        found.volunteer_no,
        found.status,
        found.community,
        found.stars,
        found.service_minutes,
    )


def _area_names(service: Service, codes: set[str]) -> dict[str, str | None]:
    """The names of the areas *codes*."""
    found = [area_view.areas(service.views, under=code, limit=1).items for code in codes]
    return {area.code: area.name for items in found for area in items}


def _record(
    record: ServiceRecord, described: object, in_charge: object, town: str | None
) -> RecordAnswer:
    """The record in full; where the order named no place of its own, its community is the place."""
    return RecordAnswer(
        id=record.id,
        order=record.order,
        activity=getattr(described, "title", None),
        served_on=record.served_on,
        place=getattr(described, "address", None) or town,
        content=getattr(described, "content", None),
        minutes=record.minutes,
        credit_minutes=record.credit_minutes,
        capped_minutes=record.capped_minutes,
        organising_unit=record.organising_unit,
        person_in_charge=getattr(in_charge, "name", None),
        evaluation=record.rating,
        recorded_at=record.recorded_at.isoformat(),
        due_on=record.due_on,
        late=record.late,
    )


ROUTES = Router(
    "/v1",
    route_handlers=[
        register,
        verify_identity,
        suspend,
        leave,
        list_volunteers,
        one_volunteer,
        service_records,
    ],
    tags=["volunteers"],
)

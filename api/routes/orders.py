"""Service orders: every step of one, lists of many."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from litestar import Response, Router
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.acts import act
from api.commands import orders
from api.commands.desks import READERS, STATION_DESK
from api.commands.orders import Attend, Cancel, Confirm, CreateOrder, Join, Nothing
from api.reading import area_to_read, may_read, opened
from api.requests import AreaCode, Code, JsonRequest, Limit, Position, Time, Uuid, Written, utc
from api.routing import read, write
from projections import order_pages as view
from projections import recipients as recipient_view
from projections.order_pages import OrderItem, OrderMember
from timebank.ordering import OrderNotFound
from timebank.places import band
from timebank.rules import POINTS_STREAM, sheet_at

Status = Literal[
    "draft", "published", "accepted", "under_way", "awaiting_confirmation", "confirmed", "cancelled"
]
OPEN_STATES = ("accepted", "under_way", "awaiting_confirmation")


class OrderLine(msgspec.Struct, frozen=True):
    """An order in a list; the title is gone once its recipient was forgotten."""

    id: str
    version: int
    kind: str
    title: str | None
    category: str
    status: str
    planned_start: datetime
    planned_end: datetime
    community: str
    station: str | None
    places: int
    places_left: int
    record_due_on: date | None
    my_state: str | None


class Contact(msgspec.Struct, frozen=True):
    """Who is served, for those who come to them."""

    name: str
    phone: str | None


class OrderAnswer(msgspec.Struct, frozen=True):
    """One order; address, contact and meeting note only for accepted volunteers and the desk."""

    id: str
    version: int
    kind: str
    title: str | None
    category: str
    status: str
    planned_start: datetime
    planned_end: datetime
    community: str
    station: str | None
    places: int
    places_left: int
    record_due_on: date | None
    my_state: str | None
    organising_unit: str
    funding: str
    recipient: str | None
    requirements: list[str]
    content: str | None
    address: str | None
    contact: Contact | None
    meeting_note: str | None
    person_in_charge: str | None
    members: list[OrderMember]
    allowed: list[str]


class OrderPage(msgspec.Struct, frozen=True):
    """A page of orders."""

    items: list[OrderLine]
    next: str | None


@write("/orders", HTTPStatus.CREATED)
async def create(request: JsonRequest, data: JSONBody[CreateOrder]) -> Response[Written]:
    """Write an order down, and publish it unless it is a draft."""
    return await act(request, orders.create, data)


@write("/orders/{order:str}/publications")
async def publish(
    request: JsonRequest, data: JSONBody[Nothing], order: FromPath[Uuid]
) -> Response[Written]:
    """Show a draft to volunteers."""
    return await act(request, orders.publish, data, order=order)


@write("/orders/{order:str}/cancellations")
async def cancel(
    request: JsonRequest, data: JSONBody[Cancel], order: FromPath[Uuid]
) -> Response[Written]:
    """Call an order off before anyone began."""
    return await act(request, orders.cancel, data, order=order)


@write("/orders/{order:str}/acceptances")
async def accept(
    request: JsonRequest, data: JSONBody[Join], order: FromPath[Uuid]
) -> Response[Written]:
    """Take a place."""
    return await act(request, orders.accept, data, order=order)


@write("/orders/{order:str}/withdrawals")
async def withdraw(
    request: JsonRequest, data: JSONBody[Join], order: FromPath[Uuid]
) -> Response[Written]:
    """Give the place back before the service begins."""
    return await act(request, orders.withdraw, data, order=order)


@write("/orders/{order:str}/check-ins")
async def check_in(
    request: JsonRequest, data: JSONBody[Attend], order: FromPath[Uuid]
) -> Response[Written]:
    """Arrive."""
    near = await _band(request, data, order)
    return await act(request, orders.check_in, data, order=order, band=near)


@write("/orders/{order:str}/check-outs")
async def check_out(
    request: JsonRequest, data: JSONBody[Attend], order: FromPath[Uuid]
) -> Response[Written]:
    """Leave."""
    near = await _band(request, data, order)
    return await act(request, orders.check_out, data, order=order, band=near)


@write("/orders/{order:str}/confirmations")
async def confirm(
    request: JsonRequest, data: JSONBody[Confirm], order: FromPath[Uuid]
) -> Response[Written]:
    """Confirm someone else's service: hours are recorded and points earned in the same step."""
    return await act(request, orders.confirm, data, order=order)


@read("/orders")
async def list_orders(
    request: JsonRequest,
    mine: FromQuery[Literal["published", "accepted", "to_confirm"] | None] = None,
    status: FromQuery[Status | None] = None,
    station: FromQuery[Uuid | None] = None,
    community: FromQuery[AreaCode | None] = None,
    category: FromQuery[Code | None] = None,
    recipient: FromQuery[Uuid | None] = None,
    volunteer: FromQuery[Uuid | None] = None,
    starts_from: Annotated[Time | None, QueryParameter(name="from")] = None,
    starts_before: Annotated[Time | None, QueryParameter(name="to")] = None,
    due_before: FromQuery[date | None] = None,
    after: FromQuery[Position | None] = None,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> OrderPage:
    """Orders, newest first: one's own, those that are open to volunteers, or an area's."""
    service, me = request.service, request.caller.person
    await service.shown("orders", after)
    speaks_for = _confirms_for(request)
    own = mine is not None or me == volunteer or recipient in speaks_for
    desk = mine == "to_confirm" and request.caller.kind == "staff"
    if desk:
        community = area_to_read(request, STATION_DESK, community)
    elif not own:
        if request.caller.kind == "staff":
            community = area_to_read(request, READERS, community)
        else:
            status, recipient, volunteer = "published", None, None
    page = view.orders(
        service.views,
        asked_by=me,
        status=status,
        station=station,
        community=community,
        category=category,
        recipient=recipient,
        volunteer=me if mine == "accepted" else volunteer,
        published_by=me if mine == "published" else None,
        awaiting=mine == "to_confirm",
        recipients=speaks_for if mine == "to_confirm" and not desk else None,
        starts_from=starts_from,
        starts_before=starts_before,
        due_before=due_before,
        limit=limit,
        cursor=cursor,
    )
    words = await opened(service.book, [item.described for item in page.items])
    lines = [_line(item, said) for item, said in zip(page.items, words, strict=True)]
    return OrderPage(lines, page.next)


@read("/orders/{order:str}")
async def one_order(
    request: JsonRequest, order: FromPath[Uuid], after: FromQuery[Position | None] = None
) -> OrderAnswer:
    """One order, with what the caller may see and do."""
    service, me = request.service, request.caller.person
    await service.shown("orders", after)
    found = view.order(service.views, order, asked_by=me)
    if found is None:
        raise OrderNotFound
    desk = may_read(request, STATION_DESK, found.community)
    served = found.recipient is not None and (
        me == found.recipient
        or any(
            proxy.person == me for proxy in recipient_view.proxies(service.views, found.recipient)
        )
    )
    reads = desk or served or may_read(request, READERS, found.community)
    if not reads and found.my_state is None and found.status != "published":
        raise OrderNotFound  # who has nothing to do with an order does not learn that it exists
    members = view.members(service.views, order)
    near = desk or served or found.my_state in OPEN_STATES
    home = found.recipient and recipient_view.recipient(service.views, found.recipient)
    words, in_charge, person = await opened(
        service.book,
        [found.described, found.in_charge, home.described if home and near else None],
    )
    line = msgspec.structs.asdict(_line(found, words))
    return OrderAnswer(
        **line,
        organising_unit=found.organising_unit,
        funding=found.funding,
        recipient=found.recipient if reads else None,
        requirements=found.requirements,
        content=words and words.content,
        address=((words and words.address) or (person and person.address)) if near else None,
        contact=Contact(person.name, person.phone) if person else None,
        meeting_note=words.meeting_note if words and near else None,
        person_in_charge=in_charge.name if in_charge and near else None,
        members=members if reads else [m for m in members if m.volunteer == me],
        allowed=_allowed(found, members, me, desk=desk, served=served),
    )


async def _band(request: JsonRequest, data: Attend, order: str) -> str | None:
    """How near the phone was to where the service is; None where either place is unknown."""
    if data.place is None:
        return None
    service = request.service
    found = view.order(service.views, order)
    (words,) = await opened(service.book, [found.described if found else None])
    if words is None or words.place is None:
        return None
    points = sheet_at(service.book.recent(POINTS_STREAM), utc(data.at)).points
    return band(data.place.read(), words.place, radius_metres=points.checkin_radius_metres)


def _confirms_for(request: JsonRequest) -> list[str]:
    """The recipients for whom the caller may confirm: themselves, and whose proxy they are."""
    me = request.caller.person
    return [me, *recipient_view.represented(request.service.views, me)]


def _line(item: OrderItem, words: object) -> OrderLine:
    return OrderLine(
        id=item.id,
        version=item.version,
        kind=item.kind,
        title=getattr(words, "title", None),
        category=item.category,
        status=item.status,
        planned_start=item.planned_start,
        planned_end=item.planned_end,
        community=item.community,
        station=item.station,
        places=item.places,
        places_left=item.places_left,
        record_due_on=item.record_due_on,
        my_state=item.my_state,
    )


def _allowed(
    item: OrderItem, members: list[OrderMember], me: str, *, desk: bool, served: bool
) -> list[str]:
    """The commands that make sense for the caller now; the book decides each anew."""
    allowed = []
    if desk and item.status == "draft":
        allowed.append("publish")
    if desk and item.status in {"draft", "published", "accepted"}:
        allowed.append("cancel")
    if item.places_left and item.my_state in {None, "withdrawn"} and not (desk or served):
        allowed.append("accept")
    match item.my_state:
        case "accepted":
            allowed += ["withdraw", "check_in"]
        case "under_way":
            allowed.append("check_out")
        case "awaiting_confirmation":
            allowed.append("check_in")
    waiting = [m for m in members if m.state == "awaiting_confirmation" and m.volunteer != me]
    if waiting and (desk or served):
        allowed.append("confirm")
    return allowed


ROUTES = Router(
    "/v1",
    route_handlers=[
        create,
        publish,
        cancel,
        accept,
        withdraw,
        check_in,
        check_out,
        confirm,
        list_orders,
        one_order,
    ],
    tags=["orders"],
)

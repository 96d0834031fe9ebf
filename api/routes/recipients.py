"""Recipients of service."""

import asyncio
from contextlib import suppress
from datetime import date
from http import HTTPStatus

import msgspec
from litestar import Response, Router
from litestar.params import FromPath, FromQuery, JSONBody

from api.acts import act
from api.commands import recipients
from api.commands.desks import READERS
from api.commands.recipients import RegisterRecipient
from api.reading import area_to_read, opened, require_reader
from api.requests import AreaCode, JsonRequest, Limit, Position, Text, Uuid, Written
from api.routing import read, write
from api.service import Service
from district.index_terms import BadPhone, name_term, phone_term
from projections import recipients as view
from timebank.recipients import RecipientNotFound


class RecipientItem(msgspec.Struct, frozen=True):
    """A recipient in a list; the name is gone once they were forgotten."""

    id: str
    community: str
    categories: list[str]
    name: str | None


class ProxyAnswer(msgspec.Struct, frozen=True):
    """Who may confirm in the recipient's stead."""

    person: str
    relation: str


class RecipientAnswer(msgspec.Struct, frozen=True):
    """A recipient with the words that the reader may see."""

    id: str
    community: str
    categories: list[str]
    proxies: list[ProxyAnswer]
    name: str | None
    phone: str | None
    birth_date: date | None
    address: str | None


class RecipientPage(msgspec.Struct, frozen=True):
    """A page of recipients."""

    items: list[RecipientItem]
    next: str | None


@write("/recipients", HTTPStatus.CREATED)
async def register(request: JsonRequest, data: JSONBody[RegisterRecipient]) -> Response[Written]:
    """Register a recipient at a desk of their community."""
    return await act(request, recipients.register, data)


@read("/recipients")
async def list_recipients(
    request: JsonRequest,
    community: FromQuery[AreaCode | None] = None,
    q: FromQuery[Text | None] = None,
    after: FromQuery[Position | None] = None,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> RecipientPage:
    """Recipients of an area of the caller's; *q* is the whole name or phone of one."""
    service = request.service
    await service.shown("recipients", after)
    area = area_to_read(request, READERS, community)
    ids = None if q is None else await asyncio.to_thread(_found, service, q)
    page = view.recipients(service.views, ids=ids, community=area, limit=limit, cursor=cursor)
    words = await opened(service.book, [recipient.described for recipient in page.items])
    items = [
        RecipientItem(found.id, found.community, list(found.categories), said and said.name)
        for found, said in zip(page.items, words, strict=True)
    ]
    return RecipientPage(items, page.next)


@read("/recipients/{recipient:str}")
async def one_recipient(
    request: JsonRequest, recipient: FromPath[Uuid], after: FromQuery[Position | None] = None
) -> RecipientAnswer:
    """A recipient, for themselves, their proxies and the desks of their area."""
    service = request.service
    await service.shown("recipients", after)
    found = view.recipient(service.views, recipient)
    proxies = view.proxies(service.views, recipient)
    own = (recipient, *(proxy.person for proxy in proxies))
    require_reader(request, READERS, found.community if found else None, *own)
    if found is None:
        raise RecipientNotFound
    (words,) = await opened(service.book, [found.described])
    return RecipientAnswer(
        found.id,
        found.community,
        list(found.categories),
        [ProxyAnswer(proxy.person, proxy.relation) for proxy in proxies],
        words and words.name,
        words and words.phone,
        words and words.birth_date,
        words and words.address,
    )


def _found(service: Service, words: str) -> list[str]:
    """Who has the phone or the name *words*: exactly, but for how it is spelled."""
    terms = [("name", name_term(words))]
    with suppress(BadPhone):
        terms.append(("phone", phone_term(words)))
    index, book = service.acts.index, service.book
    return [
        holder
        for field, term in terms
        for holder in book.found_in_index(field, index.mac(field, term))
    ]


ROUTES = Router(
    "/v1", route_handlers=[register, list_recipients, one_recipient], tags=["recipients"]
)

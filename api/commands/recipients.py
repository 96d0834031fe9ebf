"""Recipients of service and those who speak for them."""

from datetime import date
from typing import Literal

from api.acts import Act, command
from api.commands.desks import STATION_DESK
from api.commands.places import PlaceBody
from api.requests import AreaCode, Body, Code, LongText, Text, Uuid
from district.index_terms import name_term, phone_term
from journal.command import Beside, Decided
from timebank.event import IdTaken
from timebank.recipients import register_recipient


class Proxy(Body, frozen=True, kw_only=True):
    """Someone who may confirm in the recipient's stead."""

    person: Uuid
    relation: Code


class RegisterRecipient(Body, frozen=True, kw_only=True):
    """Someone who receives service at home."""

    id: Uuid
    name: Text
    phone: Text | None = None
    birth_date: date
    community: AreaCode
    address: LongText
    place: PlaceBody | None = None
    categories: tuple[Code, ...] = ()
    proxies: tuple[Proxy, ...] = ()
    legal_basis: Literal["statutory_duty", "consent", "guardian_consent"]


@command("recipient.register", stream="recipient-{body.id}", address="/v1/recipients/{body.id}")
def register(body: RegisterRecipient, act: Act) -> Decided:
    """Register a recipient at a desk of their community."""
    act.require_area(body.community)
    act.require(STATION_DESK, body.community)
    if act.read(f"person-{body.id}").forgotten:
        raise IdTaken
    events = register_recipient(
        act.read(f"recipient-{body.id}"),
        recipient=body.id,
        name=body.name,
        birth_date=body.birth_date,
        community=body.community,
        address=body.address,
        categories=body.categories,
        legal_basis=body.legal_basis,
        phone=body.phone,
        place=body.place.read() if body.place else None,
        proxies=tuple((proxy.person, proxy.relation) for proxy in body.proxies),
    )
    beside: list[Beside] = []
    if events:
        beside.append(act.findable("name", name_term(body.name), body.id))
    if events and body.phone is not None:
        beside.append(act.findable("phone", phone_term(body.phone), body.id))
    return Decided(events, {"id": body.id}, status=201, beside=beside)

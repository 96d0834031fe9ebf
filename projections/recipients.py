"""Recipients of service and the people who speak for them.

Shapes: `described` is the position of the sealed event with the recipient's words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from projections import tags
from projections.pages import Page, Where, page, place_in
from projections.source import subject
from projections.tables import Kind, Table
from projections.view import View
from timebank.recipients import ProxyNamed, RecipientRegistered

if TYPE_CHECKING:
    from projections.changes import Changes
    from projections.source import Recorded
    from projections.views import Views

RECIPIENTS = Table(
    "recipients",
    key={"recipient": Kind.TEXT},
    columns={
        "registered": Kind.NUMBER,
        "version": Kind.NUMBER,
        "community": Kind.TEXT,
        "categories": Kind.JSON,
        "legal_basis": Kind.TEXT,
        "described": Kind.NUMBER,
    },
    indexes=(
        "(registered)",
        "(community, registered)",
        "(substr(community, 1, 9), registered)",
    ),
)
PROXIES = Table(
    "proxies",
    key={"recipient": Kind.TEXT, "person": Kind.TEXT},
    columns={"relation": Kind.TEXT},
    indexes=("(person, recipient)",),
)


def project(recorded: Recorded, rows: Changes) -> None:
    """List every recipient and every proxy."""
    match recorded.event:
        case RecipientRegistered() as event:
            rows.put(
                RECIPIENTS,
                event.recipient,
                registered=recorded.position,
                version=recorded.version,
                community=event.community,
                categories=event.categories,
                legal_basis=event.legal_basis,
            )
        case ProxyNamed() as event:
            rows.put(PROXIES, (event.recipient, event.person), relation=event.relation)
            rows.change(RECIPIENTS, event.recipient, version=recorded.version)
        case _:
            rows.change(
                RECIPIENTS,
                subject(recorded),
                version=recorded.version,
                described=recorded.position,
            )


VIEW = View(
    name="recipients",
    tables=(RECIPIENTS, PROXIES),
    uses=frozenset({"recipient.registered", "recipient.described", "recipient.proxy_named"}),
    ignores=tags.BOOK
    | tags.DISTRICT
    | tags.RULES
    | tags.STATIONS
    | tags.VOLUNTEERS
    | tags.ORDERS
    | tags.HOURS
    | tags.PURSES
    | tags.POOLS
    | tags.KIN_LINKS
    | tags.GOODS
    | tags.CERTIFICATES,
    project=project,
)


class Recipient(msgspec.Struct, frozen=True):
    """A recipient, without a word about the person."""

    id: str
    registered: int
    version: int
    community: str
    categories: list[str]
    legal_basis: str
    described: int | None


class Proxy(msgspec.Struct, frozen=True):
    """Somebody who may confirm in a recipient's stead."""

    person: str
    relation: str


COLUMNS = (
    "SELECT recipient, registered, version, community, categories, legal_basis, described "
    "FROM {recipients} "
)


def recipient(views: Views, recipient: str) -> Recipient | None:
    """The recipient, or None where nobody is registered under this id."""
    found = views.rows(COLUMNS + "WHERE recipient = ?", recipient)
    return _recipient(found[0]) if found else None


def proxies(views: Views, recipient: str) -> list[Proxy]:
    """Who speaks for the recipient."""
    sql = "SELECT person, relation FROM {proxies} WHERE recipient = ? ORDER BY person"
    return [Proxy(*row) for row in views.rows(sql, recipient)]


def represented(views: Views, person: str) -> list[str]:
    """The recipients for whom *person* speaks."""
    sql = "SELECT recipient FROM {proxies} WHERE person = ? ORDER BY recipient"
    return [found for (found,) in views.rows(sql, person)]


def recipients(
    views: Views,
    *,
    ids: list[str] | None = None,
    community: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Recipient]:
    """Recipients, newest first; *community* may be the code of any area around it.

    Raises:
        BadCursor: *cursor* did not come from this list.
    """
    where = Where()
    where.among("recipient", ids)
    where.inside("community", community)
    before = place_in(cursor, tuple[int])
    if before is not None:
        where.matches("registered < ?", *before)
    found = views.rows(
        COLUMNS + f"WHERE {where.sql} ORDER BY registered DESC LIMIT ?", *where.params, limit + 1
    )
    return page([_recipient(row) for row in found], limit, lambda item: (item.registered,))


def _recipient(row: Any) -> Recipient:
    recipient, registered, version, community, categories, legal_basis, described = row
    return Recipient(
        recipient,
        registered,
        version,
        community,
        msgspec.json.decode(categories, type=list[str]),
        legal_basis,
        described,
    )

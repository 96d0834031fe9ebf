"""Recipients (服务对象): who receives service, and who may speak for them."""

from datetime import date

import msgspec

from timebank.event import Event, IdTaken, NotFound, Refused
from timebank.merges import Links, PersonMerged, PersonUnmerged, evolve_links
from timebank.places import Place


class RecipientEvent(Event, frozen=True, kw_only=True):
    """Something that happened to one recipient."""

    recipient: str

    @property
    def stream(self) -> str:
        """Each recipient has their own stream."""
        return f"recipient-{self.recipient}"


class RecipientRegistered(RecipientEvent, frozen=True, kw_only=True, tag="recipient.registered"):
    """Someone became a recipient of service."""

    community: str
    categories: tuple[str, ...]
    legal_basis: str


class RecipientDescribed(RecipientEvent, frozen=True, kw_only=True, tag="recipient.described"):
    """Who the recipient is and where they live: sealed under their own key."""

    name: str
    birth_date: date
    address: str
    phone: str | None = None
    place: Place | None = None

    @property
    def holder(self) -> str:
        """The recipient's own key."""
        return self.recipient


class ProxyNamed(RecipientEvent, frozen=True, kw_only=True, tag="recipient.proxy_named"):
    """Someone may confirm in the recipient's stead."""

    person: str
    relation: str


class Recipient(msgspec.Struct, frozen=True):
    """Whether there is such a recipient, and who speaks for them, by relation."""

    community: str = ""
    categories: tuple[str, ...] = ()
    proxies: dict[str, str] = {}
    links: Links = Links()

    @property
    def is_registered(self) -> bool:
        """Whether there is such a recipient."""
        return self.community != ""


class RecipientNotFound(NotFound):
    """There is no such recipient."""

    zh = "没有该服务对象。"


class OwnProxy(Refused):
    """Nobody is their own proxy."""

    zh = "本人不能作自己的代理人。"


def evolve(state: Recipient, event: Event) -> Recipient:
    """Fold one event into the recipient."""
    match event:
        case RecipientRegistered():
            return Recipient(community=event.community, categories=event.categories)
        case ProxyNamed():
            proxies = {**state.proxies, event.person: event.relation}
            return msgspec.structs.replace(state, proxies=proxies)
        case PersonMerged() | PersonUnmerged():
            return msgspec.structs.replace(state, links=evolve_links(state.links, event))
        case _:
            return state


def register_recipient(
    state: Recipient,
    *,
    recipient: str,
    name: str,
    birth_date: date,
    community: str,
    address: str,
    categories: tuple[str, ...],
    legal_basis: str,
    phone: str | None = None,
    place: Place | None = None,
    proxies: tuple[tuple[str, str], ...] = (),
) -> list[Event]:
    """Register a recipient with the proxies, each a person and a relation, that speak for them.

    Raises:
        IdTaken: this id already is another recipient.
        OwnProxy: a proxy is the recipient.
    """
    if state.is_registered:
        if (state.community, state.categories) != (community, categories):
            raise IdTaken
        return []
    events: list[Event] = [
        RecipientRegistered(
            recipient=recipient,
            community=community,
            categories=categories,
            legal_basis=legal_basis,
        ),
        RecipientDescribed(
            recipient=recipient,
            name=name,
            birth_date=birth_date,
            address=address,
            phone=phone,
            place=place,
        ),
    ]
    known = evolve(state, events[0])
    for person, relation in proxies:
        events += name_proxy(known, recipient=recipient, person=person, relation=relation)
    return events


def name_proxy(state: Recipient, *, recipient: str, person: str, relation: str) -> list[Event]:
    """Let *person* speak for the recipient.

    Raises:
        RecipientNotFound: nobody is registered under this id.
        OwnProxy: the person is the recipient.
    """
    if not state.is_registered:
        raise RecipientNotFound
    if person == recipient:
        raise OwnProxy
    if state.proxies.get(person) == relation:
        return []
    return [ProxyNamed(recipient=recipient, person=person, relation=relation)]

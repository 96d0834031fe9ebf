"""Service orders (服务订单): what happened to one, and where it stands now.

Shapes: clear events hold ids, codes and numbers only; all words of an order are in
`order.described`, sealed under the recipient whose home it is, else under the station.
"""

from datetime import date

import msgspec

from timebank.clock import Clock
from timebank.event import Event, Instant
from timebank.places import Place


class OrderEvent(Event, frozen=True, kw_only=True):
    """Something that happened to one order."""

    order: str

    @property
    def stream(self) -> str:
        """Each order has its own stream."""
        return f"order-{self.order}"


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What kind of service is wanted, when, by how many, for whom, and who says thank you."""

    kind: str
    category: str
    community: str
    organising_unit: str
    planned_start: Instant
    planned_end: Instant
    places: int
    funding: str
    station: str | None = None
    recipient: str | None = None
    requirements: tuple[str, ...] = ()


class OrderDrafted(OrderEvent, frozen=True, kw_only=True, tag="order.drafted"):
    """The terms of an order were written down."""

    terms: Terms


class OrderDescribed(OrderEvent, frozen=True, kw_only=True, tag="order.described"):
    """What is to be done and where: sealed under the recipient, else the station."""

    holder: str
    title: str
    content: str | None = None
    address: str | None = None
    place: Place | None = None
    meeting_note: str | None = None


class PersonInChargeNamed(
    OrderEvent, frozen=True, kw_only=True, tag="order.person_in_charge_named"
):
    """Who answers for the order: sealed under the station, so that it outlives the recipient."""

    holder: str
    name: str


class OrderPublished(OrderEvent, frozen=True, kw_only=True, tag="order.published"):
    """Volunteers may see and accept the order."""


class OrderCancelled(OrderEvent, frozen=True, kw_only=True, tag="order.cancelled"):
    """The order will not take place."""

    reason_code: str


class OrderAccepted(OrderEvent, frozen=True, kw_only=True, tag="order.accepted"):
    """A volunteer took a place."""

    volunteer: str


class OrderWithdrawn(OrderEvent, frozen=True, kw_only=True, tag="order.withdrawn"):
    """A volunteer gave the place back before the service began."""

    volunteer: str


class CheckedIn(OrderEvent, frozen=True, kw_only=True, tag="order.checked_in"):
    """A volunteer arrived: at the claimed time, in truth between `earliest` and `latest`."""

    volunteer: str
    at: Instant
    earliest: Instant
    latest: Instant
    place_band: str | None = None
    clock: Clock | None = None


class CheckedOut(OrderEvent, frozen=True, kw_only=True, tag="order.checked_out"):
    """A volunteer left: at the claimed time, in truth between `earliest` and `latest`."""

    volunteer: str
    at: Instant
    earliest: Instant
    latest: Instant
    record_due_on: date
    place_band: str | None = None
    clock: Clock | None = None


class OrderConfirmed(OrderEvent, frozen=True, kw_only=True, tag="order.confirmed"):
    """Someone else than the volunteer said that these minutes were served."""

    volunteer: str
    minutes: int
    confirmed_by: str
    method: str
    rating: int | None = None


class OrderAttested(OrderEvent, frozen=True, kw_only=True, tag="order.attested"):
    """Who bore witness to a confirmation, and on what paper: sealed like the order's words."""

    holder: str
    volunteer: str
    attested_by: str | None = None
    evidence: str | None = None


class Presence(msgspec.Struct, frozen=True):
    """A check-in with its check-out."""

    began: CheckedIn
    ended: CheckedOut


class Member(msgspec.Struct, frozen=True):
    """One volunteer on the order; a place is theirs until they withdraw."""

    withdrawn: bool = False
    began: CheckedIn | None = None
    presences: tuple[Presence, ...] = ()
    confirmed_minutes: int | None = None

    @property
    def has_begun(self) -> bool:
        """Whether service by this volunteer began."""
        return self.began is not None or bool(self.presences)


class Order(msgspec.Struct, frozen=True):
    """The terms, who is on the order, and whether it is open to them."""

    terms: Terms | None = None
    published: bool = False
    cancelled: bool = False
    members: dict[str, Member] = {}

    @property
    def places_left(self) -> int:
        """How many more volunteers may accept."""
        if self.terms is None:
            return 0
        return self.terms.places - sum(not member.withdrawn for member in self.members.values())


def evolve(state: Order, event: Event) -> Order:
    """Fold one event into the order."""
    match event:
        case OrderDrafted():
            return msgspec.structs.replace(state, terms=event.terms)
        case OrderPublished():
            return msgspec.structs.replace(state, published=True)
        case OrderCancelled():
            return msgspec.structs.replace(state, cancelled=True)
        case OrderAccepted():
            return _with(state, event.volunteer, Member())
        case OrderWithdrawn():
            return _with(state, event.volunteer, Member(withdrawn=True))
        case CheckedIn():
            member = _member(state, event.volunteer)
            return _with(state, event.volunteer, msgspec.structs.replace(member, began=event))
        case CheckedOut():
            return _with(state, event.volunteer, _ended(_member(state, event.volunteer), event))
        case OrderConfirmed():
            member = _member(state, event.volunteer)
            confirmed = msgspec.structs.replace(member, confirmed_minutes=event.minutes)
            return _with(state, event.volunteer, confirmed)
        case _:
            return state


def member_state(member: Member) -> str:
    """Say how far one volunteer has come, in the words of an order's statuses."""
    if member.withdrawn:
        return "withdrawn"
    if member.confirmed_minutes is not None:
        return "confirmed"
    if member.began is not None:
        return "under_way"
    return "awaiting_confirmation" if member.presences else "accepted"


def status(state: Order) -> str:
    """Say where the order stands: what still has to be done comes before what is done."""
    if state.cancelled:
        return "cancelled"
    if not state.published:
        return "draft"
    states = {member_state(member) for member in state.members.values()}
    for stage in ("under_way", "awaiting_confirmation", "accepted", "confirmed"):
        if stage in states:
            return stage
    return "published"


def is_on(state: Order, volunteer: str) -> bool:
    """Say whether the volunteer holds a place on the order."""
    member = state.members.get(volunteer)
    return member is not None and not member.withdrawn


def words_holder(*, order: str, terms: Terms) -> str:
    """Name the holder of the key that seals an order's words."""
    return terms.recipient or terms.station or order


def _member(state: Order, volunteer: str) -> Member:
    return state.members.get(volunteer, Member())


def _with(state: Order, volunteer: str, member: Member) -> Order:
    return msgspec.structs.replace(state, members={**state.members, volunteer: member})


def _ended(member: Member, event: CheckedOut) -> Member:
    if member.began is None:
        return member
    presences = (*member.presences, Presence(member.began, event))
    return msgspec.structs.replace(member, began=None, presences=presences)

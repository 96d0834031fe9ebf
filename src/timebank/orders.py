"""Service orders (服务订单): what happened to one, and where it stands now.

Shapes: clear events hold ids, codes and numbers only; all words of an order are in
`order.described`, sealed under the recipient whose home it is, else under the station. What a
volunteer does on an order is in `members`, what becomes of it in `outcomes`.
"""

import msgspec

from timebank.event import Event, Instant
from timebank.late_entries import (
    LateEntry,
    LateEntryApproved,
    LateEntryMade,
    LateEntryRefused,
    evolve_entries,
)
from timebank.members import (
    AcceptanceReleased,
    CheckedIn,
    CheckedOut,
    Member,
    NoShowRecorded,
    NoShowUndone,
    OrderAccepted,
    OrderAssigned,
    OrderWithdrawn,
    Presence,
    evolve_member,
    member_state,
)
from timebank.order_course import (
    AcceptanceLimited,
    LapseUndone,
    OrderAmended,
    OrderLapsed,
    OrderSettled,
    PoolShared,
    ReviewAsked,
    ReviewFailed,
    Share,
    StandbyJoined,
    StandbyLeft,
)
from timebank.order_event import OrderEvent, Terms
from timebank.outcomes import (
    AutomaticallyConfirmed,
    ConfirmationChased,
    ConfirmationCorrected,
    CorrectionOpened,
    MemberUnconfirmed,
    OrderAttested,
    OrderConfirmed,
    OrderDisputed,
    RecordOverdue,
    VerdictGiven,
)
from timebank.places import Place

__all__ = [
    "CheckedIn",
    "CheckedOut",
    "Member",
    "Order",
    "OrderAccepted",
    "OrderAttested",
    "OrderCancelled",
    "OrderConfirmed",
    "OrderDescribed",
    "OrderDrafted",
    "OrderEvent",
    "OrderPublished",
    "OrderWithdrawn",
    "PersonInChargeNamed",
    "Presence",
    "Terms",
    "evolve",
    "has_place",
    "member_state",
    "status",
    "words_holder",
]


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


class Order(msgspec.Struct, frozen=True):
    """The terms, who is on the order, and whether it is open to them."""

    terms: Terms | None = None
    terms_version: int = 1
    review: str | None = None
    reviews: int = 0
    published: bool = False
    cancelled: bool = False
    lapsed: str | None = None
    settled: bool = False
    accept_until: Instant | None = None
    members: dict[str, Member] = {}
    standby: tuple[str, ...] = ()
    late_entries: dict[str, LateEntry] = {}
    shares: dict[str, Share] | None = None

    @property
    def places_left(self) -> int:
        """How many more volunteers may accept."""
        if self.terms is None:
            return 0
        taken = sum(member.has_place for member in self.members.values())
        return max(self.terms.places - taken, 0)


MemberEvent = (
    OrderWithdrawn
    | AcceptanceReleased
    | NoShowRecorded
    | NoShowUndone
    | CheckedIn
    | CheckedOut
    | OrderConfirmed
    | AutomaticallyConfirmed
    | CorrectionOpened
    | ConfirmationCorrected
    | ConfirmationChased
    | MemberUnconfirmed
    | RecordOverdue
    | OrderDisputed
    | VerdictGiven
)
"""What changes one member and nothing else of the order."""


def evolve(state: Order, event: Event) -> Order:
    """Fold one event into the order."""
    match event:
        case OrderAccepted() | OrderAssigned():
            return _joined(state, event.volunteer)
        case LateEntryMade() | LateEntryRefused():
            return _entered(state, event)
        case LateEntryApproved():
            return _entered(_member_after(state, event), event)
        case _ if isinstance(event, MemberEvent):
            return _member_after(state, event)
        case _:
            return _course(state, event)


def status(state: Order) -> str:
    """Say where the order stands: what still has to be done comes before what is done."""
    if state.cancelled:
        return "cancelled"
    if state.lapsed is not None:
        return "lapsed"
    if not state.published:
        return "in_review" if state.review is not None else "draft"
    states = {
        member_state(member, terms_version=state.terms_version) for member in state.members.values()
    }
    stages = ("under_way", "disputed", "awaiting_confirmation", "accepted", "unconfirmed")
    for stage in (*stages, "confirmed", "no_show"):
        if stage in states:
            return "settled" if stage == "confirmed" and state.settled else stage
    return "published"


def has_place(state: Order, volunteer: str) -> bool:
    """Say whether the volunteer holds a place on the order."""
    member = state.members.get(volunteer)
    return member is not None and member.has_place


def words_holder(*, order: str, terms: Terms) -> str:
    """Name the holder of the key that seals an order's words."""
    return terms.recipient or terms.station or order


def _course(state: Order, event: Event) -> Order:
    """Fold what concerns the order as a whole."""
    change = msgspec.structs.replace
    match event:
        case OrderDrafted():
            return change(state, terms=event.terms)
        case ReviewAsked():
            return change(state, review=event.task, reviews=state.reviews + 1)
        case ReviewFailed():
            return change(state, review=None)
        case OrderPublished():
            return change(state, published=True, review=None)
        case AcceptanceLimited():
            return change(state, accept_until=event.until)
        case OrderAmended():
            # A new limit follows where there is one; the old plan's has no meaning any more.
            version = event.replaces + 1
            return change(state, terms=event.terms, terms_version=version, accept_until=None)
        case OrderCancelled():
            return change(state, cancelled=True, review=None)
        case OrderLapsed():
            return change(state, lapsed=event.reason)
        case LapseUndone():
            return change(state, lapsed=None)
        case OrderSettled():
            return change(state, settled=True)
        case StandbyJoined():
            return change(state, standby=(*_waiting(state, event.volunteer), event.volunteer))
        case StandbyLeft():
            return change(state, standby=_waiting(state, event.volunteer))
        case PoolShared():
            shares = {share.volunteer: share for share in event.shares}
            return change(state, shares=shares)
        case _:
            return state


def _joined(state: Order, volunteer: str) -> Order:
    known = state.members.get(volunteer)
    if known is not None and known.has_place:
        # Accepting amended terms; whoever comes back after leaving starts anew.
        member = msgspec.structs.replace(known, terms_version=state.terms_version)
    else:
        disputes = known.disputes if known is not None else 0
        member = Member(terms_version=state.terms_version, disputes=disputes)
    standby = _waiting(state, volunteer)
    return _with(msgspec.structs.replace(state, standby=standby), volunteer, member)


def _entered(state: Order, event: LateEntryMade | LateEntryApproved | LateEntryRefused) -> Order:
    entries = evolve_entries(state.late_entries, event)
    return msgspec.structs.replace(state, late_entries=entries)


def _member_after(state: Order, event: MemberEvent | LateEntryApproved) -> Order:
    member = state.members.get(event.volunteer, Member())
    return _with(state, event.volunteer, evolve_member(member, event))


def _waiting(state: Order, volunteer: str) -> tuple[str, ...]:
    return tuple(each for each in state.standby if each != volunteer)


def _with(state: Order, volunteer: str, member: Member) -> Order:
    return msgspec.structs.replace(state, members={**state.members, volunteer: member})

"""One volunteer on an order: takes a place, comes and goes, and what is said of it afterwards."""

from datetime import date

import msgspec

from timebank.clock import Clock
from timebank.event import Event, Instant
from timebank.late_entries import LateEntryApproved
from timebank.order_event import OrderEvent
from timebank.outcomes import (
    AutomaticallyConfirmed,
    ConfirmationChased,
    ConfirmationCorrected,
    CorrectionOpened,
    MemberUnconfirmed,
    OrderConfirmed,
    OrderDisputed,
    RecordOverdue,
    VerdictGiven,
)


class OrderAccepted(OrderEvent, frozen=True, kw_only=True, tag="order.accepted"):
    """A volunteer took a place."""

    volunteer: str


class OrderAssigned(OrderEvent, frozen=True, kw_only=True, tag="order.assigned"):
    """A desk gave a volunteer a place."""

    volunteer: str


class OrderWithdrawn(OrderEvent, frozen=True, kw_only=True, tag="order.withdrawn"):
    """A volunteer gave the place back before the service began."""

    volunteer: str


class AcceptanceReleased(OrderEvent, frozen=True, kw_only=True, tag="order.acceptance_released"):
    """A volunteer did not accept the amended terms before they began: the place is free."""

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


class NoShowRecorded(OrderEvent, frozen=True, kw_only=True, tag="order.no_show_recorded"):
    """A volunteer held a place and did not come; the place is free."""

    volunteer: str
    reason_code: str


class NoShowUndone(OrderEvent, frozen=True, kw_only=True, tag="order.no_show_undone"):
    """The volunteer had come after all."""

    volunteer: str


class Presence(msgspec.Struct, frozen=True):
    """A check-in with its check-out."""

    began: CheckedIn
    ended: CheckedOut


class Member(msgspec.Struct, frozen=True):
    """One volunteer on the order; a place is theirs until they withdraw, lose it or do not come."""

    terms_version: int = 1
    withdrawn: bool = False
    released: bool = False
    no_show: bool = False
    began: CheckedIn | None = None
    presences: tuple[Presence, ...] = ()
    confirmed_minutes: int | None = None
    correctable_until: Instant | None = None
    chased: ConfirmationChased | None = None
    unconfirmed: bool = False
    overdue: bool = False
    dispute: OrderDisputed | None = None
    disputes: int = 0

    @property
    def has_begun(self) -> bool:
        """Whether service by this volunteer began."""
        return bool(self.began or self.presences or self.confirmed_minutes is not None)

    @property
    def has_place(self) -> bool:
        """Whether one of the order's places is this volunteer's."""
        return not (self.withdrawn or self.released or self.no_show)


def evolve_member(member: Member, event: Event) -> Member:
    """Fold one event about this volunteer."""
    match event:
        case OrderWithdrawn():
            return Member(withdrawn=True, disputes=member.disputes)
        case AcceptanceReleased():
            return Member(released=True, disputes=member.disputes)
        case NoShowRecorded():
            return msgspec.structs.replace(member, no_show=True)
        case NoShowUndone():
            return msgspec.structs.replace(member, no_show=False)
        case CheckedIn():
            return msgspec.structs.replace(member, began=event)
        case CheckedOut():
            return _ended(member, event)
        case OrderConfirmed() | AutomaticallyConfirmed() | ConfirmationCorrected():
            return msgspec.structs.replace(member, confirmed_minutes=event.minutes, chased=None)
        case CorrectionOpened():
            return msgspec.structs.replace(member, correctable_until=event.until)
        case ConfirmationChased():
            return msgspec.structs.replace(member, chased=event)
        case MemberUnconfirmed():
            return msgspec.structs.replace(member, unconfirmed=True, chased=None)
        case RecordOverdue():
            return msgspec.structs.replace(member, overdue=True)
        case OrderDisputed():
            return msgspec.structs.replace(member, dispute=event, disputes=member.disputes + 1)
        case VerdictGiven():
            return _judged(member, event)
        case LateEntryApproved():
            return _entered_late(member, event)
        case _:
            return member


def member_state(member: Member, *, terms_version: int = 1) -> str:
    """Say how far one volunteer has come, in the words of an order's statuses."""
    if member.withdrawn:
        return "withdrawn"
    if member.released:
        return "released"
    if member.dispute is not None:
        return "disputed"
    if member.no_show:
        return "no_show"
    if member.confirmed_minutes is not None:
        return "confirmed"
    if member.unconfirmed:
        return "unconfirmed"
    if member.began is not None:
        return "under_way"
    if member.presences:
        return "awaiting_confirmation"
    return "accepted" if member.terms_version == terms_version else "asked_again"


def _ended(member: Member, event: CheckedOut) -> Member:
    if member.began is None:
        return member
    presences = (*member.presences, Presence(member.began, event))
    return msgspec.structs.replace(member, began=None, presences=presences)


def _judged(member: Member, event: VerdictGiven) -> Member:
    if event.minutes is None:
        return msgspec.structs.replace(member, dispute=None)
    # A verdict with minutes says that the volunteer was there, and is a confirmation.
    return msgspec.structs.replace(
        member,
        dispute=None,
        no_show=False,
        began=None,
        chased=None,
        confirmed_minutes=event.minutes,
    )


def _entered_late(member: Member, event: LateEntryApproved) -> Member:
    # An approved entry is a confirmation too; a stay that was never closed is closed by it.
    return msgspec.structs.replace(
        member,
        withdrawn=False,
        released=False,
        no_show=False,
        began=None,
        chased=None,
        unconfirmed=False,
        confirmed_minutes=(member.confirmed_minutes or 0) + event.minutes,
    )

"""What becomes of one volunteer's service on an order: confirmed, disputed, judged, corrected."""

from datetime import date

from timebank.event import Instant
from timebank.order_event import OrderEvent


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


class AutomaticallyConfirmed(OrderEvent, frozen=True, kw_only=True, tag="order.auto_confirmed"):
    """Nobody spoke in time, and check-in and check-out show these minutes without a gap."""

    volunteer: str
    minutes: int


class CorrectionOpened(OrderEvent, frozen=True, kw_only=True, tag="order.correction_opened"):
    """The confirmation may be corrected before this instant; from then on only reversed."""

    volunteer: str
    until: Instant


class ConfirmationCorrected(
    OrderEvent, frozen=True, kw_only=True, tag="order.confirmation_corrected"
):
    """The station and one other person put a confirmation right; `replaces` is what it said."""

    volunteer: str
    minutes: int
    replaces_minutes: int
    reason_code: str


class ConfirmationChased(OrderEvent, frozen=True, kw_only=True, tag="order.confirmation_chased"):
    """Nobody has confirmed the service yet: a task asks the `station`, later the `street`."""

    volunteer: str
    task: str
    level: str


class MemberUnconfirmed(OrderEvent, frozen=True, kw_only=True, tag="order.unconfirmed"):
    """Nobody confirmed the service in time; a late entry stays open."""

    volunteer: str


class RecordOverdue(OrderEvent, frozen=True, kw_only=True, tag="order.record_overdue"):
    """The service was not recorded by the day on which its record was due."""

    volunteer: str
    due_on: date


class OrderDisputed(OrderEvent, frozen=True, kw_only=True, tag="order.disputed"):
    """Somebody contradicts what is said of a volunteer's service; a verdict must follow."""

    volunteer: str
    reason_code: str
    raised_by: str
    task: str


class VerdictGiven(OrderEvent, frozen=True, kw_only=True, tag="order.verdict_given"):
    """A dispute was judged; `minutes` is what stands from now on, none when nothing changes."""

    volunteer: str
    outcome: str
    reason_code: str
    minutes: int | None = None


class OrderRemarked(OrderEvent, frozen=True, kw_only=True, tag="order.remarked"):
    """Words that somebody added to a step: sealed under the person whom they are about."""

    holder: str
    about: str
    volunteer: str | None = None
    words: str | None = None
    evidence: tuple[str, ...] = ()

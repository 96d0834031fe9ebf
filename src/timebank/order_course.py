"""The course of an order as a whole: reviewed, limited, amended, lapsed, shared, settled."""

import msgspec

from timebank.event import Instant
from timebank.order_event import OrderEvent, Terms


class ReviewAsked(OrderEvent, frozen=True, kw_only=True, tag="order.review_asked"):
    """The rules want a second person to read the order before volunteers see it."""

    task: str


class ReviewFailed(OrderEvent, frozen=True, kw_only=True, tag="order.review_failed"):
    """The second person sent the order back: it is a draft again."""

    reason_code: str


class AcceptanceLimited(OrderEvent, frozen=True, kw_only=True, tag="order.acceptance_limited"):
    """Places may be taken before this instant; if nobody holds one then, the order lapses."""

    until: Instant


class OrderAmended(OrderEvent, frozen=True, kw_only=True, tag="order.amended"):
    """The order has new terms, here in full; `replaces` counts terms, the drafted ones are 1."""

    terms: Terms
    replaces: int
    reason_code: str


class OrderLapsed(OrderEvent, frozen=True, kw_only=True, tag="order.lapsed"):
    """The time of the order passed: it was `not_accepted`, or `nobody_came`."""

    reason: str


class LapseUndone(OrderEvent, frozen=True, kw_only=True, tag="order.lapse_undone"):
    """Somebody had come after all."""


class OrderSettled(OrderEvent, frozen=True, kw_only=True, tag="order.settled"):
    """Everything that was served is confirmed, and no confirmation may be corrected any more."""


class StandbyJoined(OrderEvent, frozen=True, kw_only=True, tag="order.standby_joined"):
    """A volunteer waits for a place to become free."""

    volunteer: str


class StandbyLeft(OrderEvent, frozen=True, kw_only=True, tag="order.standby_left"):
    """A volunteer waits no longer."""

    volunteer: str


class OverlapFlagged(OrderEvent, frozen=True, kw_only=True, tag="order.overlap_flagged"):
    """A volunteer took a place although another order of theirs is planned for the same time."""

    volunteer: str
    other: str


class RollCalled(OrderEvent, frozen=True, kw_only=True, tag="order.roll_called"):
    """The roll was called at `at`, and these had come."""

    at: Instant
    present: tuple[str, ...]


class Share(msgspec.Struct, frozen=True):
    """What one member served, and their part of the pool."""

    volunteer: str
    service_minutes: int
    minutes: int


class PoolShared(OrderEvent, frozen=True, kw_only=True, tag="order.pool_shared"):
    """The fixed thank-you of a team order was split; the parts sum to `pool_minutes`."""

    pool_minutes: int
    shares: tuple[Share, ...]

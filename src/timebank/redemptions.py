"""Redemptions (兑换): goods are reserved for points, and handed over, cancelled, or lapse.

Shapes: the code is never stored; it is derived from the id (`codes.py`).
"""

from datetime import datetime

import msgspec

from timebank.clock import Clock
from timebank.event import Event, Instant, NotFound, Refused

RESERVED = "reserved"
HANDED_OVER = "handed_over"
CANCELLED = "cancelled"
LAPSED = "lapsed"


class RedemptionEvent(Event, frozen=True, kw_only=True):
    """Something that happened to one redemption."""

    redemption: str

    @property
    def stream(self) -> str:
        """Each redemption has its own stream."""
        return f"redemption-{self.redemption}"


class GoodsReserved(RedemptionEvent, frozen=True, kw_only=True, tag="redemption.reserved"):
    """Pieces of an offer are kept for a person until that time; `proof` is how they said so."""

    offer: str
    person: str
    quantity: int
    minutes: int
    lapses_at: Instant
    stall: str | None = None
    proof: str | None = None


class ProofKept(RedemptionEvent, frozen=True, kw_only=True, tag="redemption.proof_kept"):
    """Where the person's own word is to be found: sealed under their key."""

    holder: str
    reference: str


class GoodsHandedOver(RedemptionEvent, frozen=True, kw_only=True, tag="redemption.handed_over"):
    """The goods left: at the claimed time, in truth between `earliest` and `latest`."""

    at: Instant
    earliest: Instant
    latest: Instant
    stall: str | None = None
    clock: Clock | None = None


class RedemptionCancelled(RedemptionEvent, frozen=True, kw_only=True, tag="redemption.cancelled"):
    """The person does not want the goods, or there is another reason."""

    reason_code: str


class RedemptionLapsed(RedemptionEvent, frozen=True, kw_only=True, tag="redemption.lapsed"):
    """Nobody came in time."""


class GoodsReturned(RedemptionEvent, frozen=True, kw_only=True, tag="redemption.returned"):
    """Pieces came back, to be handed out again or not; the entry gave the points back."""

    entry: str
    quantity: int
    restocked: bool


class Redemption(msgspec.Struct, frozen=True):
    """What is kept for whom until when, whether it left, and what came back."""

    offer: str = ""
    person: str = ""
    quantity: int = 0
    minutes: int = 0
    lapses_at: datetime | None = None
    stall: str | None = None
    status: str = ""
    handed_over_at: datetime | None = None
    returned: tuple[tuple[str, int], ...] = ()

    @property
    def returned_pieces(self) -> int:
        """How many pieces have come back."""
        return sum(quantity for _, quantity in self.returned)


class RedemptionNotFound(NotFound):
    """There is no such redemption."""

    zh = "没有该兑换记录。"


class AlreadyHandedOver(Refused):
    """The goods have already been handed over; the code works once."""

    zh = "该兑换码已核销。"

    def __init__(self, at: datetime | None = None, stall: str | None = None) -> None:
        super().__init__()
        self.at = at
        self.stall = stall


class ReservationCancelled(Refused):
    """The reservation was cancelled."""

    zh = "该预留已取消。"


class ReservationLapsed(Refused):
    """The reservation has lapsed."""

    zh = "该预留已过期失效。"


def evolve(state: Redemption, event: Event) -> Redemption:
    """Fold one event into the redemption."""
    match event:
        case GoodsReserved():
            return Redemption(
                offer=event.offer,
                person=event.person,
                quantity=event.quantity,
                minutes=event.minutes,
                lapses_at=event.lapses_at,
                stall=event.stall,
                status=RESERVED,
            )
        case GoodsHandedOver():
            return msgspec.structs.replace(
                state, status=HANDED_OVER, handed_over_at=event.at, stall=event.stall
            )
        case RedemptionCancelled():
            return msgspec.structs.replace(state, status=CANCELLED)
        case RedemptionLapsed():
            return msgspec.structs.replace(state, status=LAPSED)
        case GoodsReturned():
            returned = (*state.returned, (event.entry, event.quantity))
            return msgspec.structs.replace(state, returned=returned)
        case _:
            return state


def must_be_reserved(state: Redemption) -> None:
    """Refuse for a redemption that is not waiting for its goods.

    Raises:
        RedemptionNotFound: nobody reserved anything.
        AlreadyHandedOver: the goods have left.
        ReservationCancelled: it was cancelled.
        ReservationLapsed: it lapsed.
    """
    match state.status:
        case "reserved":
            return
        case "handed_over":
            raise AlreadyHandedOver(state.handed_over_at, state.stall)
        case "cancelled":
            raise ReservationCancelled
        case "lapsed":
            raise ReservationLapsed
        case _:
            raise RedemptionNotFound

"""Offers (可兑换项): what a station or a fair hands out for points, and how much of it is left.

Units: pieces; whole credit minutes; fen for the accounts, never as a price. Shapes: the state is a
few counters, whatever the number of reservations: each of these has a stream of its own.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from timebank.event import Event, Instant


class OfferEvent(Event, frozen=True, kw_only=True):
    """Something that happened to one offer."""

    offer: str

    @property
    def stream(self) -> str:
        """Each offer has its own stream."""
        return f"offer-{self.offer}"


class OfferOpened(OfferEvent, frozen=True, kw_only=True, tag="offer.opened"):
    """A station or a fair offers so many pieces; `source` is who gave the goods: a kind."""

    title: str
    price_minutes: int
    stock: int
    station: str | None = None
    fair: str | None = None
    source: str | None = None
    unit_cost_fen: int | None = None


class OfferSourceNamed(OfferEvent, frozen=True, kw_only=True, tag="offer.source_named"):
    """Who gave the goods, who may be a private person: sealed under the offer's own key."""

    name: str
    reference: str | None = None

    @property
    def holder(self) -> str:
        """The offer's own key, so that a donor can be forgotten without anybody else."""
        return self.offer


class StockMoved(OfferEvent, frozen=True, kw_only=True, tag="offer.stock_moved"):
    """Pieces came or went otherwise than by a redemption: `restock`, `damaged` or `count`."""

    movement: str
    change: int
    reason: str
    stall: str | None = None


class StockAllotted(OfferEvent, frozen=True, kw_only=True, tag="offer.allotted"):
    """So many pieces in all are for one stall and for nobody else."""

    stall: str
    quantity: int


class PiecesReserved(OfferEvent, frozen=True, kw_only=True, tag="offer.reserved"):
    """Pieces were promised to a redemption."""

    redemption: str
    quantity: int
    stall: str | None = None


class PiecesReleased(OfferEvent, frozen=True, kw_only=True, tag="offer.released"):
    """A promise ended without a hand-over."""

    redemption: str
    quantity: int
    stall: str | None = None


class PiecesHandedOver(OfferEvent, frozen=True, kw_only=True, tag="offer.handed_over"):
    """Promised pieces left."""

    redemption: str
    quantity: int
    stall: str | None = None


class PiecesReturned(OfferEvent, frozen=True, kw_only=True, tag="offer.returned"):
    """Pieces came back that can be handed out again."""

    redemption: str
    quantity: int
    stall: str | None = None


class ShortfallRecorded(OfferEvent, frozen=True, kw_only=True, tag="offer.shortfall_recorded"):
    """Pieces left that no hold covers; somebody has to look into it."""

    quantity: int
    at: Instant
    redemption: str | None = None
    stall: str | None = None


class OfferClosed(OfferEvent, frozen=True, kw_only=True, tag="offer.closed"):
    """Nothing more is promised; what was promised still stands."""


class Pieces(msgspec.Struct, frozen=True):
    """How many there were, are promised, left, and left without a promise."""

    stock: int = 0
    reserved: int = 0
    handed_over: int = 0
    missing: int = 0

    @property
    def free(self) -> int:
        """How many may still be promised."""
        return max(self.stock - self.reserved - self.handed_over - self.missing, 0)

    @property
    def there(self) -> int:
        """How many must still lie on the table; below 0 where more left than it ever had."""
        return self.stock - self.handed_over - self.missing


class Offer(msgspec.Struct, frozen=True):
    """The price, the place, and the pieces: all of them, and those of each stall among them."""

    title: str = ""
    price_minutes: int = 0
    station: str | None = None
    fair: str | None = None
    pieces: Pieces = Pieces()
    stalls: Mapping[str, Pieces] = {}
    closed: bool = False
    movement: str = ""

    @property
    def is_open(self) -> bool:
        """Whether more may be promised."""
        return self.price_minutes > 0 and not self.closed

    def free(self, stall: str | None = None) -> int:
        """How many may still be promised at *stall*: its own, or those allotted to none."""
        return min(self.of(stall).free, self.pieces.free)

    def of(self, stall: str | None) -> Pieces:
        """The pieces of *stall*, or those allotted to none where it has none of its own."""
        own = None if stall is None else self.stalls.get(stall)
        return self.unallotted if own is None else own

    def stall(self, asked: str | None) -> str | None:
        """The stall that is meant: without a word, the only one there is, if all is for it."""
        if asked is None and len(self.stalls) == 1:
            (only,) = self.stalls
            return only if self.stalls[only].stock == self.pieces.stock else None
        return asked

    @property
    def unallotted(self) -> Pieces:
        """The pieces that are for no stall in particular."""
        left = self.pieces
        for own in self.stalls.values():
            left = Pieces(
                left.stock - own.stock,
                left.reserved - own.reserved,
                left.handed_over - own.handed_over,
                left.missing - own.missing,
            )
        return left


def evolve(state: Offer, event: Event) -> Offer:
    """Fold one event into the offer."""
    match event:
        case OfferOpened():
            return Offer(
                title=event.title,
                price_minutes=event.price_minutes,
                station=event.station,
                fair=event.fair,
                pieces=Pieces(stock=event.stock),
            )
        case StockMoved():
            moved = _counted(state, event.stall, stock=event.change)
            return msgspec.structs.replace(moved, movement=event.movement)
        case StockAllotted():
            own = state.stalls.get(event.stall, Pieces())
            own = msgspec.structs.replace(own, stock=event.quantity)
            return msgspec.structs.replace(state, stalls={**state.stalls, event.stall: own})
        case PiecesReserved():
            return _counted(state, event.stall, reserved=event.quantity)
        case PiecesReleased():
            return _counted(state, event.stall, reserved=-event.quantity)
        case PiecesHandedOver():
            return _counted(
                state, event.stall, reserved=-event.quantity, handed_over=event.quantity
            )
        case PiecesReturned():
            return _counted(state, event.stall, handed_over=-event.quantity)
        case ShortfallRecorded():
            return _counted(state, event.stall, missing=event.quantity)
        case OfferClosed():
            return msgspec.structs.replace(state, closed=True)
        case _:
            return state


def _counted(state: Offer, stall: str | None, **changes: int) -> Offer:
    """Count the same for all pieces and, where a stall has its own, for these."""
    stalls = state.stalls
    if stall is not None and stall in stalls:
        stalls = {**stalls, stall: _with(stalls[stall], changes)}
    return msgspec.structs.replace(state, pieces=_with(state.pieces, changes), stalls=stalls)


def _with(pieces: Pieces, changes: Mapping[str, int]) -> Pieces:
    new: dict[str, Any] = {name: getattr(pieces, name) + by for name, by in changes.items()}
    return msgspec.structs.replace(pieces, **new)

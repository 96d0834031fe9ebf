"""Opening offers, moving stock, giving stalls their share, closing."""

from datetime import datetime

from timebank.event import Event, IdTaken, Malformed, NotFound, Refused
from timebank.fairs import Fair, StallNotFound, must_be_on
from timebank.offers import (
    Offer,
    OfferClosed,
    OfferOpened,
    OfferSourceNamed,
    ShortfallRecorded,
    StockAllotted,
    StockMoved,
)
from timebank.stations import Station, StationNotFound

SOURCES = ("donor", "budget", "merchant")


class OfferNotFound(NotFound):
    """There is no such offer."""

    zh = "没有该可兑换项。"


class OfferIsClosed(Refused):
    """The offer is closed."""

    zh = "该可兑换项已下架。"


class OfferMalformed(Malformed):
    """An offer needs a price of a minute or more, a stock of zero or more, and a known source."""

    zh = "可兑换项须有不少于一分钟的价格、不为负的库存和有效的来源。"


class MovementMalformed(Malformed):
    """A restock adds, damage takes away, a count changes; nothing else moves stock."""

    zh = "补货须为增加,损坏须为减少,盘点须有变动。"


class StockPromised(Refused):
    """That many pieces are reserved, handed over or allotted already."""

    zh = "相应数量已被预留、核销或分配。"


class NotAtThisFair(Refused):
    """The offer does not belong to this fair."""

    zh = "该可兑换项不属于本集市。"


def open_offer(
    state: Offer,
    place: Station | Fair,
    *,
    offer: str,
    title: str,
    price_minutes: int,
    stock: int,
    station: str | None = None,
    fair: str | None = None,
    stall: str | None = None,
    source: str | None = None,
    source_name: str | None = None,
    source_reference: str | None = None,
    unit_cost_fen: int | None = None,
) -> list[Event]:
    """Offer goods for points at a station or a fair, and say for the accounts who gave them.

    Where *stall* is named, all pieces are for that stall of the fair.

    Raises:
        StationNotFound: there is no such station.
        FairNotFound: there is no such fair.
        StallNotFound: the fair has no such stall.
        FairIsOver: the fair was closed.
        OfferMalformed: the price, the stock or the source makes no sense.
        IdTaken: this id already is another offer.
    """
    if isinstance(place, Fair):
        must_be_on(place)
        if stall is not None and stall not in place.stalls:
            raise StallNotFound
    elif not place.is_open:
        raise StationNotFound
    if price_minutes < 1 or stock < 0 or (unit_cost_fen or 0) < 0:
        raise OfferMalformed
    if source is not None and source not in SOURCES:
        raise OfferMalformed
    if state.price_minutes:
        now = (state.title, state.price_minutes, state.station, state.fair)
        if now != (title, price_minutes, station, fair):
            raise IdTaken
        return []
    events: list[Event] = [
        OfferOpened(
            offer=offer,
            title=title,
            price_minutes=price_minutes,
            stock=stock,
            station=station,
            fair=fair,
            source=source,
            unit_cost_fen=unit_cost_fen,
        )
    ]
    if stall is not None:
        events.append(StockAllotted(offer=offer, stall=stall, quantity=stock))
    if source_name is not None:
        named = OfferSourceNamed(offer=offer, name=source_name, reference=source_reference)
        events.append(named)
    return events


def move_stock(
    state: Offer, *, offer: str, movement: str, change: int, reason: str, stall: str | None = None
) -> list[Event]:
    """Count pieces in or out, at a stall or among those that are for none.

    Raises:
        OfferNotFound: nobody opened it.
        MovementMalformed: the change does not fit its reason.
        StockPromised: fewer would be left than are promised, handed over or allotted.
    """
    must_be_known(state)
    if state.movement == movement:
        return []
    fits = {"restock": change > 0, "damaged": change < 0, "count": change != 0}
    if not fits.get(reason, False):
        raise MovementMalformed
    stall = state.stall(stall)
    if change < 0 and -change > state.free(stall):
        raise StockPromised
    return [StockMoved(offer=offer, movement=movement, change=change, reason=reason, stall=stall)]


def allot(
    state: Offer, fair: Fair, *, offer: str, fair_id: str, stall: str, quantity: int
) -> list[Event]:
    """Set aside *quantity* pieces in all for one stall of the fair.

    Raises:
        OfferNotFound: nobody opened it.
        NotAtThisFair: the offer belongs elsewhere.
        StallNotFound: the fair has no such stall.
        StockPromised: the stall has used more, or so many are not free.
    """
    must_be_known(state)
    if state.fair != fair_id:
        raise NotAtThisFair
    if stall not in fair.stalls:
        raise StallNotFound
    own = state.stalls.get(stall)
    if own is not None and own.stock == quantity:
        return []
    before = 0 if own is None else own.stock
    if quantity < before and (own is None or before - quantity > own.free):
        raise StockPromised
    if quantity < 0 or quantity - before > state.free():
        raise StockPromised
    return [StockAllotted(offer=offer, stall=stall, quantity=quantity)]


def close(state: Offer, *, offer: str) -> list[Event]:
    """Promise nothing more.

    Raises:
        OfferNotFound: nobody opened it.
    """
    must_be_known(state)
    if state.closed:
        return []
    return [OfferClosed(offer=offer)]


def record_shortfall(
    state: Offer,
    *,
    offer: str,
    quantity: int,
    at: datetime,
    stall: str | None = None,
    redemption: str | None = None,
) -> list[Event]:
    """Record pieces that left, at *at*, without any hold: what is gone is never refused.

    Raises:
        OfferNotFound: nobody opened it.
        OfferMalformed: less than one piece.
    """
    must_be_known(state)
    if quantity < 1:
        raise OfferMalformed
    return [
        ShortfallRecorded(
            offer=offer,
            quantity=quantity,
            at=at,
            redemption=redemption,
            stall=state.stall(stall),
        )
    ]


def must_be_known(state: Offer) -> None:
    """Refuse for an offer that nobody opened.

    Raises:
        OfferNotFound: nobody did.
    """
    if not state.price_minutes:
        raise OfferNotFound

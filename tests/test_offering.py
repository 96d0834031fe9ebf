"""Offers: opened with their source, stock counted in and out, shares for stalls."""

from typing import Any

import pytest

from tests.goods import FAIR, NOON, OFFER, OTHER_STALL, STALL, Goods
from tests.purses import entry
from tests.serving import STATION
from timebank.event import Event, IdTaken, Refused
from timebank.fairs import Fair, FairClosed, FairIsOver, FairNotFound, StallNotFound
from timebank.offering import (
    MovementMalformed,
    NotAtThisFair,
    OfferMalformed,
    OfferNotFound,
    StockPromised,
    allot,
    close,
    move_stock,
    open_offer,
    record_shortfall,
)
from timebank.offers import (
    Offer,
    OfferClosed,
    OfferOpened,
    OfferSourceNamed,
    Pieces,
    ShortfallRecorded,
    StockAllotted,
    StockMoved,
)
from timebank.stations import Station, StationNotFound

OPEN = Station(title="城东", community="330102001001")


def offered(place: Station | Fair = OPEN, state: Offer | None = None, **facts: Any) -> list[Event]:
    """Decide to offer ten umbrellas."""
    usual: dict[str, Any] = {
        "offer": OFFER,
        "title": "雨伞",
        "price_minutes": 120,
        "stock": 10,
        "station": STATION,
    }
    return open_offer(state or Offer(), place, **usual | facts)


def move(book: Goods, change: int, reason: str = "restock", **facts: Any) -> list[Event]:
    """Decide a movement of stock."""
    said = {"movement": entry(f"movement {change}"), "change": change, "reason": reason, **facts}
    return move_stock(book.offer, offer=OFFER, **said)


def test_an_offer_says_who_gave_the_goods_for_the_accounts_only() -> None:
    """The kind is clear, the donor's name sealed under the offer's own key."""
    opened, named = offered(
        source="donor", source_name="李先生", source_reference="协议 7", unit_cost_fen=1990
    )
    assert isinstance(opened, OfferOpened)
    assert (opened.source, opened.unit_cost_fen) == ("donor", 1990)
    assert named == OfferSourceNamed(offer=OFFER, name="李先生", reference="协议 7")
    assert named.holder == OFFER


def test_opening_again_does_nothing() -> None:
    """The same offer is there; another one under its id is refused."""
    book = Goods().at_station()
    assert offered(state=book.offer) == []
    with pytest.raises(IdTaken):
        offered(state=book.offer, price_minutes=60)


def test_stock_is_counted_in_and_out() -> None:
    """10, restocked by 5, 3 damaged, one more found: 13."""
    book = Goods().at_station()
    for change, reason in ((5, "restock"), (-3, "damaged"), (1, "count")):
        (event,) = book.add(move(book, change, reason))
        assert isinstance(event, StockMoved)
        assert move(book, change, reason) == []
    assert book.offer.pieces == Pieces(stock=13)


def test_a_stall_has_its_share_and_nobody_elses() -> None:
    """Of 10, 6 are for one stall and 3 for another: 1 is left for whoever asks."""
    book = Goods().at_fair()
    (event,) = book.allot(6)
    assert isinstance(event, StockAllotted)
    book.allot(3, OTHER_STALL)
    assert [book.offer.free(stall) for stall in (STALL, OTHER_STALL, None)] == [6, 3, 1]
    assert book.allot(6) == []
    book.allot(4)
    assert [book.offer.free(stall) for stall in (STALL, OTHER_STALL, None)] == [4, 3, 3]


def test_an_offer_may_be_one_stalls_from_the_start() -> None:
    """All 10 pieces; whoever names no stall means that one."""
    book = Goods().at_fair(stall=STALL)
    assert (book.offer.free(STALL), book.offer.free()) == (10, 0)
    reserved = book.reserve()[0]
    assert reserved.stall == STALL  # type: ignore[attr-defined]
    (moved,) = book.add(move(book, -1, "damaged"))
    assert isinstance(moved, StockMoved)
    assert moved.stall == STALL
    assert book.offer.free(STALL) == 8


def test_goods_that_left_without_a_hold_are_recorded() -> None:
    """Two pieces gone: fewer are free, though the stock was never sold."""
    book = Goods().at_station()
    (event,) = book.add(record_shortfall(book.offer, offer=OFFER, quantity=2, at=NOON))
    assert isinstance(event, ShortfallRecorded)
    assert (book.offer.free(), book.offer.pieces.missing) == (8, 2)


def test_more_may_be_missing_than_there_was() -> None:
    """What is gone is never refused: nothing is free, and the book says two too many."""
    book = Goods().at_station()
    book.add(record_shortfall(book.offer, offer=OFFER, quantity=12, at=NOON))
    assert (book.offer.free(), book.offer.pieces.there) == (0, -2)


def test_a_closed_offer_promises_nothing_more() -> None:
    """Closing twice is closing once."""
    book = Goods().at_station()
    (event,) = book.add(close(book.offer, offer=OFFER))
    assert isinstance(event, OfferClosed)
    assert close(book.offer, offer=OFFER) == []


def promised(quantity: int) -> Goods:
    """Have so many of 10 reserved."""
    book = Goods(10_000).at_fair()
    book.reserve(quantity=quantity)
    return book


def share(book: Goods, quantity: int, stall: str = STALL, fair: str = FAIR) -> list[Event]:
    """Decide an allotment."""
    state = book(f"fair-{FAIR}")
    return allot(book.offer, state, offer=OFFER, fair_id=fair, stall=stall, quantity=quantity)


def used_share() -> Goods:
    """Have 4 pieces of a stall's 6 reserved."""
    book = Goods(10_000).at_fair()
    book.allot(6)
    book.reserve(quantity=4, stall=STALL)
    return book


def over() -> Fair:
    """A fair that was closed."""
    book = Goods().at_fair()
    book.add([FairClosed(fair=FAIR)])
    state: Fair = book(f"fair-{FAIR}")
    return state


@pytest.mark.parametrize(
    ("decide", "refusal"),
    [
        (lambda: offered(Station()), StationNotFound),
        (lambda: offered(Fair(), station=None, fair=FAIR), FairNotFound),
        (lambda: offered(over(), station=None, fair=FAIR), FairIsOver),
        (lambda: offered(Goods().at_fair().fair, fair=FAIR, stall="?"), StallNotFound),
        (lambda: offered(price_minutes=0), OfferMalformed),
        (lambda: offered(stock=-1), OfferMalformed),
        (lambda: offered(unit_cost_fen=-1), OfferMalformed),
        (lambda: offered(source="stolen"), OfferMalformed),
        (lambda: move(Goods(), 1), OfferNotFound),
        (lambda: move(Goods().at_station(), 0), MovementMalformed),
        (lambda: move(Goods().at_station(), -1), MovementMalformed),
        (lambda: move(Goods().at_station(), 1, "damaged"), MovementMalformed),
        (lambda: move(Goods().at_station(), 1, "found"), MovementMalformed),
        (lambda: move(promised(8), -3, "damaged"), StockPromised),
        (lambda: share(Goods(), 1), OfferNotFound),
        (lambda: share(Goods().at_fair(), 1, fair=entry("another")), NotAtThisFair),
        (lambda: share(Goods().at_station(), 1), NotAtThisFair),
        (lambda: share(Goods().at_fair(), 1, stall="?"), StallNotFound),
        (lambda: share(Goods().at_fair(), 11), StockPromised),
        (lambda: share(Goods().at_fair(), -1), StockPromised),
        (lambda: share(promised(8), 3), StockPromised),
        (lambda: share(used_share(), 3), StockPromised),
        (lambda: record_shortfall(Offer(), offer=OFFER, quantity=1, at=NOON), OfferNotFound),
        (
            lambda: record_shortfall(Goods().at_fair().offer, offer=OFFER, quantity=0, at=NOON),
            OfferMalformed,
        ),
        (lambda: close(Offer(), offer=OFFER), OfferNotFound),
    ],
)
def test_what_may_not_be_offered(decide: Any, refusal: type[Refused]) -> None:
    """Each rule of offers refuses by its own name; nobody counts away what is promised."""
    with pytest.raises(refusal):
        decide()

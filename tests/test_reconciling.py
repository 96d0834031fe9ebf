"""A stall's reckoning: the table is compared with the book, and the book follows the table."""

from typing import Any

import pytest

from tests.goods import CLOSES, FAIR, OFFER, STALL, Goods
from tests.purses import entry
from timebank.event import Event, Refused
from timebank.fairs import (
    Count,
    Fair,
    FairClosed,
    FairIsOver,
    FairNotFound,
    StallNoted,
    StallNotFound,
    StallReconciled,
)
from timebank.offering import NotAtThisFair
from timebank.offers import Offer, ShortfallRecorded, StockMoved
from timebank.reconciling import CountMalformed, reconcile


def busy() -> Goods:
    """A stall with 6 of 10 pieces: one handed over, one still reserved."""
    book = Goods(10_000).at_fair()
    book.allot(6)
    for name in ("one", "two"):
        book.reserve(entry(name), stall=STALL)
    book.hand_over(entry("one"))
    return book


def count(book: Goods, *left: int, **facts: Any) -> list[Event]:
    """Decide a reconciliation of the stall."""
    said: dict[str, Any] = {
        "fair": FAIR,
        "stall": STALL,
        "left": [(OFFER, each) for each in left],
        "at": CLOSES,
        **facts,
    }
    state = said.pop("state", book(f"fair-{FAIR}"))
    return reconcile(state, {OFFER: book.offer}, **said)


def test_what_is_promised_still_lies_on_the_table() -> None:
    """6 allotted, 1 handed over, 1 reserved: 5 must be left, and are."""
    book = busy()
    (event,) = book.add(count(book, 5))
    assert event == StallReconciled(
        fair=FAIR, stall=STALL, counts=(Count(offer=OFFER, expected=5, left=5),)
    )
    assert count(book, 5) == []


def test_missing_pieces_become_a_shortfall() -> None:
    """3 are left: 2 are missing, and the next count expects 3."""
    book = busy()
    reconciled, noted, short = book.add(count(book, 3, note="风大"))
    assert isinstance(reconciled, StallReconciled)
    assert isinstance(short, ShortfallRecorded)
    assert noted == StallNoted(fair=FAIR, stall=STALL, note="风大")
    assert (short.quantity, short.stall, short.at) == (2, STALL, CLOSES)
    assert book.offer.stalls[STALL].missing == 2
    (again,) = book.add(count(book, 3))
    assert isinstance(again, StallReconciled)
    assert again.counts[0].expected == 3
    assert count(book, 3) == []


def test_pieces_too_many_are_counted_in() -> None:
    """7 are left: 2 more than the book knew of, for this stall."""
    book = busy()
    _, moved = book.add(count(book, 7))
    assert isinstance(moved, StockMoved)
    assert (moved.change, moved.reason, moved.stall) == (2, "count", STALL)
    assert (book.offer.pieces.stock, book.offer.free(STALL)) == (12, 6)


def closed() -> Fair:
    """The fair when it is over."""
    book = busy()
    book.add([FairClosed(fair=FAIR)])
    state: Fair = book(f"fair-{FAIR}")
    return state


@pytest.mark.parametrize(
    ("left", "facts", "refusal"),
    [
        ((5,), {"state": Fair()}, FairNotFound),
        ((5,), {"state": closed()}, FairIsOver),
        ((5,), {"stall": "?"}, StallNotFound),
        ((5, 5), {}, CountMalformed),
        ((-1,), {}, CountMalformed),
    ],
)
def test_what_may_not_be_counted(
    left: tuple[int, ...], facts: dict[str, Any], refusal: type[Refused]
) -> None:
    """Each rule refuses by its own name."""
    with pytest.raises(refusal):
        count(busy(), *left, **facts)


def test_goods_of_elsewhere_are_not_counted() -> None:
    """An offer of a station is no matter of the fair."""
    book = Goods().at_fair()
    facts: dict[str, Any] = {"fair": FAIR, "stall": STALL, "at": CLOSES}
    with pytest.raises(NotAtThisFair):
        reconcile(book.fair, {"x": Offer(station="s")}, left=[("x", 1)], **facts)

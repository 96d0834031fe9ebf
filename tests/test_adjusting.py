"""Balances carried over, and balances put right."""

from datetime import timedelta
from typing import Any

import pytest

from tests.purses import Purses, entry, sheet
from tests.serving import DAY, VOLUNTEER
from timebank.adjusting import add, carry_over, deduct
from timebank.event import Event, IdTaken, Refused
from timebank.lots import Lot
from timebank.postings import (
    BalanceCarriedOver,
    PointsAdded,
    PointsDeducted,
    PostingExplained,
)
from timebank.spending import MinutesMalformed, NotEnoughPoints

OPENING = entry("opening")
UNTIL = DAY + timedelta(days=30)


def begin(book: Purses, **facts: Any) -> list[Event]:
    """Decide an opening balance."""
    usual: dict[str, Any] = {
        "person": VOLUNTEER,
        "entry": OPENING,
        "minutes": 95_000,
        "on": DAY,
        "valid_until": UNTIL,
        "source": "ab" * 32,
    }
    return carry_over(book.purse(), **usual | facts)


def put_right(book: Purses, minutes: int, *, more: bool, **facts: Any) -> list[Event]:
    """Decide an adjustment."""
    said: dict[str, Any] = {
        "person": VOLUNTEER,
        "entry": entry("adjustment"),
        "minutes": minutes,
        "today": DAY,
        **facts,
    }
    return add(book.purse(), sheet(), **said) if more else deduct(book.purse(), **said)


def test_an_opening_balance_comes_from_opening_and_names_its_list() -> None:
    """95,000 minutes that the member had before: above the cap of 90,000, and theirs."""
    book = Purses()
    (event,) = book.add(begin(book))
    assert isinstance(event, BalanceCarriedOver)
    assert (event.debit, event.source) == ("opening", "ab" * 32)
    (lot,) = book.purse().lots
    assert (lot.minutes, lot.valid_until) == (95_000, UNTIL)
    assert book.accounts["opening"] == -95_000


def test_the_same_row_is_carried_over_once() -> None:
    """A second import of the row does nothing; the row with another sum is another row."""
    book = Purses()
    book.add(begin(book))
    assert begin(book) == []
    with pytest.raises(IdTaken):
        begin(book, minutes=1)


def test_what_was_too_little_is_added_as_a_new_lot() -> None:
    """60 minutes from account adjustment; why is sealed."""
    book = Purses()
    event, why = book.add(put_right(book, 60, more=True, reason="漏记"))
    assert isinstance(event, PointsAdded)
    assert isinstance(why, PostingExplained)
    assert book.accounts == {"adjustment": -60, f"available:{VOLUNTEER}": 60}
    assert put_right(book, 60, more=True) == []


def test_what_was_too_much_is_deducted_oldest_first() -> None:
    """60 minutes back to account adjustment."""
    book = Purses()
    book.carry(40, UNTIL + timedelta(days=1))
    book.carry(40, UNTIL)
    (event,) = book.add(put_right(book, 60, more=False))
    assert isinstance(event, PointsDeducted)
    assert [(lot.minutes, lot.valid_until) for lot in event.lots] == [
        (40, UNTIL),
        (20, UNTIL + timedelta(days=1)),
    ]
    assert isinstance(event.lots[0], Lot)
    assert book.purse().balance_minutes == 20
    assert put_right(book, 60, more=False) == []


@pytest.mark.parametrize(
    ("decide", "refusal"),
    [
        (lambda book: begin(book, minutes=0), MinutesMalformed),
        (lambda book: put_right(book, 0, more=True), MinutesMalformed),
        (lambda book: put_right(book, 0, more=False), MinutesMalformed),
        (lambda book: put_right(book, 1, more=False), NotEnoughPoints),
        (
            lambda book: (book.add(put_right(book, 9, more=True)), put_right(book, 8, more=True)),
            IdTaken,
        ),
    ],
)
def test_what_may_not_be_put_right(decide: Any, refusal: type[Refused]) -> None:
    """Each rule refuses by its own name; nothing is deducted that is not there."""
    with pytest.raises(refusal):
        decide(Purses())

"""Lots: one order of spending, and parts that always add up."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.purses import parts, sheet
from tests.serving import DAY
from timebank.lots import Lot, first, is_over, last, last_day, put, spending_order, total, without


def lot(name: str, minutes: int, days: int | None = 30, earned: int = 0) -> Lot:
    """Give a lot whose last day is so many days away."""
    until = None if days is None else DAY + timedelta(days=days)
    return Lot(lot=name, minutes=minutes, on=DAY + timedelta(days=earned), valid_until=until)


def test_the_next_to_expire_is_spent_first_then_the_earlier_earned_then_by_id() -> None:
    """Last day, day of earning, id; what never expires comes last, the older of it first."""
    lots = [
        lot("never, later", 1, None, 5),
        lot("never", 1, None),
        lot("b", 1, 30),
        lot("a", 1, 30),
        lot("late", 1, 60, -9),
        lot("c", 1, 30, -1),
    ]
    assert [each.lot for each in sorted(lots, key=spending_order)] == [
        "c",
        "a",
        "b",
        "late",
        "never",
        "never, later",
    ]


def test_lots_of_120_300_and_90_minutes_pay_300_as_120_and_180() -> None:
    """In order of expiry; the third lot is not touched."""
    lots = put((), (lot("third", 90, 90), lot("first", 120, 30), lot("second", 300, 60)))
    assert parts(first(lots, 300)) == [("first", 120), ("second", 180)]
    assert parts(without(lots, first(lots, 300))) == [("second", 120), ("third", 90)]


def test_a_lot_that_comes_back_is_where_it_was() -> None:
    """Spent whole and given back, it is the next to be spent again."""
    lots = put((), (lot("first", 120, 30), lot("second", 300, 60)))
    left = without(lots, first(lots, 200))
    assert parts(left) == [("second", 220)]
    assert put(left, first(lots, 200)) == lots


def test_a_lot_is_good_on_its_last_day() -> None:
    """Valid until 10 March: good on the 10th, over on the 11th; without a last day never over."""
    assert not is_over(lot("x", 1, 0), DAY)
    assert is_over(lot("x", 1, 0), DAY + timedelta(days=1))
    assert not is_over(lot("x", 1, None), date.max)


def test_the_sheet_says_how_long_a_lot_lasts() -> None:
    """24 months by the proposed rules, for ever where the sheet says nothing."""
    assert last_day(sheet(), DAY) == date(2027, 3, 10)
    assert last_day(sheet(validity_months=None), DAY) is None


@given(st.lists(st.integers(1, 500), max_size=8), st.integers(0, 3_000))
def test_first_and_last_share_the_whole(sizes: list[int], minutes: int) -> None:
    """What is first in so many minutes and what is last in the rest is everything, once."""
    lots = put((), (lot(str(place), size, place) for place, size in enumerate(sizes)))
    begin = first(lots, minutes)
    assert total(begin) == min(minutes, sum(sizes))
    assert put(begin, last(lots, sum(sizes) - total(begin))) == lots

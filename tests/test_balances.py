"""Month ends: asserted once, and borne out by the entries alone."""

from datetime import date

import msgspec

from tests.purses import Purses
from tests.serving import VOLUNTEER
from tests.test_holding import holding
from timebank.balances import Standing, confirm_balance, contradictions, standing
from timebank.postings import BalanceConfirmed

MARCH = date(2025, 3, 31)
STREAM = f"purse-{VOLUNTEER}"


def confirmed() -> Purses:
    """300 had, 120 of it held, and that asserted."""
    book = holding(120, 300)
    book.add(confirm_balance(book.purse(), person=VOLUNTEER, on=MARCH))
    return book


def test_a_month_end_asserts_what_the_purse_holds() -> None:
    """180 available, 120 held, nothing owed."""
    assert confirmed().events[-1] == BalanceConfirmed(
        person=VOLUNTEER, on=MARCH, available_minutes=180, held_minutes=120, debt_minutes=0
    )


def test_nothing_is_asserted_twice_or_about_nothing() -> None:
    """Neither again for the same month, nor for a purse in which nothing moved."""
    book = confirmed()
    assert confirm_balance(book.purse(), person=VOLUNTEER, on=MARCH) == []
    assert confirm_balance(Purses().purse(), person=VOLUNTEER, on=MARCH) == []
    book.carry(5)
    assert confirm_balance(book.purse(), person=VOLUNTEER, on=date(2025, 4, 30)) != []


def test_a_replay_bears_the_assertion_out() -> None:
    """Debits and credits add up to what was asserted, without the fold of lots."""
    book = confirmed()
    assert standing(book.of(STREAM), VOLUNTEER) == Standing(180, 120, 0)
    assert contradictions(book.of(STREAM)) == []


def test_a_wrong_assertion_is_found() -> None:
    """One minute more than the entries say, or an entry that is missing."""
    book = confirmed()
    *before, asserted = book.of(STREAM)
    assert isinstance(asserted, BalanceConfirmed)
    wrong = msgspec.structs.replace(asserted, available_minutes=181)
    assert contradictions([*before, wrong]) == [wrong]
    assert contradictions([*before[:-1], asserted]) == [asserted]

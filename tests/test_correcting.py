"""Corrections of a service record: the purse follows by the difference, under the caps."""

from datetime import timedelta
from typing import Any

import pytest

from tests.purses import Purses, day_of, entry, sheet
from tests.serving import DAY, RECIPIENT, VOLUNTEER
from tests.test_purse_machine import entries_of
from tests.test_reversing import spend, undo
from timebank.accounts import available
from timebank.correcting import correct
from timebank.event import Event
from timebank.postings import LotsReceived, PointsReduced, ShortfallBorne
from timebank.purse import DebtRepaid, PointsEarned, Purse, earn
from timebank.reversing import RecordCorrected, UnknownFault

RECORD = day_of(95)
STREAM = f"purse-{VOLUNTEER}"


def earned(minutes: int = 95, **rules: Any) -> Purses:
    """Have earned so much for the record."""
    book = Purses()
    recorded = day_of(minutes)
    book.add(earn(book.purse(), sheet(**rules), recorded=recorded, category="x"))
    return book


def change(book: Purses, credit: int, **facts: Any) -> list[Event]:
    """Decide a correction to so many credit minutes."""
    said: dict[str, Any] = {
        "recorded": RECORD,
        "credit": credit,
        "before": entries_of(RECORD.record, book.of(STREAM)),
        "entry": entry(f"correction {len(book.events)}"),
        "fault": "member",
        "today": DAY,
        **facts,
    }
    rules, giver = said.pop("rules", sheet()), said.pop("giver", None)
    return correct(book.purse(), giver, rules, **said)


def test_more_is_earned_like_any_service() -> None:
    """95 becomes 120: 25 more, a lot of its own, of the same record and day."""
    book = earned()
    (event,) = book.add(change(book, 120))
    assert isinstance(event, PointsEarned)
    assert (event.minutes, event.record, event.on) == (25, RECORD.record, DAY)
    assert book.purse().balance_minutes == 120


def test_less_is_taken_back() -> None:
    """95 becomes 60: 35 back to issuance, and the day has room for them again."""
    book = earned()
    (event,) = book.add(change(book, 60))
    assert isinstance(event, PointsReduced)
    assert (event.minutes, event.credit, event.brought_minutes) == (35, "issuance", 35)
    assert (book.purse().balance_minutes, book.purse().brought) == (60, {DAY: 60})


def test_the_same_again_does_nothing() -> None:
    """95 stays 95; and so does what was corrected, asked a second time."""
    book = earned()
    assert change(book, 95) == []
    book.add(change(book, 60))
    assert change(book, 60) == []
    book.add(change(book, 120))
    assert change(book, 120) == []


def test_what_was_spent_is_owed_or_borne() -> None:
    """95 spent, corrected to 60: the member owes 35, or the office bears it."""
    for fault, debt in (("member", 35), ("office", 0)):
        book = earned()
        spend(book, 95)
        reduced, missing = book.add(change(book, 60, fault=fault))
        assert isinstance(reduced, PointsReduced)
        assert isinstance(missing, ShortfallBorne)
        assert (reduced.minutes, missing.minutes, book.purse().debt_minutes) == (0, 35, debt)
        # What the office bore counts as taken: correcting to 60 again changes nothing.
        assert change(book, 60) == []


def test_more_pays_what_is_owed_first() -> None:
    """A correction from 95 to 120 while 10 are owed: 10 repaid, 15 more in the purse."""
    book = earned()
    state = book.purse()
    owing = Purse(lots=state.lots, brought=state.brought, debt_minutes=10)
    said: dict[str, Any] = {"recorded": RECORD, "credit": 120, "entry": "x", "fault": "office"}
    before = entries_of(RECORD.record, book.of(STREAM))
    repaid, more = correct(owing, None, sheet(), before=before, today=DAY, **said)
    assert isinstance(repaid, DebtRepaid)
    assert isinstance(more, PointsEarned)
    assert (repaid.minutes, more.minutes) == (10, 15)


def test_the_days_cap_holds_for_a_correction_too() -> None:
    """450 and 95 on one day of 480: the record brought 30; corrected to 200 it still brings 30."""
    book = Purses()
    book.add(earn(book.purse(), sheet(), recorded=day_of(450, record="other"), category="x"))
    book.add(earn(book.purse(), sheet(), recorded=RECORD, category="x"))
    assert book.purse().balance_minutes == 480
    assert change(book, 200) == []
    (event,) = change(book, 20)
    assert isinstance(event, PointsReduced)
    assert event.minutes == 10


def test_what_the_balance_cap_kept_out_goes_first() -> None:
    """Of 95 the balance cap let 60 in; corrected to 70 nothing is taken, to 50 ten are."""
    book = earned(95, balance_cap_minutes=60)
    (event,) = book.add(change(book, 70))
    assert isinstance(event, PointsReduced)
    assert (event.minutes, event.brought_minutes) == (0, 25)
    (event,) = book.add(change(book, 50))
    assert isinstance(event, PointsReduced)
    assert (event.minutes, event.brought_minutes) == (10, 20)
    assert (book.purse().balance_minutes, book.purse().brought) == (50, {DAY: 50})


def test_a_recipient_who_paid_gets_the_difference() -> None:
    """35 minutes back to the recipient as a new lot."""
    book = earned()
    facts: dict[str, Any] = {"fund": available(RECIPIENT), "giver": book.purse(RECIPIENT)}
    _, received = book.add(change(book, 60, **facts))
    assert isinstance(received, LotsReceived)
    assert book.purse(RECIPIENT).balance_minutes == book.accounts[available(RECIPIENT)] == 35


def test_a_reduced_record_is_corrected_again_not_reversed() -> None:
    """Part of it was taken back already; to 0 is the way."""
    book = earned()
    (posting,) = entries_of(RECORD.record, book.of(STREAM))
    book.add(change(book, 60))
    with pytest.raises(RecordCorrected):
        undo(book, posting)
    book.add(change(book, 0))
    assert book.purse().balance_minutes == 0


def test_a_reversed_entry_counts_for_nothing() -> None:
    """95 reversed by mistake, then corrected to 95: earned anew."""
    book = earned()
    (posting,) = entries_of(RECORD.record, book.of(STREAM))
    book.add(undo(book, posting))
    (event,) = book.add(change(book, 95))
    assert isinstance(event, PointsEarned)
    assert (event.minutes, book.purse().balance_minutes) == (95, 95)
    assert event.valid_until is not None
    assert event.valid_until > DAY + timedelta(days=700)


def test_somebody_is_at_fault() -> None:
    """The member or the office."""
    with pytest.raises(UnknownFault):
        change(earned(), 60, fault="nobody")

"""Holds: set aside, then posted, paid, voided or timed out, once; what returns may be over."""

from datetime import timedelta
from typing import Any

import pytest

from tests.purses import Purses, day_of, entry, parts, sheet
from tests.serving import DAY, OTHER, RECIPIENT, VOLUNTEER
from timebank.accounts import accounts, held
from timebank.event import Event, IdTaken, Refused
from timebank.holding import (
    HoldNotFound,
    MoreThanHeld,
    arrived,
    expire,
    hold,
    pay,
    post,
    release,
)
from timebank.ids import derived
from timebank.lots import Lot
from timebank.postings import (
    DebtSettled,
    HoldPaid,
    HoldPosted,
    HoldReturned,
    PointsExpired,
    PointsHeld,
)
from timebank.purse import Purse, earn
from timebank.spending import MinutesMalformed, NotEnoughPoints

HOLD = entry("hold")
ORDER = entry("an order")
LATER = DAY + timedelta(days=40)


def having(*sizes: int, person: str = VOLUNTEER) -> Purses:
    """Have lots that expire in 30, 60, 90 days."""
    book = Purses()
    for place, size in enumerate(sizes, 1):
        book.carry(size, DAY + timedelta(days=30 * place), person)
    return book


def holding(minutes: int, *sizes: int) -> Purses:
    """Have so much of it set aside."""
    book = having(*sizes)
    book.add(keep(book, minutes=minutes))
    return book


def keep(book: Purses, **facts: Any) -> list[Event]:
    """Decide a hold."""
    said = {"person": VOLUNTEER, "hold": HOLD, "today": DAY, "redemption": HOLD, **facts}
    return hold(book.purse(), **said)


def moved(events: list[Event]) -> list[tuple[str, int]]:
    """Give every change of an account, in order."""
    return [change for event in events for change in accounts(event)]


def test_a_hold_takes_the_next_to_expire_first() -> None:
    """Of 120, 300 and 90 minutes, 300 are held as 120 + 180."""
    book = having(120, 300, 90)
    (event,) = book.add(keep(book, minutes=300))
    assert isinstance(event, PointsHeld)
    assert [lot.minutes for lot in event.lots] == [120, 180]
    assert moved([event]) == [(f"available:{VOLUNTEER}", -300), (f"held:{VOLUNTEER}", 300)]
    assert (book.purse().balance_minutes, book.purse().held_minutes) == (210, 300)


def test_holding_again_does_nothing() -> None:
    """The same hold of the same minutes is there already."""
    book = holding(120, 120, 300)
    assert keep(book, minutes=120) == []


def test_120_held_105_posted_15_returned() -> None:
    """Posting less than was held gives the rest back in the same step, the last lots of it."""
    book = holding(120, 60, 100)
    events = book.add(post(book.purse(), person=VOLUNTEER, hold=HOLD, minutes=105, today=DAY))
    posted, returned = events
    assert isinstance(posted, HoldPosted)
    assert isinstance(returned, HoldReturned)
    assert (posted.credit, [lot.minutes for lot in posted.lots]) == ("redeemed", [60, 45])
    assert (returned.minutes, returned.reason) == (15, "rest")
    assert (book.purse().balance_minutes, book.purse().held_minutes) == (55, 0)


def test_all_posted_leaves_nothing_to_return() -> None:
    """120 of 120."""
    book = holding(120, 120)
    (posted,) = post(book.purse(), person=VOLUNTEER, hold=HOLD, minutes=120, today=DAY)
    assert isinstance(posted, HoldPosted)


@pytest.mark.parametrize("reason", ["voided", "timed_out"])
def test_a_released_hold_comes_back_whole(reason: str) -> None:
    """Voided or timed out, and the reason is on record."""
    book = holding(120, 60, 100)
    before = having(60, 100).purse().lots
    (event,) = book.add(
        release(book.purse(), person=VOLUNTEER, hold=HOLD, reason=reason, today=DAY)
    )
    assert isinstance(event, HoldReturned)
    assert event.reason == reason
    assert book.purse().lots == before


def test_nothing_posted_is_a_void() -> None:
    """Posting 0 of 120 gives all back."""
    book = holding(120, 120)
    (event,) = post(book.purse(), person=VOLUNTEER, hold=HOLD, minutes=0, today=DAY)
    assert isinstance(event, HoldReturned)
    assert (event.minutes, event.reason) == (120, "voided")


def test_a_held_lot_does_not_expire_until_it_comes_back() -> None:
    """Held past its last day: it may still be spent; what returns expires in the same step."""
    book = holding(120, 120)
    assert expire(book.purse(), person=VOLUNTEER, today=LATER) == []
    posted, returned, over = book.add(
        post(book.purse(), person=VOLUNTEER, hold=HOLD, minutes=105, today=LATER)
    )
    assert isinstance(posted, HoldPosted)
    assert isinstance(returned, HoldReturned)
    assert isinstance(over, PointsExpired)
    assert (over.minutes, over.lots) == (15, returned.lots)
    assert book.purse().balance_minutes == 0
    assert book.accounts["expired"] == 15


def test_what_returns_pays_what_is_owed_first() -> None:
    """A clawback of 40 found everything held: the hold returns 100, of which 40 pay the debt."""
    lot = Lot(lot="x", minutes=100, on=DAY)
    returned, settled = release(
        Purse(holds={HOLD: holding(100, 100).purse().holds[HOLD]}, debt_minutes=40),
        person=VOLUNTEER,
        hold=HOLD,
        reason="voided",
        today=DAY,
    )
    assert isinstance(returned, HoldReturned)
    assert isinstance(settled, DebtSettled)
    assert (settled.minutes, settled.credit) == (40, f"debt:{VOLUNTEER}")
    facts: dict[str, Any] = {"person": VOLUNTEER, "cause": "c", "today": DAY}
    assert arrived(Purse(), (lot,), **facts) == []
    (all_of_it,) = arrived(Purse(debt_minutes=500), (lot,), **facts)
    assert isinstance(all_of_it, DebtSettled)
    assert all_of_it.minutes == 100


def test_an_order_is_paid_from_the_recipients_purse() -> None:
    """Planned 120, served 105: 120 held, 105 earned by the volunteer, 15 returned."""
    book = having(200, person=RECIPIENT)
    facts: dict[str, Any] = {"person": RECIPIENT, "hold": HOLD, "today": DAY}
    book.add(hold(book.purse(RECIPIENT), minutes=120, order=ORDER, **facts))
    earned = earn(
        book.purse(),
        sheet(),
        recorded=day_of(105),
        category="accompany",
        fund=held(RECIPIENT),
        funded_minutes=book.purse(RECIPIENT).holds[HOLD].minutes,
    )
    book.add(earned)
    paid, returned = book.add(pay(book.purse(RECIPIENT), postings=earned, **facts))
    assert isinstance(paid, HoldPaid)
    assert isinstance(returned, HoldReturned)
    assert (paid.postings, returned.minutes) == ((derived("earning", day_of(105).record),), 15)
    assert book.accounts[f"available:{VOLUNTEER}"] == 105
    assert book.accounts[f"available:{RECIPIENT}"] == book.purse(RECIPIENT).balance_minutes == 95
    assert book.accounts[held(RECIPIENT)] == 0
    assert sum(book.accounts.values()) == 0


def test_a_fund_gives_no_more_than_it_set_aside() -> None:
    """Held 120, served 150: 120 are earned, 30 are named as beyond the funding."""
    (event,) = earn(
        Purse(),
        sheet(),
        recorded=day_of(150),
        category="accompany",
        fund=held(RECIPIENT),
        funded_minutes=120,
    )
    assert (event.minutes, event.over_funding_minutes) == (120, 30)  # type: ignore[attr-defined]


def test_a_day_without_earnings_pays_nothing() -> None:
    """Where a cap kept everything out, the hold comes back whole."""
    book = holding(120, 120)
    (event,) = pay(book.purse(), person=VOLUNTEER, hold=HOLD, postings=[], today=DAY)
    assert isinstance(event, HoldReturned)
    assert event.minutes == 120


def test_the_timer_expires_what_is_over_and_nothing_twice() -> None:
    """Lots of 120 and 300: after 40 days 120 are over; asking again finds nothing."""
    book = having(120, 300)
    assert expire(book.purse(), person=VOLUNTEER, today=DAY) == []
    (event,) = book.add(expire(book.purse(), person=VOLUNTEER, today=LATER))
    assert moved([event]) == [(f"available:{VOLUNTEER}", -120), ("expired", 120)]
    assert expire(book.purse(), person=VOLUNTEER, today=LATER) == []
    assert book.purse().balance_minutes == 300


def test_what_is_over_cannot_be_held_even_before_the_timer_came() -> None:
    """After 40 days 300 of 420 minutes are good."""
    book = having(120, 300)
    with pytest.raises(NotEnoughPoints):
        keep(book, minutes=301, today=LATER)
    (event,) = keep(book, minutes=300, today=LATER)
    assert isinstance(event, PointsHeld)
    assert parts(event.lots) == [(book.purse().lots[1].lot, 300)]


def test_a_teams_time_may_be_kept_for_donation_only() -> None:
    """Under `donated_only` a lot cannot be held."""
    recorded = day_of(95)
    facts: dict[str, Any] = {"recorded": recorded, "category": "x"}
    book = Purses()
    book.add(earn(book.purse(), sheet(), donated_only=True, **facts))
    with pytest.raises(NotEnoughPoints):
        keep(book, minutes=1)


@pytest.mark.parametrize(
    ("decide", "refusal"),
    [
        (lambda: keep(having(120), minutes=121), NotEnoughPoints),
        (lambda: keep(having(120), minutes=0), MinutesMalformed),
        (lambda: keep(holding(60, 120), minutes=50), IdTaken),
        (
            lambda: post(
                holding(60, 120).purse(), person=VOLUNTEER, hold=HOLD, minutes=61, today=DAY
            ),
            MoreThanHeld,
        ),
        (
            lambda: pay(
                holding(60, 120).purse(OTHER), person=OTHER, hold=HOLD, postings=[], today=DAY
            ),
            HoldNotFound,
        ),
        (
            lambda: post(Purse(), person=VOLUNTEER, hold=HOLD, minutes=1, today=DAY),
            HoldNotFound,
        ),
        (
            lambda: release(Purse(), person=VOLUNTEER, hold=HOLD, reason="voided", today=DAY),
            HoldNotFound,
        ),
    ],
)
def test_what_may_not_be_held_or_resolved(decide: Any, refusal: type[Refused]) -> None:
    """Each rule of holding refuses by its own name; a resolved hold is gone."""
    with pytest.raises(refusal):
        decide()


def test_more_earned_than_held_is_refused() -> None:
    """A caller that lets someone earn more from a hold than is in it is stopped."""
    book = holding(60, 120)
    earned = earn(
        Purse(), sheet(), recorded=day_of(95, person=OTHER), category="x", fund=held(VOLUNTEER)
    )
    with pytest.raises(MoreThanHeld):
        pay(book.purse(), person=VOLUNTEER, hold=HOLD, postings=earned, today=DAY)

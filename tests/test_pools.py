"""Pools: guarded in their own stream, so what is promised is there when it is earned."""

from typing import Any

import pytest

from tests.purses import Purses, day_of, entry, sheet
from tests.serving import DAY, RECIPIENT, VOLUNTEER
from timebank.accounts import pool_account
from timebank.event import Event, IdTaken, Refused
from timebank.giving import donate
from timebank.ids import derived
from timebank.pools import (
    AboveBalanceCap,
    NotEnoughInPool,
    Pool,
    PoolGranted,
    PoolNotFound,
    PoolPaid,
    PoolReleased,
    PoolReserved,
    grant,
    pay,
    release,
    reserve,
)
from timebank.postings import LotsReceived, PostingExplained
from timebank.purse import earn
from timebank.spending import MinutesMalformed

ORDER = entry("an order")
GRANT = entry("grant")


def filled(minutes: int = 500) -> Purses:
    """Have so much in the relief pool."""
    book = Purses()
    book.carry(minutes)
    book.add(
        donate(
            book.purse(),
            person=VOLUNTEER,
            pool="relief",
            entry=entry("donation"),
            minutes=minutes,
            today=DAY,
        )
    )
    return book


def relieve(book: Purses, **facts: Any) -> list[Event]:
    """Decide a grant of 120 minutes."""
    said: dict[str, Any] = {
        "pool": "relief",
        "to": RECIPIENT,
        "entry": GRANT,
        "minutes": 120,
        "today": DAY,
        **facts,
    }
    rules = said.pop("rules", sheet())
    return grant(book.pool("relief"), book.purse(RECIPIENT), rules, **said)


def test_a_grant_is_posted_by_the_pool_and_arrives_as_a_new_lot() -> None:
    """120 of 500 go to somebody in need; why is sealed under their key."""
    book = filled()
    granted, received, why = book.add(relieve(book, reason="住院"))
    assert isinstance(granted, PoolGranted)
    assert isinstance(received, LotsReceived)
    assert why == PostingExplained(person=RECIPIENT, posting=GRANT, reason="住院")
    assert (granted.debit, granted.credit) == ("pool:relief", f"available:{RECIPIENT}")
    assert [(lot.minutes, lot.on) for lot in received.lots] == [(120, DAY)]
    assert book.pool("relief").balance_minutes == book.accounts["pool:relief"] == 380
    assert book.purse(RECIPIENT).balance_minutes == 120
    assert relieve(book) == []


def test_what_is_set_aside_cannot_be_granted() -> None:
    """Of 500, 400 are promised to an order: 120 more are not there."""
    book = filled()
    (event,) = book.add(reserve(book.pool("relief"), pool="relief", order=ORDER, minutes=400))
    assert isinstance(event, PoolReserved)
    assert book.pool("relief").free_minutes == 100
    with pytest.raises(NotEnoughInPool):
        relieve(book)
    assert reserve(book.pool("relief"), pool="relief", order=ORDER, minutes=400) == []


def test_a_reservation_can_grow_and_shrink() -> None:
    """400, then 500, then 100: always the whole for the order."""
    book = filled()
    for minutes, free in ((400, 100), (500, 0), (100, 400)):
        book.add(reserve(book.pool("relief"), pool="relief", order=ORDER, minutes=minutes))
        assert book.pool("relief").free_minutes == free


def test_a_confirmation_is_paid_from_what_was_set_aside() -> None:
    """Set aside 200, earned 105: the pool has 395, of which 95 wait; then nothing waits."""
    book = filled()
    book.add(reserve(book.pool("relief"), pool="relief", order=ORDER, minutes=200))
    earned = book.add(
        earn(
            book.purse(),
            sheet(),
            recorded=day_of(105),
            category="accompany",
            fund=pool_account("relief"),
            funded_minutes=book.pool("relief").reserved[ORDER],
        )
    )
    (paid,) = book.add(pay(book.pool("relief"), pool="relief", order=ORDER, postings=earned))
    assert isinstance(paid, PoolPaid)
    assert paid.postings == (derived("earning", day_of(105).record),)
    assert book.pool("relief") == Pool(395, {ORDER: 95})
    (released,) = book.add(release(book.pool("relief"), pool="relief", order=ORDER))
    assert isinstance(released, PoolReleased)
    assert book.pool("relief") == Pool(395, {})
    assert book.accounts["pool:relief"] == 395
    assert release(book.pool("relief"), pool="relief", order=ORDER) == []


def test_earnings_of_other_funds_do_not_touch_the_pool() -> None:
    """What issuance paid, the pool does not."""
    earned = earn(Purses().purse(), sheet(), recorded=day_of(105), category="accompany")
    assert pay(filled().pool("relief"), pool="relief", order=ORDER, postings=earned) == []


@pytest.mark.parametrize(
    ("decide", "refusal"),
    [
        (lambda book: relieve(book, pool="slush"), PoolNotFound),
        (lambda book: relieve(book, minutes=501), NotEnoughInPool),
        (lambda book: relieve(book, minutes=0), MinutesMalformed),
        (lambda book: relieve(book, rules=sheet(balance_cap_minutes=119)), AboveBalanceCap),
        (lambda book: (book.add(relieve(book)), relieve(book, minutes=60)), IdTaken),
        (lambda _: reserve(Pool(), pool="slush", order=ORDER, minutes=1), PoolNotFound),
        (lambda _: reserve(Pool(), pool="relief", order=ORDER, minutes=0), MinutesMalformed),
        (
            lambda book: reserve(book.pool("relief"), pool="relief", order=ORDER, minutes=501),
            NotEnoughInPool,
        ),
        (
            lambda book: pay(
                book.pool("relief"),
                pool="relief",
                order=ORDER,
                postings=earn(
                    book.purse(),
                    sheet(),
                    recorded=day_of(60),
                    category="x",
                    fund=pool_account("relief"),
                ),
            ),
            NotEnoughInPool,
        ),
    ],
)
def test_what_a_pool_refuses(decide: Any, refusal: type[Refused]) -> None:
    """Each rule refuses by its own name."""
    with pytest.raises(refusal):
        decide(filled())

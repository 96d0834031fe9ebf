"""Reversals: one per entry, and an office's mistake never makes a debt."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.purses import LINK, Purses, day_of, entry, sheet
from tests.serving import DAY, OTHER, RECIPIENT, VOLUNTEER
from timebank.accounts import Posting, held, pool_account
from timebank.event import Event, Refused
from timebank.giving import donate, give
from timebank.holding import hold, pay, post
from timebank.pools import PoolReceived, grant, reserve
from timebank.pools import pay as pay_from_pool
from timebank.postings import (
    LotsReceived,
    PointsReversed,
    PostingExplained,
    ShortfallBorne,
)
from timebank.purse import DebtRepaid, PointsEarned, Purse, earn
from timebank.reversing import (
    AlreadyReversed,
    NotReversible,
    UnknownFault,
    getter_of,
    giver_of,
    reverse,
)

REVERSAL = entry("reversal")
EARNED = day_of(180, record="wrong")


def earn_180(book: Purses, **facts: Any) -> PointsEarned:
    """Earn what will turn out wrong."""
    said: dict[str, Any] = {"recorded": EARNED, "category": "x", **facts}
    (event,) = book.add(earn(book.purse(), sheet(), **said))
    assert isinstance(event, PointsEarned)
    return event


def spend(book: Purses, minutes: int, person: str = VOLUNTEER) -> None:
    """Spend points."""
    name = entry(f"spent {len(book.events)}")
    facts: dict[str, Any] = {"person": person, "hold": name, "minutes": minutes, "today": DAY}
    book.add(hold(book.purse(person), **facts))
    book.add(post(book.purse(person), **facts))


def undo(book: Purses, posting: Posting, fault: str = "member", **facts: Any) -> list[Event]:
    """Decide a reversal."""
    payer = giver_of(posting)
    return reverse(
        book.purse(getter_of(posting)),
        book.purse(payer) if payer else None,
        sheet(),
        posting=posting,
        fault=fault,
        **{"entry": REVERSAL, "today": DAY, **facts},
    )


def test_reversing_180_with_40_available_leaves_0_and_a_debt_of_140() -> None:
    """The member's fault: what is missing is owed, and the next earnings pay it first."""
    book = Purses()
    wrong = earn_180(book)
    spend(book, 140)
    undone, missing = book.add(undo(book, wrong))
    assert isinstance(undone, PointsReversed)
    assert isinstance(missing, ShortfallBorne)
    assert (undone.minutes, undone.reverses, undone.fault) == (40, wrong.entry, "member")
    assert (missing.minutes, missing.debit) == (140, f"debt:{VOLUNTEER}")
    assert missing.posting == undone.entry
    assert (book.purse().balance_minutes, book.purse().debt_minutes) == (0, 140)
    assert book.accounts["issuance"] == 0
    repaid, earned = book.add(
        earn(book.purse(), sheet(), recorded=day_of(200, record="next"), category="x")
    )
    assert isinstance(repaid, DebtRepaid)
    assert isinstance(earned, PointsEarned)
    assert (repaid.minutes, earned.minutes, book.purse().debt_minutes) == (140, 60, 0)


def test_an_offices_mistake_never_makes_a_debt() -> None:
    """The same, but the office was wrong: it bears the 140, and the member owes nothing."""
    book = Purses()
    wrong = earn_180(book)
    spend(book, 140)
    _, missing = book.add(undo(book, wrong, fault="office"))
    assert isinstance(missing, ShortfallBorne)
    assert (missing.minutes, missing.debit) == (140, "adjustment")
    assert (book.purse().balance_minutes, book.purse().debt_minutes) == (0, 0)
    assert (book.accounts["issuance"], book.accounts["adjustment"]) == (0, -140)


def test_what_is_still_there_is_taken_and_nothing_else() -> None:
    """180 earned and unspent beside a lot of 300 that expires first: that lot stays."""
    book = Purses()
    other = book.carry(300, DAY + timedelta(days=1))
    wrong = earn_180(book)
    (undone,) = book.add(undo(book, wrong, reason="重复记录")[:1])
    assert isinstance(undone, PointsReversed)
    assert [lot.lot for lot in undone.lots] == [wrong.entry]
    assert [lot.lot for lot in book.purse().lots] == [other]


def test_what_the_lot_lacks_comes_from_the_others() -> None:
    """Of the wrong 180 only 40 are left: 140 come from a lot of 300."""
    book = Purses()
    wrong = earn_180(book)
    spend(book, 140)
    other = book.carry(300)
    (undone,) = book.add(undo(book, wrong))
    assert isinstance(undone, PointsReversed)
    assert [(lot.lot, lot.minutes) for lot in undone.lots] == [(wrong.entry, 40), (other, 140)]


def test_other_lots_that_are_over_settle_nothing() -> None:
    """Expired but not yet posted: 140 are owed all the same."""
    book = Purses()
    wrong = earn_180(book)
    spend(book, 140)
    book.carry(300, DAY)
    undone, missing = undo(book, wrong, today=DAY + timedelta(days=1))
    assert isinstance(undone, PointsReversed)
    assert isinstance(missing, ShortfallBorne)
    assert (undone.minutes, missing.minutes) == (40, 140)


def test_reversing_again_does_nothing_and_another_reversal_is_refused() -> None:
    """One reversal per entry, linked both ways."""
    book = Purses()
    wrong = earn_180(book)
    book.add(undo(book, wrong))
    assert book.purse().undone == {wrong.entry: REVERSAL}
    assert undo(book, wrong) == []
    with pytest.raises(AlreadyReversed):
        undo(book, wrong, entry=entry("another"))


def test_a_reversed_day_has_room_again() -> None:
    """480 earned on a day and 180 of it reversed: 180 more may be earned for that day."""
    book = Purses()
    wrong = earn_180(book)
    book.add(earn(book.purse(), sheet(), recorded=day_of(300), category="x"))
    book.add(undo(book, wrong))
    assert book.purse().brought == {DAY: 300}


def test_the_reason_is_sealed_under_the_member() -> None:
    """Words about a person die with their key."""
    book = Purses()
    wrong = earn_180(book)
    assert undo(book, wrong, reason="重复签到")[-1] == PostingExplained(
        person=VOLUNTEER, posting=REVERSAL, reason="重复签到"
    )


def test_a_repayment_reversed_is_owed_again() -> None:
    """40 were repaid by a service that never was: the member owes 40 again."""
    book = Purses()
    spent = earn_180(book)
    spend(book, 140)
    book.carry(100)
    book.add(undo(book, spent))
    book.add(
        repaid := earn(
            Purse(debt_minutes=40), sheet(), recorded=day_of(40, record="y"), category="x"
        )
    )
    (posting,) = repaid
    assert isinstance(posting, DebtRepaid)
    undone, missing = undo(book, posting, entry=entry("second"))
    assert isinstance(undone, PointsReversed)
    assert isinstance(missing, ShortfallBorne)
    assert (undone.minutes, missing.minutes, missing.debit) == (0, 40, f"debt:{VOLUNTEER}")


def test_a_gift_goes_back_to_the_lots_that_it_left() -> None:
    """120 given to a parent who spent 50: 70 are taken, 50 are owed, the giver has 120 again."""
    book = Purses()
    mine = book.carry(200, DAY + timedelta(days=30))
    link = book.link()
    gift, _ = book.add(
        give(
            book.purse(),
            book.purse(OTHER),
            link,
            sheet(),
            person=VOLUNTEER,
            to=OTHER,
            kin_link=LINK,
            entry=entry("gift"),
            minutes=120,
            today=DAY,
        )
    )
    assert isinstance(gift, Posting)
    spend(book, 50, OTHER)
    undone, missing, received = book.add(undo(book, gift))
    assert isinstance(undone, PointsReversed)
    assert isinstance(missing, ShortfallBorne)
    assert isinstance(received, LotsReceived)
    assert (undone.person, undone.minutes, missing.minutes) == (OTHER, 70, 50)
    assert [(lot.lot, lot.minutes) for lot in book.purse().lots] == [(mine, 200)]
    assert book.purse(OTHER).debt_minutes == 50
    assert sum(book.accounts.values()) == 0


def test_a_recipient_who_paid_gets_a_new_lot() -> None:
    """105 were paid from a recipient's purse for a service that never was."""
    book = Purses()
    book.carry(200, person=RECIPIENT)
    facts: dict[str, Any] = {"person": RECIPIENT, "hold": entry("hold"), "today": DAY}
    book.add(hold(book.purse(RECIPIENT), minutes=120, **facts))
    wrong = earn_180(book, fund=held(RECIPIENT), funded_minutes=120)
    book.add(pay(book.purse(RECIPIENT), postings=[wrong], **facts))
    _, received = book.add(undo(book, wrong))
    assert isinstance(received, LotsReceived)
    assert [(lot.minutes, lot.on) for lot in received.lots] == [(120, DAY)]
    assert book.accounts[f"available:{RECIPIENT}"] == book.purse(RECIPIENT).balance_minutes == 200


def filled() -> Purses:
    """Have 500 in the relief pool."""
    book = Purses()
    book.carry(500)
    facts: dict[str, Any] = {"person": VOLUNTEER, "pool": "relief", "entry": entry("d")}
    book.add(donate(book.purse(), minutes=500, today=DAY, **facts))
    return book


def test_a_pool_gets_its_points_back() -> None:
    """A grant of 120 and an earning of 180 reversed: 500 in the pool again."""
    book = filled()
    pool = partial(book.pool, "relief")
    granted, *_ = book.add(
        grant(
            pool(),
            book.purse(OTHER),
            sheet(),
            pool="relief",
            to=OTHER,
            entry=entry("grant"),
            minutes=120,
            today=DAY,
        )
    )
    order = EARNED.order
    book.add(reserve(pool(), pool="relief", order=order, minutes=180))
    wrong = earn_180(book, fund=pool_account("relief"), funded_minutes=180)
    book.add(pay_from_pool(pool(), pool="relief", order=order, postings=[wrong]))
    assert pool().balance_minutes == 200
    assert isinstance(granted, Posting)
    events = book.add(undo(book, granted))
    assert isinstance(events[-1], PoolReceived)
    book.add(undo(book, wrong, entry=entry("second")))
    assert pool().balance_minutes == book.accounts["pool:relief"] == 500


@pytest.mark.parametrize("kind", ["purse.held", "purse.hold_posted", "purse.reversed"])
def test_what_brought_nobody_anything_is_not_reversed(kind: str) -> None:
    """A hold is voided, goods are returned, a reversal is final."""
    book = Purses()
    wrong = earn_180(book)
    spend(book, 140)
    book.add(undo(book, wrong))
    (posting,) = (e for e in book.events if e.__struct_config__.tag == kind)
    assert isinstance(posting, Posting)
    with pytest.raises(NotReversible):
        undo(book, posting)


@pytest.mark.parametrize(("fault", "refusal"), [("nobody", UnknownFault), ("", UnknownFault)])
def test_somebody_is_at_fault(fault: str, refusal: type[Refused]) -> None:
    """The member or the office."""
    book = Purses()
    with pytest.raises(refusal):
        undo(book, earn_180(book), fault=fault)

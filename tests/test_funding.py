"""Who thanks: what an order may cost is set aside when it is shown, and no more is ever posted."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from tests.living import TEAM, Life, helper, hour, living
from tests.serving import ORDER, OTHER, RECIPIENT, VOLUNTEER, at, published
from tests.test_reviewing import in_review
from timebank.accounts import accounts, held
from timebank.adjusting import carry_over
from timebank.event import Event
from timebank.funding import funded, per_place, set_aside
from timebank.giving import donate
from timebank.order_course import OrderLapsed
from timebank.pools import (
    NotEnoughInPool,
    PoolPaid,
    PoolReceived,
    PoolReleased,
    PoolReserved,
    pool_stream,
)
from timebank.postings import HoldPaid, HoldReturned, PointsHeld
from timebank.purse import PointsEarned
from timebank.spending import NotEnoughPoints


def publish(life: Life, **changes: Any) -> list[Event]:
    """Publish the order anew, with whoever pays for it."""
    life.events = [event for event in life.events if event.stream != f"order-{ORDER}"]
    before = len(life.events)
    life.publish(**changes)
    events = life.events[before:]
    del life.events[before:]
    return life.done(events, at("08:00"))


def paid_by_recipient(minutes: int = 600, **changes: Any) -> Life:
    """The recipient once volunteered and has points: nine to eleven, for one volunteer."""
    life = living(published)
    life.add(
        carry_over(
            life.state("purse", RECIPIENT),
            person=RECIPIENT,
            entry=helper(40),
            minutes=minutes,
            on=date(2025, 1, 1),
            valid_until=date(2026, 12, 31),
            source="0" * 64,
        )
    )
    publish(life, **({"funding": "recipient", "places": 1} | changes))
    return life


def paid_by_pool(minutes: int = 600, **changes: Any) -> Life:
    """A pool of donated points pays."""
    life = living(published)
    life.add([PoolReceived(pool="relief", posting=helper(41), minutes=minutes)])
    publish(life, **({"funding": "pool:relief"} | changes))
    return life


def recipients(life: Life) -> tuple[int, int]:
    """What the recipient may spend, and what is held."""
    purse = life.state("purse", RECIPIENT)
    return purse.balance_minutes, purse.held_minutes


def pool(life: Life) -> tuple[int, int]:
    """What the pool holds, and what of it is set aside for the order."""
    state = life.read(pool_stream("relief"))
    return state.balance_minutes, state.reserved.get(ORDER, 0)


def test_120_held_105_posted_15_returned_105_in_the_hours() -> None:
    """Planned nine to eleven, served 08:55 to 10:40."""
    life = paid_by_recipient()
    assert recipients(life) == (480, 120)
    life.accept()
    life.serve(at("08:55"), at("10:40"))
    events = life.confirmed()
    (earned,) = [event for event in events if isinstance(event, PointsEarned)]
    (paid,) = [event for event in events if isinstance(event, HoldPaid)]
    (returned,) = [event for event in events if isinstance(event, HoldReturned)]
    assert (earned.debit, earned.minutes) == (held(RECIPIENT), 105)
    assert (sum(lot.minutes for lot in paid.lots), returned.minutes) == (105, 15)
    assert recipients(life) == (495, 0)
    assert life.state("purse", VOLUNTEER).balance_minutes == 105
    assert life.state("hours", VOLUNTEER).minutes(at("09:00").date()) == 105
    totals: Counter[str] = Counter()
    for event in life.events:
        for account, change in accounts(event):
            totals[account] += change
    assert sum(totals.values()) == 0
    assert (totals[held(RECIPIENT)], totals["issuance"]) == (0, 0)


def test_never_more_is_posted_than_was_set_aside() -> None:
    """Served 150 minutes of a plan of 120: 150 in the hours, 120 in the purse, 30 named."""
    life = paid_by_recipient()
    life.accept()
    life.serve(at("09:00"), at("11:30"))
    (earned,) = [event for event in life.confirmed() if isinstance(event, PointsEarned)]
    assert (earned.minutes, earned.over_funding_minutes) == (120, 30)
    assert life.state("hours", VOLUNTEER).minutes(at("09:00").date()) == 150


def test_each_place_has_its_own_hold() -> None:
    """Two places: 240 held; one served 60, one 95: 445 are left."""
    life = paid_by_recipient(places=2)
    assert recipients(life) == (360, 240)
    for volunteer, ended in ((VOLUNTEER, at("10:00")), (OTHER, at("10:35"))):
        life.accept(volunteer)
        life.serve(at("09:00"), ended, volunteer)
        life.confirmed(volunteer)
    assert recipients(life) == (445, 0)


def test_what_nobody_took_returns() -> None:
    """Cancelled, lapsed, or settled with a place left: the recipient has it back."""
    life = paid_by_recipient()
    life.cancel()
    assert recipients(life) == (600, 0)
    life = paid_by_recipient()
    assert isinstance(life.time(at("11:00"))[0], OrderLapsed)
    assert recipients(life) == (600, 0)
    life = paid_by_recipient(places=2)
    life.accept()
    life.serve(at("09:00"), at("10:00"))
    life.confirmed()
    assert recipients(life) == (420, 120)
    life.time(hour("00:00", 2))
    assert recipients(life) == (540, 0)


def test_amended_terms_are_held_anew() -> None:
    """From two hours to three: 180 instead of 120, in the step of the amendment."""
    life = paid_by_recipient()
    events = life.amend(planned_end=at("12:00"))
    assert [type(event).__name__ for event in events[2:]] == ["HoldReturned", "PointsHeld"]
    assert recipients(life) == (420, 180)


def test_who_has_too_little_cannot_publish() -> None:
    """119 for a plan of 120; and amending may ask for too much."""
    with pytest.raises(NotEnoughPoints):
        paid_by_recipient(119)
    life = paid_by_recipient(120)
    with pytest.raises(NotEnoughPoints):
        life.amend(planned_end=at("11:01"))


def test_a_no_show_that_is_undone_finds_what_is_left() -> None:
    """The order lapsed, the points returned; the check-in holds them again, if they are there."""
    life = paid_by_recipient()
    life.accept()
    life.time(hour("11:00", 1))
    assert recipients(life) == (600, 0)
    assert isinstance(life.arrive(now=hour("12:00", 2))[-1], PointsHeld)
    life = paid_by_recipient(120)
    life.accept()
    life.time(hour("11:00", 1))
    life.add(life_of_spending(life))
    life.arrive(now=hour("12:00", 2))
    assert set_aside(life.read, ORDER) == 0


def life_of_spending(life: Life) -> list[Event]:
    """The recipient gives all points away meanwhile."""
    return donate(
        life.state("purse", RECIPIENT),
        person=RECIPIENT,
        pool="donation",
        entry=helper(42),
        minutes=120,
        today=date(2025, 3, 11),
    )


def test_a_pool_reserves_pays_and_is_freed() -> None:
    """Two places of 120: 240 reserved; 95 paid; the rest is free when the order settles."""
    life = paid_by_pool()
    assert pool(life) == (600, 240)
    life.accept()
    life.serve(at("09:00"), at("10:35"))
    assert PoolPaid in {type(event) for event in life.confirmed()}
    assert pool(life) == (505, 145)
    assert PoolReleased in {type(event) for event in life.time(hour("00:00", 2))}
    assert pool(life) == (505, 0)


def test_a_pool_without_enough_shows_nothing() -> None:
    """239 for 240; a review in between keeps nothing set aside."""
    with pytest.raises(NotEnoughInPool):
        paid_by_pool(239)
    life = in_review()
    life.events = [event for event in life.events if event.stream != f"order-{ORDER}"]
    life.add([PoolReceived(pool="relief", posting=helper(41), minutes=600)])
    publish(life, funding="pool:relief", category="home_repair")
    assert pool(life) == (600, 0)
    assert PoolReserved in {type(event) for event in life.review()}


def test_a_teams_fixed_pool_is_reserved_as_a_whole() -> None:
    """1,800 whatever the plan is worth; what a cap kept out is free again at the end."""
    life = living(published)
    who = life.found_team(2)
    life.add([PoolReceived(pool="relief", posting=helper(41), minutes=2_000)])
    publish(life, funding="pool:relief", kind="team", team=TEAM, pool_minutes=1_800)
    assert pool(life) == (2_000, 1_800)
    for volunteer in who:
        life.accept(volunteer)
        life.serve(at("09:00"), at("11:00"), volunteer)
        life.confirmed(volunteer)
    life.time(hour("00:00", 2))
    # 900 each, of which a day's cap lets in 480.
    assert [life.state("purse", volunteer).balance_minutes for volunteer in who] == [480, 480]
    assert pool(life) == (1_040, 0)


def test_the_bureau_thanks_without_limit() -> None:
    """Nothing is set aside, nothing is added."""
    life = living(published)
    assert set_aside(life.read, ORDER) is None
    terms = life.order.terms
    assert terms is not None
    assert per_place(terms, life.rules) == 120
    told = life.publish(helper(43))
    assert funded(life.read, told, life.rules, order=helper(43), today=date(2025, 3, 10)) == told

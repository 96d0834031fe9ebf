"""Team orders: a roll is called, each member has their own minutes, a pool is shared by them."""

from datetime import datetime, timedelta

import pytest

from tests.living import EVENING, TEAM, Life, helper, living
from tests.serving import CLERK, ORDER, OTHER, at
from timebank.accounts import Posting, accounts
from timebank.confirming import NotAConfirmer
from timebank.hours import HoursRecorded
from timebank.order_course import PoolShared
from timebank.ordering import OwnService
from timebank.purse import PointsEarned
from timebank.roll_calls import NotTheLead

LEAD = helper(1)


def team_order(pool_minutes: int | None = None, **sheet: object) -> Life:
    """18 places; 14 came: 12 stayed 150 minutes, one 120 and one 105."""
    life = living()
    life.rule(points=dict(sheet))
    who = life.found_team(14)
    life.events = [event for event in life.events if event.stream != f"order-{ORDER}"]
    life.publish(
        kind="team",
        team=TEAM,
        places=18,
        recipient=None,
        planned_start=at("14:00"),
        planned_end=at("16:30"),
        pool_minutes=pool_minutes,
    )
    for volunteer in who:
        life.accept(volunteer)
    left: list[tuple[str, datetime]] = [(volunteer, at("16:30")) for volunteer in who[:12]]
    left += [(who[12], at("16:00")), (who[13], at("15:45"))]
    life.roll(who, at("14:00"), tuple(left), by=LEAD)
    return life


def confirm_all(life: Life, *but: str) -> None:
    """The station confirms everybody else."""
    for number in range(1, 15):
        if helper(number) not in but:
            life.confirmed(helper(number))


def earned(life: Life) -> list[int]:
    """What each member of the team has, in the order of their ids."""
    return [life.state("purse", helper(n)).balance_minutes for n in range(1, 15)]


def test_18_places_of_which_14_were_served() -> None:
    """12 x 150 + 120 + 105 = 2,025 minutes, in the hours and in the purses."""
    life = team_order()
    confirm_all(life)
    recorded = [event.minutes for event in life.events if isinstance(event, HoursRecorded)]
    assert sorted(recorded) == [105, 120, *[150] * 12]
    assert sum(recorded) == 2_025
    assert sum(earned(life)) == 2_025
    assert life.status == "confirmed"


def test_a_pool_of_1800_sums_to_1800() -> None:
    """Shared at the planned end, when all 14 are confirmed; the hours stay what they were."""
    life = team_order(pool_minutes=1_800)
    confirm_all(life)
    assert sum(earned(life)) == 0
    life.time(EVENING)
    assert earned(life) == [134] * 4 + [133] * 8 + [107, 93]
    assert sum(earned(life)) == 1_800
    assert sum(e.minutes for e in life.events if isinstance(e, HoursRecorded)) == 2_025
    assert sum(change for event in life.events for _, change in accounts(event)) == 0
    assert life.time(EVENING) == []


def test_a_pool_waits_for_everybody() -> None:
    """Thirteen of fourteen confirmed: nothing is shared yet."""
    life = team_order(pool_minutes=1_800)
    confirm_all(life, helper(14))
    assert life.time(EVENING) == []
    life.confirmed(helper(14))
    assert isinstance(life.time(EVENING)[0], PoolShared)


def test_one_disputed_member_does_not_stop_the_others() -> None:
    """Their part waits for the verdict; what it takes away goes to nobody else."""
    life = team_order(pool_minutes=1_800)
    confirm_all(life, helper(13))
    life.dispute(helper(13), by=CLERK)
    life.time(EVENING)
    assert earned(life) == [134] * 4 + [133] * 8 + [0, 93]
    assert life.status == "disputed"
    life.judge(minutes=60, volunteer=helper(13))
    # 107 for 120 minutes: of 60 minutes half is left, rounded down.
    assert earned(life) == [134] * 4 + [133] * 8 + [53, 93]
    assert life.status == "confirmed"


def test_what_a_recipients_pool_does_not_give_stays_with_nobody() -> None:
    """A member whom nobody confirmed has no part: the others share the whole."""
    life = team_order(pool_minutes=1_800)
    confirm_all(life, helper(14))
    life.dispute(helper(14), by=CLERK)
    life.judge(minutes=0, volunteer=helper(14))
    life.time(EVENING)
    assert sum(earned(life)) == 1_800
    assert earned(life)[13] == 0


def test_team_time_may_be_for_giving_only() -> None:
    """Where the sheet says `donated_only`, a team's lots can only be donated."""
    life = team_order(team_time="donated_only")
    confirm_all(life)
    lots = [event for event in life.events if isinstance(event, PointsEarned)]
    assert {event.donated_only for event in lots} == {True}
    assert len(lots) == 14


def test_the_lead_confirms_all_but_themselves() -> None:
    """A lead speaks for the members; for the lead somebody else does."""
    life = team_order()
    team = life.team()
    confirmed = life.confirmed(
        helper(2), by=frozenset({LEAD}), for_station=False, team=team, confirmer=LEAD
    )
    assert confirmed[0].confirmed_by == "team_lead"  # type: ignore[attr-defined]
    with pytest.raises(OwnService):
        life.confirmed(LEAD, by=frozenset({LEAD}), for_station=False, team=team)
    with pytest.raises(NotAConfirmer):
        life.confirmed(helper(3), by=frozenset({helper(2)}), for_station=False, team=team)


def test_calling_the_roll_again_does_nothing() -> None:
    """The same times; a phone may retry."""
    life = team_order()
    who = tuple(helper(number) for number in range(1, 15))
    assert life.roll(who, at("14:00"), ((who[13], at("15:45")),), by=LEAD) == []


def test_only_the_lead_or_the_station_calls_the_roll() -> None:
    """A member speaks for nobody else."""
    life = team_order()
    with pytest.raises(NotTheLead):
        life.roll((helper(3),), at("16:40"), by=helper(2), now=at("16:40"))
    with pytest.raises(NotTheLead):
        life.roll((helper(3),), at("16:40"), by=OTHER, now=at("16:40"))
    assert life.roll((helper(3),), at("16:40"), by=CLERK, for_station=True, now=at("16:40")) != []


def test_a_pool_of_the_bureau_is_posted_in_one_piece() -> None:
    """Every part of the pool names the same order, and the parts are stored, not worked out."""
    life = team_order(pool_minutes=1_800)
    confirm_all(life)
    life.time(EVENING)
    (shared,) = [event for event in life.events if isinstance(event, PoolShared)]
    assert shared.pool_minutes == sum(share.minutes for share in shared.shares) == 1_800
    posted = [event for event in life.events if isinstance(event, Posting)]
    assert [event.minutes for event in posted] == [share.minutes for share in shared.shares]


def test_a_pool_is_not_shared_while_somebody_may_still_come() -> None:
    """All who came are confirmed at four, but places are free until half past four."""
    life = team_order(pool_minutes=1_800)
    confirm_all(life)
    assert life.time(at("16:29")) == []
    assert life.due(at("16:29")) == at("16:30")
    assert life.time(at("16:30") + timedelta(minutes=1)) != []

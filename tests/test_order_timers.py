"""Time alone: automatic confirmation, reminders, the record clock, the end; twice is once."""

from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.living import SYSTEM, Life, day, helper, hour, living
from tests.serving import (
    COMMUNITY,
    DUE,
    ORDER,
    OTHER,
    VOLUNTEER,
    accepted,
    at,
    published,
    served,
)
from tests.test_pooling import confirm_all, team_order
from timebank.attendance import IsUnconfirmed
from timebank.chasing import NotChased
from timebank.clock import Clock
from timebank.confirming import EvidenceIncomplete, confirm_automatically
from timebank.event import Event
from timebank.hours import HoursRecorded
from timebank.order_course import OrderSettled
from timebank.orders import OrderConfirmed
from timebank.outcomes import (
    AutomaticallyConfirmed,
    ConfirmationChased,
    MemberUnconfirmed,
    RecordOverdue,
)
from timebank.purse import PointsEarned
from timebank.rules import PROPOSED_POINTS, publish_points
from timebank.tasks import OwnTask, TaskDecided, TaskEscalated, TaskRaised, TaskWithdrawn

DAY_3 = hour("00:00", 3)
"""The morning of Thursday, the third working day after Monday 10 March."""
DAY_7 = hour("00:00", 9)
END_OF_DAY_10 = hour("00:00", 15)


def uncertain() -> Life:
    """The phone's clock jumped by ten minutes on arrival: somebody must look at it."""
    life = living(accepted)
    jumped = Clock(offset_before_seconds=0, offset_after_seconds=600)
    life.arrive(at("09:00"), clock=jumped, now=at("10:40"))
    life.depart(at("10:35"))
    return life


def still_there() -> Life:
    """The volunteer never checked out."""
    life = living(accepted)
    life.arrive()
    return life


def test_complete_evidence_confirms_itself_on_working_day_3() -> None:
    """09:00 to 10:35, nobody spoke: 95 minutes in the hours and the purse on Thursday."""
    life = living(served)
    assert life.due() == DAY_3
    assert life.time(DAY_3 - timedelta(seconds=1)) == []
    confirmed, recorded, earned, _ = life.time(DAY_3)
    assert confirmed == AutomaticallyConfirmed(order=ORDER, volunteer=VOLUNTEER, minutes=95)
    assert isinstance(recorded, HoursRecorded)
    assert isinstance(earned, PointsEarned)
    assert (recorded.minutes, earned.minutes) == (95, 95)
    assert life.status == "confirmed"
    assert life.time(DAY_3) == []


@pytest.mark.parametrize("past", [uncertain, still_there])
def test_other_service_becomes_a_task_for_station_then_street(past: Any) -> None:
    """Working days 3 and 7; on the evening of the tenth it is unconfirmed, and a late record."""
    life = past()
    chased, raised = life.time(DAY_3)
    assert isinstance(chased, ConfirmationChased)
    assert isinstance(raised, TaskRaised)
    assert (chased.level, chased.task, raised.kind) == ("station", raised.task, "unconfirmed")
    assert (raised.area, raised.due_on, raised.raised_by) == (COMMUNITY, day(7), SYSTEM)
    climbed, escalated = life.time(DAY_7)
    assert isinstance(climbed, ConfirmationChased)
    assert isinstance(escalated, TaskEscalated)
    assert (climbed.level, escalated.area, escalated.due_on) == ("street", COMMUNITY[:9], DUE)
    assert life.time(END_OF_DAY_10 - timedelta(seconds=1)) == []
    assert life.time(END_OF_DAY_10) == [
        MemberUnconfirmed(order=ORDER, volunteer=VOLUNTEER),
        TaskWithdrawn(task=raised.task, reason_code="unconfirmed"),
        RecordOverdue(order=ORDER, volunteer=VOLUNTEER, due_on=DUE),
    ]
    assert life.status == "unconfirmed"
    with pytest.raises(IsUnconfirmed):
        life.confirmed()


def test_a_place_too_far_away_is_no_complete_evidence() -> None:
    """A check-out beyond the radius, or one that leaves it open: the station is asked."""
    for band in ("beyond", "unsure"):
        life = living(accepted)
        life.arrive(place_band="within")
        life.depart(place_band=band)
        assert isinstance(life.time(DAY_3)[0], ConfirmationChased)
    life = living(accepted)
    life.arrive(place_band="within")
    life.depart(place_band="within")
    assert isinstance(life.time(DAY_3)[0], AutomaticallyConfirmed)


def test_a_sheet_may_want_places_or_nothing_automatic() -> None:
    """Without a place, or without the rule, a person has to confirm."""
    for rules in ({"automatic_needs_place": True}, {"automatic_workdays": None}):
        life = living(served)
        life.rule(**rules)
        assert isinstance(life.time(DAY_3)[0], ConfirmationChased)
    life = living(served)
    life.rule(automatic_workdays=5)
    assert life.due() == hour("00:00", 7)


def test_incomplete_evidence_is_never_confirmed_automatically() -> None:
    """Not even when somebody asks for it."""
    for past in (uncertain(), still_there(), living(accepted)):
        with pytest.raises(EvidenceIncomplete):
            confirm_automatically(
                past.order,
                past.state("hours", VOLUNTEER),
                past.state("purse", VOLUNTEER),
                past.rules,
                order=ORDER,
                volunteer=VOLUNTEER,
                by=SYSTEM,
                now=DAY_3,
                workdays=lambda on, days: on + timedelta(days=days),
            )


def test_the_station_answers_the_task() -> None:
    """Approving confirms; the task is decided, not withdrawn."""
    life = uncertain()
    life.time(DAY_3)
    decided, confirmed, *_ = life.decide_chased(now=DAY_3)
    assert isinstance(decided, TaskDecided)
    assert isinstance(confirmed, OrderConfirmed)
    assert (confirmed.minutes, confirmed.method) == (85, "task")
    assert not any(isinstance(event, TaskWithdrawn) for event in life.events)
    with pytest.raises(NotChased):
        life.decide_chased(now=DAY_3)


def test_the_station_may_say_that_nobody_can_confirm() -> None:
    """Refusing leaves the service unconfirmed at once; the volunteer never decides."""
    life = still_there()
    life.time(DAY_3)
    with pytest.raises(OwnTask):
        life.decide_chased("refuse", by=VOLUNTEER, now=DAY_3)
    life.decide_chased("refuse", now=DAY_3)
    assert life.status == "unconfirmed"


def test_who_confirms_ends_the_asking() -> None:
    """The recipient spoke on day five: the task is withdrawn, day seven brings nothing."""
    life = uncertain()
    life.time(DAY_3)
    task, _ = life.task("unconfirmed")
    withdrawn = life.confirmed(now=hour("12:00", 4))[-1]
    assert withdrawn == TaskWithdrawn(task=task, reason_code="confirmed")
    assert not any(isinstance(event, TaskEscalated) for event in life.time(DAY_7))


def test_a_dispute_stops_the_clock_of_confirmation_but_not_that_of_the_record() -> None:
    """No automatic confirmation over a dispute; the record is overdue all the same."""
    life = living(served)
    life.dispute()
    assert life.time(DAY_7) == []
    assert life.time(END_OF_DAY_10) == [RecordOverdue(order=ORDER, volunteer=VOLUNTEER, due_on=DUE)]
    assert life.time(hour("00:00", 90)) == []


def test_an_order_settles_when_its_confirmation_is_beyond_correcting() -> None:
    """Confirmed on Monday: settled with the midnight that ends Tuesday."""
    life = living(served)
    life.confirmed()
    assert life.due() == hour("00:00", 2)
    assert life.time(hour("00:00", 2)) == [OrderSettled(order=ORDER)]
    assert life.status == "settled"
    assert life.due() is None


def test_a_weekend_prolongs_the_time_for_correcting() -> None:
    """Confirmed on Friday 14 March: settled with the midnight that ends Monday the 17th."""
    life = living(served)
    life.confirmed(now=hour("18:00", 4))
    assert life.due() == hour("00:00", 8)


def test_an_order_with_a_late_entry_that_waits_does_not_settle() -> None:
    """Somebody still has to decide."""
    life = living(served)
    life.confirmed()
    life.enter_late(began=at("10:35"), ended=at("11:00"))
    assert life.due() is None
    life.decide_late()
    assert life.time(hour("00:00", 2)) == [OrderSettled(order=ORDER)]


def test_unconfirmed_service_keeps_the_order_open_for_late_entry() -> None:
    """30 days after the plan, then it is over."""
    life = still_there()
    life.time(END_OF_DAY_10)
    assert life.due() == hour("00:00", 31)
    assert life.time(hour("00:00", 31)) == [OrderSettled(order=ORDER)]
    assert life.status == "unconfirmed"


def made_up(life: Life, until: datetime, step: timedelta) -> list[str]:
    """What time does when it is looked at every so often, by name."""
    told: list[Event] = []
    now = at("11:00")
    while now < until:
        now = min(now + step, until)
        told += life.time(now)
    return [type(event).__name__ for event in told]


@pytest.mark.parametrize("past", [published, accepted, served, uncertain, still_there])
def test_a_month_of_downtime_is_made_up(past: Any) -> None:
    """Looked at hourly, daily, or only after forty days: the same happens in the end.

    What is confirmed late may still be corrected for a working day, so it settles later too.
    """
    until = hour("12:00", 80)
    hourly = made_up(living(past), until, timedelta(hours=1))
    assert hourly == made_up(living(past), until, timedelta(days=1))
    assert sorted(hourly) == sorted(made_up(living(past), until, timedelta(days=40)))


@given(st.lists(st.integers(0, 40 * 24), max_size=12), st.sampled_from(["a", "b", "c", "d"]))
def test_running_twice_is_harmless(hours: list[int], which: str) -> None:
    """However often and whenever timers run, each instant has nothing left to do after its run."""
    pasts: dict[str, Any] = {"a": published, "b": accepted, "c": uncertain, "d": still_there}
    life = living(pasts[which])
    for after in sorted(hours):
        now = at("11:00") + timedelta(hours=after)
        life.time(now)
        assert life.time(now) == []
        due = life.due(now)
        assert due is None or due > now


def test_a_team_of_fourteen_settles_after_its_pool_is_shared() -> None:
    """The pool first, then the end."""
    life = team_order(pool_minutes=1_800)
    confirm_all(life)
    names = [type(event).__name__ for event in life.time(hour("00:00", 2))]
    assert names[0] == "PoolShared"
    assert names[-1] == "OrderSettled"
    assert names.count("PointsEarned") == 14


def test_first_journey_orders_have_no_time_limits() -> None:
    """A sheet without rules of orders: nothing lapses, nothing confirms itself, nothing settles."""
    life = living(served)
    life.add(sheet_without_orders(life))
    assert [type(event) for event in life.time(hour("00:00", 40))] == [RecordOverdue]
    life = living(served)
    life.add(sheet_without_orders(life))
    life.confirmed()
    assert life.time(hour("00:00", 40)) == []


def sheet_without_orders(life: Life) -> list[Event]:
    """A sheet as it was published before orders had rules of their own."""
    return publish_points(
        life.rules,
        sheet=helper(99),
        effective_from=date(2025, 1, 3),
        points=msgspec.structs.replace(PROPOSED_POINTS, orders=None),
    )


def test_the_clock_of_each_member_is_their_own() -> None:
    """Both began on Monday; one left, the other is still there: one is confirmed, one is asked."""
    life = living(served)
    life.accept(OTHER, now=at("09:30"))
    life.arrive(at("09:30"), OTHER)
    told = [
        (type(event).__name__, event.volunteer)
        for event in life.time(DAY_3)
        if isinstance(event, AutomaticallyConfirmed | ConfirmationChased)
    ]
    assert told == [("ConfirmationChased", OTHER), ("AutomaticallyConfirmed", VOLUNTEER)]

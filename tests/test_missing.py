"""Lapses and no-shows: blame waits for phones that were offline, and is taken back by an event."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.living import Life, hour, living
from tests.serving import ORDER, OTHER, VOLUNTEER, accepted, at, published, served
from timebank.clock import Clock
from timebank.event import Refused
from timebank.members import CheckedIn, NoShowRecorded, NoShowUndone
from timebank.missing import NotInWindow, NotStartedYet
from timebank.order_course import LapseUndone, OrderLapsed
from timebank.ordering import (
    AlreadyBegun,
    NotAccepted,
    OrderHasLapsed,
    OrderIsCancelled,
    OrderNotFound,
)
from timebank.orders import OrderAccepted

BLAMED = NoShowRecorded(order=ORDER, volunteer=VOLUNTEER, reason_code="not_checked_in")


def test_an_order_that_nobody_took_lapses_with_its_plan() -> None:
    """At eleven, not a moment before; twice is once."""
    life = living()
    assert life.time(at("11:00") - timedelta(seconds=1)) == []
    assert life.due() == at("11:00")
    assert life.time(at("11:00")) == [OrderLapsed(order=ORDER, reason="not_accepted")]
    assert life.status == "lapsed"
    assert life.time(hour("11:00", 30)) == []
    assert life.due() is None


def test_nobody_is_blamed_before_the_phones_have_had_a_day() -> None:
    """Accepted, not checked in: 24 hours after the plan comes the no-show, and the lapse."""
    life = living(accepted)
    assert life.time(hour("10:59", 1)) == []
    assert life.time(hour("11:00", 1)) == [BLAMED, OrderLapsed(order=ORDER, reason="nobody_came")]
    assert life.time(hour("11:00", 1)) == []


def test_who_came_is_not_blamed_for_who_did_not() -> None:
    """One served, one did not come: a no-show, and the order goes on."""
    life = living(served)
    life.accept(OTHER, now=at("09:30"))
    assert life.time(hour("11:00", 1)) == [
        NoShowRecorded(order=ORDER, volunteer=OTHER, reason_code="not_checked_in")
    ]
    assert life.status == "awaiting_confirmation"


def test_a_check_in_that_was_offline_undoes_the_blame() -> None:
    """Made at nine, pushed two days later: no no-show, no lapse, and the service goes on."""
    life = living(accepted)
    life.time(hour("11:00", 1))
    undone, revived, arrived = life.arrive(at("09:00"), now=hour("15:00", 2))
    assert undone == NoShowUndone(order=ORDER, volunteer=VOLUNTEER)
    assert revived == LapseUndone(order=ORDER)
    assert isinstance(arrived, CheckedIn)
    assert life.status == "under_way"


@pytest.mark.parametrize(
    ("shown", "facts"),
    [
        (at("08:00"), {}),
        (at("11:00"), {}),
        # The phone said half past six, and ran three hours slow.
        (at("06:30"), {"clock": Clock(offset_after_seconds=10_800)}),
    ],
)
def test_the_window_is_the_plan_and_an_hour_before(shown: datetime, facts: dict[str, Any]) -> None:
    """From eight to eleven, by the corrected time."""
    life = living(accepted)
    life.time(hour("11:00", 1))
    assert life.arrive(shown, now=hour("15:00", 2), **facts) != []


@pytest.mark.parametrize("shown", [at("07:59"), at("11:01")])
def test_a_check_in_outside_the_window_undoes_nothing(shown: datetime) -> None:
    """Being somewhere at another time is no excuse."""
    life = living(accepted)
    life.time(hour("11:00", 1))
    with pytest.raises(NotInWindow):
        life.arrive(shown, now=hour("15:00", 2))


def test_somebody_on_the_spot_records_a_no_show() -> None:
    """From the planned start on; the place is free, and the order waits for others until eleven."""
    life = living(accepted)
    (event,) = life.no_show(now=at("09:00"))
    assert event == NoShowRecorded(order=ORDER, volunteer=VOLUNTEER, reason_code="absent")
    assert life.no_show() == []
    assert (life.status, life.order.places_left) == ("no_show", 2)
    assert life.accept(now=at("10:00"))[0] == OrderAccepted(order=ORDER, volunteer=VOLUNTEER)


def test_an_order_whose_only_volunteer_is_a_no_show_lapses_after_the_grace() -> None:
    """The blame came early; the lapse still waits for the phones."""
    life = living(accepted)
    life.no_show()
    assert life.time(hour("10:59", 1)) == []
    assert life.time(hour("11:00", 1)) == [OrderLapsed(order=ORDER, reason="nobody_came")]


def test_a_lapse_for_want_of_volunteers_is_final() -> None:
    """Who gave the place back cannot come after all."""
    life = living(accepted)
    life.withdraw()
    life.time(at("11:00"))
    with pytest.raises(NotAccepted):
        life.arrive(at("10:00"), now=hour("12:00"))


def test_an_order_written_down_afterwards_blames_nobody() -> None:
    """Published and accepted after its plan: no lapse, no no-show, however late."""
    life = living()
    life.events = [event for event in life.events if event.stream != f"order-{ORDER}"]
    life.publish(now=at("12:00"))
    assert life.time(hour("12:00", 60)) == []
    life.accept(now=at("12:30"))
    assert life.time(hour("12:00", 60)) == []


def cancelled() -> Life:
    """The order was called off."""
    life = living(accepted)
    life.cancel()
    return life


def lapsed() -> Life:
    """Nobody came."""
    life = living(accepted)
    life.time(hour("11:00", 1))
    return life


@pytest.mark.parametrize(
    ("past", "volunteer", "now", "refusal"),
    [
        (Life, VOLUNTEER, at("10:00"), OrderNotFound),
        (cancelled, VOLUNTEER, at("10:00"), OrderIsCancelled),
        (lapsed, VOLUNTEER, at("10:00"), OrderHasLapsed),
        (lambda: living(published), VOLUNTEER, at("10:00"), NotAccepted),
        (lambda: living(served), VOLUNTEER, at("11:00"), AlreadyBegun),
        (lambda: living(accepted), VOLUNTEER, at("08:59"), NotStartedYet),
    ],
)
def test_who_is_no_no_show(
    past: Callable[[], Life], volunteer: str, now: datetime, refusal: type[Refused]
) -> None:
    """Each rule refuses by its own name."""
    with pytest.raises(refusal):
        past().no_show(volunteer, now)

"""Late entry: one enters, another approves; what a check-in shows already counts once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.living import ENTRY, EVENING, OFFICER, Life, hour, living
from tests.serving import (
    CLERK,
    ORDER,
    OTHER,
    RECIPIENT,
    STATION,
    VOLUNTEER,
    accepted,
    at,
    published,
    served,
)
from tests.test_reviewing import in_review
from timebank.attendance import EndsBeforeStart, IsDisputed, TimeInFuture
from timebank.crediting import MoreThanServed, NothingServed
from timebank.event import IdTaken, Refused
from timebank.hours import HoursRecorded
from timebank.late_entering import (
    LateEntryClosed,
    LateEntryNotFound,
    OutsideTheOrder,
    enter_late,
)
from timebank.late_entries import LateEntryApproved, LateEntryMade, LateEntryRefused
from timebank.order_course import LapseUndone
from timebank.ordering import NotPublished, OrderIsCancelled, OrderNotFound, OwnService
from timebank.outcomes import OrderRemarked
from timebank.tasks import OwnTask, TaskDecided, TaskRaised
from timebank.volunteers import Volunteer, VolunteerNotFound


def entered() -> Life:
    """The station entered nine to ten for a volunteer whose phone was dead."""
    life = living(accepted)
    life.enter_late()
    return life


def test_an_entry_waits_for_a_second_person() -> None:
    """Times are clear, the reason is sealed under the volunteer, who is not to decide."""
    life = living(accepted)
    made, remark, raised = life.enter_late()
    assert isinstance(made, LateEntryMade)
    assert isinstance(remark, OrderRemarked)
    assert isinstance(raised, TaskRaised)
    assert (made.began, made.ended, made.entered_by) == (at("09:00"), at("10:00"), CLERK)
    assert (remark.holder, remark.words) == (VOLUNTEER, "手机没电")
    assert (raised.concerns, raised.item, raised.minutes) == (VOLUNTEER, ENTRY, 60)
    assert life.enter_late() == []
    assert life.status == "accepted"


def test_approving_confirms_the_service() -> None:
    """60 minutes in the hours and in the purse, in the step of the decision."""
    life = entered()
    decided, approved, recorded, *_ = life.decide_late()
    assert isinstance(decided, TaskDecided)
    assert approved == LateEntryApproved(order=ORDER, entry=ENTRY, volunteer=VOLUNTEER, minutes=60)
    assert isinstance(recorded, HoursRecorded)
    assert (recorded.minutes, recorded.late) == (60, False)
    assert life.state("purse", VOLUNTEER).balance_minutes == 60
    assert life.status == "confirmed"
    assert life.decide_late() == []


def test_refusing_leaves_everything_as_it_was() -> None:
    """No hours, no points; the volunteer is still only on the order."""
    life = entered()
    assert life.decide_late("refuse")[1] == LateEntryRefused(
        order=ORDER, entry=ENTRY, volunteer=VOLUNTEER, reason_code="seen"
    )
    assert life.status == "accepted"
    assert life.state("hours", VOLUNTEER).days == {}


@pytest.mark.parametrize("by", [CLERK, VOLUNTEER])
def test_neither_who_entered_nor_who_served_approves(by: str) -> None:
    """Never by the person who raised it, never one's own."""
    with pytest.raises(OwnTask):
        entered().decide_late(by=by)


def test_a_forgotten_check_out_is_made_good() -> None:
    """Checked in at nine and never out: the entry nine to ten is the service."""
    life = living(accepted)
    life.arrive()
    life.enter_late()
    life.decide_late()
    assert life.order.members[VOLUNTEER].confirmed_minutes == 60
    assert life.status == "confirmed"


def test_what_was_checked_in_is_confirmed_with_it_and_counts_once() -> None:
    """Checked in 09:00-10:35, entered 10:00-11:00: 120 minutes together."""
    life = living(served)
    life.enter_late(began=at("10:00"), ended=at("11:00"))
    life.decide_late()
    assert life.order.members[VOLUNTEER].confirmed_minutes == 120
    assert life.state("hours", VOLUNTEER).minutes(at("09:00").date()) == 120


def test_more_is_added_to_what_is_confirmed() -> None:
    """95 minutes are confirmed; an entry of 10:00 to 11:00 adds the 25 that they do not show."""
    life = living(served)
    life.confirmed()
    life.enter_late(began=at("10:00"), ended=at("11:00"))
    life.decide_late()
    assert life.order.members[VOLUNTEER].confirmed_minutes == 120
    minutes = [event.minutes for event in life.events if isinstance(event, HoursRecorded)]
    assert minutes == [95, 25]
    records = [event.record for event in life.events if isinstance(event, HoursRecorded)]
    assert len(set(records)) == 2


def test_fewer_minutes_may_be_approved() -> None:
    """45 of the 60 that were entered."""
    life = entered()
    life.decide_late(minutes=45)
    assert life.state("purse", VOLUNTEER).balance_minutes == 45


def test_a_late_entry_revives_an_order_that_seemed_to_have_lapsed() -> None:
    """Nobody had checked in; somebody had been there all the same."""
    life = living(accepted)
    life.time(hour("11:00", 1))
    now = hour("12:00", 2)
    life.enter_late(now=now)
    assert LapseUndone(order=ORDER) in life.decide_late(now=now)
    assert life.status == "confirmed"


def test_unconfirmed_service_is_still_open_for_late_entry() -> None:
    """After working day 10, up to 30 days after the service."""
    life = living(accepted)
    life.arrive()
    life.time(hour("00:00", 15))
    assert life.status == "unconfirmed"
    now = hour("23:59", 30)
    life.enter_late(now=now)
    life.decide_late(now=now)
    assert life.status == "confirmed"
    (recorded,) = [event for event in life.events if isinstance(event, HoursRecorded)]
    assert recorded.late


def cancelled() -> Life:
    """The order was called off."""
    life = living(accepted)
    life.cancel()
    return life


def disputed() -> Life:
    """Somebody contradicts."""
    life = living(served)
    life.dispute()
    return life


@pytest.mark.parametrize(
    ("past", "facts", "refusal"),
    [
        (Life, {}, OrderNotFound),
        (cancelled, {}, OrderIsCancelled),
        (in_review, {}, NotPublished),
        (entered, {"ended": at("10:01")}, IdTaken),
        (entered, {"volunteer": OTHER}, IdTaken),
        (lambda: living(published), {"volunteer": STATION}, VolunteerNotFound),
        (disputed, {}, IsDisputed),
        (lambda: living(accepted), {"ended": at("09:00")}, EndsBeforeStart),
        (lambda: living(accepted), {"ended": EVENING + timedelta(seconds=121)}, TimeInFuture),
        (lambda: living(accepted), {"began": hour("09:00", -1)}, OutsideTheOrder),
        (
            lambda: living(accepted),
            {"ended": hour("00:00", 2), "now": hour("00:00", 2)},
            OutsideTheOrder,
        ),
        (lambda: living(accepted), {"now": hour("00:00", 31)}, LateEntryClosed),
    ],
)
def test_what_may_not_be_entered(
    past: Callable[[], Life], facts: dict[str, Any], refusal: type[Refused]
) -> None:
    """Each rule of late entry refuses by its own name."""
    with pytest.raises(refusal):
        past().enter_late(**facts)


def test_nobody_enters_service_to_themselves() -> None:
    """The recipient who also volunteers."""
    life = living(published)
    with pytest.raises(OwnService):
        enter_late(
            life.order,
            Volunteer(volunteer_no="1", community="330102001001", verified=True),
            life.rules,
            order=ORDER,
            entry=ENTRY,
            volunteer=RECIPIENT,
            began=at("09:00"),
            ended=at("10:00"),
            entered_by=CLERK,
            reason="手机没电",
            now=EVENING,
            workdays=lambda on, days: on + timedelta(days=days),
        )


def disputed_later() -> Life:
    """The entry waits, and somebody contradicts what was checked in."""
    life = living(served)
    life.enter_late(began=at("10:35"), ended=at("11:00"))
    life.dispute()
    return life


def of_half_a_minute() -> Life:
    """Somebody entered next to nothing."""
    life = living(accepted)
    life.enter_late(ended=at("09:00") + timedelta(seconds=30))
    return life


@pytest.mark.parametrize(
    ("past", "facts", "refusal"),
    [
        (Life, {}, OrderNotFound),
        (lambda: living(accepted), {}, LateEntryNotFound),
        (disputed_later, {}, IsDisputed),
        (of_half_a_minute, {}, NothingServed),
        (entered, {"minutes": 61}, MoreThanServed),
    ],
)
def test_what_may_not_be_approved(
    past: Callable[[], Life], facts: dict[str, Any], refusal: type[Refused]
) -> None:
    """Each rule of approving refuses by its own name."""
    with pytest.raises(refusal):
        past().decide_late(by=OFFICER, **facts)

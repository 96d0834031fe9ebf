"""Disputes: anybody with a say contradicts, somebody else judges, the purse follows."""

from collections.abc import Callable

import pytest

from tests.living import EVENING, OFFICER, Life, hour, living
from tests.serving import (
    CLERK,
    DAY,
    ORDER,
    OTHER,
    PROXY,
    RECIPIENT,
    VOLUNTEER,
    accepted,
    at,
    published,
    served,
    workdays,
)
from timebank.attendance import AlreadyConfirmed, IsDisputed, IsUnconfirmed
from timebank.confirming import NotAConfirmer
from timebank.crediting import MoreThanServed
from timebank.disputing import NotDisputed, NothingToDispute, VerdictNeedsMinutes
from timebank.event import Refused
from timebank.hours import HoursCorrected, HoursRecorded
from timebank.members import NoShowUndone
from timebank.ordering import NotAccepted, OrderIsCancelled, OrderIsSettled, OrderNotFound
from timebank.outcomes import OrderDisputed, OrderRemarked, VerdictGiven
from timebank.postings import PointsReduced
from timebank.purse import PointsEarned
from timebank.rewriting import MinutesBelowZero
from timebank.tasks import OwnTask, TaskRaised, UnknownChoice


def confirmed() -> Life:
    """The station confirmed 95 minutes."""
    life = living(served)
    life.confirmed()
    return life


def disputed() -> Life:
    """The recipient contradicts before anybody has confirmed."""
    life = living(served)
    life.dispute()
    return life


def test_a_dispute_raises_a_task() -> None:
    """The note is sealed under the volunteer, whom it is about; repeating does nothing."""
    life = living(served)
    raised, task, remark = life.dispute()
    assert isinstance(raised, OrderDisputed)
    assert isinstance(task, TaskRaised)
    assert isinstance(remark, OrderRemarked)
    assert (raised.raised_by, raised.task) == (RECIPIENT, task.task)
    assert (task.kind, task.concerns, task.due_on) == ("dispute", VOLUNTEER, workdays(DAY, 3))
    assert (remark.holder, remark.words) == (VOLUNTEER, "没有待那么久")
    assert life.dispute(by=PROXY) == []
    assert life.status == "disputed"


@pytest.mark.parametrize("by", [VOLUNTEER, RECIPIENT, PROXY, CLERK])
def test_whoever_has_a_say_may_dispute(by: str) -> None:
    """The volunteer, the recipient, their proxy, the station."""
    assert living(served).dispute(by=by) != []


def test_what_is_disputed_is_not_confirmed_in_passing() -> None:
    """Nor does a check-in go over it."""
    with pytest.raises(IsDisputed):
        disputed().confirmed()
    with pytest.raises(IsDisputed):
        disputed().arrive(at("10:40"))


def test_an_upheld_dispute_says_what_was_served() -> None:
    """60 of 95 minutes: recorded and thanked for in the step of the verdict."""
    life = disputed()
    _, verdict, recorded, earned, *_ = life.judge(minutes=60)
    assert verdict == VerdictGiven(
        order=ORDER, volunteer=VOLUNTEER, outcome="upheld", reason_code="seen", minutes=60
    )
    assert isinstance(recorded, HoursRecorded)
    assert isinstance(earned, PointsEarned)
    assert (recorded.minutes, earned.minutes) == (60, 60)
    assert life.status == "confirmed"
    with pytest.raises(AlreadyConfirmed):
        life.confirmed(minutes=95)


def test_a_verdict_of_nothing_records_nothing() -> None:
    """The volunteer had not been there: no hours, no points, and it is over."""
    life = disputed()
    life.judge(minutes=0)
    assert life.state("hours", VOLUNTEER).days == {}
    assert life.status == "confirmed"


def test_a_dismissed_dispute_changes_nothing() -> None:
    """The service waits for its confirmation as before; it may be disputed again."""
    life = disputed()
    first, _ = life.task("dispute")
    assert life.judge("dismissed", None)[-1] == VerdictGiven(
        order=ORDER, volunteer=VOLUNTEER, outcome="dismissed", reason_code="seen"
    )
    assert life.status == "awaiting_confirmation"
    life.dispute()
    second, _ = life.task("dispute")
    assert first != second


def test_a_verdict_over_confirmed_service_corrects_hours_and_purse() -> None:
    """95 confirmed, 60 upheld: the record says 60, and 35 points go back."""
    life = confirmed()
    life.dispute()
    events = life.judge(minutes=60)
    (corrected,) = [event for event in events if isinstance(event, HoursCorrected)]
    (reduced,) = [event for event in events if isinstance(event, PointsReduced)]
    assert (corrected.minutes, corrected.replaces) == (60, 1)
    assert (reduced.minutes, reduced.fault) == (35, "office")
    assert life.state("purse", VOLUNTEER).balance_minutes == 60
    assert life.order.members[VOLUNTEER].confirmed_minutes == 60


def test_a_verdict_may_also_add() -> None:
    """60 confirmed of 95 that were served; the volunteer is right about 90."""
    life = living(served)
    life.confirmed(minutes=60)
    life.dispute(by=VOLUNTEER)
    life.judge(minutes=90)
    assert life.state("purse", VOLUNTEER).balance_minutes == 90
    assert life.state("hours", VOLUNTEER).minutes(DAY) == 90


def test_an_upheld_dispute_of_a_no_show_takes_the_blame_back() -> None:
    """The volunteer is on the order again; what they served comes in late."""
    life = living(accepted)
    life.no_show()
    life.dispute(by=VOLUNTEER)
    assert NoShowUndone(order=ORDER, volunteer=VOLUNTEER) in life.judge(minutes=None)
    assert life.status == "accepted"
    life.enter_late()
    life.decide_late()
    assert life.status == "confirmed"


def test_a_dispute_of_one_leaves_the_other_alone() -> None:
    """The second volunteer is confirmed while the first is disputed."""
    life = living(served)
    life.accept(OTHER, now=at("09:30"))
    life.serve(at("09:30"), at("10:30"), OTHER)
    life.dispute()
    assert life.confirmed(OTHER) != []
    assert life.state("purse", OTHER).balance_minutes == 60


@pytest.mark.parametrize("by", [RECIPIENT, VOLUNTEER])
def test_who_disputes_or_is_disputed_does_not_judge(by: str) -> None:
    """Never by the person who raised it, never in one's own case."""
    with pytest.raises(OwnTask):
        disputed().judge(by=by)


def cancelled() -> Life:
    """The order was called off."""
    life = living(accepted)
    life.cancel()
    return life


def settled() -> Life:
    """The order is over."""
    life = confirmed()
    life.time(hour("00:00", 2))
    return life


def unconfirmed() -> Life:
    """Nobody confirmed in time."""
    life = living(accepted)
    life.arrive()
    life.time(hour("00:00", 15))
    return life


@pytest.mark.parametrize(
    ("past", "by", "refusal"),
    [
        (Life, RECIPIENT, OrderNotFound),
        (lambda: living(served), OTHER, NotAConfirmer),
        (lambda: living(published), RECIPIENT, NotAccepted),
        (cancelled, RECIPIENT, OrderIsCancelled),
        (settled, RECIPIENT, OrderIsSettled),
        (unconfirmed, RECIPIENT, IsUnconfirmed),
        (lambda: living(accepted), RECIPIENT, NothingToDispute),
    ],
)
def test_what_may_not_be_disputed(
    past: Callable[[], Life], by: str, refusal: type[Refused]
) -> None:
    """Each rule of disputing refuses by its own name."""
    with pytest.raises(refusal):
        past().dispute(by=by)


def blamed() -> Life:
    """A no-show is disputed."""
    life = living(accepted)
    life.no_show()
    life.dispute(by=VOLUNTEER)
    return life


@pytest.mark.parametrize(
    ("past", "outcome", "minutes", "refusal"),
    [
        (Life, "upheld", 60, OrderNotFound),
        (lambda: living(served), "upheld", 60, NotDisputed),
        (disputed, "perhaps", 60, UnknownChoice),
        (disputed, "upheld", None, VerdictNeedsMinutes),
        (disputed, "upheld", -1, MinutesBelowZero),
        (disputed, "upheld", 96, MoreThanServed),
        (blamed, "upheld", 1, MoreThanServed),
    ],
)
def test_what_is_no_verdict(
    past: Callable[[], Life], outcome: str, minutes: int | None, refusal: type[Refused]
) -> None:
    """Each rule of judging refuses by its own name."""
    with pytest.raises(refusal):
        past().judge(outcome, minutes, by=OFFICER, now=EVENING)

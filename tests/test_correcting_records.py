"""Corrections: asked for, proposed by the station, approved by another; hours and purse at once."""

from collections.abc import Callable

import pytest

from tests.living import EVENING, OFFICER, Life, helper, hour, living
from tests.serving import (
    CLERK,
    COMMUNITY,
    DAY,
    ORDER,
    VOLUNTEER,
    at,
    published,
    served,
    workdays,
)
from timebank.accounts import accounts
from timebank.correcting_records import OfficerMustDecide
from timebank.correction_requests import (
    CorrectionGone,
    CorrectionPending,
    MinutesMissing,
    RecordNotFound,
    decide_request,
    request_correction,
)
from timebank.event import Event, Refused
from timebank.giving import donate
from timebank.hours import (
    CorrectionExplained,
    CorrectionRefused,
    CorrectionRequested,
    HoursCorrected,
)
from timebank.outcomes import ConfirmationCorrected
from timebank.postings import PointsReduced, ShortfallBorne
from timebank.rewriting import LongerThanTheDay, MinutesBelowZero
from timebank.tasks import OwnTask, TaskRaised, TaskWithdrawn

TUESDAY_NIGHT = hour("00:00", 2)
"""The midnight that ends Tuesday 11 March: until then a confirmation of Monday is corrected."""


def confirmed() -> Life:
    """The station confirmed 95 minutes on Monday evening."""
    life = living(served)
    life.confirmed()
    return life


def proposed(minutes: int = 90) -> Life:
    """The station proposes other minutes."""
    life = confirmed()
    life.propose(life.record(), minutes)
    return life


def asked(life: Life, minutes: int | None = 90) -> list[Event]:
    """The volunteer asks for another figure."""
    return life.add(
        request_correction(
            life.state("hours", VOLUNTEER),
            life.rules,
            person=VOLUNTEER,
            record=life.record(),
            requested_by=VOLUNTEER,
            reason="多记了五分钟",
            area=COMMUNITY,
            now=EVENING,
            workdays=workdays,
            proposed_minutes=minutes,
        )
    )


def answer(life: Life, choice: str = "propose", minutes: int | None = None) -> list[Event]:
    """The station answers the request."""
    task, state = life.task("correction_request")
    return life.add(
        decide_request(
            state,
            life.state("hours", VOLUNTEER),
            life.rules,
            task=task,
            choice=choice,
            by=frozenset({CLERK}),
            decided_by=CLERK,
            reason_code="seen",
            now=EVENING,
            workdays=workdays,
            minutes=minutes,
        )
    )


def test_a_proposal_waits_for_one_other_person() -> None:
    """Nothing changes before they approve."""
    life = confirmed()
    marked, raised, explained = life.propose(life.record(), 90)
    assert isinstance(marked, CorrectionRequested)
    assert isinstance(raised, TaskRaised)
    assert isinstance(explained, CorrectionExplained)
    assert (raised.kind, raised.minutes, raised.concerns) == ("record_correction", 90, VOLUNTEER)
    assert explained.holder == VOLUNTEER
    assert life.state("purse", VOLUNTEER).balance_minutes == 95


def test_approving_corrects_hours_purse_and_confirmation() -> None:
    """95 become 90 in all three, in one step; deciding again does nothing."""
    life = proposed()
    events = life.correct()
    (corrected,) = [event for event in events if isinstance(event, HoursCorrected)]
    assert (corrected.minutes, corrected.replaces, corrected.stays[0].ended) == (90, 1, at("10:30"))
    (reduced,) = [event for event in events if isinstance(event, PointsReduced)]
    assert reduced.minutes == 5
    assert events[-1] == ConfirmationCorrected(
        order=ORDER, volunteer=VOLUNTEER, minutes=90, replaces_minutes=95, reason_code="seen"
    )
    assert life.state("purse", VOLUNTEER).balance_minutes == 90
    assert life.correct() == []
    assert sum(change for event in life.events for _, change in accounts(event)) == 0


def test_more_minutes_prolong_the_stay_and_earn_more() -> None:
    """95 become 120: left at eleven, 25 points more."""
    life = proposed(120)
    life.correct()
    ((on, record),) = life.state("hours", VOLUNTEER).of_order(ORDER)
    assert (on, record.minutes, record.stays[0].ended) == (DAY, 120, at("11:00"))
    assert life.state("purse", VOLUNTEER).balance_minutes == 120


def test_a_record_is_corrected_again() -> None:
    """Each correction names the version that it replaces."""
    life = proposed(0)
    life.correct()
    assert life.state("purse", VOLUNTEER).balance_minutes == 0
    life.propose(life.record(), 60)
    (corrected,) = [event for event in life.correct() if isinstance(event, HoursCorrected)]
    assert (corrected.replaces, corrected.minutes, corrected.stays[0].began) == (2, 60, at("09:00"))
    assert life.state("purse", VOLUNTEER).balance_minutes == 60


def test_refusing_leaves_the_record_as_it_is() -> None:
    """It may then be proposed anew."""
    life = proposed()
    assert isinstance(life.correct("refuse")[1], CorrectionRefused)
    assert life.state("hours", VOLUNTEER).minutes(DAY) == 95
    assert life.propose(life.record(), 80) != []


def test_a_volunteers_request_goes_through_the_station() -> None:
    """Asked by the volunteer, proposed by the station, approved by a third person."""
    life = confirmed()
    asked(life)
    decided, marked, raised = answer(life)
    assert isinstance(marked, CorrectionRequested)
    assert isinstance(raised, TaskRaised)
    assert (raised.raised_by, raised.minutes) == (CLERK, 90)
    assert decided.stream.startswith("task-")
    with pytest.raises(OwnTask):
        life.correct(by=CLERK)
    life.correct()
    assert life.state("hours", VOLUNTEER).minutes(DAY) == 90
    assert answer(life) == []


def test_the_station_may_find_the_record_right() -> None:
    """Refused with a reason code; or another figure than the one that was asked for."""
    life = confirmed()
    asked(life)
    assert isinstance(answer(life, "refuse")[1], CorrectionRefused)
    asked(life, None)
    answer(life, minutes=85)
    life.correct()
    assert life.state("hours", VOLUNTEER).minutes(DAY) == 85


def test_after_midnight_of_the_next_working_day_a_bureau_officer_decides() -> None:
    """On Tuesday any second person; from Wednesday on it takes the bureau, as a reversal does."""
    assert proposed().correct(now=hour("23:59", 1)) != []
    with pytest.raises(OfficerMustDecide):
        proposed().correct(now=TUESDAY_NIGHT)
    assert proposed().correct(now=TUESDAY_NIGHT, for_bureau=True) != []


@pytest.mark.parametrize(("fault", "debt"), [("member", 30), ("office", 0)])
def test_points_already_spent_are_a_debt_only_by_the_members_fault(fault: str, debt: int) -> None:
    """95 earned, 65 donated meanwhile; 60 too much: 30 are taken, 30 missing."""
    life = confirmed()
    life.add(
        donate(
            life.state("purse", VOLUNTEER),
            person=VOLUNTEER,
            pool="donation",
            entry=helper(50),
            minutes=65,
            today=DAY,
        )
    )
    life.propose(life.record(), 35)
    events = life.correct(fault=fault)
    (missing,) = [event for event in events if isinstance(event, ShortfallBorne)]
    assert missing.minutes == 30
    purse = life.state("purse", VOLUNTEER)
    assert (purse.balance_minutes, purse.debt_minutes) == (0, debt)


def test_shared_time_goes_to_the_other_record_of_the_day() -> None:
    """09:00-10:35 and 10:00-11:00 count 95 + 25; the first cut to 60 leaves 60 to the second."""
    second = helper(60)
    life = confirmed()
    life.publish(second, planned_start=at("10:00"), planned_end=at("11:00"))
    life.accept(order=second, now=at("09:30"))
    life.serve(at("10:00"), at("11:00"), order=second)
    life.confirm(order=second, by=frozenset({CLERK}), for_station=True)
    first = life.record()
    assert [r.minutes for r in life.state("hours", VOLUNTEER).days[DAY]] == [95, 25]
    life.propose(first, 60)
    events = life.correct()
    assert [e.minutes for e in events if isinstance(e, HoursCorrected)] == [60, 60]
    assert [r.minutes for r in life.state("hours", VOLUNTEER).days[DAY]] == [60, 60]
    assert life.state("purse", VOLUNTEER).balance_minutes == 120
    assert life.order.members[VOLUNTEER].confirmed_minutes == 60
    assert not any(isinstance(event, TaskWithdrawn) for event in events)


def _twice() -> None:
    life = proposed()
    life.propose(life.record(), 80)


def _without_figure() -> None:
    life = confirmed()
    asked(life, None)
    answer(life)


def _replaced() -> None:
    """The proposal's events are there, but the record no longer waits for it."""
    life = proposed()
    life.events = [event for event in life.events if not isinstance(event, CorrectionRequested)]
    life.correct(by=OFFICER)


@pytest.mark.parametrize(
    ("decide", "refusal"),
    [
        (lambda: confirmed().propose(helper(1), 60), RecordNotFound),
        (_twice, CorrectionPending),
        (lambda: proposed(-1), MinutesBelowZero),
        (lambda: proposed(15 * 60 + 1), LongerThanTheDay),
        (lambda: proposed().correct(by=CLERK), OwnTask),
        (lambda: proposed().correct(by=VOLUNTEER), OwnTask),
        (_without_figure, MinutesMissing),
        (_replaced, CorrectionGone),
    ],
)
def test_what_may_not_be_corrected(decide: Callable[[], object], refusal: type[Refused]) -> None:
    """Each rule of correcting refuses by its own name."""
    with pytest.raises(refusal):
        decide()


def test_a_record_of_an_empty_past_cannot_be_asked_about() -> None:
    """There are no hours yet."""
    life = living(published)
    with pytest.raises(RecordNotFound):
        life.propose(helper(1), 60)

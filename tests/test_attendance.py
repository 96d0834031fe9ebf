"""Attendance: check-ins and check-outs, corrected for the phone's clock, three pairs a day."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.serving import (
    DUE,
    ORDER,
    OTHER,
    VOLUNTEER,
    Past,
    accepted,
    at,
    published,
    served,
)
from timebank.accepting import withdraw
from timebank.attendance import (
    AlreadyCheckedIn,
    AlreadyConfirmed,
    BeforeLastCheckOut,
    EndsBeforeStart,
    NotCheckedIn,
    TimeInFuture,
    TooManyPairs,
    check_in,
    check_out,
)
from timebank.clock import Clock
from timebank.event import Event, Refused
from timebank.ordering import NotAccepted, OrderIsCancelled, OrderNotFound, cancel
from timebank.orders import CheckedIn, CheckedOut
from timebank.rules import NoRuleSheet


def arrive(past: Past, shown: str, **facts: Any) -> list[Event]:
    """Check in when Shanghai's clocks show *shown*."""
    said: dict[str, Any] = {"volunteer": VOLUNTEER, "at": at(shown), "now": at("20:00")}
    return past.add(check_in(past.state("order", ORDER), past.rules, order=ORDER, **said | facts))


def depart(past: Past, shown: str, **facts: Any) -> list[Event]:
    """Check out when Shanghai's clocks show *shown*."""
    said: dict[str, Any] = {
        "volunteer": VOLUNTEER,
        "at": at(shown),
        "now": at("20:00"),
        "record_due_on": DUE,
    }
    return past.add(check_out(past.state("order", ORDER), past.rules, order=ORDER, **said | facts))


def here() -> Past:
    """The volunteer has been there since nine."""
    past = accepted()
    arrive(past, "09:00")
    return past


def test_arriving_and_leaving_are_recorded() -> None:
    """The claimed time, the corrected one, and on leaving the day on which the record is due."""
    past = accepted()
    assert arrive(past, "09:00", place_band="within") == [
        CheckedIn(
            order=ORDER,
            volunteer=VOLUNTEER,
            at=at("09:00"),
            earliest=at("09:00"),
            latest=at("09:00"),
            place_band="within",
        )
    ]
    assert depart(past, "10:35") == [
        CheckedOut(
            order=ORDER,
            volunteer=VOLUNTEER,
            at=at("10:35"),
            earliest=at("10:35"),
            latest=at("10:35"),
            record_due_on=DUE,
        )
    ]


def test_a_phone_that_runs_five_minutes_late_is_corrected() -> None:
    """Offset 300 s: nine by the phone was 09:05, and the facts of the clock are kept."""
    clock = Clock(offset_after_seconds=300, boot="b7", uptime_ms=5_000)
    (event,) = arrive(accepted(), "09:00", clock=clock)
    assert isinstance(event, CheckedIn)
    assert (event.at, event.earliest, event.latest) == (at("09:00"), at("09:05"), at("09:05"))
    assert event.clock == clock


def test_the_same_time_again_does_nothing() -> None:
    """A phone may retry each step, also after the next one has happened."""
    past = here()
    assert arrive(past, "09:00") == []
    depart(past, "10:35")
    assert arrive(past, "09:00") == []
    assert depart(past, "10:35") == []


def test_three_pairs_a_day_are_enough() -> None:
    """The fourth check-in of a day is refused; the next day starts anew."""
    past = accepted()
    for began, ended in (("09:00", "10:00"), ("11:00", "12:00"), ("13:00", "14:00")):
        arrive(past, began)
        depart(past, ended)
    with pytest.raises(TooManyPairs):
        arrive(past, "15:00")
    tomorrow = at("09:00", date(2025, 3, 11))
    assert arrive(past, "09:00", at=tomorrow, now=tomorrow) != []


def confirmed() -> Past:
    """The recipient has confirmed."""
    past = served()
    past.confirm()
    return past


def without_rules() -> Past:
    """No rule sheet was ever published."""
    past = accepted()
    past.events = [event for event in past.events if not event.stream.startswith("rules")]
    return past


def withdrawn() -> Past:
    """The volunteer gave the place back."""
    past = accepted()
    past.add(withdraw(past.state("order", ORDER), order=ORDER, volunteer=VOLUNTEER))
    return past


def cancelled() -> Past:
    """The order was called off."""
    past = accepted()
    past.add(cancel(past.state("order", ORDER), order=ORDER, reason_code="weather"))
    return past


@pytest.mark.parametrize(
    ("past", "clock", "facts", "refusal"),
    [
        (Past(), "09:00", {}, OrderNotFound),
        (published(), "09:00", {}, NotAccepted),
        (accepted(), "09:00", {"volunteer": OTHER}, NotAccepted),
        (withdrawn(), "09:00", {}, NotAccepted),
        (cancelled(), "09:00", {}, OrderIsCancelled),
        (confirmed(), "12:00", {}, AlreadyConfirmed),
        (here(), "09:01", {}, AlreadyCheckedIn),
        (without_rules(), "09:00", {}, NoRuleSheet),
        (accepted(), "09:00", {"now": at("08:57")}, TimeInFuture),
        (served(), "10:34", {}, BeforeLastCheckOut),
    ],
)
def test_who_may_not_check_in(
    past: Past, clock: str, facts: dict[str, Any], refusal: type[Refused]
) -> None:
    """Each rule of checking in refuses by its own name."""
    with pytest.raises(refusal):
        arrive(past, clock, **facts)


@pytest.mark.parametrize(
    ("past", "clock", "facts", "refusal"),
    [
        (Past(), "10:00", {}, OrderNotFound),
        (published(), "10:00", {}, NotAccepted),
        (accepted(), "10:00", {}, NotCheckedIn),
        (served(), "10:36", {}, NotCheckedIn),
        (here(), "09:00", {}, EndsBeforeStart),
        (here(), "10:00", {"now": at("09:57")}, TimeInFuture),
        (here(), "10:00", {"clock": Clock(offset_after_seconds=-3_600)}, EndsBeforeStart),
    ],
)
def test_who_may_not_check_out(
    past: Past, clock: str, facts: dict[str, Any], refusal: type[Refused]
) -> None:
    """Each rule of checking out refuses by its own name."""
    with pytest.raises(refusal):
        depart(past, clock, **facts)


def test_a_phone_may_run_two_minutes_ahead() -> None:
    """The tolerance of 120 s lets a check-in at nine arrive at 08:58."""
    assert arrive(accepted(), "09:00", now=at("09:00") - timedelta(seconds=120)) != []

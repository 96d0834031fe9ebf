"""Confirmation: somebody else's word turns a stay into hours and points, once."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.serving import (
    CLERK,
    DAY,
    DUE,
    ORDER,
    OTHER,
    PROXY,
    RECIPIENT,
    SHEET,
    VOLUNTEER,
    Past,
    accepted,
    at,
    published,
    served,
)
from timebank.accounts import accounts
from timebank.attendance import AlreadyConfirmed, check_in, check_out
from timebank.clock import Clock
from timebank.confirming import NotAConfirmer, NotCheckedOut
from timebank.crediting import MoreThanServed, NothingServed
from timebank.event import Refused
from timebank.hours import HoursRecorded
from timebank.ordering import NotAccepted, OrderNotFound, OwnService
from timebank.orders import OrderAttested, OrderConfirmed, status
from timebank.outcomes import CorrectionOpened
from timebank.purse import PointsEarned
from timebank.rules import NoRuleSheet
from timebank.stays import Stay


def test_a_confirmed_stay_becomes_hours_and_a_lot() -> None:
    """09:00 to 10:35, confirmed by the recipient: 95 minutes in the hours, 95 in the purse."""
    past = served()
    confirmed, recorded, earned, opened = past.confirm(rating=5)
    assert confirmed == OrderConfirmed(
        order=ORDER,
        volunteer=VOLUNTEER,
        minutes=95,
        confirmed_by="recipient",
        method="app",
        rating=5,
    )
    assert isinstance(recorded, HoursRecorded)
    assert isinstance(earned, PointsEarned)
    assert (recorded.on, recorded.minutes, recorded.due_on, recorded.late) == (
        DAY,
        95,
        DUE,
        False,
    )
    assert recorded.stays == (Stay(began=at("09:00"), ended=at("10:35")),)
    assert (earned.minutes, earned.record, earned.sheet) == (95, recorded.record, SHEET)
    # Confirmed on Monday: it may be corrected until midnight of Tuesday.
    until = at("00:00", DAY + timedelta(days=2))
    assert opened == CorrectionOpened(order=ORDER, volunteer=VOLUNTEER, until=until)
    assert status(past.state("order", ORDER)) == "confirmed"


def test_confirming_again_does_nothing() -> None:
    """A retry, by whomever, records nothing twice."""
    past = served()
    past.confirm()
    assert past.confirm() == []
    assert past.confirm(minutes=95) == []
    assert past.confirm(by=frozenset({CLERK}), for_station=True) == []
    assert past.state("purse", VOLUNTEER).balance_minutes == 95


@pytest.mark.parametrize(
    ("by", "for_station", "capacity"),
    [
        ({RECIPIENT}, False, "recipient"),
        ({PROXY}, False, "proxy"),
        ({CLERK}, True, "station"),
        ({RECIPIENT, CLERK}, True, "recipient"),
        ({OTHER}, True, "station"),
    ],
)
def test_who_confirms_is_on_record(by: set[str], *, for_station: bool, capacity: str) -> None:
    """The recipient, their proxy, or the station; the nearest to the service is named."""
    confirmed = served().confirm(by=frozenset(by), for_station=for_station)[0]
    assert isinstance(confirmed, OrderConfirmed)
    assert confirmed.confirmed_by == capacity


def test_fewer_minutes_shorten_the_stay_from_its_end() -> None:
    """60 of 95 minutes confirmed: the hours say 09:00 to 10:00."""
    _, recorded, earned, _ = served().confirm(minutes=60)
    assert isinstance(recorded, HoursRecorded)
    assert isinstance(earned, PointsEarned)
    assert recorded.stays == (Stay(began=at("09:00"), ended=at("10:00")),)
    assert (recorded.minutes, earned.minutes) == (60, 60)


def test_a_witness_is_sealed_with_the_orders_words() -> None:
    """A confirmation on paper names its witness under the recipient's key only."""
    events = served().confirm(
        by=frozenset({CLERK}), for_station=True, method="paper", attested_by="邻居李伯"
    )
    assert events[1] == OrderAttested(
        order=ORDER, holder=RECIPIENT, volunteer=VOLUNTEER, attested_by="邻居李伯"
    )


def test_hours_keep_the_truth_that_the_purse_caps() -> None:
    """09:00-13:00, 14:00-19:30 and 12:30-13:30 on three orders: 600 minutes, 480 posted."""
    past = published()
    orders = [ORDER, *(f"01950000-0000-7000-8000-0000000001{n:02}" for n in (1, 2))]
    spans = [("09:00", "13:00"), ("14:00", "19:30"), ("12:30", "13:30")]
    for order, (began, ended) in zip(orders, spans, strict=True):
        past.publish(order=order)
        past.accept(order=order)
        past.serve(at(began), at(ended), order=order)
    for order in orders:
        past.confirm(order=order, now=at("20:00"))
    recorded = [event for event in past.events if isinstance(event, HoursRecorded)]
    earned = [event for event in past.events if isinstance(event, PointsEarned)]
    assert [event.minutes for event in recorded] == [240, 330, 30]
    assert sum(event.minutes for event in earned) == 480
    assert sum(event.over_daily_cap_minutes for event in earned) == 120
    assert sum(change for event in past.events for _, change in accounts(event)) == 0


def test_a_night_is_two_days_of_service() -> None:
    """22:00 to 02:30: 120 minutes on the tenth, 150 on the eleventh, each with its own lot."""
    past = accepted()
    morning = at("02:30", date(2025, 3, 11))
    past.serve(at("22:00"), morning)
    events = past.confirm(now=morning)
    assert [
        (event.on, event.minutes)
        for event in events
        if isinstance(event, HoursRecorded | PointsEarned)
    ] == [(DAY, 120), (DAY, 120), (date(2025, 3, 11), 150), (date(2025, 3, 11), 150)]


def test_a_confirmation_after_the_due_day_is_marked_late() -> None:
    """Due on 24 March, confirmed on the 25th: recorded all the same."""
    recorded = served().confirm(now=at("09:00", DUE + timedelta(days=1)))[1]
    assert isinstance(recorded, HoursRecorded)
    assert recorded.late


def test_only_what_is_certain_counts() -> None:
    """A clock that jumped ten minutes: arrived 09:00 to 09:10, left at 10:00, so 50 minutes."""
    past = accepted()
    jumped = Clock(offset_before_seconds=0, offset_after_seconds=600)
    facts: dict[str, Any] = {"order": ORDER, "volunteer": VOLUNTEER, "now": at("18:00")}
    state = past.state("order", ORDER)
    past.add(check_in(state, past.rules, at=at("09:00"), clock=jumped, **facts))
    state = past.state("order", ORDER)
    past.add(check_out(state, past.rules, at=at("10:00"), record_due_on=DUE, **facts))
    confirmed = past.confirm()[0]
    assert isinstance(confirmed, OrderConfirmed)
    assert confirmed.minutes == 50


def under_way() -> Past:
    """The volunteer is there."""
    past = accepted()
    state = past.state("order", ORDER)
    nine = at("09:00")
    past.add(check_in(state, past.rules, order=ORDER, volunteer=VOLUNTEER, at=nine, now=nine))
    return past


def half_a_minute() -> Past:
    """The volunteer came and went."""
    past = accepted()
    past.serve(at("09:00"), at("09:00") + timedelta(seconds=30))
    return past


def confirmed() -> Past:
    """The recipient has confirmed 95 minutes."""
    past = served()
    past.confirm()
    return past


def before_the_rules() -> Past:
    """The sheet that was in force is not in this past."""
    past = served()
    past.events = [event for event in past.events if not event.stream.startswith("rules")]
    return past


@pytest.mark.parametrize(
    ("past", "facts", "refusal"),
    [
        (Past(), {}, OrderNotFound),
        (served(), {"by": frozenset({VOLUNTEER})}, OwnService),
        (served(), {"by": frozenset({CLERK, VOLUNTEER}), "for_station": True}, OwnService),
        (served(), {"by": frozenset({OTHER})}, NotAConfirmer),
        (served(), {"by": frozenset({CLERK})}, NotAConfirmer),
        (served(), {"volunteer": OTHER}, NotAccepted),
        (confirmed(), {"minutes": 90}, AlreadyConfirmed),
        (under_way(), {}, NotCheckedOut),
        (accepted(), {}, NothingServed),
        (half_a_minute(), {}, NothingServed),
        (served(), {"minutes": 96}, MoreThanServed),
        (before_the_rules(), {}, NoRuleSheet),
    ],
)
def test_what_may_not_be_confirmed(
    past: Past, facts: dict[str, Any], refusal: type[Refused]
) -> None:
    """Each rule of confirming refuses by its own name; nobody confirms their own service."""
    with pytest.raises(refusal):
        past.confirm(**facts)

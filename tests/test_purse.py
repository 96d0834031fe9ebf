"""The purse: weight, the day's cap, what is owed, the balance cap; the rest is a lot."""

from datetime import date, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.serving import DAY, DUE, ORDER, SHEET, VOLUNTEER
from timebank.accounts import Posting, accounts
from timebank.event import Event
from timebank.hours import HoursRecorded
from timebank.ids import derived
from timebank.lots import Lot
from timebank.purse import DebtRepaid, PointsEarned, Purse, credit_minutes, earn, evolve
from timebank.rules import PROPOSED_POINTS, Sheet


def sheet(**keys: Any) -> Sheet:
    """Give the proposed rules with some keys changed."""
    points = msgspec.structs.replace(PROPOSED_POINTS, **keys)
    return Sheet(sheet=SHEET, effective_from=date(2025, 1, 1), points=points)


def day_of(minutes: int, on: date = DAY, record: str = "first") -> HoursRecorded:
    """A day of service on record."""
    return HoursRecorded(
        person=VOLUNTEER,
        record=derived(record, on.isoformat()),
        order=ORDER,
        on=on,
        stays=(),
        minutes=minutes,
        due_on=DUE,
        late=False,
    )


def figures(events: list[Event]) -> list[tuple[str, int, int, int]]:
    """Give account, minutes and what the two caps kept out, posting by posting."""
    return [
        (event.credit, event.minutes, event.over_daily_cap_minutes, event.over_balance_cap_minutes)
        if isinstance(event, PointsEarned)
        else (event.credit, event.minutes, 0, 0)
        for event in events
        if isinstance(event, Posting)
    ]


def test_leaving_after_95_minutes_earns_95_credit_minutes() -> None:
    """One hour of service is one point; a point is 60 credit minutes; a lot lasts 24 months."""
    recorded = day_of(95)
    (event,) = earn(Purse(), sheet(), recorded=recorded, category="accompany")
    assert event == PointsEarned(
        person=VOLUNTEER,
        entry=derived("earning", recorded.record),
        debit="issuance",
        credit=f"available:{VOLUNTEER}",
        minutes=95,
        record=recorded.record,
        order=ORDER,
        on=DAY,
        sheet=SHEET,
        over_daily_cap_minutes=0,
        over_balance_cap_minutes=0,
        valid_until=date(2027, 3, 10),
    )
    assert evolve(Purse(), event).balance_minutes == 95


def test_points_of_a_sheet_without_validity_never_expire() -> None:
    """`validity_months` null: the lot has no last day."""
    (event,) = earn(Purse(), sheet(validity_months=None), recorded=day_of(60), category="accompany")
    assert isinstance(event, PointsEarned)
    assert event.valid_until is None


def test_weight_comes_before_the_cap_and_is_rounded_down_once() -> None:
    """At 150 percent 95 minutes are 142, 401 are 601: 121 of them above the day's 480."""
    heavy = sheet(weight_percent={"night_care": 150})
    assert credit_minutes(95, heavy.points, "night_care") == 142
    events = earn(Purse(), heavy, recorded=day_of(401), category="night_care")
    assert figures(events) == [(f"available:{VOLUNTEER}", 480, 121, 0)]


def test_a_category_without_weight_takes_the_sheets_other_weight() -> None:
    """The number stands in the sheet, not in the code."""
    assert credit_minutes(95, sheet(other_weight_percent=50).points, "reading") == 47


def test_the_cap_counts_all_of_a_day() -> None:
    """240, then 330, then 30 minutes on one day: 480 in the purse, 120 shown as capped."""
    state, seen = Purse(), []
    for record, minutes in (("a", 240), ("b", 330), ("c", 30)):
        events = earn(state, sheet(), recorded=day_of(minutes, record=record), category="accompany")
        seen += figures(events)
        for event in events:
            state = evolve(state, event)
    account = f"available:{VOLUNTEER}"
    assert seen == [(account, 240, 0, 0), (account, 240, 90, 0), (account, 0, 30, 0)]
    assert (state.balance_minutes, len(state.lots)) == (480, 2)


def test_what_is_owed_is_paid_first() -> None:
    """Owing 40, a service of 95 minutes repays 40 and makes a lot of 55."""
    state = Purse(debt_minutes=40)
    events = earn(state, sheet(), recorded=day_of(95), category="accompany")
    assert figures(events) == [
        (f"debt:{VOLUNTEER}", 40, 0, 0),
        (f"available:{VOLUNTEER}", 55, 0, 0),
    ]
    for event in events:
        state = evolve(state, event)
    assert (state.debt_minutes, state.balance_minutes, state.brought) == (0, 55, {DAY: 95})


def test_a_debt_larger_than_the_earning_leaves_no_lot() -> None:
    """Owing 100, a service of 95 minutes repays 95; 5 are still owed."""
    state = Purse(debt_minutes=100)
    (event,) = earn(state, sheet(), recorded=day_of(95), category="accompany")
    assert isinstance(event, DebtRepaid)
    assert evolve(state, event).debt_minutes == 5


def test_the_balance_cap_keeps_the_rest_out() -> None:
    """At 89,970 of 90,000 a service of 95 minutes adds 30; 65 are shown as kept out."""
    full = Purse(lots=(Lot(lot="x", minutes=89_970, on=DAY, valid_until=None),))
    events = earn(full, sheet(), recorded=day_of(95), category="accompany")
    assert figures(events) == [(f"available:{VOLUNTEER}", 30, 0, 65)]


def test_no_minutes_bring_no_posting() -> None:
    """A record that only repeats minutes already counted moves nothing."""
    assert earn(Purse(), sheet(), recorded=day_of(0), category="accompany") == []


def test_lots_stand_oldest_day_first() -> None:
    """A late record of an earlier day is an older lot."""
    state = Purse()
    for on in (DAY, DAY - timedelta(days=3), DAY - timedelta(days=1)):
        for event in earn(state, sheet(), recorded=day_of(60, on), category="accompany"):
            state = evolve(state, event)
    assert [lot.on for lot in state.lots] == sorted(lot.on for lot in state.lots)


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 1_440), st.sampled_from(["a", "b"])),
        max_size=12,
    ),
    st.integers(0, 200),
    st.integers(0, 600),
    st.integers(0, 1_500),
)
def test_every_minute_is_accounted_for(
    services: list[tuple[int, int, str]], debt: int, daily_cap: int, balance_cap: int
) -> None:
    """Credit = repaid + kept + kept out; caps hold; lots sum to the account; the books sum to 0."""
    rules = sheet(
        daily_cap_minutes=daily_cap,
        balance_cap_minutes=balance_cap,
        weight_percent={"a": 133},
    )
    state = Purse(debt_minutes=debt)
    trial: dict[str, int] = {}
    per_day: dict[date, int] = {}
    for number, (day, minutes, category) in enumerate(services):
        recorded = day_of(minutes, DAY + timedelta(days=day), record=str(number))
        events = earn(state, rules, recorded=recorded, category=category)
        credit = credit_minutes(minutes, rules.points, category)
        assert credit == sum(sum(row[1:]) for row in figures(events))
        for event in events:
            state = evolve(state, event)
            for account, change in accounts(event):
                trial[account] = trial.get(account, 0) + change
            assert sum(trial.values()) == 0
        posted = sum(row[1] for row in figures(events))
        per_day[recorded.on] = per_day.get(recorded.on, 0) + posted
        assert state.balance_minutes <= balance_cap
    assert all(minutes <= daily_cap for minutes in per_day.values())
    assert state.balance_minutes == trial.get(f"available:{VOLUNTEER}", 0)
    assert debt - state.debt_minutes == trial.get(f"debt:{VOLUNTEER}", 0)
    assert state.debt_minutes >= 0
    assert all(lot.minutes > 0 for lot in state.lots)

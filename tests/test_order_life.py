"""The whole life of an order: every command in every state, what it does or why it is refused."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.living import EVENING, OFFICER, Life, hour, living
from tests.serving import CLERK, ORDER, OTHER, RECIPIENT, VOLUNTEER, at, published, workdays
from timebank import ordering
from timebank.accounts import accounts
from timebank.adjusting import carry_over
from timebank.attendance import (
    AlreadyCheckedIn,
    AlreadyConfirmed,
    IsDisputed,
    IsUnconfirmed,
    NotCheckedIn,
)
from timebank.confirming import EvidenceIncomplete, NotCheckedOut, confirm_automatically
from timebank.correction_requests import RecordNotFound
from timebank.crediting import NothingServed
from timebank.disputing import NotDisputed, NothingToDispute
from timebank.event import Event, Refused
from timebank.late_entering import LateEntryNotFound
from timebank.missing import lapse
from timebank.ordering import (
    AllPlacesTaken,
    AlreadyBegun,
    NotAccepted,
    NotPublished,
    OrderHasLapsed,
    OrderIsCancelled,
    OrderIsSettled,
    OrderNotFound,
)
from timebank.orders import status
from timebank.purse import Purse
from timebank.reviewing import decide_review
from timebank.rules import sheet_at
from timebank.settling import settle
from timebank.standby import PlacesAreFree
from timebank.stays import whole_minutes
from timebank.tasks import TaskNotFound


def empty() -> Life:
    """People and rules, and no order."""
    life = living(published)
    life.rule(review_categories=("home_repair",))
    life.events = [event for event in life.events if event.stream != f"order-{ORDER}"]
    return life


def draft() -> Life:
    """Written down, sent back by the reviewer."""
    life = in_review()
    life.review("refuse")
    return life


def in_review() -> Life:
    """A second person reads it."""
    life = empty()
    life.publish(category="home_repair", places=1)
    return life


def open_() -> Life:
    """Volunteers see it."""
    life = empty()
    life.publish(places=1)
    return life


def accepted() -> Life:
    """The one place is taken."""
    life = open_()
    life.accept()
    return life


def under_way() -> Life:
    """The volunteer is there."""
    life = accepted()
    life.arrive()
    return life


def awaiting() -> Life:
    """The volunteer has left again."""
    life = under_way()
    life.depart()
    return life


def confirmed() -> Life:
    """The station has confirmed."""
    life = awaiting()
    life.confirmed()
    return life


def settled() -> Life:
    """The confirmation is beyond correcting."""
    life = confirmed()
    life.time(hour("00:00", 2))
    return life


def disputed() -> Life:
    """The recipient contradicts."""
    life = awaiting()
    life.dispute()
    return life


def cancelled() -> Life:
    """The station has called it off."""
    life = accepted()
    life.cancel()
    return life


def lapsed() -> Life:
    """Nobody took it."""
    life = open_()
    life.time(at("11:00"))
    return life


def no_show() -> Life:
    """The volunteer did not come."""
    life = accepted()
    life.no_show()
    return life


def unconfirmed() -> Life:
    """Nobody confirmed in ten working days."""
    life = under_way()
    life.time(hour("00:00", 15))
    return life


STATES: Mapping[str, Callable[[], Life]] = {
    "no order": empty,
    "draft": draft,
    "in_review": in_review,
    "published": open_,
    "accepted": accepted,
    "under_way": under_way,
    "awaiting_confirmation": awaiting,
    "confirmed": confirmed,
    "settled": settled,
    "disputed": disputed,
    "cancelled": cancelled,
    "lapsed": lapsed,
    "no_show": no_show,
    "unconfirmed": unconfirmed,
}


def show(life: Life) -> list[Event]:
    """Publish it."""
    return ordering.publish(
        life.order, life.rules, order=ORDER, by=CLERK, now=at("08:00"), workdays=workdays
    )


def automatically(life: Life) -> list[Event]:
    """Confirm what the evidence shows."""
    return confirm_automatically(
        life.order,
        life.state("hours", VOLUNTEER),
        life.state("purse", VOLUNTEER),
        life.rules,
        order=ORDER,
        volunteer=VOLUNTEER,
        by="system",
        now=EVENING,
        workdays=workdays,
    )


def reviewed(life: Life) -> list[Event]:
    """Approve the publication."""
    state = life.order
    task = state.review or ORDER
    return decide_review(
        life.state("task", task),
        state,
        life.rules,
        task=task,
        order=ORDER,
        choice="approve",
        by=frozenset({OFFICER}),
        reason_code="checked",
        now=at("08:10"),
    )


def proposed(life: Life) -> list[Event]:
    """Propose other minutes for the first record of the day."""
    records = life.state("hours", VOLUNTEER).of_order(ORDER)
    return life.propose(records[0][1].record if records else ORDER, 30)


def after_grace(life: Life) -> list[Event]:
    """What time does the day after."""
    return lapse(life.order, life.rules, order=ORDER, now=hour("11:00", 1))


def at_the_end(life: Life) -> list[Event]:
    """What time does after two working days."""
    points = sheet_at(life.rules, EVENING).points
    return settle(life.order, points, order=ORDER, now=hour("00:00", 2))


COMMANDS: Mapping[str, Callable[[Life], list[Event]]] = {
    "publish": show,
    "review": reviewed,
    "amend": lambda life: life.amend(planned_end=at("12:00")),
    "cancel": lambda life: life.cancel(),
    "accept": lambda life: life.accept(now=at("09:30")),
    "assign": lambda life: life.assign(OTHER, at("09:30")),
    "stand by": lambda life: life.stand_by(OTHER),
    "withdraw": lambda life: life.withdraw(),
    "check in": lambda life: life.arrive(at("10:40"), now=EVENING),
    "check out": lambda life: life.depart(at("10:50")),
    "call the roll": lambda life: life.roll((VOLUNTEER,), at("10:40"), by=CLERK, for_station=True),
    "record no-show": lambda life: life.no_show(),
    "enter late": lambda life: life.enter_late(),
    "approve entry": lambda life: life.decide_late(),
    "confirm": lambda life: life.confirmed(by=frozenset({RECIPIENT}), for_station=False),
    "auto-confirm": automatically,
    "dispute": lambda life: life.dispute(),
    "judge": lambda life: life.judge(minutes=30),
    "propose correction": proposed,
    "lapse": after_grace,
    "settle": at_the_end,
}

REFUSALS: Mapping[str, type[Refused]] = {
    "nf": OrderNotFound,
    "tk": TaskNotFound,
    "np": NotPublished,
    "ca": OrderIsCancelled,
    "la": OrderHasLapsed,
    "se": OrderIsSettled,
    "be": AlreadyBegun,
    "fu": AllPlacesTaken,
    "fr": PlacesAreFree,
    "na": NotAccepted,
    "in": AlreadyCheckedIn,
    "ni": NotCheckedIn,
    "no": NotCheckedOut,
    "co": AlreadyConfirmed,
    "di": IsDisputed,
    "un": IsUnconfirmed,
    "ns": NothingServed,
    "ev": EvidenceIncomplete,
    "nd": NothingToDispute,
    "nj": NotDisputed,
    "re": RecordNotFound,
    "le": LateEntryNotFound,
}

TABLE = """
publish            | nf +  .  .  .  .  .  .  .  .  ca la .  .
review             | tk tk +  tk tk tk tk tk tk tk tk tk tk tk
amend              | nf +  np +  +  be be be se be ca la +  be
cancel             | nf +  +  +  +  be be be be be .  la +  be
accept             | nf np np +  .  .  .  .  .  .  ca la +  .
assign             | nf np np +  fu fu fu fu se fu ca la +  fu
stand by           | nf np np fr +  +  +  +  se +  ca la fr +
withdraw           | nf na na na +  be be be be be ca na na be
check in           | nf na na na +  in +  co co di ca na +  un
check out          | nf na na na ni +  ni ni ni ni ni na ni +
call the roll      | nf na na na +  .  +  co co di ca na +  .
record no-show     | nf na na na +  be be be be be ca la .  be
enter late         | nf np np +  +  +  +  +  +  di ca +  +  +
approve entry      | nf np np le le le le le le le ca le le le
confirm            | nf na na na ns no +  .  .  di ca na ns un
auto-confirm       | nf na na na ev ev +  .  .  di ca na ev un
dispute            | nf na na na nd +  +  +  se .  ca na +  un
judge              | nf nj nj nj nj nj nj nj nj +  nj nj nj nj
propose correction | re re re re re re re +  +  re re re re re
lapse              | nf np np +  +  .  .  .  .  .  ca la +  .
settle             | .  .  .  .  .  .  .  +  .  .  .  .  .  .
"""
"""A row per command, a column per state in the order of STATES.

`+` does something, `.` has nothing to do, anything else is the refusal in REFUSALS.
"""

CELLS = [
    (command, state, cell)
    for command, cells in (line.split("|") for line in TABLE.strip().splitlines())
    for state, cell in zip(STATES, cells.split(), strict=True)
]


def test_the_states_are_what_they_are_called() -> None:
    """All fourteen, the order that is not there included."""
    for name, begin in STATES.items():
        assert status(begin().order) == ("draft" if name == "no order" else name)


def test_the_table_is_whole() -> None:
    """Every command in every state."""
    assert len(CELLS) == len(COMMANDS) * len(STATES)
    assert {command.strip() for command, _, _ in CELLS} == COMMANDS.keys()


@pytest.mark.parametrize(("command", "state", "cell"), CELLS)
def test_every_command_in_every_state(command: str, state: str, cell: str) -> None:
    """A change of state that is not allowed is refused by its own name, and leaves no event."""
    life = STATES[state]()
    before = list(life.events)
    do = COMMANDS[command.strip()]
    if cell in REFUSALS:
        with pytest.raises(REFUSALS[cell]) as refused:
            do(life)
        assert type(refused.value) is REFUSALS[cell]
        assert life.events == before
    else:
        assert (do(life) != []) == (cell == "+")


DEEDS = st.lists(st.one_of(st.sampled_from(list(COMMANDS)), st.integers(-1, 40 * 24)), max_size=25)


@given(DEEDS, st.sampled_from(["", "recipient"]))
def test_whatever_happens_in_whichever_order(deeds: list[str | int], funding: str) -> None:
    """Commands and times at random: refusals only, the books sum to 0, no purse below it."""
    life = open_()
    if funding:
        life.events = [event for event in life.events if event.stream != f"order-{ORDER}"]
        life.add([carried_over()])
        began = len(life.events)
        life.publish(places=1, funding=funding)
        shown = life.events[began:]
        del life.events[began:]
        life.done(shown, at("08:00"))
    for deed in deeds:
        with suppress(Refused):
            if isinstance(deed, int):
                life.time(at("09:00") + timedelta(hours=deed))
            else:
                COMMANDS[deed](life)
    changes = [change for event in life.events for _, change in accounts(event)]
    assert sum(changes) == 0
    for person in (VOLUNTEER, OTHER, RECIPIENT):
        purse = life.state("purse", person)
        assert min(purse.balance_minutes, purse.held_minutes, purse.debt_minutes) >= 0
        hours = life.state("hours", person)
        for on in hours.days:
            assert hours.minutes(on) == whole_minutes(hours.stays(on))
    now = at("09:00") + timedelta(days=100)
    life.time(now)
    assert life.time(now) == []


def carried_over() -> Event:
    """Points from before, with which the recipient can pay."""
    (event,) = carry_over(
        Purse(),
        person=RECIPIENT,
        entry=OFFICER,
        minutes=600,
        on=date(2025, 1, 1),
        valid_until=date(2026, 12, 31),
        source="0" * 64,
    )
    return event

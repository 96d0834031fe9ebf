"""Purses with a past: every step is decided by the real rules and folded as the book does."""

from collections.abc import Sequence
from datetime import date
from functools import reduce
from typing import Any

import msgspec

import timebank
from tests.serving import DAY, DUE, OTHER, SHEET, VOLUNTEER
from timebank.accounts import accounts
from timebank.adjusting import carry_over
from timebank.event import Event
from timebank.hours import HoursRecorded
from timebank.ids import derived
from timebank.kin_links import propose, verify
from timebank.lots import Lot
from timebank.pools import pool_stream
from timebank.rules import PROPOSED_POINTS, Sheet

LINK = "01950000-0000-7000-8000-00000000000a"
CLERK_IDS = frozenset({"01950000-0000-7000-8000-000000000006"})


def sheet(**keys: Any) -> Sheet:
    """Give the proposed rules with some keys changed."""
    points = msgspec.structs.replace(PROPOSED_POINTS, **keys)
    return Sheet(sheet=SHEET, effective_from=date(2025, 1, 1), points=points)


def entry(name: str) -> str:
    """Give the id that a client made for what a test calls *name*."""
    return derived("test", name)


def day_of(
    minutes: int, on: date = DAY, record: str = "first", person: str = VOLUNTEER
) -> HoursRecorded:
    """A day of service on record."""
    return HoursRecorded(
        person=person,
        record=derived(record, person, on.isoformat()),
        order=entry(f"order of {record}"),
        on=on,
        stays=(),
        minutes=minutes,
        due_on=DUE,
        late=False,
    )


class Purses:
    """All events so far, and the states that they make."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.states: dict[str, Any] = {}
        self.accounts: dict[str, int] = {}

    def __call__(self, stream: str) -> Any:
        """Give the state of a stream."""
        return self.states.get(stream, timebank.FOLDS[stream.partition("-")[0]][0])

    def purse(self, person: str = VOLUNTEER) -> Any:
        """Give the state of a purse."""
        return self(f"purse-{person}")

    def pool(self, name: str = "donation") -> Any:
        """Give the state of a pool."""
        return self(pool_stream(name))

    def add(self, events: Sequence[Event]) -> list[Event]:
        """Let *events* happen, fold the clear ones, and post what they post."""
        for event in events:
            self.events.append(event)
            if isinstance(event, timebank.CLEAR):
                evolve = timebank.FOLDS[event.stream.partition("-")[0]][1]
                self.states[event.stream] = evolve(self(event.stream), event)
            for account, change in accounts(event):
                self.accounts[account] = self.accounts.get(account, 0) + change
        return list(events)

    def of(self, stream: str) -> list[Event]:
        """Give the clear events of one stream."""
        return [e for e in self.events if e.stream == stream and isinstance(e, timebank.CLEAR)]

    def folded(self, stream: str) -> Any:
        """Fold a stream from its beginning."""
        state, evolve = timebank.FOLDS[stream.partition("-")[0]]
        return reduce(evolve, self.of(stream), state)

    def carry(
        self, minutes: int, valid_until: date | None = None, person: str = VOLUNTEER, on: date = DAY
    ) -> str:
        """Start with a lot, whose id is given."""
        name = entry(f"opening {len(self.events)}")
        self.add(
            carry_over(
                self.purse(person),
                person=person,
                entry=name,
                minutes=minutes,
                on=on,
                valid_until=valid_until,
                source="0" * 64,
            )
        )
        return derived("lot", name)

    def link(self, person: str = VOLUNTEER, relative: str = OTHER, relation: str = "parent") -> Any:
        """Give the verified kin link of two people."""
        stream = f"kin_link-{LINK}"
        self.add(
            propose(
                self(stream), kin_link=LINK, person=person, relative=relative, relation=relation
            )
        )
        self.add(verify(self(stream), kin_link=LINK, by=CLERK_IDS))
        return self(stream)


def parts(lots: Sequence[Lot]) -> list[tuple[str, int]]:
    """Give lot and minutes of each part."""
    return [(lot.lot, lot.minutes) for lot in lots]

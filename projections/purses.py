# ruff: noqa: S608 - conditions are written here, values are parameters
"""Purses: what each account holds, the lots of each member, and every entry.

Shapes: lots and entries are kept by person and their own id, not by a second index: ids made from
other ids come in no order, and each index would cost a page to write for every posting.
Units: whole credit minutes. What a member owes stands in their debt account as a negative sum.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec

from projections import tags
from projections.pages import Page, Where, page, place_in
from projections.tables import Kind, Table, day_or_none, instant
from projections.view import View
from timebank.accounts import PursePosting, accounts, available, debt, held
from timebank.purse import PointsEarned

if TYPE_CHECKING:
    from projections.changes import Changes
    from projections.source import Recorded
    from projections.views import Views

ACCOUNTS = Table(
    "accounts", key={"account": Kind.TEXT}, columns={"minutes": Kind.COUNT}, accrues=True
)
LOTS = Table(
    "lots",
    key={"person": Kind.TEXT, "lot": Kind.TEXT},
    columns={
        "minutes": Kind.COUNT,
        "earned_on": Kind.DAY,
        "valid_until": Kind.DAY,
        "origin": Kind.TEXT,
        "position": Kind.NUMBER,
    },
)
ENTRIES = Table(
    "entries",
    key={"person": Kind.TEXT, "entry": Kind.TEXT},
    columns={
        "position": Kind.NUMBER,
        "at": Kind.INSTANT,
        "debit": Kind.TEXT,
        "credit": Kind.TEXT,
        "minutes": Kind.COUNT,
        "reason": Kind.TEXT,
        "sheet": Kind.TEXT,
    },
)


def project(recorded: Recorded, rows: Changes) -> None:
    """Post every posting; an earning of at least a minute is also a lot."""
    match recorded.event:
        case PursePosting() as event:
            for account, minutes in accounts(event):
                rows.add(ACCOUNTS, account, minutes=minutes)
            rows.put(
                ENTRIES,
                (event.person, event.entry),
                position=recorded.position,
                at=recorded.at,
                debit=event.debit,
                credit=event.credit,
                minutes=event.minutes,
                reason=recorded.tag.partition(".")[2],
                sheet=getattr(event, "sheet", None),
            )
            if isinstance(event, PointsEarned) and event.minutes > 0:
                rows.put(
                    LOTS,
                    (event.person, event.entry),
                    minutes=event.minutes,
                    earned_on=event.on,
                    valid_until=event.valid_until,
                    origin=event.order,
                    position=recorded.position,
                )


VIEW = View(
    name="purses",
    tables=(ACCOUNTS, LOTS, ENTRIES),
    uses=frozenset({"purse.earned", "purse.debt_repaid"}),
    ignores=tags.BOOK
    | tags.DISTRICT
    | tags.RULES
    | tags.STATIONS
    | tags.VOLUNTEERS
    | tags.RECIPIENTS
    | tags.ORDERS
    | tags.HOURS,
    project=project,
)


class Lot(msgspec.Struct, frozen=True):
    """What is left of one earning, its last day, and the order that it came from."""

    lot: str
    minutes: int
    earned_on: date
    valid_until: date | None
    origin: str


class Purse(msgspec.Struct, frozen=True):
    """What a member has, oldest lot first, and what they owe."""

    person: str
    available_minutes: int
    held_minutes: int
    debt_minutes: int
    lots: list[Lot]


class Entry(msgspec.Struct, frozen=True):
    """One posting of a purse."""

    entry: str
    position: int
    at: datetime
    debit: str
    credit: str
    minutes: int
    reason: str
    sheet: str | None


def purse(views: Views, person: str) -> Purse:
    """The purse of *person*; empty for somebody who never earned."""
    names = (available(person), held(person), debt(person))
    found = dict(
        views.rows("SELECT account, minutes FROM {accounts} WHERE account IN (?, ?, ?)", *names)
    )
    lots = [
        Lot(lot, minutes, date.fromisoformat(earned_on), day_or_none(valid_until), origin)
        for lot, minutes, earned_on, valid_until, origin in views.rows(
            "SELECT lot, minutes, earned_on, valid_until, origin FROM {lots} "
            "WHERE person = ? AND minutes > 0 ORDER BY earned_on, position",
            person,
        )
    ]
    has, kept, owes = (found.get(name, 0) for name in names)
    return Purse(person, has, kept, -owes, lots)


def entries(
    views: Views, person: str, *, limit: int = 50, cursor: str | None = None
) -> Page[Entry]:
    """The entries of a purse, newest first.

    Raises:
        BadCursor: *cursor* did not come from this list.
    """
    where = Where()
    where.equal("person", person)
    before = place_in(cursor, tuple[int])
    if before is not None:
        where.matches("position < ?", *before)
    found = views.rows(
        "SELECT entry, position, at, debit, credit, minutes, reason, sheet FROM {entries} "
        f"WHERE {where.sql} ORDER BY position DESC LIMIT ?",
        *where.params,
        limit + 1,
    )
    items = [Entry(entry, position, instant(at), *rest) for entry, position, at, *rest in found]
    return page(items, limit, lambda item: (item.position,))


def trial_balance(views: Views) -> dict[str, int]:
    """What every account holds, by name; the sum is 0 at every position."""
    return dict(views.rows("SELECT account, minutes FROM {accounts} ORDER BY account"))

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
from timebank.accounts import Posting, PursePosting, accounts, available, debt, held, member_of
from timebank.lots import Lot as Part
from timebank.postings import Bringing, LotsReceived, PointsReversed, Taking
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
    },
    accrues=True,
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
        "reverses": Kind.TEXT,
        "reversed_by": Kind.TEXT,
    },
)


UNSEEN = frozenset({"purse.hold_paid", "purse.balance_confirmed", "purse.explained"})
"""What moves nothing by itself: a hold is paid out by the postings of those who earned from it."""


def project(recorded: Recorded, rows: Changes) -> None:
    """Post every posting, and follow the lots that came or went."""
    event = recorded.event
    if isinstance(event, Posting):
        _post(recorded, event, rows)
    match event:
        case PointsEarned(minutes=minutes) if minutes > 0:
            lot = Part(lot=event.entry, minutes=minutes, on=event.on, valid_until=event.valid_until)
            _bring(rows, event.person, lot)
            rows.change(LOTS, (event.person, event.entry), origin=event.order)
        case Taking():
            for lot in event.lots:
                rows.add(LOTS, (event.person, lot.lot), minutes=-lot.minutes)
        case Bringing() | LotsReceived():
            for lot in event.lots:
                _bring(rows, event.person, lot)


def _post(recorded: Recorded, event: Posting, rows: Changes) -> None:
    for account, minutes in accounts(event):
        rows.add(ACCOUNTS, account, minutes=minutes)
    own = event.person if isinstance(event, PursePosting) else None
    for person in {member_of(event.debit), member_of(event.credit), own}:
        if person is None:
            continue
        rows.put(
            ENTRIES,
            (person, event.entry),
            position=recorded.position,
            at=recorded.at,
            debit=event.debit,
            credit=event.credit,
            minutes=event.minutes,
            reason=recorded.tag.partition(".")[2],
            sheet=getattr(event, "sheet", None),
            reverses=getattr(event, "reverses", None),
        )
        if isinstance(event, PointsReversed):
            rows.change(ENTRIES, (person, event.reverses), reversed_by=event.entry)


def _bring(rows: Changes, person: str, lot: Part) -> None:
    rows.change(LOTS, (person, lot.lot), earned_on=lot.on, valid_until=lot.valid_until)
    rows.add(LOTS, (person, lot.lot), minutes=lot.minutes)


VIEW = View(
    name="purses",
    tables=(ACCOUNTS, LOTS, ENTRIES),
    uses=(tags.PURSES | {"pool.granted"}) - UNSEEN,
    ignores=UNSEEN
    | (tags.POOLS - {"pool.granted"})
    | tags.BOOK
    | tags.DISTRICT
    | tags.RULES
    | tags.STATIONS
    | tags.VOLUNTEERS
    | tags.RECIPIENTS
    | tags.ORDERS
    | tags.HOURS
    | tags.KIN_LINKS
    | tags.GOODS
    | tags.CERTIFICATES,
    project=project,
)


class Lot(msgspec.Struct, frozen=True):
    """What is left of one lot, its last day, and the order that it came from, if it was earned."""

    lot: str
    minutes: int
    earned_on: date
    valid_until: date | None
    origin: str | None


class Purse(msgspec.Struct, frozen=True):
    """What a member has, in the order of spending, and what they owe."""

    person: str
    available_minutes: int
    held_minutes: int
    debt_minutes: int
    lots: list[Lot]


class Entry(msgspec.Struct, frozen=True):
    """One posting that moved something of a member's, in whosever purse it was made."""

    entry: str
    position: int
    at: datetime
    debit: str
    credit: str
    minutes: int
    reason: str
    sheet: str | None
    reverses: str | None
    reversed_by: str | None


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
            "WHERE person = ? AND minutes > 0 "
            "ORDER BY valid_until IS NULL, valid_until, earned_on, lot",
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
        "SELECT entry, position, at, debit, credit, minutes, reason, sheet, reverses, reversed_by "
        f"FROM {{entries}} WHERE {where.sql} ORDER BY position DESC LIMIT ?",
        *where.params,
        limit + 1,
    )
    items = [Entry(entry, position, instant(at), *rest) for entry, position, at, *rest in found]
    return page(items, limit, lambda item: (item.position,))


def trial_balance(views: Views) -> dict[str, int]:
    """What every account holds, by name; the sum is 0 at every position."""
    return dict(views.rows("SELECT account, minutes FROM {accounts} ORDER BY account"))

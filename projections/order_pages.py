"""Reading orders: one of them, or a page of those that answer a question."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from projections.pages import Page, Where, page, place_in
from projections.tables import day_or_none, instant, instant_or_none, micros

if TYPE_CHECKING:
    from collections.abc import Callable

    from projections.views import Views


class OrderItem(msgspec.Struct, frozen=True, kw_only=True):
    """An order in a list. `my_state`: how far the one who asks has come on it."""

    id: str
    drafted: int
    version: int
    kind: str
    category: str
    community: str
    organising_unit: str
    planned_start: datetime
    planned_end: datetime
    places: int
    places_left: int
    funding: str
    station: str | None
    recipient: str | None
    requirements: list[str]
    described: int | None
    in_charge: int | None
    published_by: str | None
    status: str
    record_due_on: date | None
    my_state: str | None


class OrderMember(msgspec.Struct, frozen=True):
    """A volunteer on an order; the times are those of the latest stay."""

    volunteer: str
    state: str
    check_in: datetime | None
    check_out: datetime | None
    minutes: int | None
    credit_minutes: int


ITEM = (
    "SELECT o.order_id, drafted, version, kind, category, community, organising_unit, "
    "planned_start, planned_end, places, taken, funding, station, recipient, requirements, "
    "described, in_charge, published_by, status, o.record_due_on, mine.state FROM {orders} AS o "
    "LEFT JOIN {members} AS mine ON mine.order_id = o.order_id AND mine.volunteer = ? "
)


class Ordering(msgspec.Struct, frozen=True):
    """How a list is ordered, what comes beyond a place in it, and the place of an item."""

    by: str
    beyond: str
    shape: Any
    place: Callable[[OrderItem], tuple[int | str, ...]]


NEWEST = Ordering("drafted DESC", "drafted < ?", tuple[int], lambda item: (item.drafted,))
BY_START = Ordering(
    "planned_start, drafted",
    "(planned_start, drafted) > (?, ?)",
    tuple[int, int],
    lambda item: (micros(item.planned_start), item.drafted),
)
SOONEST_DUE = Ordering(
    "o.record_due_on, drafted",
    "(o.record_due_on, drafted) > (?, ?)",
    tuple[str, int],
    lambda item: (str(item.record_due_on), item.drafted),
)


def order(views: Views, order: str, *, asked_by: str | None = None) -> OrderItem | None:
    """The order, or None where nobody drafted it; *asked_by* is whose state is `my_state`."""
    found = views.rows(f"{ITEM} WHERE o.order_id = ?", asked_by, order)
    return _item(found[0]) if found else None


def members(views: Views, order: str) -> list[OrderMember]:
    """Every volunteer who ever took a place on the order."""
    return [
        OrderMember(
            volunteer, state, instant_or_none(check_in), instant_or_none(check_out), *minutes
        )
        for volunteer, state, check_in, check_out, *minutes in views.rows(
            "SELECT volunteer, state, check_in, check_out, minutes, credit_minutes "
            "FROM {members} WHERE order_id = ? ORDER BY volunteer",
            order,
        )
    ]


def orders(
    views: Views,
    *,
    asked_by: str | None = None,
    status: str | None = None,
    station: str | None = None,
    community: str | None = None,
    category: str | None = None,
    recipient: str | None = None,
    volunteer: str | None = None,
    published_by: str | None = None,
    awaiting: bool = False,
    recipients: list[str] | None = None,
    starts_from: datetime | None = None,
    starts_before: datetime | None = None,
    due_before: date | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[OrderItem]:
    """Orders, newest first; by their start where that is asked for, or by the day they are due.

    *community* may be the code of any area around it. *volunteer* finds orders on which they hold
    a place, *recipients* those for any of them, and *awaiting* those on which somebody waits for
    confirmation.

    Raises:
        BadCursor: *cursor* did not come from this list.
    """
    where = Where()
    where.equal("status", status)
    where.equal("station", station)
    where.inside("community", community)
    where.equal("category", category)
    where.equal("recipient", recipient)
    where.equal("published_by", published_by)
    if volunteer is not None:
        where.matches(
            "o.order_id IN (SELECT order_id FROM {members} "
            "WHERE volunteer = ? AND state <> 'withdrawn')",
            volunteer,
        )
    where.among("recipient", recipients)
    if awaiting:
        where.matches("awaiting > 0")
    ordering = NEWEST
    if starts_from is not None:
        where.matches("planned_start >= ?", micros(starts_from))
        ordering = BY_START
    if starts_before is not None:
        where.matches("planned_start < ?", micros(starts_before))
        ordering = BY_START
    if due_before is not None:
        where.matches("o.record_due_on < ?", due_before.isoformat())
        ordering = SOONEST_DUE
    place = place_in(cursor, ordering.shape)
    if place is not None:
        where.matches(ordering.beyond, *place)
    found = views.rows(
        f"{ITEM} WHERE {where.sql} ORDER BY {ordering.by} LIMIT ?",
        asked_by,
        *where.params,
        limit + 1,
    )
    return page([_item(row) for row in found], limit, ordering.place)


def _item(row: Any) -> OrderItem:
    start, end, places, taken, funding, station, recipient, requirements = row[7:15]
    described, in_charge, published_by, status, due, mine = row[15:]
    return OrderItem(
        id=row[0],
        drafted=row[1],
        version=row[2],
        kind=row[3],
        category=row[4],
        community=row[5],
        organising_unit=row[6],
        planned_start=instant(start),
        planned_end=instant(end),
        places=places,
        places_left=places - taken,
        funding=funding,
        station=station,
        recipient=recipient,
        requirements=msgspec.json.decode(requirements, type=list[str]),
        described=described,
        in_charge=in_charge,
        published_by=published_by,
        status=status,
        record_due_on=day_or_none(due),
        my_state=mine,
    )

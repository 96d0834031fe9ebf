"""Service records (志愿服务记录): what was really given, day by day, and what came back for it.

Shapes: one record is one order, one volunteer, one civil day. `described` and `in_charge` are
positions of sealed events of the order. Units: whole minutes.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from projections import tags
from projections.pages import Page, Where, page, place_in
from projections.source import subject
from projections.tables import Kind, Table, instant
from projections.view import View
from timebank.hours import HoursRecorded
from timebank.orders import OrderConfirmed, OrderDrafted
from timebank.purse import DebtRepaid, PointsEarned

if TYPE_CHECKING:
    from projections.changes import Changes
    from projections.source import Recorded
    from projections.views import Views

RECORDS = Table(
    "records",
    key={"record": Kind.TEXT},
    columns={
        "person": Kind.TEXT,
        "order_id": Kind.TEXT,
        "served_on": Kind.DAY,
        "minutes": Kind.COUNT,
        "credit_minutes": Kind.COUNT,
        "capped_minutes": Kind.COUNT,
        "due_on": Kind.DAY,
        "late": Kind.FLAG,
        "recorded_at": Kind.INSTANT,
        "position": Kind.NUMBER,
    },
    indexes=("(person, position)",),
)
SERVED = Table(
    "served_orders",
    key={"order_id": Kind.TEXT},
    columns={
        "category": Kind.TEXT,
        "community": Kind.TEXT,
        "station": Kind.TEXT,
        "organising_unit": Kind.TEXT,
        "described": Kind.NUMBER,
        "in_charge": Kind.NUMBER,
    },
)
EVALUATIONS = Table(
    "evaluations",
    key={"order_id": Kind.TEXT, "person": Kind.TEXT},
    columns={"rating": Kind.NUMBER, "confirmed_by": Kind.TEXT, "method": Kind.TEXT},
)

SEALED = {"order.described": "described", "order.person_in_charge_named": "in_charge"}


def project(recorded: Recorded, rows: Changes) -> None:
    """Write one row per record, beside what its order says of it."""
    match recorded.event:
        case OrderDrafted(order=order, terms=terms):
            rows.put(
                SERVED,
                order,
                category=terms.category,
                community=terms.community,
                station=terms.station,
                organising_unit=terms.organising_unit,
            )
        case OrderConfirmed() as event:
            rows.put(
                EVALUATIONS,
                (event.order, event.volunteer),
                rating=event.rating,
                confirmed_by=event.confirmed_by,
                method=event.method,
            )
        case HoursRecorded() as event:
            rows.put(
                RECORDS,
                event.record,
                person=event.person,
                order_id=event.order,
                served_on=event.on,
                minutes=event.minutes,
                due_on=event.due_on,
                late=event.late,
                recorded_at=recorded.recorded_at,
                position=recorded.position,
            )
        case PointsEarned() as event:
            rows.add(
                RECORDS,
                event.record,
                credit_minutes=event.minutes,
                capped_minutes=event.over_daily_cap_minutes + event.over_balance_cap_minutes,
            )
        case DebtRepaid() as event:
            rows.add(RECORDS, event.record, credit_minutes=event.minutes)
        case _:
            rows.change(SERVED, subject(recorded), **{SEALED[recorded.tag]: recorded.position})


VIEW = View(
    name="service_records",
    tables=(RECORDS, SERVED, EVALUATIONS),
    uses=frozenset(
        {
            "order.drafted",
            "order.described",
            "order.person_in_charge_named",
            "order.confirmed",
            "hours.recorded",
            "purse.earned",
            "purse.debt_repaid",
        }
    ),
    ignores=frozenset(
        {
            "order.published",
            "order.cancelled",
            "order.accepted",
            "order.withdrawn",
            "order.checked_in",
            "order.checked_out",
            "order.attested",
        }
    )
    | tags.BOOK
    | tags.DISTRICT
    | tags.RULES
    | tags.STATIONS
    | tags.VOLUNTEERS
    | tags.RECIPIENTS
    | tags.BEYOND_EARNING
    | tags.POOLS
    | tags.KIN_LINKS
    | tags.GOODS
    | tags.CERTIFICATES,
    project=project,
)


class ServiceRecord(msgspec.Struct, frozen=True):
    """One day of service on one order."""

    id: str
    person: str
    order: str
    served_on: date
    minutes: int
    credit_minutes: int
    capped_minutes: int
    due_on: date
    late: bool
    recorded_at: datetime
    position: int
    category: str
    community: str
    station: str | None
    organising_unit: str
    described: int | None
    in_charge: int | None
    rating: int | None
    confirmed_by: str | None
    method: str | None


COLUMNS = (
    "SELECT record, r.person, r.order_id, served_on, minutes, credit_minutes, capped_minutes, "
    "due_on, late, recorded_at, position, category, community, station, organising_unit, "
    "described, in_charge, rating, confirmed_by, method FROM {records} AS r "
    "JOIN {served_orders} AS o ON o.order_id = r.order_id "
    "LEFT JOIN {evaluations} AS e ON e.order_id = r.order_id AND e.person = r.person "
)


def service_record(views: Views, record: str) -> ServiceRecord | None:
    """The record, or None where there is none."""
    found = views.rows(COLUMNS + "WHERE record = ?", record)
    return _record(found[0]) if found else None


def service_records(
    views: Views,
    person: str,
    *,
    from_on: date | None = None,
    to_on: date | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[ServiceRecord]:
    """The records of *person* from one day to another, both included, latest recorded first.

    Raises:
        BadCursor: *cursor* did not come from this list.
    """
    where = Where()
    where.equal("r.person", person)
    if from_on is not None:
        where.matches("served_on >= ?", from_on.isoformat())
    if to_on is not None:
        where.matches("served_on <= ?", to_on.isoformat())
    before = place_in(cursor, tuple[int])
    if before is not None:
        where.matches("position < ?", *before)
    found = views.rows(
        COLUMNS + f"WHERE {where.sql} ORDER BY position DESC LIMIT ?", *where.params, limit + 1
    )
    return page([_record(row) for row in found], limit, lambda item: (item.position,))


def _record(row: Any) -> ServiceRecord:
    record, person, order, on, minutes, credit, capped, due_on, late, recorded_at, *rest = row
    return ServiceRecord(
        record,
        person,
        order,
        date.fromisoformat(on),
        minutes,
        credit,
        capped,
        date.fromisoformat(due_on),
        bool(late),
        instant(recorded_at),
        *rest,
    )

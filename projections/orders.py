"""Orders and the volunteers on them.

Shapes: `described` and `in_charge` are the positions of sealed events; whoever may read their words
opens them there. Where an order stands is worked out from its members, in the words and the order
of precedence of `timebank.orders.status`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections import tags
from projections.source import subject
from projections.tables import Kind, Table
from projections.view import View
from timebank.orders import (
    CheckedIn,
    CheckedOut,
    OrderAccepted,
    OrderCancelled,
    OrderConfirmed,
    OrderDrafted,
    OrderPublished,
    OrderWithdrawn,
)
from timebank.purse import DebtRepaid, PointsEarned

if TYPE_CHECKING:
    from projections.changes import Changes
    from projections.source import Recorded

STATUS = """CASE WHEN kept.cancelled = 1 THEN 'cancelled' WHEN kept.published = 0 THEN 'draft'
ELSE coalesce((SELECT state FROM {members} AS m
WHERE m.order_id = kept.order_id AND state <> 'withdrawn'
ORDER BY CASE state WHEN 'under_way' THEN 1 WHEN 'awaiting_confirmation' THEN 2
WHEN 'accepted' THEN 3 ELSE 4 END LIMIT 1), 'published') END"""
"""What still has to be done comes before what is done."""

ORDERS = Table(
    "orders",
    key={"order_id": Kind.TEXT},
    columns={
        "drafted": Kind.NUMBER,
        "version": Kind.NUMBER,
        "kind": Kind.TEXT,
        "category": Kind.TEXT,
        "community": Kind.TEXT,
        "organising_unit": Kind.TEXT,
        "planned_start": Kind.INSTANT,
        "planned_end": Kind.INSTANT,
        "places": Kind.COUNT,
        "funding": Kind.TEXT,
        "station": Kind.TEXT,
        "recipient": Kind.TEXT,
        "requirements": Kind.JSON,
        "described": Kind.NUMBER,
        "in_charge": Kind.NUMBER,
        "published": Kind.FLAG,
        "published_by": Kind.TEXT,
        "cancelled": Kind.FLAG,
        "status": Kind.TEXT,
        "taken": Kind.COUNT,
        "awaiting": Kind.COUNT,
        "record_due_on": Kind.DAY,
    },
    indexes=(
        "(drafted)",
        "(status, drafted)",
        "(station, drafted)",
        "(community, drafted)",
        "(substr(community, 1, 9), drafted)",
        "(recipient, drafted)",
        "(published_by, drafted)",
        "(planned_start, drafted)",
        "(record_due_on, drafted) WHERE record_due_on IS NOT NULL",
        "(drafted) WHERE awaiting > 0",
    ),
    derived={
        "status": STATUS,
        "taken": "SELECT count(*) FROM {members} AS m "
        "WHERE m.order_id = kept.order_id AND state <> 'withdrawn'",
        "awaiting": "SELECT count(*) FROM {members} AS m "
        "WHERE m.order_id = kept.order_id AND state = 'awaiting_confirmation'",
        "record_due_on": "SELECT min(m.record_due_on) FROM {members} AS m "
        "WHERE m.order_id = kept.order_id AND state = 'awaiting_confirmation'",
    },
)
MEMBERS = Table(
    "members",
    key={"order_id": Kind.TEXT, "volunteer": Kind.TEXT},
    columns={
        "state": Kind.TEXT,
        "check_in": Kind.INSTANT,
        "check_out": Kind.INSTANT,
        "minutes": Kind.NUMBER,
        "credit_minutes": Kind.COUNT,
        "record_due_on": Kind.DAY,
    },
    indexes=("(volunteer, order_id)",),
)

SEALED = {"order.described": "described", "order.person_in_charge_named": "in_charge"}


def project(recorded: Recorded, rows: Changes) -> None:
    """List every order, and every volunteer who took a place on it."""
    match recorded.event:
        case OrderDrafted(order=order, terms=terms):
            rows.put(
                ORDERS,
                order,
                drafted=recorded.position,
                version=recorded.version,
                kind=terms.kind,
                category=terms.category,
                community=terms.community,
                organising_unit=terms.organising_unit,
                planned_start=terms.planned_start,
                planned_end=terms.planned_end,
                places=terms.places,
                funding=terms.funding,
                station=terms.station,
                recipient=terms.recipient,
                requirements=terms.requirements,
            )
        case OrderPublished(order=order):
            by = recorded.on_behalf or recorded.by
            rows.change(ORDERS, order, version=recorded.version, published=True, published_by=by)
        case OrderCancelled(order=order):
            rows.change(ORDERS, order, version=recorded.version, cancelled=True)
        case OrderAccepted(order=order, volunteer=volunteer):
            rows.put(MEMBERS, (order, volunteer), state="accepted")
            rows.change(ORDERS, order, version=recorded.version)
        case OrderWithdrawn(order=order, volunteer=volunteer):
            rows.put(MEMBERS, (order, volunteer), state="withdrawn")
            rows.change(ORDERS, order, version=recorded.version)
        case CheckedIn(order=order, volunteer=volunteer, at=at):
            rows.change(MEMBERS, (order, volunteer), state="under_way", check_in=at, check_out=None)
            rows.change(ORDERS, order, version=recorded.version)
        case CheckedOut(order=order, volunteer=volunteer, at=at, record_due_on=due):
            rows.change(
                MEMBERS,
                (order, volunteer),
                state="awaiting_confirmation",
                check_out=at,
                record_due_on=due,
            )
            rows.change(ORDERS, order, version=recorded.version)
        case OrderConfirmed(order=order, volunteer=volunteer, minutes=minutes):
            rows.change(MEMBERS, (order, volunteer), state="confirmed", minutes=minutes)
            rows.change(ORDERS, order, version=recorded.version)
        case PointsEarned() | DebtRepaid() as event:
            rows.add(MEMBERS, (event.order, event.person), credit_minutes=event.minutes)
        case _:
            rows.change(ORDERS, subject(recorded), version=recorded.version)
            if recorded.tag in SEALED:
                rows.change(ORDERS, subject(recorded), **{SEALED[recorded.tag]: recorded.position})


VIEW = View(
    name="orders",
    tables=(ORDERS, MEMBERS),
    uses=frozenset(
        {
            "order.drafted",
            "order.described",
            "order.person_in_charge_named",
            "order.published",
            "order.cancelled",
            "order.accepted",
            "order.withdrawn",
            "order.checked_in",
            "order.checked_out",
            "order.confirmed",
            "order.attested",
            "purse.earned",
            "purse.debt_repaid",
        }
    ),
    ignores=tags.BOOK
    | tags.DISTRICT
    | tags.RULES
    | tags.STATIONS
    | tags.VOLUNTEERS
    | tags.RECIPIENTS
    | tags.HOURS
    | tags.BEYOND_EARNING
    | tags.POOLS
    | tags.KIN_LINKS
    | tags.GOODS
    | tags.CERTIFICATES,
    project=project,
)

"""The tags of all events, by what they are about.

A view lists the tags of the families that it draws on one by one, and names the others by family.
A tag that is in no family stops every view until somebody decides what it means to each.
"""

from __future__ import annotations

BOOK = frozenset({"book.founded", "book.resumed", "person.forgotten"})

AREAS = frozenset({"area.added", "area.named", "area.residents_counted"})

STAFF = frozenset(
    {
        "staff.role_granted",
        "staff.role_ended",
        "staff.relieved",
        "staff.named",
        "staff.relief_explained",
    }
)

SIGN_INS = frozenset(
    {
        "sign_in.opened",
        "sign_in.password_issued",
        "sign_in.password_chosen",
        "sign_in.closed",
    }
)

CALENDAR = frozenset({"calendar.declared"})

DISTRICT = AREAS | STAFF | SIGN_INS | CALENDAR

RULES = frozenset({"rules.points_published"})

STATIONS = frozenset({"station.opened"})

VOLUNTEERS = frozenset(
    {
        "volunteer.registered",
        "volunteer.described",
        "volunteer.identity_verified",
        "volunteer.identity_recorded",
        "volunteer.suspended",
        "volunteer.reinstated",
        "volunteer.left",
    }
)

RECIPIENTS = frozenset({"recipient.registered", "recipient.described", "recipient.proxy_named"})

ORDERS = frozenset(
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
    }
)

HOURS = frozenset({"hours.recorded"})

PURSES = frozenset({"purse.earned", "purse.debt_repaid"})

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

PURSES = frozenset(
    {
        "purse.earned",
        "purse.debt_repaid",
        "purse.held",
        "purse.hold_posted",
        "purse.hold_paid",
        "purse.hold_returned",
        "purse.expired",
        "purse.gifted",
        "purse.lots_received",
        "purse.donated",
        "purse.carried_over",
        "purse.added",
        "purse.deducted",
        "purse.reversed",
        "purse.reduced",
        "purse.shortfall_borne",
        "purse.debt_settled",
        "purse.given_back",
        "purse.balance_confirmed",
        "purse.explained",
    }
)

BEYOND_EARNING = PURSES - {"purse.earned", "purse.debt_repaid"}

POOLS = frozenset({"pool.received", "pool.reserved", "pool.released", "pool.paid", "pool.granted"})

KIN_LINKS = frozenset(
    {"kin_link.proposed", "kin_link.evidenced", "kin_link.verified", "kin_link.ended"}
)

OFFERS = frozenset(
    {
        "offer.opened",
        "offer.source_named",
        "offer.stock_moved",
        "offer.allotted",
        "offer.reserved",
        "offer.released",
        "offer.handed_over",
        "offer.returned",
        "offer.shortfall_recorded",
        "offer.closed",
    }
)

FAIRS = frozenset(
    {
        "fair.announced",
        "fair.stall_added",
        "fair.stall_reconciled",
        "fair.stall_noted",
        "fair.closed",
    }
)

REDEMPTIONS = frozenset(
    {
        "redemption.reserved",
        "redemption.proof_kept",
        "redemption.handed_over",
        "redemption.cancelled",
        "redemption.lapsed",
        "redemption.returned",
    }
)

CERTIFICATES = frozenset(
    {
        "certificate.issued",
        "certificate.holder_named",
        "certificate.revoked",
        "certificate.replaced",
    }
)

GOODS = OFFERS | FAIRS | REDEMPTIONS
"""What points buy."""

"""The purse follows the hours: what records say now, less what they have brought so far.

Units: whole credit minutes. Source: the sheet in force on the day of service.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import reduce

import msgspec

from timebank import hours as hour_books
from timebank import purse as purses
from timebank.accounts import Posting, available
from timebank.correcting import correct
from timebank.crediting import fund_of, is_donated_only
from timebank.event import Event
from timebank.hours import Hours, Record, as_recorded
from timebank.ids import derived
from timebank.orders import Order
from timebank.pooling import part_of
from timebank.purse import Purse, credit_minutes
from timebank.recognising import recognised
from timebank.rewriting import rewritten
from timebank.rules import Points, Rules, sheet_on
from timebank.stays import Stay


class Reads(msgspec.Struct, frozen=True):
    """How to read an order, the entries that a record has made, and the purse of who paid."""

    orders: Callable[[str], Order]
    postings: Callable[[str], Sequence[Posting]]
    givers: Callable[[str], Purse]


def follow(
    purse: Purse,
    hours: Hours,
    rules: Rules,
    *,
    person: str,
    on: date,
    records: Iterable[Record],
    reads: Reads,
    occasion: str,
    fault: str,
    today: date,
) -> list[Event]:
    """Post the difference for each of *records*, which are as they stand in *hours* now.

    Nothing is ever taken beyond what was set aside for an order, so more minutes bring more points
    only where the bureau thanks.

    Raises:
        NoRuleSheet: no rules were in force on the day.
        UnknownFault: neither the member nor the office was at fault.
    """
    events: list[Event] = []
    sheet = recognised(sheet_on(rules, on), hours, on)
    for record in records:
        order = reads.orders(record.order)
        terms = order.terms
        if terms is None:
            continue
        paid_by = terms.recipient if terms.funding == "recipient" else None
        bureau = terms.funding == "issuance" and terms.pool_minutes is None
        posted = correct(
            purse,
            None if paid_by is None else reads.givers(paid_by),
            sheet,
            recorded=as_recorded(record, person=person, on=on),
            credit=_credit(order, record, sheet.points, person=person),
            before=reads.postings(record.record),
            entry=derived("correction", record.record, occasion),
            fault=fault,
            today=today,
            fund=fund_of(terms) if paid_by is None else available(paid_by),
            funded_minutes=None if bureau else 0,
            donated_only=is_donated_only(terms, sheet.points),
        )
        purse = reduce(purses.evolve, posted, purse)
        events += posted
    return events


def _credit(order: Order, record: Record, points: Points, *, person: str) -> int:
    """Give what a record is worth: its weighed minutes, or its part of the member's share."""
    assert order.terms is not None, "a record of an order without terms"
    if order.terms.pool_minutes is None:
        return credit_minutes(record.minutes, points, order.terms.category)
    share = (order.shares or {}).get(person)
    return 0 if share is None else part_of(share, record.minutes)


def rewrite(
    hours: Hours,
    purse: Purse,
    rules: Rules,
    reads: Reads,
    *,
    person: str,
    stays: Mapping[str, tuple[Stay, ...]],
    reason_code: str,
    occasion: str,
    fault: str,
    today: date,
) -> list[Event]:
    """Correct the records named in *stays*, with those that shared time with them, and the purse.

    Raises:
        NoRuleSheet: no rules were in force on a day of service.
        UnknownFault: neither the member nor the office was at fault.
    """
    events: list[Event] = []
    days = [
        on
        for on, records in sorted(hours.days.items())
        if any(record.record in stays for record in records)
    ]
    for on in days:
        corrected = rewritten(hours, person=person, on=on, stays=stays, reason_code=reason_code)
        hours = reduce(hour_books.evolve, corrected, hours)
        names = {event.record for event in corrected}
        posted = follow(
            purse,
            hours,
            rules,
            person=person,
            on=on,
            records=[record for record in hours.days[on] if record.record in names],
            reads=reads,
            occasion=occasion,
            fault=fault,
            today=today,
        )
        purse = reduce(purses.evolve, posted, purse)
        events += [*corrected, *posted]
    return events

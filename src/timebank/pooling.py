"""Sharing the fixed thank-you of a team order by what each member served.

A disputed member has a part like the others, by what the evidence shows; it waits for the verdict.
What a verdict takes from it goes back to where it came from, and nobody else's part changes.
Units: whole credit minutes.
"""

from collections.abc import Callable
from datetime import datetime
from functools import reduce

from timebank import purse as purses
from timebank.crediting import fund_of, is_donated_only, left_of, minutes_of, served
from timebank.event import Event
from timebank.hours import Hours, as_recorded
from timebank.members import Member, member_state
from timebank.order_course import (
    PoolShared,
    Share,
)
from timebank.order_event import Terms
from timebank.orders import (
    Order,
)
from timebank.purse import Purse
from timebank.recognising import recognised
from timebank.rules import Rules, sheet_on
from timebank.sharing import split
from timebank.stays import whole_minutes

OVER = frozenset({"confirmed", "disputed", "unconfirmed"})
"""The states in which nothing more is awaited of a member before the pool is shared."""


def is_ready(state: Order, now: datetime) -> bool:
    """Say whether the pool of the order can be shared: nobody may come any more, all is said."""
    terms = state.terms
    if terms is None or terms.pool_minutes is None or state.shares is not None:
        return False
    if state.places_left > 0 and now < terms.planned_end:
        return False
    return bool(_weights(state)) and all(
        member_state(member) in OVER for member in state.members.values() if member.has_place
    )


def share_pool(
    state: Order,
    rules: Rules,
    *,
    order: str,
    hours: Callable[[str], Hours],
    purse: Callable[[str], Purse],
    now: datetime,
    funded_minutes: int | None = None,
) -> list[Event]:
    """Share the pool once, and thank everyone whose service is not disputed.

    *hours* and *purse* read those of a member. Before the pool can be shared nothing happens.

    Raises:
        NoRuleSheet: no rules were in force on a day of service.
    """
    terms = state.terms
    if terms is None or terms.pool_minutes is None or not is_ready(state, now):
        return []
    weights = {
        volunteer: served_minutes(state.members[volunteer], rules) for volunteer in _weights(state)
    }
    if not any(weights.values()):
        return []
    parts = split(terms.pool_minutes, weights)
    shares = tuple(
        Share(volunteer=volunteer, service_minutes=weights[volunteer], minutes=parts[volunteer])
        for volunteer in sorted(weights)
    )
    events: list[Event] = [PoolShared(order=order, pool_minutes=terms.pool_minutes, shares=shares)]
    for share in shares:
        if state.members[share.volunteer].dispute is None:
            earned = thank_share(
                terms,
                hours(share.volunteer),
                purse(share.volunteer),
                rules,
                order=order,
                volunteer=share.volunteer,
                share_minutes=share.minutes,
                funded_minutes=funded_minutes,
            )
            funded_minutes = left_of(funded_minutes, earned)
            events += earned
    return events


def thank_share(
    terms: Terms,
    hours: Hours,
    purse: Purse,
    rules: Rules,
    *,
    order: str,
    volunteer: str,
    share_minutes: int,
    funded_minutes: int | None = None,
) -> list[Event]:
    """Post a member's part, spread over the records of the days on which they served."""
    records = {record.record: (on, record) for on, record in hours.of_order(order)}
    weights = {each: whole_minutes(record.stays) for each, (_, record) in records.items()}
    parts = split(share_minutes, weights)
    events: list[Event] = []
    for on, record in records.values():
        sheet = sheet_on(rules, on)
        earned = purses.earn(
            purse,
            recognised(sheet, hours, on),
            recorded=as_recorded(record, person=volunteer, on=on),
            category=terms.category,
            fund=fund_of(terms),
            funded_minutes=funded_minutes,
            share_minutes=parts[record.record],
            donated_only=is_donated_only(terms, sheet.points),
        )
        purse = reduce(purses.evolve, earned, purse)
        funded_minutes = left_of(funded_minutes, earned)
        events += earned
    return events


def part_of(share: Share, minutes: int) -> int:
    """Give what is left of a share when only *minutes* of its service stand; never more than it."""
    if share.service_minutes < 1:
        return 0
    return min(share.minutes * minutes // share.service_minutes, share.minutes)


def served_minutes(member: Member, rules: Rules) -> int:
    """Give what a member served: what was confirmed, or else what the evidence shows."""
    if member.confirmed_minutes is not None:
        return member.confirmed_minutes
    return minutes_of(served(member, rules))


def _weights(state: Order) -> list[str]:
    """Name those who share: whose service is confirmed or disputed."""
    return [
        volunteer
        for volunteer, member in state.members.items()
        if member.has_place and member_state(member) in {"confirmed", "disputed"}
    ]

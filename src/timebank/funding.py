"""Who thanks for an order: the bureau without limit, a pool, or the recipient's own purse.

What a pool or a recipient gives is set aside when volunteers may first see the order: for each
place what the plan is worth, or the fixed pool. More than that is never posted; what nobody earned
goes back. A recipient's points are held place by place, because each hold is resolved only once.
Units: whole credit minutes.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from timebank import holding, pools
from timebank.accounts import Posting
from timebank.crediting import fund_of
from timebank.event import Event, Refused
from timebank.ids import derived
from timebank.order_course import (
    LapseUndone,
    OrderAmended,
    OrderLapsed,
    OrderSettled,
)
from timebank.order_event import Terms
from timebank.orders import (
    Order,
    OrderCancelled,
    OrderPublished,
)
from timebank.pools import Pool, pool_stream
from timebank.purse import Purse, credit_minutes
from timebank.rules import Rules, sheet_at
from timebank.seen import Read, Seen

ISSUANCE = "issuance"
RECIPIENT = "recipient"

_MINUTE = timedelta(minutes=1)


def set_aside(read: Read, order: str) -> int | None:
    """Give what is set aside for whoever is thanked next; None where nothing limits it."""
    terms = _terms(read, order)
    if terms is None or terms.funding == ISSUANCE:
        return None
    if terms.funding == RECIPIENT:
        holds = _holds(read(f"purse-{terms.recipient}"), order)
        return holds[0][1] if holds else 0
    pool: Pool = read(pool_stream(_pool(terms)))
    return pool.reserved.get(order, 0)


def funded(
    read: Read, events: Sequence[Event], rules: Rules, *, order: str, today: date
) -> list[Event]:
    """Give *events*, decided about *order*, with what they mean to those who pay for it.

    Publishing and amending set points aside, thanking pays with them, and what ends the order gives
    the rest back. An order that comes back to life finds points set aside if there still are any.

    Raises:
        NotEnoughPoints: the recipient has less than the order may cost.
        NotEnoughInPool: the pool has less that is free.
        NoRuleSheet: no rules are in force at the planned start.
    """
    seen = Seen(read)
    seen.add(events)
    state: Order = seen(f"order-{order}")
    terms = state.terms
    if terms is None or terms.funding == ISSUANCE:
        return seen.events
    kinds = {type(event) for event in events}
    if OrderPublished in kinds or (OrderAmended in kinds and state.published):
        _free(seen, terms, order=order, today=today)
        _reserve(seen, state, rules, order=order, today=today)
    elif LapseUndone in kinds:
        try:
            _reserve(seen, state, rules, order=order, today=today)
        except Refused:
            # The service was given all the same; it is thanked for with what is left.
            return seen.events
    paid = [each for each in events if isinstance(each, Posting) and each.debit == fund_of(terms)]
    if paid:
        seen.add(_pay(seen, terms, paid, order=order, today=today))
    if kinds & {OrderCancelled, OrderLapsed, OrderSettled}:
        _free(seen, terms, order=order, today=today)
    return seen.events


def per_place(terms: Terms, rules: Rules) -> int:
    """Give what the plan is worth for one volunteer, or the whole of a fixed pool.

    Raises:
        NoRuleSheet: no rules are in force at the planned start.
    """
    if terms.pool_minutes is not None:
        return terms.pool_minutes
    planned = (terms.planned_end - terms.planned_start) // _MINUTE
    return credit_minutes(planned, sheet_at(rules, terms.planned_start).points, terms.category)


def _reserve(seen: Seen, state: Order, rules: Rules, *, order: str, today: date) -> None:
    terms = state.terms
    assert terms is not None, "an order without terms costs nothing"
    minutes = per_place(terms, rules)
    if minutes < 1:
        return
    if terms.funding != RECIPIENT:
        whole = minutes if terms.pool_minutes is not None else minutes * terms.places
        pool = _pool(terms)
        seen.add(pools.reserve(seen(pool_stream(pool)), pool=pool, order=order, minutes=whole))
        return
    assert terms.recipient is not None, "terms that a recipient funds name them"
    for place in range(1 if terms.pool_minutes is not None else terms.places):
        # Amended terms hold anew, under ids of their own.
        hold = derived("hold", order, str(state.terms_version), str(place))
        seen.add(
            holding.hold(
                seen(f"purse-{terms.recipient}"),
                person=terms.recipient,
                hold=hold,
                minutes=minutes,
                today=today,
                order=order,
            )
        )


def _free(seen: Seen, terms: Terms, *, order: str, today: date) -> None:
    if terms.funding != RECIPIENT:
        pool = _pool(terms)
        seen.add(pools.release(seen(pool_stream(pool)), pool=pool, order=order))
        return
    assert terms.recipient is not None, "terms that a recipient funds name them"
    stream = f"purse-{terms.recipient}"
    for hold, _ in _holds(seen(stream), order):
        seen.add(
            holding.release(
                seen(stream),
                person=terms.recipient,
                hold=hold,
                reason=holding.VOIDED,
                today=today,
            )
        )


def _pay(
    seen: Seen, terms: Terms, paid: Iterable[Event], *, order: str, today: date
) -> list[Event]:
    if terms.funding != RECIPIENT:
        pool = _pool(terms)
        return pools.pay(seen(pool_stream(pool)), pool=pool, order=order, postings=paid)
    assert terms.recipient is not None, "terms that a recipient funds name them"
    purse: Purse = seen(f"purse-{terms.recipient}")
    holds = _holds(purse, order)
    if not holds:
        return []
    return holding.pay(purse, person=terms.recipient, hold=holds[0][0], postings=paid, today=today)


def _holds(purse: Purse, order: str) -> list[tuple[str, int]]:
    """List what is held for an order, in the order in which it was."""
    return [(hold, there.minutes) for hold, there in purse.holds.items() if there.order == order]


def _pool(terms: Terms) -> str:
    return terms.funding.removeprefix("pool:")


def _terms(read: Read, order: str) -> Terms | None:
    state: Order = read(f"order-{order}")
    return state.terms

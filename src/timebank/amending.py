"""Amending an order: other times, places or requirements; who accepted must accept again."""

from datetime import datetime

from timebank.event import Event, Refused
from timebank.order_course import (
    OrderAmended,
)
from timebank.ordering import (
    AlreadyBegun,
    NotPublished,
    OrderIsSettled,
    limited,
    must_make_sense,
    open_terms,
)
from timebank.orders import (
    Order,
    Terms,
    words_holder,
)
from timebank.outcomes import OrderRemarked
from timebank.rules import Rules


class TermsAreFixed(Refused):
    """Only times, places, requirements and the organising unit of an order can be amended."""

    zh = "订单只能修改时间、名额、要求和组织单位。"


class FewerPlacesThanTaken(Refused):
    """More places are taken than that."""

    zh = "已接名额多于该数目。"


def amend(
    state: Order,
    rules: Rules,
    *,
    order: str,
    terms: Terms,
    reason_code: str,
    now: datetime,
    reason: str | None = None,
) -> list[Event]:
    """Put *terms*, complete, in the place of those that the order has.

    Raises:
        OrderNotFound, OrderIsCancelled, OrderHasLapsed: it cannot take place.
        NotPublished: a second person is reading it.
        OrderIsSettled: it is over.
        AlreadyBegun: a volunteer has checked in.
        TermsAreFixed: another kind of order, for someone else, or thanked otherwise.
        FewerPlacesThanTaken: somebody would lose a place.
        Malformed: as `ordering.must_make_sense` does.
    """
    before = open_terms(state)
    if state.review is not None:
        raise NotPublished
    if state.settled:
        raise OrderIsSettled
    if terms == before:
        return []
    must_make_sense(terms)
    if any(member.has_begun for member in state.members.values()):
        raise AlreadyBegun
    if _fixed(terms) != _fixed(before):
        raise TermsAreFixed
    if terms.places < before.places - state.places_left:
        raise FewerPlacesThanTaken
    events: list[Event] = [
        OrderAmended(
            order=order, terms=terms, replaces=state.terms_version, reason_code=reason_code
        )
    ]
    if state.published:
        events += limited(terms, rules, order=order, now=now)
    if reason is not None:
        holder = words_holder(order=order, terms=terms)
        events.append(OrderRemarked(order=order, holder=holder, about="amendment", words=reason))
    return events


def _fixed(terms: Terms) -> tuple[object, ...]:
    return (
        terms.kind,
        terms.category,
        terms.community,
        terms.station,
        terms.recipient,
        terms.team,
        terms.funding,
        terms.pool_minutes,
    )

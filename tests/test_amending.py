"""Amending: complete new terms, the version that they replace; who accepted accepts again."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.living import Life, living
from tests.serving import ORDER, OTHER, VOLUNTEER, accepted, at, published, served, terms
from tests.test_reviewing import in_review
from timebank.amending import FewerPlacesThanTaken, TermsAreFixed, amend
from timebank.attendance import MustAcceptAgain
from timebank.event import Refused
from timebank.members import AcceptanceReleased
from timebank.order_course import AcceptanceLimited, OrderAmended
from timebank.ordering import (
    AlreadyBegun,
    NotPublished,
    OrderHasLapsed,
    OrderIsCancelled,
    OrderNotFound,
    PlanEndsBeforeStart,
)
from timebank.orders import OrderAccepted, member_state
from timebank.outcomes import OrderRemarked

LATER: dict[str, Any] = {"planned_start": at("13:00"), "planned_end": at("15:00")}


def moved() -> Life:
    """One volunteer accepted, then the order was moved to the afternoon."""
    life = living(accepted)
    life.amend(**LATER)
    return life


def test_new_terms_are_complete_and_name_what_they_replace() -> None:
    """The drafted terms are version 1; the limit for accepting moves with the plan."""
    life = living(accepted)
    amended, limited = life.amend(**LATER)
    assert isinstance(amended, OrderAmended)
    assert amended.terms == terms(organising_unit="城东时光益站", **LATER)
    assert (amended.replaces, life.order.terms_version) == (1, 2)
    assert limited == AcceptanceLimited(order=ORDER, until=at("15:00"))
    assert life.amend(**LATER) == []
    again = life.amend(places=3)[0]
    assert isinstance(again, OrderAmended)
    assert again.replaces == 2


def test_who_accepted_must_accept_again() -> None:
    """The place is kept meanwhile, but nobody is on the order as it is now."""
    life = moved()
    member = life.order.members[VOLUNTEER]
    assert member_state(member, terms_version=life.order.terms_version) == "asked_again"
    assert (life.status, life.order.places_left) == ("published", 1)
    with pytest.raises(MustAcceptAgain):
        life.arrive(at("13:00"))
    assert life.accept()[0] == OrderAccepted(order=ORDER, volunteer=VOLUNTEER)
    assert life.accept() == []
    assert life.status == "accepted"
    assert life.arrive(at("13:00")) != []


def test_a_place_not_accepted_again_is_released_when_it_begins() -> None:
    """At one o'clock the place is free; nobody is blamed."""
    life = moved()
    assert life.time(at("12:59")) == []
    assert life.time(at("13:00")) == [AcceptanceReleased(order=ORDER, volunteer=VOLUNTEER)]
    assert life.order.places_left == 2
    assert life.accept(now=at("13:30")) != []


def test_why_is_sealed_with_the_orders_words() -> None:
    """A reason in words may tell of the recipient."""
    life = living(accepted)
    events = amend(
        life.order,
        life.rules,
        order=ORDER,
        terms=terms(organising_unit="城东时光益站", places=3),
        reason_code="asked",
        reason="张奶奶要去医院",
        now=at("08:00"),
    )
    (remark,) = [event for event in events if isinstance(event, OrderRemarked)]
    assert (remark.about, remark.words) == ("amendment", "张奶奶要去医院")


def cancelled() -> Life:
    """The order was called off."""
    life = living()
    life.cancel()
    return life


def lapsed() -> Life:
    """Nobody took the order."""
    life = living()
    life.time(at("11:00"))
    return life


def full() -> Life:
    """Both places are taken."""
    life = living(accepted)
    life.accept(OTHER)
    return life


@pytest.mark.parametrize(
    ("past", "changes", "refusal"),
    [
        (Life, {}, OrderNotFound),
        (cancelled, LATER, OrderIsCancelled),
        (lapsed, LATER, OrderHasLapsed),
        (in_review, LATER, NotPublished),
        (lambda: living(served), LATER, AlreadyBegun),
        (lambda: living(published), {"planned_end": at("09:00")}, PlanEndsBeforeStart),
        (lambda: living(published), {"recipient": None}, TermsAreFixed),
        (lambda: living(published), {"category": "reading"}, TermsAreFixed),
        (full, {"places": 1}, FewerPlacesThanTaken),
    ],
)
def test_what_may_not_be_amended(
    past: Callable[[], Life], changes: dict[str, Any], refusal: type[Refused]
) -> None:
    """Each rule of amending refuses by its own name."""
    life = past()
    with pytest.raises(refusal):
        life.amend(**changes)

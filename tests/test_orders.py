"""Orders: where one stands follows from what is still to be done by its members."""

import pytest

from tests.serving import ORDER, OTHER, VOLUNTEER, Past, accepted, at, published, served
from timebank.accepting import withdraw
from timebank.ordering import cancel
from timebank.orders import Order, member_state, status


def confirmed() -> Past:
    """Everybody's service is confirmed."""
    past = served()
    past.confirm()
    return past


def joined_later() -> Past:
    """One is confirmed; another has only just accepted."""
    past = confirmed()
    past.accept(OTHER)
    return past


def withdrawn() -> Past:
    """The only volunteer gave the place back."""
    past = accepted()
    past.add(withdraw(past.state("order", ORDER), order=ORDER, volunteer=VOLUNTEER))
    return past


def cancelled() -> Past:
    """The order was called off."""
    past = accepted()
    past.add(cancel(past.state("order", ORDER), order=ORDER, reason_code="weather"))
    return past


def under_way() -> Past:
    """The volunteer is there: the check-out has not happened yet."""
    past = accepted()
    past.serve(at("09:00"), at("10:00"))
    past.events.pop()
    return past


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        (Past(), "draft"),
        (published(), "published"),
        (accepted(), "accepted"),
        (withdrawn(), "published"),
        (under_way(), "under_way"),
        (served(), "awaiting_confirmation"),
        (confirmed(), "confirmed"),
        (joined_later(), "accepted"),
        (cancelled(), "cancelled"),
    ],
)
def test_where_an_order_stands(past: Past, expected: str) -> None:
    """What still has to be done comes before what is done."""
    assert status(past.state("order", ORDER)) == expected


def test_where_a_member_stands() -> None:
    """Each member has a state of their own."""
    members = joined_later().state("order", ORDER).members
    assert {who: member_state(member) for who, member in members.items()} == {
        VOLUNTEER: "confirmed",
        OTHER: "accepted",
    }
    gone = withdrawn().state("order", ORDER).members[VOLUNTEER]
    assert member_state(gone) == "withdrawn"


def test_an_order_that_is_not_there_has_no_places() -> None:
    """Nothing is drafted, nothing can be taken."""
    assert Order().places_left == 0

"""The stand-by list: a place that becomes free goes to who has waited longest and still may."""

from collections.abc import Callable

import pytest

from tests.living import Life, helper, living
from tests.serving import CLERK, ORDER, OTHER, PROXY, RECIPIENT, VOLUNTEER, accepted, at, published
from timebank.accepting import AcceptanceIsOver
from timebank.event import Refused
from timebank.order_course import StandbyJoined, StandbyLeft
from timebank.ordering import NotPublished, OrderIsCancelled, OrderNotFound, OwnService
from timebank.orders import OrderAccepted
from timebank.standby import HasPlaceAlready, PlacesAreFree, leave_standby, stand_by
from timebank.standing import suspend
from timebank.volunteers import IdentityNotVerified, Volunteer


def full() -> Life:
    """Both places are taken; four more volunteers are about."""
    life = living(accepted)
    life.accept(OTHER)
    for number in range(1, 5):
        life.register(helper(number))
        life.verify(helper(number))
    return life


def test_one_waits_once_and_leaves_once() -> None:
    """Repeats do nothing."""
    life = full()
    assert life.stand_by(helper(1)) == [StandbyJoined(order=ORDER, volunteer=helper(1))]
    assert life.stand_by(helper(1)) == []
    left = leave_standby(life.order, order=ORDER, volunteer=helper(1))
    assert life.add(left) == [StandbyLeft(order=ORDER, volunteer=helper(1))]
    assert leave_standby(life.order, order=ORDER, volunteer=helper(1)) == []


def test_a_free_place_goes_to_who_waited_longest() -> None:
    """The second on the list goes on waiting."""
    life = full()
    life.stand_by(helper(2))
    life.stand_by(helper(1))
    assert life.call_up() == []
    life.withdraw()
    assert life.call_up()[0] == OrderAccepted(order=ORDER, volunteer=helper(2))
    assert life.order.standby == (helper(1),)
    assert life.call_up() == []


def test_who_may_not_serve_any_more_is_passed_over() -> None:
    """The first was suspended meanwhile: the second is called up, the first still waits."""
    life = full()
    life.stand_by(helper(1))
    life.stand_by(helper(2))
    state = life.state("volunteer", helper(1))
    life.add(suspend(state, volunteer=helper(1), reason_code="check"))
    life.withdraw()
    assert life.call_up()[0] == OrderAccepted(order=ORDER, volunteer=helper(2))
    assert life.order.standby == (helper(1),)


def test_two_free_places_call_up_two() -> None:
    """In the order of the list, in one step."""
    life = full()
    for number in (1, 2, 3):
        life.stand_by(helper(number))
    life.withdraw()
    life.withdraw(OTHER)
    called = [event.volunteer for event in life.call_up() if isinstance(event, OrderAccepted)]
    assert called == [helper(1), helper(2)]


def test_a_place_of_somebody_who_did_not_come_is_free() -> None:
    """A no-show during the hours of the order lets the next one come."""
    life = full()
    life.stand_by(helper(1))
    life.no_show(now=at("09:15"))
    assert life.call_up(at("09:15"))[0] == OrderAccepted(order=ORDER, volunteer=helper(1))


def cancelled() -> Life:
    """The order was called off."""
    life = full()
    life.cancel()
    return life


def stranger() -> Life:
    """Somebody whom no office has seen."""
    life = full()
    life.register(PROXY)
    return life


def unpublished() -> Life:
    """The order is a draft."""
    life = full()
    life.events = [
        event for event in life.events if "published" not in type(event).__name__.lower()
    ]
    return life


@pytest.mark.parametrize(
    ("past", "volunteer", "refusal"),
    [
        (Life, VOLUNTEER, OrderNotFound),
        (cancelled, helper(1), OrderIsCancelled),
        (unpublished, helper(1), NotPublished),
        (full, VOLUNTEER, HasPlaceAlready),
        (stranger, PROXY, IdentityNotVerified),
        (lambda: living(published), VOLUNTEER, PlacesAreFree),
    ],
)
def test_who_may_not_wait(past: Callable[[], Life], volunteer: str, refusal: type[Refused]) -> None:
    """Each rule of waiting refuses by its own name."""
    with pytest.raises(refusal):
        past().stand_by(volunteer)


def test_a_recipient_does_not_wait_for_themselves() -> None:
    """Nobody serves themselves; and after the plan there is nothing to wait for."""
    person = Volunteer(volunteer_no="1", community=CLERK, verified=True)
    life = full()
    with pytest.raises(OwnService):
        stand_by(
            life.order,
            person,
            None,
            life.rules,
            order=ORDER,
            volunteer=RECIPIENT,
            now=at("08:30"),
        )
    with pytest.raises(AcceptanceIsOver):
        life.stand_by(helper(1), at("11:00"))

"""Places: taken by volunteers, given by a desk, given back; overlaps, clearances, teams."""

from datetime import date
from typing import Any

import pytest

from tests.living import TEAM, Life, helper, living
from tests.serving import (
    DAY,
    ORDER,
    OTHER,
    PROXY,
    RECIPIENT,
    STATION,
    VOLUNTEER,
    Past,
    accepted,
    at,
    published,
    served,
    terms,
)
from timebank.accepting import (
    AcceptanceIsOver,
    NotCleared,
    OverlappingOrders,
    accept,
    withdraw,
)
from timebank.diaries import OrderNoted
from timebank.event import Refused
from timebank.members import OrderAssigned
from timebank.merging import merge
from timebank.order_course import OverlapFlagged
from timebank.ordering import (
    AllPlacesTaken,
    AlreadyBegun,
    NotAccepted,
    NotPublished,
    OrderHasLapsed,
    OrderIsCancelled,
    OrderNotFound,
    OwnService,
    cancel,
    draft,
)
from timebank.orders import Order, OrderAccepted, OrderWithdrawn
from timebank.standing import leave, suspend
from timebank.teams import NotInTeam, TeamNotFound
from timebank.volunteer_facts import clear
from timebank.volunteers import (
    IdentityNotVerified,
    RecordIsMerged,
    Volunteer,
    VolunteerHasLeft,
    VolunteerIsSuspended,
    VolunteerNotFound,
)

NOTED = OrderNoted(
    person=VOLUNTEER, order=ORDER, planned_start=at("09:00"), planned_end=at("11:00")
)
SECOND = "01950000-0000-7000-8000-000000000021"


def test_a_volunteer_takes_a_place_once() -> None:
    """Accepting again does nothing and takes no second place."""
    past = published()
    assert past.accept() == [OrderAccepted(order=ORDER, volunteer=VOLUNTEER), NOTED]
    assert past.accept() == []
    assert past.state("order", ORDER).places_left == 1


def test_a_place_given_back_is_free_again() -> None:
    """Withdrawing happens once; whoever withdrew may come back."""
    past = accepted()
    gone = withdraw(past.state("order", ORDER), order=ORDER, volunteer=VOLUNTEER)
    assert past.add(gone) == [OrderWithdrawn(order=ORDER, volunteer=VOLUNTEER)]
    assert withdraw(past.state("order", ORDER), order=ORDER, volunteer=VOLUNTEER) == []
    assert past.state("order", ORDER).places_left == 2
    assert past.accept() == [OrderAccepted(order=ORDER, volunteer=VOLUNTEER), NOTED]


def test_a_desk_gives_a_place() -> None:
    """Assigned like accepted, once; the volunteer may give the place back."""
    life = living()
    given, noted = life.assign(VOLUNTEER)
    assert (given, noted) == (OrderAssigned(order=ORDER, volunteer=VOLUNTEER), NOTED)
    assert life.assign(VOLUNTEER) == []
    assert life.status == "accepted"
    assert life.withdraw() == [OrderWithdrawn(order=ORDER, volunteer=VOLUNTEER)]


def cancelled() -> Past:
    """The order was called off."""
    past = published()
    past.add(cancel(past.state("order", ORDER), order=ORDER, reason_code="weather"))
    return past


def lapsed() -> Past:
    """Nobody took the order in time."""
    life = living()
    life.time(at("11:00"))
    return life


def drafted() -> Past:
    """The order is still a draft."""
    past = Past()
    past.register()
    past.verify()
    past.add(draft(Order(), None, None, None, order=ORDER, terms=terms(), title="陪张奶奶看病"))
    return past


def merged() -> Past:
    """The record of the volunteer was found to be a second one of somebody's."""
    past = published()
    kept, other = past.state("volunteer", OTHER), past.state("volunteer", VOLUNTEER)
    past.add(merge(kept, other, kept=OTHER, other=VOLUNTEER, reason_code="same_id"))
    return past


def of_a_team() -> Past:
    """The order is for the members of a team."""
    life = living()
    life.found_team(2)
    life.publish(SECOND, kind="team", team=TEAM)
    return life


def suspended() -> Past:
    """The volunteer was suspended."""
    past = published()
    state = past.state("volunteer", VOLUNTEER)
    past.add(suspend(state, volunteer=VOLUNTEER, reason_code="no_show"))
    return past


def gone() -> Past:
    """The volunteer left."""
    past = published()
    state = past.state("volunteer", VOLUNTEER)
    past.add(leave(state, volunteer=VOLUNTEER, reason_code="moved"))
    return past


def unverified() -> Past:
    """An order is published and another person has just registered."""
    past = published()
    past.register(PROXY)
    return past


def full() -> Past:
    """The only place is taken."""
    past = published()
    past.publish(order=OTHER, places=1)
    past.accept(OTHER, order=OTHER)
    return past


@pytest.mark.parametrize(
    ("past", "order", "volunteer", "refusal"),
    [
        (Past(), ORDER, VOLUNTEER, OrderNotFound),
        (published(), ORDER, STATION, VolunteerNotFound),
        (cancelled(), ORDER, VOLUNTEER, OrderIsCancelled),
        (drafted(), ORDER, VOLUNTEER, NotPublished),
        (gone(), ORDER, VOLUNTEER, VolunteerHasLeft),
        (suspended(), ORDER, VOLUNTEER, VolunteerIsSuspended),
        (unverified(), ORDER, PROXY, IdentityNotVerified),
        (full(), OTHER, VOLUNTEER, AllPlacesTaken),
        (lapsed(), ORDER, VOLUNTEER, OrderHasLapsed),
        (merged(), ORDER, VOLUNTEER, RecordIsMerged),
        (of_a_team(), SECOND, VOLUNTEER, NotInTeam),
    ],
)
def test_who_may_not_accept(past: Past, order: str, volunteer: str, refusal: type[Refused]) -> None:
    """Each rule of accepting refuses by its own name."""
    with pytest.raises(refusal):
        past.accept(volunteer, order=order)


def test_nobody_serves_themselves() -> None:
    """A recipient who volunteers may not take an order for their own home."""
    person = Volunteer(volunteer_no="1", community="330102001001", verified=True)
    with pytest.raises(OwnService):
        accept(
            published().state("order", ORDER),
            person,
            None,
            published().rules,
            (),
            order=ORDER,
            volunteer=RECIPIENT,
            now=at("08:00"),
        )


def test_the_members_of_a_team_take_its_places() -> None:
    """An order of a team that is no more, or never was, is nobody's."""
    life = of_a_team()
    assert life.accept(helper(2), order=SECOND) != []
    state = life.state("order", SECOND)
    person = life.state("volunteer", helper(1))
    facts: dict[str, Any] = {"order": SECOND, "volunteer": helper(1), "now": at("08:00")}
    with pytest.raises(TeamNotFound):
        accept(state, person, None, life.rules, (), **facts)


def test_places_are_taken_before_the_plan_has_passed() -> None:
    """At 10:59 one may still come and help; at eleven it is over."""
    assert published().accept(now=at("10:59")) != []
    with pytest.raises(AcceptanceIsOver):
        published().accept(now=at("11:00"))


def test_a_place_is_not_given_back_after_the_beginning() -> None:
    """After a check-in the service is a fact; nobody gives back what they never had."""
    with pytest.raises(AlreadyBegun):
        withdraw(served().state("order", ORDER), order=ORDER, volunteer=VOLUNTEER)
    with pytest.raises(OrderNotFound):
        withdraw(Order(), order=ORDER, volunteer=VOLUNTEER)
    with pytest.raises(NotAccepted):
        withdraw(published().state("order", ORDER), order=ORDER, volunteer=VOLUNTEER)
    life = living(accepted)
    life.no_show()
    with pytest.raises(NotAccepted):
        life.withdraw()


def clashing(**rules: Any) -> Life:
    """A second order overlaps the first, which the volunteer has taken, by one minute."""
    life = living(accepted)
    life.rule(**rules)
    life.publish(SECOND, planned_start=at("10:59"), planned_end=at("12:00"))
    return life


def test_an_overlap_is_flagged_refused_or_allowed_by_rule() -> None:
    """09:00-11:00 and 10:59-12:00; the proposed sheet flags it."""
    flag = OverlapFlagged(order=SECOND, volunteer=VOLUNTEER, other=ORDER)
    assert clashing().accept(order=SECOND)[1] == flag
    assert flag not in clashing(overlaps="allow").accept(order=SECOND)
    with pytest.raises(OverlappingOrders):
        clashing(overlaps="refuse").accept(order=SECOND)


def test_what_is_over_does_not_overlap() -> None:
    """A place given back, or service confirmed before its plan ended, keeps nobody away."""
    life = clashing(overlaps="refuse")
    life.withdraw()
    assert life.accept(order=SECOND) != []
    life = clashing(overlaps="refuse")
    life.serve(at("09:00"), at("10:00"))
    life.confirm()
    assert life.accept(order=SECOND) != []


def test_orders_that_only_touch_do_not_overlap() -> None:
    """09:00-11:00 and 11:00-12:00."""
    life = living(accepted)
    life.rule(overlaps="refuse")
    life.publish(SECOND, planned_start=at("11:00"), planned_end=at("12:00"))
    assert life.accept(order=SECOND) != []


def with_minors(valid_until: date | None, **changes: Any) -> Life:
    """An order with minors; the volunteer's check, if any, holds until a day."""
    life = living()
    if valid_until is not None:
        life.add(
            clear(
                life.state("volunteer", VOLUNTEER),
                volunteer=VOLUNTEER,
                checked_on=date(2025, 1, 2),
                valid_until=valid_until,
                checked_by="城东派出所",
                today=DAY,
            )
        )
    life.publish(SECOND, **changes)
    return life


def test_orders_with_minors_need_a_check_that_holds_when_they_end() -> None:
    """Valid up to and including the day of the service; one day less is refused."""
    asked: dict[str, Any] = {"requirements": ("minors",)}
    assert with_minors(DAY, **asked).accept(order=SECOND) != []
    for until in (None, date(2025, 3, 9)):
        with pytest.raises(NotCleared):
            with_minors(until, **asked).accept(order=SECOND)


def test_a_sheet_names_more_categories_that_need_a_check() -> None:
    """The law asks for orders with minors; a district may ask for others."""
    life = with_minors(None, category="tutoring")
    life.rule(clearance_categories=("tutoring",))
    with pytest.raises(NotCleared):
        life.accept(order=SECOND)
    life.amend(requirements=("minors",))
    with pytest.raises(NotCleared):
        life.assign()

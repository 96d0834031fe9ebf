"""Review: where the sheet asks, a second person reads an order before volunteers see it."""

import pytest

from tests.living import OFFICER, Life, living
from tests.serving import CLERK, COMMUNITY, DAY, ORDER, accepted, at, workdays
from timebank.order_course import AcceptanceLimited, ReviewAsked, ReviewFailed
from timebank.orders import OrderPublished
from timebank.reviewing import NotInReview, decide_review
from timebank.tasks import OwnTask, TaskDecided, TaskRaised, TaskWithdrawn

AFRESH = "01950000-0000-7000-8000-000000000031"


def in_review() -> Life:
    """Home repairs are reviewed in this district."""
    life = living()
    life.rule(review_categories=("home_repair",))
    life.events = [event for event in life.events if event.stream != f"order-{ORDER}"]
    life.publish(category="home_repair")
    return life


def test_an_order_waits_for_a_second_person() -> None:
    """Publishing asks for a review, due in 3 working days; publishing again does nothing."""
    life = in_review()
    asked, raised = life.events[-2:]
    assert isinstance(asked, ReviewAsked)
    assert isinstance(raised, TaskRaised)
    assert (raised.task, raised.kind, raised.raised_by) == (asked.task, "order_review", CLERK)
    assert (raised.area, raised.due_on) == (COMMUNITY, workdays(DAY, 3))
    assert life.status == "in_review"
    assert life.publish(category="home_repair") == []


def test_approving_publishes() -> None:
    """Task and order in one step; the same choice again does nothing."""
    life = in_review()
    decided, published, limited = life.review()
    assert isinstance(decided, TaskDecided)
    assert published == OrderPublished(order=ORDER)
    assert limited == AcceptanceLimited(order=ORDER, until=at("11:00"))
    assert life.status == "published"
    assert life.review() == []


def test_a_refused_order_is_a_draft_again() -> None:
    """It may be published once more, which is another review."""
    life = in_review()
    first, _ = life.task("order_review")
    assert life.review("refuse")[1] == ReviewFailed(order=ORDER, reason_code="checked")
    assert life.status == "draft"
    life.publish(category="home_repair")
    second, _ = life.task("order_review")
    assert (life.status, first != second) == ("in_review", True)


def test_nobody_reviews_their_own_order() -> None:
    """Who published it has asked the question."""
    with pytest.raises(OwnTask):
        in_review().review(by=CLERK)


def test_team_orders_are_reviewed_where_the_sheet_says_so() -> None:
    """Other orders are not."""
    life = living()
    life.rule(review_teams=True)
    life.publish(AFRESH, kind="team")
    assert isinstance(life.events[-2], ReviewAsked)
    life.publish("01950000-0000-7000-8000-000000000032")
    assert isinstance(life.events[-2], OrderPublished)


def test_a_cancelled_order_needs_no_review() -> None:
    """Its task is withdrawn."""
    life = in_review()
    task, _ = life.task("order_review")
    assert life.cancel()[1] == TaskWithdrawn(task=task, reason_code="order_cancelled")


def test_a_review_that_is_over_decides_nothing() -> None:
    """The task of one order does not publish another."""
    life = in_review()
    task, state = life.task("order_review")
    with pytest.raises(NotInReview):
        decide_review(
            state,
            living(accepted).order,
            life.rules,
            task=task,
            order=ORDER,
            choice="approve",
            by=frozenset({OFFICER}),
            reason_code="checked",
            now=at("08:10"),
        )

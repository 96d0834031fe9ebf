"""Review (审核): a second person reads an order before volunteers see it."""

from datetime import datetime

from timebank.event import Event, Refused
from timebank.order_course import (
    ReviewFailed,
)
from timebank.ordering import open_terms, shown
from timebank.orders import (
    Order,
)
from timebank.rules import Rules
from timebank.tasks import APPROVE, Task, decide


class NotInReview(Refused):
    """The order is not waiting for a review."""

    zh = "订单不在审核中。"


def decide_review(
    task_state: Task,
    state: Order,
    rules: Rules,
    *,
    task: str,
    order: str,
    choice: str,
    by: frozenset[str],
    reason_code: str,
    now: datetime,
    note: str | None = None,
) -> list[Event]:
    """Publish the order, or send it back to be a draft again.

    Raises:
        OrderNotFound, OrderIsCancelled, OrderHasLapsed: it cannot take place.
        NotInReview: the review is over.
        Refused: as `tasks.decide` does.
    """
    decided = decide(
        task_state, task=task, choice=choice, by=by, reason_code=reason_code, note=note
    )
    if not decided:
        return []
    terms = open_terms(state)
    if state.review != task:
        raise NotInReview
    if choice == APPROVE:
        return [*decided, *shown(terms, rules, order=order, now=now)]
    return [*decided, ReviewFailed(order=order, reason_code=reason_code)]

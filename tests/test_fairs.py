"""Fairs: announced, with stalls, closed when every stall is reconciled."""

from datetime import timedelta
from typing import Any

import pytest

from tests.goods import CLOSES, FAIR, OPENS, OTHER_STALL, STALL, Goods
from tests.serving import CLERK, COMMUNITY
from timebank.event import Event, IdTaken, Refused
from timebank.fairs import (
    Fair,
    FairAnnounced,
    FairClosed,
    FairEndsBeforeStart,
    FairIsOver,
    FairNotFound,
    StallAdded,
    StallReconciled,
    StallsNotReconciled,
    add_stall,
    announce,
    close,
    is_settled,
)


def announced(state: Fair, **facts: Any) -> list[Event]:
    """Decide to hold a fair."""
    usual: dict[str, Any] = {
        "fair": FAIR,
        "title": "集市",
        "community": COMMUNITY,
        "opens_at": OPENS,
        "closes_at": CLOSES,
    }
    return announce(state, **usual | facts)


def stalled(state: Fair, **facts: Any) -> list[Event]:
    """Decide to add a stall."""
    usual: dict[str, Any] = {"fair": FAIR, "stall": STALL, "title": "摊", "stewards": (CLERK,)}
    return add_stall(state, **usual | facts)


def there(*, reconciled: int = 0, closed: bool = False) -> Fair:
    """A fair of two stalls, so many of them reconciled."""
    book = Goods().at_fair()
    for stall in (STALL, OTHER_STALL)[:reconciled]:
        book.add([StallReconciled(fair=FAIR, stall=stall, counts=())])
    if closed:
        book.add([FairClosed(fair=FAIR)])
    state: Fair = book(f"fair-{FAIR}")
    return state


def test_a_fair_is_announced_once() -> None:
    """Nine to five."""
    (event,) = announced(Fair())
    assert isinstance(event, FairAnnounced)
    assert announced(there()) == []


def test_a_stall_is_added_once() -> None:
    """With those who tend it."""
    (event,) = stalled(there(), stall="third")
    assert isinstance(event, StallAdded)
    assert stalled(there()) == []


def test_a_fair_is_closed_once() -> None:
    """After both stalls were counted."""
    (event,) = close(there(reconciled=2), fair=FAIR)
    assert isinstance(event, FairClosed)
    assert close(there(closed=True), fair=FAIR) == []


def test_a_stall_is_settled_when_it_was_counted_or_the_fair_is_over() -> None:
    """A reservation for no stall in particular waits for all of them."""
    one = there(reconciled=1)
    assert [is_settled(one, stall) for stall in (STALL, OTHER_STALL, None)] == [True, False, False]
    assert is_settled(there(reconciled=2), None)
    assert is_settled(there(closed=True), OTHER_STALL)


@pytest.mark.parametrize(
    ("decide", "refusal"),
    [
        (lambda: announced(Fair(), closes_at=OPENS), FairEndsBeforeStart),
        (lambda: announced(there(), closes_at=CLOSES + timedelta(hours=1)), IdTaken),
        (lambda: stalled(Fair()), FairNotFound),
        (lambda: stalled(there(closed=True), stall="third"), FairIsOver),
        (lambda: stalled(there(), stewards=()), IdTaken),
        (lambda: close(Fair(), fair=FAIR), FairNotFound),
        (lambda: close(there(reconciled=1), fair=FAIR), StallsNotReconciled),
    ],
)
def test_what_a_fair_refuses(decide: Any, refusal: type[Refused]) -> None:
    """Each rule refuses by its own name."""
    with pytest.raises(refusal):
        decide()

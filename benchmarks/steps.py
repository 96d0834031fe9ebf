"""The step that is measured inside one process: a volunteer checks in to a prepared order.

It is as small as a real journey step can be (read one stream, refuse or record one event), so
nothing but the book itself is measured.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from benchmarks.stores import Place
from journal.book import Book
from journal.command import Command, Decided, Reading
from journal.events import CLEAR, FOLDS
from journal.forgotten import ForgottenList
from journal.forms import Fold, Forms
from journal.keys import Keys
from journal.vault import open_vault

CALLER = "0192f3a0-0000-7000-8000-00000000000c"
AT = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


class OrderEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="tag"):
    """Something that happened to one order."""

    order: str

    @property
    def stream(self) -> str:
        """The order's stream."""
        return f"order-{self.order}"


class Accepted(OrderEvent, frozen=True, kw_only=True, tag="bench.accepted"):
    """The volunteer will come."""

    volunteer: str


class CheckedIn(OrderEvent, frozen=True, kw_only=True, tag="bench.checked_in"):
    """The volunteer is there."""

    volunteer: str
    at: datetime


class Order(msgspec.Struct, frozen=True):
    """Who comes, and how often they came."""

    volunteer: str = ""
    visits: int = 0


class NotAccepted(Exception):
    """This volunteer has not accepted the order."""


def evolve(state: Order, event: object) -> Order:
    """Fold one order."""
    match event:
        case Accepted():
            return Order(event.volunteer, state.visits)
        case CheckedIn():
            return Order(state.volunteer, state.visits + 1)
        case _:
            return state


FORMS = Forms(
    clear=(Accepted, CheckedIn, *CLEAR), sealed=(), folds={"order": Fold(Order(), evolve), **FOLDS}
)


def accept(key: str, order: str) -> Command:
    """The caller accepts *order*: the past of a step."""

    def decide(read: Reading, now: datetime) -> Decided:
        del read, now
        return Decided(events=[Accepted(order=order, volunteer=CALLER)])

    return _command(key, order, decide)


def check_in(key: str, order: str) -> Command:
    """The caller checks in to *order*: the step that is measured."""

    def decide(read: Reading, now: datetime) -> Decided:
        del now
        if read(f"order-{order}").volunteer != CALLER:
            raise NotAccepted
        return Decided(events=[CheckedIn(order=order, volunteer=CALLER, at=AT)], status=201)

    return _command(key, order, decide)


def _command(key: str, order: str, decide: Callable[[Reading, datetime], Decided]) -> Command:
    return Command(
        id=key,
        caller=CALLER,
        digest=sha256(order.encode()).digest(),
        decide=decide,
        reads=(f"order-{order}",),
        target=f"order-{order}",
        at=AT,
    )


def open_book(place: Place) -> Book:
    """The book of such steps at *place*."""
    keys = Keys.load(place.home, {}, embedded=True)
    forgotten = ForgottenList(place.home / "forgotten")
    vault = open_vault(place.url, place.home, keys, forgotten=forgotten)
    return Book(place.url, FORMS, vault)

"""The past that every measurement starts from: rules, volunteers who can sign in, their orders.

Shapes: a visit to an order is three check-ins and three check-outs on one day, as many as the
rules allow; the n-th of several orders belongs to the n-th volunteer, counted round.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from api import settings
from api.demo.sign_ins import open_sign_ins
from api.founding import found
from api.opening import opened
from api.passwords import HASHER
from benchmarks.ids import ordered_ids
from benchmarks.stores import ORIGIN, Place
from district.sign_ins import Kind
from journal.book import Book
from journal.command import Command, Decided, Reading
from timebank.orders import CheckedIn, Order, OrderAccepted, OrderDrafted, OrderPublished, Terms
from timebank.rules import POINTS_STREAM, PROPOSED_POINTS, publish_points

VOLUNTEERS = 16
PASSWORD = "only for the benchmark"
STEPS = 6
ORDER_EVENTS = 3

MORNING = datetime.now(UTC).replace(hour=1, minute=0, second=0) - timedelta(days=1)
TERMS = Terms(
    kind="individual",
    category="chat",
    community="330102001001",
    organising_unit="01950000-0000-7000-8000-000000000005",
    planned_start=MORNING,
    planned_end=MORNING + timedelta(hours=2),
    places=1,
    funding="issuance",
)


class NotAccepted(Exception):
    """This volunteer has not accepted the order."""


def volunteer(number: int) -> str:
    """The id of a volunteer."""
    return str(UUID(int=1_000_000 + number % VOLUNTEERS))


def sign_in(number: int) -> str:
    """The name under which the volunteer signs in."""
    return f"volunteer{number % VOLUNTEERS}"


def step_at(step: int) -> datetime:
    """When the phone was at the *step*-th check-in (even) or check-out (odd) of a visit."""
    return MORNING + step * timedelta(minutes=20)


@contextmanager
def open_book(place: Place) -> Iterator[Book]:
    """The book at *place*, taking commands."""
    with opened(settings.read(place.environment)) as (book, _):
        book.start()
        yield book


async def begin(book: Book) -> None:
    """Found the book, put rules in force, and let the volunteers sign in."""
    ids = ordered_ids()
    await found(book, origin=ORIGIN, demonstration=False)
    await book.submit(_command(next(ids), "", POINTS_STREAM, _publish_rules))
    kind: Kind = "volunteer"
    people = [(sign_in(n), volunteer(n), kind) for n in range(VOLUNTEERS)]
    await open_sign_ins(book, ids.__next__, people, HASHER.hash(PASSWORD))


def _publish_rules(read: Reading, now: datetime) -> Decided:
    del now
    sheet, rules = str(UUID(int=1)), read(POINTS_STREAM)
    return Decided(
        publish_points(rules, sheet=sheet, effective_from=date(2025, 1, 1), points=PROPOSED_POINTS)
    )


def accepted(key: str, order: str, number: int) -> Command:
    """An order from its draft to its acceptance, at once: the past of a step."""
    who = volunteer(number)

    def decide(read: Reading, now: datetime) -> Decided:
        del read, now
        return Decided(
            [
                OrderDrafted(order=order, terms=TERMS),
                OrderPublished(order=order),
                OrderAccepted(order=order, volunteer=who),
            ]
        )

    return _command(key, who, f"order-{order}", decide)


def check_in(key: str, order: str, number: int) -> Command:
    """As small as a step of the journey can be: read one order, refuse or record one event.

    The rules' own decision is left out, so that the book and nothing else is measured.
    """
    who, stream = volunteer(number), f"order-{order}"
    at = step_at(0)

    def decide(read: Reading, now: datetime) -> Decided:
        del now
        state: Order = read(stream)
        if who not in state.members:
            raise NotAccepted
        return Decided([CheckedIn(order=order, volunteer=who, at=at, earliest=at, latest=at)])

    return _command(key, who, stream, decide)


def _command(
    key: str, caller: str, stream: str, decide: Callable[[Reading, datetime], Decided]
) -> Command:
    return Command(
        id=key,
        caller=caller or "system",
        digest=bytes(32),
        decide=decide,
        reads=(stream,),
        target=stream,
    )

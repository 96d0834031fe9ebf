"""Drives a book inside one process: so many clients, each waiting for its answer."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from itertools import islice
from typing import Any

import uvloop
from msgspec.structs import replace

from benchmarks.ids import ordered_ids
from benchmarks.rates import Rate
from benchmarks.stores import Place
from benchmarks.world import accepted, begin, check_in, open_book
from journal.book import Book
from journal.command import Command
from journal.garbage import calm_collector
from journal.recorder import open_recorder

PREPARE_WAITING = 2_000
PORTION = 10_000


async def drive(book: Book, commands: Iterable[Command], waiting: int) -> Rate:
    """Submit *commands* from *waiting* clients, each sending when its last was answered."""
    latencies: list[float] = []
    ahead = iter(commands)
    now = time.perf_counter

    async def client() -> None:
        for command in ahead:
            sent = now()
            await book.submit(command)
            latencies.append(now() - sent)

    after = book.head()
    began = now()
    await asyncio.gather(*(client() for _ in range(waiting)))
    return Rate(len(latencies), now() - began, latencies, after=after)


def with_book(place: Place, work: Callable[[Book], Coroutine[Any, Any, Rate]]) -> Rate:
    """What *work* measures on the book at *place*."""

    async def opened() -> Rate:
        with open_book(place) as book:
            return await work(book)

    return uvloop.run(opened())


def start(place: Place) -> None:
    """Begin the book at *place*."""

    async def begun(book: Book) -> Rate:
        await begin(book)
        return Rate(1, 1)

    with_book(place, begun)


def prepare(place: Place, count: int) -> list[str]:
    """The ids of *count* new orders of the book at *place* that wait for a check-in."""
    orders: list[str] = []

    async def prepared(book: Book) -> Rate:
        orders.extend(await new_orders(book, count))
        return Rate(count, 1)

    with_book(place, prepared)
    return orders


async def new_orders(book: Book, count: int) -> list[str]:
    """The ids of *count* new orders that wait for a check-in."""
    ids = ordered_ids()
    orders = list(islice(ids, count))
    commands = [accepted(next(ids), order, number) for number, order in enumerate(orders)]
    await drive(book, commands, PREPARE_WAITING)
    return orders


def check_ins(place: Place, count: int, waiting: int) -> Rate:
    """The rate of *count* check-ins on as many new orders, *waiting* at a time."""

    async def measured(book: Book) -> Rate:
        ids = ordered_ids()
        orders = await new_orders(book, count)
        commands = [check_in(next(ids), order, number) for number, order in enumerate(orders)]
        calm_collector()
        return await drive(book, commands, waiting)

    rate = with_book(place, measured)
    return replace(rate, batch=per_commit(place, [rate]))


def per_commit(place: Place, rates: Sequence[Rate]) -> float:
    """How many commands shared a commit: all events of one commit have one time."""
    recorder = open_recorder(place.url)
    with recorder.read() as c:
        c.execute(
            recorder.sql(
                "SELECT COUNT(DISTINCT recorded_at) AS commits FROM stored_events"
                " WHERE notification_id > ?"
            ),
            (min(rate.after for rate in rates),),
        )
        commits = int(c.fetchone()["commits"])
    recorder.close()
    return sum(rate.done for rate in rates) / commits


def fill(place: Place, events: int, done: Callable[[int], None] = lambda _: None) -> None:
    """Let the book at *place* grow to *events* events; *done* is told how many were added."""

    async def filled(book: Book) -> Rate:
        ids = ordered_ids()
        calm_collector()
        before = book.head()
        while book.head() < events:
            orders = await new_orders(book, min(PORTION, events - book.head() + 3) // 4)
            commands = [check_in(next(ids), order, n) for n, order in enumerate(orders)]
            await drive(book, commands, PREPARE_WAITING)
            done(book.head() - before)
            before = book.head()
        return Rate(before, 1)

    with_book(place, filled)

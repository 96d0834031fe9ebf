"""Drives a book inside one process: so many clients, each waiting for its answer."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from itertools import islice
from typing import Any

import uvloop
from msgspec.structs import replace

from benchmarks.ids import ordered_ids
from benchmarks.rates import Rate
from benchmarks.steps import accept, check_in, open_book
from benchmarks.stores import Place
from journal.book import Book
from journal.command import Command
from journal.garbage import calm_collector

PREPARE_WAITING = 2_000
PORTION = 10_000


async def drive(book: Book, commands: Iterable[Command], waiting: int) -> Rate:
    """Submit *commands* from *waiting* clients, each sending when its last was answered."""
    latencies: list[float] = []
    commits: set[int] = set()
    book.listeners.append(commits.add)
    ahead = iter(commands)
    now = time.perf_counter

    async def client() -> None:
        for command in ahead:
            sent = now()
            await book.submit(command)
            latencies.append(now() - sent)

    began = now()
    await asyncio.gather(*(client() for _ in range(waiting)))
    seconds = now() - began
    book.listeners.remove(commits.add)
    return Rate(len(latencies), seconds, latencies, len(latencies) / max(1, len(commits)))


async def prepared_orders(book: Book, count: int) -> list[str]:
    """The ids of *count* new orders that wait for a check-in."""
    ids = ordered_ids()
    orders = list(islice(ids, count))
    await drive(book, (accept(next(ids), order) for order in orders), PREPARE_WAITING)
    return orders


def with_book(place: Place, work: Callable[[Book], Coroutine[Any, Any, Rate]]) -> Rate:
    """What *work* measures on the book at *place*."""

    async def opened() -> Rate:
        book = open_book(place)
        book.start()
        try:
            return await work(book)
        finally:
            book.close()

    return uvloop.run(opened())


def check_ins(place: Place, count: int, waiting: int) -> Rate:
    """The rate of *count* check-ins on *count* orders, *waiting* at a time."""

    async def measured(book: Book) -> Rate:
        ids = ordered_ids()
        orders = await prepared_orders(book, count)
        commands = [check_in(next(ids), order) for order in orders]
        calm_collector()
        return replace(await drive(book, commands, waiting), after=book.head() - count)

    return with_book(place, measured)


def fill(place: Place, events: int, done: Callable[[int], None] = lambda _: None) -> None:
    """Let the book at *place* grow to *events* events; *done* is told how many were added."""

    async def filled(book: Book) -> Rate:
        ids = ordered_ids()
        calm_collector()
        before = book.head()
        while book.head() < events:
            orders = list(islice(ids, min(PORTION, events - book.head()) // 2))
            await drive(book, [accept(next(ids), order) for order in orders], PREPARE_WAITING)
            await drive(book, [check_in(next(ids), order) for order in orders], PREPARE_WAITING)
            done(book.head() - before)
            before = book.head()
        return Rate(before, 1)

    with_book(place, filled)

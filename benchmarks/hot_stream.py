"""Everyone at once on one stream of a PostgreSQL book, from one process and from two."""

import asyncio
import time
from functools import partial
from itertools import cycle, islice

from benchmarks.apart import apart, side_by_side
from benchmarks.driving import drive, prepared_orders, with_book
from benchmarks.ids import ordered_ids
from benchmarks.rates import Rate, in_turn, together
from benchmarks.report import Bound, Report, speeds
from benchmarks.scale import Scale
from benchmarks.steps import check_in
from benchmarks.stores import Place, Store
from journal.book import Book
from journal.garbage import calm_collector

CLIENTS = 64
MANY_STREAMS = 2_000
GATHER_SECONDS = 3.0
NOTE = "64 clients, shared by the processes; many streams are 2,000 orders taken in turn."


def hot_stream(report: Report, stores: list[Store], scale: Scale) -> None:
    """Print how one hot stream fares against many, where several processes can write."""
    (store,) = (store for store in stores if store.name == "PostgreSQL")
    place = store.fresh()
    orders = apart(_orders, place)
    streams = {"one stream": orders[:1], "many streams": orders}
    contestants = {
        f"{processes} process{'es' * (processes > 1)}, {name}": partial(
            _measured, place, chosen, processes, scale.hot_commands
        )
        for name, chosen in streams.items()
        for processes in (1, 2)
    }
    with report.progress("hot stream", scale.rounds * len(contestants)) as tick:
        found = in_turn(contestants, scale.rounds, tick)
    hot = "2 processes, one stream"
    spread = found.milliseconds(hot, 99) / found.milliseconds(hot, 50)
    report.add(
        speeds("Hot stream, PostgreSQL", "commands", found, NOTE),
        [
            *(
                Bound(f"{hot} : {other}", found.ratio(hot, other), least=0.8)
                for other in contestants
                if other != hot
            ),
            Bound(f"{hot}, p99 : p50", spread, most=4),
        ],
    )


def _orders(place: Place) -> list[str]:
    """Orders that wait for check-ins."""
    found: list[str] = []

    async def prepared(book: Book) -> Rate:
        found.extend(await prepared_orders(book, MANY_STREAMS))
        return Rate(len(found), 1)

    with_book(place, prepared)
    return found


def _measured(place: Place, orders: list[str], processes: int, commands: int) -> Rate:
    begin = time.time() + GATHER_SECONDS
    share, clients = commands // processes, CLIENTS // processes
    return together(side_by_side(_clients, processes, place, orders, share, clients, begin))


def _clients(place: Place, orders: list[str], commands: int, clients: int, begin: float) -> Rate:
    """The rate of one process's clients, who all begin at the instant *begin*."""

    async def measured(book: Book) -> Rate:
        ids = ordered_ids()
        steps = [check_in(next(ids), order) for order in islice(cycle(orders), commands)]
        calm_collector()
        await asyncio.sleep(begin - time.time())
        return await drive(book, steps, clients)

    return with_book(place, measured)

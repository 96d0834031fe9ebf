"""Everyone at once on one stream of a PostgreSQL book, from one process and from two."""

import asyncio
import time
from functools import partial
from itertools import cycle, islice

from msgspec.structs import replace

from benchmarks.apart import apart, side_by_side
from benchmarks.driving import commits, drive, prepare, start, with_book
from benchmarks.ids import ordered_ids
from benchmarks.rates import Rate, in_turn, together
from benchmarks.report import Bound, Report, speeds
from benchmarks.scale import Scale
from benchmarks.stores import Place, Store
from benchmarks.world import check_in
from journal.book import Book
from journal.garbage import calm_collector

CLIENTS = 64
MANY_STREAMS = 2_000
GATHER_SECONDS = 4.0
SETTLE_SECONDS = 0.5
NOTE = "64 clients, shared by the processes; many streams are 2,000 orders taken in turn."


def hot_stream(report: Report, stores: list[Store], scale: Scale) -> None:
    """Print how one hot stream fares against many, where several processes can write."""
    (store,) = (store for store in stores if store.name == "PostgreSQL")
    place = store.fresh()
    apart(start, place)
    orders = apart(prepare, place, MANY_STREAMS)
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


def _measured(place: Place, orders: list[str], processes: int, commands: int) -> Rate:
    begin = time.time() + GATHER_SECONDS
    share, clients = commands // processes, CLIENTS // processes
    shared = (place, orders, share, clients, processes, begin)
    return together(side_by_side(_clients, processes, *shared))


def _clients(
    place: Place, orders: list[str], commands: int, clients: int, processes: int, begin: float
) -> Rate:
    """The rate of one process's clients, who all begin at the instant *begin*."""

    async def measured(book: Book) -> Rate:
        ids = ordered_ids()
        numbered = islice(cycle(enumerate(orders)), commands + clients)
        steps = [check_in(next(ids), order, number) for number, order in numbered]
        await drive(book, steps[:clients], clients)  # a server has long met its streams
        calm_collector()
        await asyncio.sleep(begin - time.time())
        rate = await drive(book, steps[clients:], clients)
        await asyncio.sleep(SETTLE_SECONDS)
        return replace(rate, batch=commands * processes / commits(book, rate.after))

    return with_book(place, measured)

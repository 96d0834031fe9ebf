"""Everyone at once on one stream of a PostgreSQL book, from one process and from two."""

import asyncio
import time
from functools import partial
from itertools import cycle, islice

import msgspec
from msgspec.structs import replace

from benchmarks.apart import apart, side_by_side
from benchmarks.driving import drive, per_commit, prepare, start, with_book
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
NOTE = "64 clients, shared by the processes; many streams are 2,000 orders taken in turn."


class Share(msgspec.Struct, frozen=True):
    """What one process sends: so many commands to these orders, from the instant `begin` on."""

    place: Place
    orders: list[str]
    commands: int
    clients: int
    begin: float


def hot_stream(report: Report, stores: list[Store], scale: Scale) -> None:
    """Print how one hot stream fares against many, where several processes can write."""
    (store,) = (store for store in stores if store.name == "PostgreSQL")
    place = store.fresh()
    apart(start, place)
    contestants = {
        f"{processes} process{'es' * (processes > 1)}, {name}": partial(
            _measured, place, streams, processes, scale.hot_commands
        )
        for name, streams in {"one stream": 1, "many streams": MANY_STREAMS}.items()
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


def _measured(place: Place, streams: int, processes: int, commands: int) -> Rate:
    orders = apart(prepare, place, streams)
    begin = time.time() + GATHER_SECONDS
    share = Share(place, orders, commands // processes, CLIENTS // processes, begin)
    rates = side_by_side(_sent, processes, share)
    return replace(together(rates), batch=apart(per_commit, place, rates))


def _sent(share: Share) -> Rate:
    """The rate of one process's clients."""

    async def measured(book: Book) -> Rate:
        ids = ordered_ids()
        numbered = islice(cycle(enumerate(share.orders)), share.commands + share.clients)
        steps = [check_in(next(ids), order, number) for number, order in numbered]
        await drive(book, steps[: share.clients], share.clients)  # to know the streams
        calm_collector()
        await asyncio.sleep(share.begin - time.time())
        return await drive(book, steps[share.clients :], share.clients)

    return with_book(share.place, measured)

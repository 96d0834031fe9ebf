"""The book inside one process, 500 commands waiting, against a bare loop that inserts its rows."""

from benchmarks.apart import apart
from benchmarks.driving import check_ins, start
from benchmarks.rates import Rate, in_turn
from benchmarks.raw_rows import insert_raw
from benchmarks.report import Bound, Report, speeds
from benchmarks.scale import Scale
from benchmarks.stores import Place, Store

WAITING = 500
NOTE = "The bare loop gets the rows ready-made: it neither decides, encodes, hashes nor answers."


class Pair:
    """A book, and the twin that gets the same rows by a bare loop."""

    def __init__(self, place: Place, twin: Place, commands: int) -> None:
        self.place = place
        self.twin = twin
        self.commands = commands
        self.last = Rate(0, 0)

    def through_the_book(self) -> Rate:
        """So many check-ins."""
        self.last = apart(check_ins, self.place, self.commands, WAITING)
        return self.last

    def by_bare_loop(self) -> Rate:
        """The rows of the last check-ins, in batches of the same size."""
        batch = round(self.last.batch)
        return apart(insert_raw, self.place, self.twin, self.last.after, batch)


def in_process(report: Report, stores: list[Store], scale: Scale) -> None:
    """Print commands per second on each store."""
    for store in stores:
        title = f"In process, {WAITING} waiting, {store.name}"
        pair = Pair(store.fresh(), store.fresh(), scale.commands)
        contestants = {"book": pair.through_the_book, "bare loop": pair.by_bare_loop}
        apart(start, pair.place)
        with report.progress(title, scale.rounds * len(contestants)) as tick:
            found = in_turn(contestants, scale.rounds, tick)
        ratio = found.ratio("book", "bare loop")
        report.add(
            speeds(title, "commands", found, NOTE),
            [Bound(f"book : bare loop, {store.name}", ratio, least=0.5, aim=0.8)],
        )

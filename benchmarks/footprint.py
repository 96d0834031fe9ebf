"""What one server process needs: time until it answers, and memory, idle and under load."""

from benchmarks.apart import apart
from benchmarks.behind_http import ALIVE, JUDGED_CONNECTIONS, STEP, Journey, caught_up
from benchmarks.driving import fill, start
from benchmarks.report import Report, Table
from benchmarks.scale import Scale
from benchmarks.served import served
from benchmarks.stores import Store

SERVE = ("-c", "from api.cli import main; main()", "serve")


def footprint(report: Report, stores: list[Store], scale: Scale) -> None:
    """Print start-up time and resident memory of `timebank serve` on each store."""
    rows = []
    with report.progress("memory and start-up", len(stores)) as tick:
        for store in stores:
            tick(store.name)
            place = store.fresh()
            apart(start, place)
            apart(fill, place, scale.replayed)
            with served(SERVE, place.environment, ALIVE) as server:
                caught_up(server)
            with served(SERVE, place.environment, ALIVE) as server:
                idle = server.memory_mebibytes
                journey = Journey(place, server, scale.seconds, None)
                loaded = journey.measured(STEP, JUDGED_CONNECTIONS)
                row = (
                    store.name,
                    f"{server.started_in_seconds:.2f}",
                    f"{idle:.0f}",
                    f"{server.memory_mebibytes:.0f}",
                    f"{loaded.done:,}",
                )
                rows.append(row)
    columns = ("`timebank serve`", "starts in s", "MiB idle", "MiB after load", "requests")
    title = f"Memory and start-up, {scale.replayed:,} events in the book"
    report.add(Table(title, columns, rows, "Resident memory of the one process."), [])

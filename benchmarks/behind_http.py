"""The journey behind HTTP: a durable step, against doing nothing and against the library's loop.

One server process, its views catching up inside it; the load comes from another process.
"""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from urllib.request import Request, urlopen

from benchmarks import load_decide_save
from benchmarks.apart import apart
from benchmarks.driving import prepare, start
from benchmarks.ids import ordered_ids
from benchmarks.load import Load, request, send
from benchmarks.rates import Rate, in_turn
from benchmarks.report import Bound, Report, speeds
from benchmarks.scale import Scale
from benchmarks.served import Server, served
from benchmarks.stores import Place, Store
from benchmarks.world import PASSWORD, STEPS, VOLUNTEERS, sign_in, step_at, volunteer

JUDGED_CONNECTIONS = 64
SIGN_IN_SECONDS = 300.0  # a token lives for ten minutes
ALIVE = "/health/live"
REAL = ("-m", "benchmarks.journey_server")
LEAST = ("-m", "benchmarks.bare_litestar")
STEP, NOTHING, BARE, LIBRARY = "durable step", "does nothing", "bare Litestar", "library's loop"
PACE = {STEP: 3_000, NOTHING: 4_500, BARE: 8_000, LIBRARY: 600}
BOUNDS: Mapping[str, Mapping[str, tuple[float, float | None]]] = {
    "SQLite": {NOTHING: (0.65, 0.8), BARE: (0.35, 0.6), LIBRARY: (4.0, 8.0)},
    "PostgreSQL": {NOTHING: (0.5, None), BARE: (0.25, None), LIBRARY: (4.0, None)},
}
NOTE = "Check-ins and check-outs in turn, each by a signed-in volunteer with a new Idempotency-Key."


class Journey:
    """One book's servers and what is sent to them."""

    def __init__(self, place: Place, real: Server, seconds: float, bare: Server | None) -> None:
        self.place = place
        self.real = real
        self.bare = bare
        self.seconds = seconds
        self.keys = ordered_ids()
        self.tokens: list[str] = []
        self.signed_in_at = -SIGN_IN_SECONDS

    def measured(self, contestant: str, connections: int) -> Rate:
        """The rate of *contestant* under so many *connections*."""
        pace = PACE[contestant] if connections > 1 else PACE[contestant] // 3
        each = max(1, int(pace * self.seconds) // (STEPS * connections))
        orders = self._orders(contestant, each * connections)
        mine = [range(first, len(orders), connections) for first in range(connections)]
        requests = [[*self._visits(contestant, orders, numbers)] for numbers in mine]
        server = self.bare if contestant == BARE and self.bare else self.real
        return apart(send, Load(server.port, requests, 200))

    def _orders(self, contestant: str, count: int) -> list[str]:
        if contestant == STEP:
            orders = apart(prepare, self.place, count)
            caught_up(self.real)
            return orders
        orders = [next(self.keys) for _ in range(count)]
        if contestant == LIBRARY:
            apart(prepare_library, self.place.url, orders)
        return orders

    def _visits(
        self, contestant: str, orders: Sequence[str], numbers: Iterable[int]
    ) -> Iterator[bytes]:
        """The requests of one connection: its orders' visits, one after the other."""
        tokens = self._tokens()
        for number in numbers:
            token = tokens[number % VOLUNTEERS]
            for step in range(STEPS):
                act = "check-outs" if step % 2 else "check-ins"
                paths = {
                    STEP: act,
                    NOTHING: "nothing",
                    BARE: "check-ins",
                    LIBRARY: f"library/{act}",
                }
                path = f"/v1/orders/{orders[number]}/{paths[contestant]}"
                at = step_at(step).isoformat()
                body = json.dumps({"at": at, "device": "phone"}).encode()
                headers = {"Authorization": f"Bearer {token}", "Idempotency_Key": next(self.keys)}
                yield request(path, body, **headers)

    def _tokens(self) -> list[str]:
        """Real access tokens of all volunteers, not about to expire."""
        if time.monotonic() - self.signed_in_at > SIGN_IN_SECONDS:
            self.tokens = [_signed_in(self.real, number) for number in range(VOLUNTEERS)]
            self.signed_in_at = time.monotonic()
        return self.tokens


@contextmanager
def journey(place: Place, seconds: float, *, bare: bool = True) -> Iterator[Journey]:
    """The servers of one book that was begun at *place*, its views up to date."""
    with ExitStack() as stack:
        real = stack.enter_context(served(REAL, place.environment, ALIVE))
        least = stack.enter_context(served(LEAST, {}, ALIVE)) if bare else None
        caught_up(real)
        yield Journey(place, real, seconds, least)


def behind_http(report: Report, stores: list[Store], scale: Scale) -> None:
    """Print commands per second and latencies on each store, under few and many connections."""
    for store in stores:
        place = store.fresh()
        apart(start, place)
        with journey(place, scale.seconds) as measured:
            for connections in scale.connections:
                _under(report, store, scale, measured, connections)


def _under(report: Report, store: Store, scale: Scale, measured: Journey, connections: int) -> None:
    title = f"Behind HTTP, {connections} connections, {store.name}"
    contestants = {name: partial(measured.measured, name, connections) for name in PACE}
    with report.progress(title, scale.rounds * len(contestants)) as tick:
        found = in_turn(contestants, scale.rounds, tick)
    bounds = [
        Bound(f"{STEP} : {name}, {store.name}", found.ratio(STEP, name), least=least, aim=aim)
        for name, (least, aim) in BOUNDS[store.name].items()
        if connections == JUDGED_CONNECTIONS
    ]
    report.add(speeds(title, "requests", found, NOTE), bounds)


def prepare_library(database_url: str, orders: Sequence[str]) -> None:
    """The same orders for the library."""
    visits = load_decide_save.Visits(load_decide_save.environment(database_url))
    visits.prepare([(order, volunteer(number)) for number, order in enumerate(orders)])
    visits.close()


def _signed_in(server: Server, number: int) -> str:
    """A volunteer's access token, for their name and password."""
    wanted = json.dumps({"name": sign_in(number), "password": PASSWORD}).encode()
    headers = {"Content-Type": "application/json"}
    address = f"http://127.0.0.1:{server.port}/v1/tokens"
    with urlopen(Request(address, wanted, headers)) as answer:
        return str(json.load(answer)["access_token"])


def caught_up(server: Server) -> None:
    """Return when every view shows everything."""
    address = f"http://127.0.0.1:{server.port}/health/ready"
    while True:
        with urlopen(address) as answer:
            views = json.load(answer)["views"].values()
        if all(view["behind"] == 0 for view in views):
            return
        time.sleep(0.05)

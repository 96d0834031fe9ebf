"""The same measurements on books of growing size, and the proof of the largest."""

import time
from contextlib import ExitStack
from functools import partial

from api import settings
from api.log import last_checkpoint, verifier_key
from benchmarks.apart import apart
from benchmarks.behind_http import JUDGED_CONNECTIONS, STEP, journey
from benchmarks.driving import check_ins, fill, start
from benchmarks.in_process import WAITING
from benchmarks.rates import Rate, in_turn
from benchmarks.report import Bound, Report, speeds
from benchmarks.scale import Scale
from benchmarks.stores import Place, Store
from benchmarks.world import open_book
from journal.leaves import leaf
from journal.recorder import open_recorder
from journal.verify import Sound, verify

NOTE = "Every measurement adds its own events to each book."
PROOF_NOTE = "By hand: read every row in order, hash its bytes with its nonce, compare the leaf."


def growth(report: Report, stores: list[Store], scale: Scale) -> None:
    """Print the book in process and behind HTTP as it grows, and how long its proof takes."""
    for store in stores:
        places = {f"{size:,} events": store.fresh() for size in scale.sizes}
        _fill(report, store, scale, places)
        _in_process(report, store, scale, places)
        _behind_http(report, store, scale, places)
        _proof(report, store, scale, places)


def _fill(report: Report, store: Store, scale: Scale, places: dict[str, Place]) -> None:
    with report.counting(f"filling books, {store.name}", sum(scale.sizes)) as more:
        for size, place in zip(scale.sizes, places.values(), strict=True):
            start(place)
            fill(place, size, more)


def _in_process(report: Report, store: Store, scale: Scale, places: dict[str, Place]) -> None:
    title = f"In process, {WAITING} waiting, books of several sizes, {store.name}"
    contestants = {
        name: partial(apart, check_ins, place, scale.commands, WAITING)
        for name, place in places.items()
    }
    with report.progress(title, scale.rounds * len(contestants)) as tick:
        found = in_turn(contestants, scale.rounds, tick)
    small, *_, large = contestants
    what = f"{large} : {small}, in process, {store.name}"
    bound = Bound(what, found.ratio(large, small), least=0.6, aim=0.8)
    report.add(speeds(title, "commands", found, NOTE), [bound])


def _behind_http(report: Report, store: Store, scale: Scale, places: dict[str, Place]) -> None:
    title = f"Behind HTTP, {JUDGED_CONNECTIONS} connections, books of several sizes, {store.name}"
    with ExitStack() as stack, report.progress(title, (scale.rounds + 1) * len(places)) as tick:
        contestants = {}
        for name, place in places.items():
            tick(f"views of {name} catch up")
            served = stack.enter_context(journey(place, scale.seconds, bare=False))
            contestants[name] = partial(served.measured, STEP, JUDGED_CONNECTIONS)
        found = in_turn(contestants, scale.rounds, tick)
    small, *_, large = contestants
    what = f"{large} : {small}, behind HTTP, {store.name}"
    report.add(
        speeds(title, "requests", found, NOTE),
        [Bound(what, found.ratio(large, small), least=0.85)],
    )


def _proof(report: Report, store: Store, scale: Scale, places: dict[str, Place]) -> None:
    *_, (name, place) = places.items()
    title = f"Proof of {name}, {store.name}"
    contestants = {
        "timebank verify": partial(apart, verify_book, place),
        "by hand": partial(apart, hash_by_hand, place),
    }
    with report.progress(title, scale.rounds * len(contestants)) as tick:
        found = in_turn(contestants, scale.rounds, tick)
    slower = 1 / found.ratio("timebank verify", "by hand")
    report.add(
        speeds(title, "events", found, PROOF_NOTE),
        [Bound(f"time of verify : by hand, {store.name}", slower, most=3)],
    )


def verify_book(place: Place) -> Rate:
    """`timebank verify` of the book at *place*, which must be sound."""
    facts = settings.read(place.environment)
    with open_book(place) as book:
        began = time.perf_counter()
        found = verify(book.store, verifier_key(facts), last=last_checkpoint(facts))
        seconds = time.perf_counter() - began
        assert isinstance(found, Sound), found
        return Rate(book.head(), seconds)


def hash_by_hand(place: Place) -> Rate:
    """Every leaf worked out again from its row."""
    recorder = open_recorder(place.url)
    with recorder.read() as c:
        began = time.perf_counter()
        c.execute("SELECT state, nonce, leaf FROM stored_events ORDER BY notification_id")
        rows = c.fetchall()
        for index, row in enumerate(rows):
            assert leaf(row["nonce"], row["state"], index) == row["leaf"]
        seconds = time.perf_counter() - began
    recorder.close()
    return Rate(len(rows), seconds)

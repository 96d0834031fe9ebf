"""Replaying a whole book against reading, decoding and folding its rows by hand."""

import time
from typing import Any

import msgspec

from benchmarks.apart import apart
from benchmarks.driving import fill
from benchmarks.rates import Rate, in_turn
from benchmarks.report import Bound, Report, speeds
from benchmarks.scale import Scale
from benchmarks.steps import Accepted, CheckedIn, Order, evolve, open_book
from benchmarks.stores import Place, Store
from journal.recorder import open_recorder

PAGE = 5_000
NOTE = "By hand: one query, one msgspec decoder, one dictionary of states; both check every total."


class Row(msgspec.Struct):
    """As little of an envelope as a fold needs."""

    stream: str
    event: Accepted | CheckedIn


def replay(report: Report, stores: list[Store], scale: Scale) -> None:
    """Print events per second on each store."""
    for store in stores:
        title = f"Replay of {scale.replayed:,} events, {store.name}"
        place = store.fresh()
        with report.progress(title, scale.rounds * 2 + 1) as tick:
            tick("filling")
            apart(fill, place, scale.replayed)
            contestants = {
                "book": lambda place=place: apart(replay_book, place),
                "by hand": lambda place=place: apart(replay_by_hand, place),
            }
            found = in_turn(contestants, scale.rounds, tick)
        bound = Bound(f"book : by hand, {store.name}", found.ratio("book", "by hand"), least=0.5)
        report.add(speeds(title, "events", found, NOTE), [bound])


def replay_book(place: Place) -> Rate:
    """All events of the book, read in pages and folded into the state of every stream."""
    book = open_book(place)
    states: dict[str, Any] = {}
    position = 0
    began = time.perf_counter()
    while page := book.events_after(position, PAGE):
        for recorded in page:
            before = states.get(recorded.stream)
            if before is None:
                before = book.states.initial(recorded.stream).state
            states[recorded.stream] = book.states.fold(before, recorded.stream, recorded.event)
        position = page[-1].position
    seconds = time.perf_counter() - began
    book.close()
    return _checked(states, position, seconds)


def replay_by_hand(place: Place) -> Rate:
    """The same with nothing between the database's rows and the fold."""
    recorder = open_recorder(place.url)
    decode = msgspec.json.Decoder(Row).decode
    states: dict[str, Order] = {}
    count = 0
    with recorder.read() as c:
        began = time.perf_counter()
        c.execute("SELECT state FROM stored_events ORDER BY notification_id")
        for found in c.fetchall():
            row = decode(found["state"])
            states[row.stream] = evolve(states.get(row.stream, Order()), row.event)
            count += 1
        seconds = time.perf_counter() - began
    recorder.close()
    return _checked(states, count, seconds)


def _checked(states: dict[str, Order], count: int, seconds: float) -> Rate:
    """Every order was accepted once and visited once, or the replay was wrong."""
    assert len(states) == count // 2
    assert all(state.visits == 1 for state in states.values())
    return Rate(count, seconds)

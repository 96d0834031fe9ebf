"""Replaying a whole book against reading, decoding and folding its rows by hand."""

import time
from functools import partial
from typing import Any, Union

import msgspec

from api.opening import FORMS
from benchmarks.apart import apart
from benchmarks.driving import fill, start
from benchmarks.rates import Rate, in_turn
from benchmarks.report import Bound, Report, speeds
from benchmarks.scale import Scale
from benchmarks.stores import Place, Store
from benchmarks.world import open_book
from journal.forms import Sealed
from journal.recorder import open_recorder
from timebank.orders import Order

PAGE = 5_000
NOTE = "By hand: one query, one msgspec decoder, one dictionary of states; both give equal states."


class Row(msgspec.Struct):
    """As little of an envelope as a fold needs."""

    stream: str
    event: Union[(Sealed, *(form for form in FORMS.tags.values() if form not in FORMS.sealed))]  # type: ignore[valid-type]


def replay(report: Report, stores: list[Store], scale: Scale) -> None:
    """Print events per second on each store."""
    for store in stores:
        title = f"Replay of {scale.replayed:,} events, {store.name}"
        place = store.fresh()
        contestants = {
            "book": partial(apart, replay_book, place),
            "by hand": partial(apart, replay_by_hand, place),
        }
        with report.progress(title, scale.rounds * 2 + 1) as tick:
            tick("filling")
            apart(start, place)
            apart(fill, place, scale.replayed)
            found = in_turn(contestants, scale.rounds, tick)
        bound = Bound(f"book : by hand, {store.name}", found.ratio("book", "by hand"), least=0.5)
        report.add(speeds(title, "events", found, NOTE), [bound])


def replay_book(place: Place) -> Rate:
    """All events of the book, read in pages and folded into the state of every stream."""
    states: dict[str, Any] = {}
    position = 0
    with open_book(place) as book:
        began = time.perf_counter()
        while page := book.events_after(position, PAGE):
            for recorded in page:
                stream = recorded.stream
                before = states.get(stream)
                if before is None:
                    before = book.states.initial(stream).state
                states[stream] = book.states.fold(before, stream, recorded.event)
            position = page[-1].position
        seconds = time.perf_counter() - began
    return _checked(states, position, seconds)


def replay_by_hand(place: Place) -> Rate:
    """The same with nothing between the database's rows and the fold."""
    recorder = open_recorder(place.url)
    decode = msgspec.json.Decoder(Row).decode
    states: dict[str, Any] = {}
    with recorder.read() as c:
        began = time.perf_counter()
        c.execute("SELECT state FROM stored_events ORDER BY notification_id")
        found = c.fetchall()
        for one in found:
            row = decode(one["state"])
            initial, evolve = FORMS.folds[row.stream[:-37]]
            states[row.stream] = evolve(states.get(row.stream, initial), row.event)
        seconds = time.perf_counter() - began
    recorder.close()
    return _checked(states, len(found), seconds)


def _checked(states: dict[str, Any], count: int, seconds: float) -> Rate:
    """Every order has its one check-in, or the replay was wrong."""
    orders = [state for state in states.values() if isinstance(state, Order)]
    assert len(orders) >= count // 4 - 100
    assert all(member.began for order in orders for member in order.members.values())
    return Rate(count, seconds)

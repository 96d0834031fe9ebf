"""Rebuilding beside the serving view: readers never notice, and nothing is half done."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from projections.catchup import CatchUp
from projections.generations import Moved
from projections.rebuild import Difference, RebuildStopped, check, rebuild
from projections.store import Store
from projections.stores import store_for
from projections.view import Served
from projections.views import Views
from tests.projections_past import Past
from tests.projections_toys import LISTING, TALLY, Bought, Renamed, Strange


@pytest.fixture
def store(book_url: str, tmp_path: Path) -> Iterator[Store]:
    """An empty store of views, on each database in turn."""
    made = store_for(book_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def past() -> Past:
    """Five purchases."""
    return Past([Bought("ball", 0), *(Bought("ball", count) for count in range(1, 5))])


@pytest.fixture
def views(store: Store, past: Past) -> Views:
    """The toy views, up to date."""
    made = Views(store, [LISTING, TALLY])
    made.open()
    while CatchUp(made, past).run_once():
        pass
    return made


def spoil(views: Views) -> None:
    """Write into a serving table what no event says."""
    with views.store.write() as cursor:
        cursor.execute("UPDATE sums__1 SET count = 77")


def counted(views: Views) -> Any:
    """What the tally says."""
    return views.rows("SELECT count FROM {sums}")[0][0]


def tables(store: Store) -> set[str]:
    """The names of all tables of views."""
    sql = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if store.dialect.mark == "?"
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'views'"
    )
    return {name for (name,) in store.rows(sql) if "__" in name}


def test_a_rebuilt_view_takes_the_place_of_a_spoilt_one(views: Views, past: Past) -> None:
    """A process that knows the old table asks once more and sees the new one; the old one goes."""
    spoil(views)
    other = Views(views.store, [LISTING, TALLY])
    other.standing()
    assert (counted(views), counted(other)) == (77, 77)
    told: list[tuple[int, int]] = []
    rebuild(views, past, ["sums"], lambda done, total: told.append((done, total)))
    assert told == [(5, 5)]
    assert (counted(views), counted(other)) == (10, 10)
    assert views.standing() == {"things": Served(1, 5, None), "sums": Served(2, 5, None)}
    assert tables(views.store) == {"things__1", "sums__2"}


def test_check_names_each_difference_and_changes_nothing(views: Views, past: Past) -> None:
    """Both sides of a differing row are told; a sound view has none."""
    assert check(views, past, ["things", "sums"]) == []
    spoil(views)
    assert check(views, past, ["things", "sums"]) == [
        Difference("sums", "served", {"thing": "ball", "count": 77}),
        Difference("sums", "rebuilt", {"thing": "ball", "count": 10}),
    ]
    assert counted(views) == 77
    assert tables(views.store) == {"things__1", "sums__1"}


def test_check_compares_at_the_place_where_the_view_stands(views: Views, past: Past) -> None:
    """A view that lags is not wrong."""
    past.told(Bought("ball", 5))
    assert check(views, past, ["things", "sums"]) == []


def test_a_rebuild_that_stops_leaves_the_serving_view_alone(views: Views, past: Past) -> None:
    """The position and the tag are told."""
    past.told(Strange(), Bought("ball", 1))
    while CatchUp(views, past).run_once():
        pass
    with pytest.raises(RebuildStopped) as refused:
        rebuild(views, past, ["things"])
    assert (refused.value.stopped.position, refused.value.stopped.tag) == (6, "toy.strange")
    assert views.standing()["things"].generation == 1
    assert tables(views.store) == {"things__1", "sums__1"}


def test_a_broken_off_rebuild_can_be_repeated(views: Views, past: Past) -> None:
    """What it left behind is cleared away by the next one."""

    def killed(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(views, past, ["sums"], killed)
    rebuild(views, past, ["sums"])
    assert counted(views) == 10
    assert tables(views.store) == {"things__1", "sums__2"}


def test_a_worker_goes_on_with_the_rebuilt_view(views: Views, past: Past) -> None:
    """Its next batch finds the old generation gone, and nothing is counted twice or left out."""
    worker = CatchUp(views, past)
    past.told(Bought("ball", 1))
    worker.run_once()
    rebuild(views, past, ["sums", "things"])
    past.told(Bought("ball", 1))
    with pytest.raises(Moved):
        worker.run_once()
    while worker.run_once():
        pass
    assert counted(views) == 12
    assert check(views, past, ["sums", "things"]) == []


def test_a_stopped_view_is_served_again_once_it_is_rebuilt(store: Store) -> None:
    """The worker that gave it up finds it again within a second."""
    past = Past([Bought("ball", 0), Strange()])
    views = Views(store, [LISTING])
    views.open()
    worker = CatchUp(views, past)
    worker.run_once()
    past.recorded.pop()
    rebuild(views, past, ["things"])
    assert views.standing()["things"] == Served(2, 1, None)
    past.told(Bought("ball", 1))
    worker._look_at = 0.0
    worker.run_once()
    assert views.standing()["things"] == Served(2, 2, None)


def test_readers_and_the_worker_go_on_during_rebuilds(views: Views, past: Past) -> None:
    """Ten rebuilds beside a worker and a reader that never sees less than before."""
    past.told(*(Renamed("ball", str(number)) for number in range(3000)))
    worker = CatchUp(views, past, batch=50)
    while worker.run_once():
        pass
    stop = threading.Event()
    seen: list[int] = []
    failed: list[BaseException] = []

    def read() -> None:
        reader = Views(views.store, [LISTING, TALLY])
        reader.standing()
        while not stop.is_set():
            try:
                seen.append(counted(reader))
            except BaseException as error:  # noqa: BLE001 - told below
                failed.append(error)
                return

    def work() -> None:
        while not stop.is_set():
            past.told(Bought("ball", 1))
            try:
                worker.run_once()
            except Moved:
                continue
            except BaseException as error:  # noqa: BLE001 - told below
                failed.append(error)
                return

    threads = [threading.Thread(target=read), threading.Thread(target=work)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        rebuild(views, past, ["sums"])
    stop.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert seen == sorted(seen)
    while worker.run_once():
        pass
    assert counted(views) == 10 + past.head() - 3005
    assert views.standing()["sums"].generation == 11

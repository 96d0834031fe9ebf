"""Reading one's own writes: who waits for a view is answered as soon as it has come far enough."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from projections.catchup import CatchUp
from projections.positions import Positions
from projections.store import Store, ViewsUnavailable
from projections.stores import store_for
from projections.views import Views
from tests.projections_past import Past, Recorded
from tests.projections_toys import LISTING, TALLY, Bought, Strange


@pytest.fixture
def store(book_url: str, tmp_path: Path) -> Iterator[Store]:
    """An empty store of views, on each database in turn."""
    made = store_for(book_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def views(store: Store) -> Views:
    """The toy views, open and empty."""
    made = Views(store, [LISTING, TALLY])
    made.open()
    return made


@asynccontextmanager
async def running(worker: CatchUp) -> AsyncIterator[None]:
    """A worker at work, stopped afterwards."""
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_writer_reads_what_it_wrote(views: Views) -> None:
    """The wake-up of a commit brings the views on at once, not at the next look."""
    past = Past()
    worker = CatchUp(views, past)
    async with running(worker):
        assert not await worker.positions.reached("sums", 1, timeout=0.05)
        began = time.monotonic()
        for count in range(1, 21):
            position = past.told(Bought("ball", 1))
            worker.wake()
            assert await worker.positions.reached("sums", position)
            assert views.rows("SELECT count FROM {sums}")[0][0] == count
            assert worker.positions.of("sums") == position
        assert time.monotonic() - began < 1.0


async def test_a_lost_wake_up_delays_and_loses_nothing(views: Views) -> None:
    """The worker looks by itself every second."""
    past = Past()
    worker = CatchUp(views, past)
    async with running(worker):
        await asyncio.sleep(0.1)
        past.told(Bought("ball", 1))
        assert await worker.positions.reached("sums", 1, timeout=3.0)


async def test_another_process_sees_the_view_come_on(views: Views, store: Store) -> None:
    """Where no worker runs, the tracking row is looked at while somebody waits."""
    past = Past()
    other = Views(store, [LISTING, TALLY])
    other.open()
    positions = Positions(other)
    assert not await positions.reached("sums", 1, timeout=0.05)
    worker = CatchUp(views, past)
    async with running(worker):
        waiting = [asyncio.create_task(positions.reached("sums", place)) for place in (1, 2, 2)]
        past.told(Bought("ball", 1), Bought("ball", 1))
        worker.wake()
        assert await asyncio.gather(*waiting) == [True, True, True]
    assert positions.of("sums") == 2


async def test_nobody_waits_for_a_view_that_stopped(views: Views) -> None:
    """The answer comes at once: no waiting will help."""
    worker = CatchUp(views, Past([Strange()]))
    async with running(worker):
        assert await worker.positions.reached("sums", 1)
        began = time.monotonic()
        assert not await worker.positions.reached("things", 1, timeout=5.0)
        assert time.monotonic() - began < 0.5


class Faulty(Past):
    """A past that cannot be read a few times."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures

    def events(self, after: int, limit: int) -> list[Recorded]:
        """As told, after some failures."""
        if self.failures:
            self.failures -= 1
            raise ViewsUnavailable
        return list(super().events(after, limit))


async def test_failures_are_outlived(views: Views, caplog: pytest.LogCaptureFixture) -> None:
    """A database that cannot be reached is tried again, with growing pauses."""
    past = Faulty(3)
    past.told(Bought("ball", 1))
    worker = CatchUp(views, past)
    async with running(worker):
        assert await worker.positions.reached("sums", 1, timeout=3.0)
    assert [record.getMessage() for record in caplog.records] == [
        "views wait 0.05 s: ViewsUnavailable",
        "views wait 0.10 s: ViewsUnavailable",
        "views wait 0.20 s: ViewsUnavailable",
    ]
    assert views.rows("SELECT count FROM {sums}")[0][0] == 1


async def test_one_worker_of_two_holds_the_lease(postgres_url: str, tmp_path: Path) -> None:
    """The other waits, and takes over when the holder's connection is gone."""
    past = Past([Bought("ball", 1)])
    workers = []
    for _ in range(2):
        made = Views(store_for(postgres_url, tmp_path), [TALLY])
        made.open()
        workers.append(CatchUp(made, past))
    first, second = workers
    async with running(second):
        async with running(first):
            assert await first.positions.reached("sums", 1)
            leader = first if first.positions.followed else second
            waiter = second if leader is first else first
            assert leader.positions.followed
            assert not waiter.positions.followed
            assert await waiter.positions.reached("sums", 1)
        if leader is first:
            past.told(Bought("ball", 1))
            assert await second.positions.reached("sums", 2, timeout=5.0)
            assert second.positions.followed
    for worker in workers:
        worker.views.close()


def test_a_lost_connection_loses_the_lease(postgres_url: str, tmp_path: Path) -> None:
    """The server gives it on when the holder dies; the holder finds out when it looks."""
    held, waiting = store_for(postgres_url, tmp_path), store_for(postgres_url, tmp_path)
    for store in (held, waiting):
        store.create_table()
    ours, theirs = held.lease(), waiting.lease()
    assert ours.held()
    assert ours.held()
    assert not theirs.held()
    waiting.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    )
    deadline = time.monotonic() + 5
    while not theirs.held() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert theirs.held()
    assert not ours.held()
    theirs.release()
    assert ours.held()
    ours.release()
    held.close()
    waiting.close()

"""What the views survive: a full disk, a server that goes away, a killed worker."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from projections import sqlite
from projections.catchup import CatchUp
from projections.store import ViewsUnavailable
from projections.stores import store_for
from projections.views import Views
from tests.projections_past import Past
from tests.projections_toys import LISTING, TALLY, Bought
from tests.servers import Postgres


def counted(views: Views) -> int:
    """The sum of everything that was bought."""
    return int(views.rows("SELECT coalesce(sum(count), 0) FROM {sums}")[0][0])


def go_on(worker: CatchUp) -> None:
    """Bring the views as far as they go."""
    while worker.run_once():
        pass


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch that found no room is applied once there is room."""
    monkeypatch.setattr(sqlite, "PRAGMAS", (*sqlite.PRAGMAS, "PRAGMA max_page_count = 20"))
    views = Views(store_for("sqlite:///", tmp_path), [LISTING, TALLY])
    views.open()
    past = Past(Bought(f"{number:0500}", 1) for number in range(500))
    worker = CatchUp(views, past, batch=25)
    with pytest.raises(ViewsUnavailable):
        go_on(worker)
    stood = views.standing()["sums"].position
    assert 0 < stood < 500
    assert counted(views) == stood
    views.rows("PRAGMA max_page_count = 100000")
    go_on(worker)
    assert counted(views) == 500
    views.close()


async def test_the_worker_outlives_a_server_that_crashes(
    durable_postgres: Postgres, tmp_path: Path
) -> None:
    """Readers are told at once, again and again; afterwards everything is counted once."""
    views = Views(
        store_for(durable_postgres.url(durable_postgres.create_database()), tmp_path), [TALLY]
    )
    views.open()
    past = Past([Bought("ball", 1)])
    worker = CatchUp(views, past)
    task = asyncio.create_task(worker.run())
    try:
        assert await worker.positions.reached("sums", 1)
        durable_postgres.stop(signal.SIGQUIT)
        past.told(*(Bought("ball", 1) for _ in range(99)))
        worker.wake()
        with pytest.raises(ViewsUnavailable):
            counted(views)
        began = time.monotonic()
        for _ in range(100):
            with pytest.raises(ViewsUnavailable):
                counted(views)
        assert time.monotonic() - began < 0.5
        await asyncio.sleep(0.5)
        durable_postgres.start()
        assert await worker.positions.reached("sums", 100, timeout=20.0)
        await asyncio.sleep(1.0)
        assert counted(views) == 100
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        views.close()


WORKER = """
import sys
from pathlib import Path
from projections.catchup import CatchUp
from projections.stores import store_for
from projections.views import Views
from tests.projections_past import Past
from tests.projections_toys import LISTING, TALLY, Bought

views = Views(store_for(sys.argv[1], Path(sys.argv[2])), [LISTING, TALLY])
views.open()
worker = CatchUp(views, Past(Bought(str(n % 50), 1) for n in range(20000)), batch=20)
print("started", flush=True)
while worker.run_once():
    pass
"""


def test_a_killed_worker_leaves_whole_batches(book_url: str, tmp_path: Path) -> None:
    """Five kills in the middle of its work; at the end each of 20,000 events counted once."""
    past = Past(Bought(str(number % 50), 1) for number in range(20000))
    views = Views(store_for(book_url, tmp_path), [LISTING, TALLY])
    for pause in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, book_url, str(tmp_path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        time.sleep(0.02 + 0.04 * pause)
        process.kill()
        process.wait()
        process.stdout.close()
    views.open()
    stood = views.standing()["sums"].position
    assert stood % 20 == 0
    assert counted(views) == stood
    go_on(CatchUp(views, past))
    assert counted(views) == 20000
    views.close()

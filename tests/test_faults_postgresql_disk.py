"""PostgreSQL's own disk fails or is full: what it did not keep, the service never acknowledged.

PostgreSQL stops itself when it cannot flush its log, and starts again; whether it can is its own
affair. Ours is that people are told, and that work goes on once it is back.
"""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from typing import BinaryIO

import psycopg
import pytest

from tests import programs
from tests.gate import Gate
from tests.households import acknowledged, living, refresh, unavailable, until
from tests.mounts import fill, mounted
from tests.played import letters_of, play
from tests.programs import LENT_TO, is_root
from tests.servers import Home, Postgres, ServerBroken
from tests.soundness import assert_nothing_lost, assert_sound

HOUSEHOLDS = 32
WAL = re.compile(r"/pg_wal/")
SIZE = "192m"
SMALL = {"min_wal_size": "32MB", "max_wal_size": "48MB", "wal_recycle": "off"}


class Gated(Postgres):
    """A cluster whose next start is behind a gate."""

    gate: Gate | None = None

    def launch(self, log: BinaryIO) -> subprocess.Popen[bytes]:
        """Start behind the gate, if there is one; then as usual."""
        gate, self.gate = self.gate, None
        if gate is None:
            return super().launch(log)
        process = subprocess.Popen(
            [*gate.launcher(LENT_TO if is_root() else ""), *self.command()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.folder,
            env=programs.ENVIRON,
            start_new_session=True,
            pass_fds=[gate.theirs],
        )
        gate.watch()
        return process


class Small(Postgres):
    """A cluster on a small file system of its own."""

    def __init__(self, home: Home, name: str, *, durable: bool = False) -> None:
        super().__init__(home, name, durable=durable)
        self.settings |= SMALL
        self.mount = ExitStack()
        self.mount.enter_context(mounted(self.data, SIZE))
        shutil.chown(self.data, LENT_TO)


@pytest.fixture
def gated(home: Home) -> Iterator[Gated]:
    """A cluster that can be put behind a gate."""
    cluster = Gated.fresh(home, "faults-gated", durable=True)
    yield cluster
    cluster.stop()


@pytest.fixture
def small(home: Home) -> Iterator[Small]:
    """A cluster whose disk is soon full."""
    if not is_root():
        pytest.skip("mounting a small file system needs root")
    cluster = Small.fresh(home, "faults-small", durable=True)
    with cluster.mount:
        yield cluster
        cluster.stop()


async def test_a_log_that_cannot_be_flushed_loses_nothing_that_was_acknowledged(
    gated: Gated, home: Home
) -> None:
    """PostgreSQL panics on EIO, and is started again on a sound disk."""
    with Gate() as gate:
        played = await asyncio.to_thread(play, home, gated)
        gated.stop()
        gated.gate = gate
        gated.start()
        households = played.households(HOUSEHOLDS, 17)
        with played.served() as served:
            await refresh(played.people(), served.port)
            async with living(households, served.port):
                await until(lambda: acknowledged(households) > 100, 30, "acknowledged")
                gate.failing = WAL
                await until(lambda: unavailable(households) > HOUSEHOLDS, 30, "refusals")
                gate.failing = None
                await _is_back(gated)
                before = acknowledged(households)
                await until(lambda: acknowledged(households) > before + 50, 30, "recovery")
            assert gate.failed > 0
            await assert_nothing_lost(served, letters_of(households))
        assert_sound(played.site)
        gated.stop()


async def test_a_full_disk_loses_nothing_that_was_acknowledged(small: Small, home: Home) -> None:
    """Not a byte is left, for tables or for the log; then there is space again."""
    played = await asyncio.to_thread(play, home, small)
    households = played.households(HOUSEHOLDS, 18)
    ballast = small.data / "ballast"
    with played.served() as served:
        await refresh(played.people(), served.port)
        async with living(households, served.port):
            await until(lambda: acknowledged(households) > 100, 30, "acknowledged")
            fill(ballast)
            await until(lambda: unavailable(households) > HOUSEHOLDS, 60, "refusals")
            ballast.unlink()
            await _is_back(small)
            before = acknowledged(households)
            await until(lambda: acknowledged(households) > before + 50, 30, "recovery")
        await assert_nothing_lost(served, letters_of(households))
    assert_sound(played.site)


async def _is_back(cluster: Postgres) -> None:
    """Wait until the cluster has come back by itself; one that gave up is started again."""
    for _ in range(300):
        if cluster.ended():
            cluster.stop()
            await asyncio.to_thread(cluster.start)
        try:
            with psycopg.connect(cluster.url("postgres", "postgres"), connect_timeout=1):
                return
        except psycopg.OperationalError:
            await asyncio.sleep(0.1)
    raise ServerBroken

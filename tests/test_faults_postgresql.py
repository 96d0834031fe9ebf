"""PostgreSQL goes away under load: the service says so, and goes on by itself when it is back."""

import asyncio
import signal
import time
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.cut_line import CutLine
from tests.households import acknowledged, living, refresh, unavailable, until
from tests.played import Played, letters_of, play
from tests.servers import Home, Postgres
from tests.sites import Served
from tests.soundness import assert_nothing_lost, assert_sound
from tests.wire import Phone

HOUSEHOLDS = 32
AWAY_SECONDS = 1.5
BACK_SECONDS = 10


@pytest.fixture(scope="module")
def durable(home: Home) -> Iterator[Postgres]:
    """A cluster of this file's own, with fsync on: its tests stop it and start it."""
    cluster = Postgres.fresh(home, f"faults-{len(list(home.folder.iterdir()))}", durable=True)
    yield cluster
    cluster.stop()


@pytest.fixture(scope="module")
def played_once(home: Home, durable: Postgres) -> Played:
    """The demonstration district in that cluster."""
    return play(home, durable)


@pytest.fixture
def played(played_once: Played, durable: Postgres) -> Iterator[Played]:
    """A played district of this test's own."""
    with played_once.copied() as own:
        yield own
        if durable._process is None:
            durable.start()


async def test_postgresql_is_stopped_at_once_under_load_and_comes_back(
    played: Played, durable: Postgres
) -> None:
    """Three times `-m immediate`: 503 while it is away, then work as before, nothing lost."""
    with played.served() as served:
        await refresh(played.people(), served.port)
        households = played.households(HOUSEHOLDS, 7)
        async with living(households, served.port):
            for _ in range(3):
                before = acknowledged(households)
                await until(lambda: acknowledged(households) > before + 100, 30, "acknowledged")  # noqa: B023
                refused = unavailable(households)
                durable.stop(signal.SIGQUIT)
                await _says_so(played, served)
                await until(lambda: unavailable(households) > refused + HOUSEHOLDS, 30, "refusals")  # noqa: B023
                await asyncio.sleep(AWAY_SECONDS)
                await asyncio.to_thread(durable.start)
                before = acknowledged(households)
                await until(lambda: acknowledged(households) > before, BACK_SECONDS, "recovery")  # noqa: B023
        await assert_nothing_lost(served, letters_of(households))
        await played.reads_go_on(served)
    assert_sound(played.site)


async def test_a_cluster_that_commits_lazily_loses_nothing_that_was_acknowledged(
    played: Played, durable: Postgres
) -> None:
    """`synchronous_commit = off` is for others: the book's commits wait for the disk."""
    durable.stop()
    usual = durable.settings
    durable.settings = {**usual, "synchronous_commit": "off", "wal_writer_delay": "10s"}
    durable.start()
    try:
        with played.served() as served:
            await refresh(played.people(), served.port)
            households = played.households(HOUSEHOLDS, 8)
            async with living(households, served.port):
                await until(lambda: acknowledged(households) > 300, 30, "acknowledged")
                durable.stop(signal.SIGQUIT)
                await asyncio.to_thread(durable.start)
            await assert_nothing_lost(served, letters_of(households))
        assert_sound(played.site)
    finally:
        durable.settings = usual
        durable.stop()
        durable.start()


async def test_connections_that_the_server_ends_under_load_are_made_anew(
    played: Played, durable: Postgres
) -> None:
    """Ten times every backend of the book is terminated."""
    with played.served() as served:
        await refresh(played.people(), served.port)
        households = played.households(HOUSEHOLDS, 9)
        async with living(households, served.port):
            for _ in range(10):
                await asyncio.to_thread(_terminate, durable, played)
                before = acknowledged(households)
                await until(lambda: acknowledged(households) > before + 60, BACK_SECONDS, "work")  # noqa: B023
        await assert_nothing_lost(served, letters_of(households))
    assert_sound(played.site)


async def test_when_the_word_of_a_commit_is_lost_the_retry_is_answered_from_the_receipt(
    played: Played,
) -> None:
    """The server committed, the wire was cut: 503, and then the same answer once more."""
    facts = conninfo_to_dict(played.site.url)
    async with CutLine(int(str(facts["port"]))) as line:
        url = played.site.url.replace(f":{facts['port']}/", f":{line.port}/")
        served = Served(played.site.with_more(DATABASE_URL=url), played.home)
        await asyncio.to_thread(served.start)  # it connects through this very loop
        await refresh(played.people(), served.port)
        households = played.households(HOUSEHOLDS, 10)
        async with living(households, served.port):
            for made in range(1, 6):
                before = acknowledged(households)
                await until(lambda: acknowledged(households) > before + 30, 30, "work")  # noqa: B023
                line.cuts_to_make = 1
                await until(lambda: line.cuts_made == made, 30, "a cut")  # noqa: B023
        letters = letters_of(households)
        retold = [x for x in letters if x.unavailable and x.answer and x.answer.replayed]
        assert retold, "no command was done without its sender's knowledge"
        await asyncio.to_thread(served.stop)
    with played.served() as served:
        await assert_nothing_lost(served, letters)
    assert_sound(played.site)


async def _says_so(played: Played, served: Served) -> None:
    """Every read is answered soon: by a clear 503, or still from what the process remembers."""
    desk, volunteer, _, _ = played.trios[0]
    async with Phone(served.port) as line:
        live = await line.get("/health/live")
        assert live.status == 200, live
        ready = await line.get("/health/ready")
        assert ready.status == 503, ready
        for path, person in (
            ("/v1/me", volunteer),
            (f"/v1/volunteers/{volunteer.id}", desk),
            (f"/v1/purses/{volunteer.id}", volunteer),
            ("/v1/orders?mine=accepted", volunteer),
        ):
            asked = time.monotonic()
            answer = await line.get(path, person.access_token)
            assert answer.status == 503, (path, answer)
            assert answer.code in {"store_away", "view_behind"}, (path, answer)
            assert "retry-after" in answer.headers
            assert time.monotonic() - asked < 4, path


def _terminate(cluster: Postgres, played: Played) -> None:
    database = played.site.url.rpartition("/")[2]
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database]
        )

"""The disk refuses to flush: who wrote is told so, nothing that was acknowledged is lost.

The errors are the kernel's own, see `gate`.
"""

import asyncio
import re
from collections.abc import Iterator

import pytest

from tests.gate import Gate
from tests.households import acknowledged, living, refresh, send, unavailable, until
from tests.played import Played, letters_of
from tests.sites import Served
from tests.soundness import assert_nothing_lost, assert_sound
from tests.wire import Phone

HOUSEHOLDS = 32
BOOK = re.compile(r"/book\.db-wal$")
VAULT = re.compile(r"/vault\.db-wal$")
EVERYTHING = re.compile("")
BESIDE = re.compile(r"/checkpoint\.new$|/state$|/book\.db$")


@pytest.fixture
def gate() -> Iterator[Gate]:
    """A gate that lets everything pass."""
    with Gate() as gate:
        yield gate


@pytest.fixture
def played(played_on_sqlite: Played) -> Iterator[Played]:
    """A played district of this test's own, on SQLite: PostgreSQL's disk is not ours."""
    with played_on_sqlite.copied() as own:
        yield own


@pytest.fixture
async def gated(played: Played, gate: Gate) -> Served:
    """A service behind the gate, on the played district."""
    served = started_behind(gate, played)
    await refresh(played.people(), served.port)
    return served


def started_behind(gate: Gate, played: Played) -> Served:
    """A service of *played* behind *gate*, which answers."""
    served = Served(played.site, played.home, launcher=gate.launcher(), pass_fds=[gate.theirs])
    served.launch()
    gate.watch()
    served.wait()
    return served


@pytest.mark.parametrize("failing", [BOOK, VAULT, EVERYTHING], ids=["book", "vault", "everything"])
async def test_while_the_disk_does_not_flush_writes_are_refused_and_reads_go_on(
    played: Played, gate: Gate, gated: Served, failing: re.Pattern[str]
) -> None:
    """For a second no flush of the book, of the vault, of anything works: 503, then all is well."""
    households = played.households(HOUSEHOLDS, 1)
    async with living(households, gated.port):
        await until(lambda: acknowledged(households) > 100, 30, "commands acknowledged")
        gate.failing = failing
        await until(lambda: unavailable(households) > HOUSEHOLDS, 30, "refusals")
        before = acknowledged(households)
        await played.reads_go_on(gated)
        await asyncio.sleep(0.5)
        if failing is not VAULT:
            assert acknowledged(households) == before
        gate.failing = None
        await until(lambda: acknowledged(households) > before + 100, 5, "recovery")
    assert gate.failed > 0
    letters = letters_of(households)
    assert any(letter.unavailable and letter.acknowledged for letter in letters)
    await assert_nothing_lost(gated, letters)
    gated.stop()
    assert_sound(played.site)


async def test_a_crash_while_the_disk_does_not_flush_loses_nothing_that_was_acknowledged(
    played: Played, gate: Gate, gated: Served
) -> None:
    """Killed among refusals: on a sound disk each refused command is whole or absent."""
    households = played.households(HOUSEHOLDS, 2)
    async with living(households, gated.port) as stop:
        await until(lambda: acknowledged(households) > 100, 30, "commands acknowledged")
        gate.failing = EVERYTHING
        await until(lambda: unavailable(households) > HOUSEHOLDS, 30, "refusals")
        stop.set()
        gated.kill()
    with played.served() as served:
        letters = letters_of(households)
        assert any(letter.unavailable and not letter.acknowledged for letter in letters)
        await assert_nothing_lost(served, letters)
    assert_sound(played.site)


async def test_a_service_that_starts_before_the_disk_flushes_reads_and_acknowledges_nothing(
    played: Played, gate: Gate, gated: Served
) -> None:
    """What a failed flush left behind reads like a commit: it is told as done only once it is."""
    households = played.households(HOUSEHOLDS, 4)
    async with living(households, gated.port) as stop:
        await until(lambda: acknowledged(households) > 100, 30, "commands acknowledged")
        gate.failing = EVERYTHING
        await until(lambda: unavailable(households) > HOUSEHOLDS, 30, "refusals")
        stop.set()
        gated.kill()
    letters = letters_of(households)
    with Gate() as second:
        second.failing = EVERYTHING
        served = started_behind(second, played)
        await played.reads_go_on(served)
        async with Phone(served.port) as line:
            waiting = [letter for letter in letters if not letter.acknowledged]
            for letter in waiting:
                assert not await send(letter, line), letter
        assert all(letter.unavailable for letter in waiting)
        second.failing = None
        await assert_nothing_lost(served, letters)
        served.stop()
    assert_sound(played.site)


async def test_what_stands_beside_the_book_may_fail_and_commands_are_still_taken(
    played: Played, gate: Gate, gated: Served
) -> None:
    """Neither checkpoints of the log nor SQLite's own tidying up can be flushed: later they are."""
    households = played.households(HOUSEHOLDS, 3)
    kept = played.site.folder / "state" / "checkpoint"
    gate.failing = BESIDE
    async with living(households, gated.port):
        await until(lambda: gate.failed > 3, 30, "failed flushes")
        signed, before = kept.read_bytes(), acknowledged(households)
        await until(lambda: acknowledged(households) > before + 500, 30, "commands acknowledged")
        assert kept.read_bytes() == signed
        gate.failing = None
        await until(lambda: kept.read_bytes() != signed, 5, "a checkpoint")
    assert unavailable(households) == 0
    await assert_nothing_lost(gated, letters_of(households))
    gated.stop()
    assert_sound(played.site)

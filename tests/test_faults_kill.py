"""A loaded server is killed at any moment, again and again: nothing that it said is untrue."""

import asyncio
import os
import time
from random import Random

import pytest

from tests.households import Household, refresh
from tests.played import Played, letters_of
from tests.sites import Served
from tests.soundness import (
    assert_balanced,
    assert_kept,
    assert_one_service_each,
    assert_sound,
    assert_told_again,
    assert_whole,
    rows,
    settle,
)

HOUSEHOLDS = 48
LONGEST_SECONDS = 0.6
STARTING = 0.15
TOLD_AGAIN = 400


@pytest.mark.parametrize(
    "kills", [20, pytest.param(200, marks=[pytest.mark.soak])], ids=["20", "200"]
)
async def test_what_a_killed_server_acknowledged_is_there_and_nothing_is_there_by_half(
    played: Played, kills: int
) -> None:
    """After each of 20 (soak: 200) SIGKILLs under 48 clients the book is whole and goes on.

    Every acknowledged command is in it and is answered again; every other one is there wholly or
    not at all, and asking again does it once.
    """
    seed = int(os.environ.get("TIMEBANK_FAULT_SEED", time.time_ns() % 1_000_000))
    print(f"TIMEBANK_FAULT_SEED={seed}")
    rng, began = Random(seed), time.monotonic()
    households = played.households(HOUSEHOLDS, seed)
    served = played.served()
    for turn in range(kills):
        _start(served, rng)
        if turn % 5 == 4:
            found = rows(played.site)
            assert_whole(found)
            assert_kept(found, letters_of(households))
        await refresh(played.people(), served.port)
        await _load_and_kill(served, households, rng.uniform(0, LONGEST_SECONDS))
    served.start()
    await refresh(played.people(), served.port)
    letters = letters_of(households)
    unanswered = await settle(served, letters)
    found = rows(played.site)
    assert_whole(found)
    acknowledged = assert_kept(found, letters)
    assert acknowledged == len(letters)
    assert_one_service_each(found)
    assert_balanced(found)
    await assert_told_again(served, rng.sample(letters, min(TOLD_AGAIN, len(letters))))
    assert len(rows(played.site).events) == len(found.events)
    served.stop()
    assert_sound(played.site)
    assert unanswered > kills
    print(
        f"{kills} kills, {acknowledged - unanswered} commands acknowledged under load,"
        f" {unanswered} left without an answer, {len(found.events)} events,"
        f" {time.monotonic() - began:.1f} s"
    )


def _start(served: Served, rng: Random) -> None:
    """Start, now and then after a start that is itself killed."""
    while rng.random() < STARTING:
        served.launch()
        time.sleep(rng.uniform(0, 1))
        served.kill()
    served.start()


async def _load_and_kill(served: Served, households: list[Household], seconds: float) -> None:
    """Let everyone send for *seconds* from the first answer on, then kill."""
    stop = asyncio.Event()
    answered = sum(letter.acknowledged for letter in letters_of(households))
    lives = [asyncio.create_task(h.live(served.port, stop)) for h in households]
    while sum(letter.acknowledged for letter in letters_of(households)) == answered:
        await asyncio.sleep(0.005)
    await asyncio.sleep(seconds)
    stop.set()
    served.kill()
    await asyncio.gather(*lives)

"""Counting requests, in one process and in many."""

import asyncio

import pytest

from api.limits import Limit, Limits
from api.refusals import TooManyRequests

LIMITS = {"knock": Limit(5, 60), "ring": Limit(2, 1)}


async def _taken(limits: Limits, times: int, subject: str = "a", kind: str = "knock") -> int:
    """How many of *times* requests were let through."""
    return sum([await _let_through(limits, kind, subject) for _ in range(times)])


async def _let_through(limits: Limits, kind: str, subject: str) -> bool:
    try:
        await limits.take(kind, subject)
    except TooManyRequests as refusal:
        return refusal.retry_seconds < 1
    return True


async def test_five_a_minute_are_five() -> None:
    """The sixth waits; another subject and another kind are counted on their own."""
    limits = Limits(None, LIMITS)
    assert await _taken(limits, 8) == 5
    assert await _taken(limits, 8, "b") == 5
    assert await _taken(limits, 1, kind="ring") == 1


async def test_who_waits_as_told_is_let_through() -> None:
    """Two a second: the third has to wait half a second, told as a whole one."""
    limits = Limits(None, LIMITS)
    assert await _taken(limits, 3, kind="ring") == 2
    await asyncio.sleep(0.6)
    assert await _taken(limits, 3, kind="ring") == 1


async def test_many_processes_count_together(redis_url: str) -> None:
    """Four of them at once let through exactly what one would."""
    processes = [Limits(redis_url, LIMITS) for _ in range(4)]
    taken = await asyncio.gather(*(_taken(limits, 10) for limits in processes))
    assert sum(taken) == 5
    for limits in processes:
        await limits.close()


async def test_redis_forgets_who_stopped_asking(redis_url: str) -> None:
    """A key lives no longer than it matters."""
    limits = Limits(redis_url, LIMITS)
    assert limits.redis
    await limits.take("ring", "a")
    assert 0 < await limits.redis.pttl("limit:ring:a") <= 1000
    await limits.close()


async def test_without_redis_each_process_goes_on_counting_alone() -> None:
    """An address where nobody answers."""
    limits = Limits("redis://127.0.0.1:1", LIMITS)
    assert await _taken(limits, 8) == 5
    await limits.close()


async def test_subjects_are_let_go_when_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Memory stays flat: those whose time has passed are dropped first."""
    monkeypatch.setattr("api.limits.MOST_SUBJECTS", 3)
    limits = Limits(None, {"flash": Limit(1, 0.01)})
    for subject in "abcdef":
        await limits.take("flash", subject)
        await asyncio.sleep(0.02)
    assert len(limits.due) <= 3

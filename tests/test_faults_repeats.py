"""The same command many times at once, at one process and at two: one effect, equal answers."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from tests.households import Household, Letter, acknowledged, living, refresh, told, until
from tests.played import Played, letters_of
from tests.sites import Served
from tests.soundness import assert_nothing_lost, assert_sound, rows
from tests.wire import Answer, Phone

TIMES = 50
HOUSEHOLDS = 24


async def test_fifty_times_at_once_is_once(played: Played) -> None:
    """Each step of a journey, sent 50 times at once over 50 lines: one receipt, equal answers."""
    with played.served() as served:
        await refresh(played.people(), served.port)
        (household,) = played.households(1, 11)
        for letter in _journey(household):
            await _once(letter, [served.port] * TIMES, played)
        await _another_body_is_refused(household, [served.port])
        await assert_nothing_lost(served, household.letters)
    assert_sound(played.site)


async def test_fifty_times_at_once_at_two_processes_is_once(
    played_on_postgresql: Played,
) -> None:
    """The same, 25 at each of two processes on one database."""
    with (
        played_on_postgresql.copied() as played,
        played.served() as one,
        played.served() as other,
    ):
        await refresh(played.people(), one.port)
        (household,) = played.households(1, 12)
        for letter in _journey(household):
            await _once(letter, [one.port, other.port] * (TIMES // 2), played)
        await _another_body_is_refused(household, [one.port, other.port])
        await assert_nothing_lost(other, household.letters)
        one.stop()
        other.stop()
        assert_sound(played.site)


async def test_one_of_two_processes_is_killed_and_the_other_goes_on(
    played_on_postgresql: Played,
) -> None:
    """Ten times one of two is killed; who had asked it asks the other, with the same keys."""
    with (
        played_on_postgresql.copied() as played,
        played.served() as one,
        played.served() as other,
    ):
        await refresh(played.people(), one.port)
        mine, theirs = played.households(HOUSEHOLDS, 13), played.households(HOUSEHOLDS, 14)
        for _ in range(5):
            # Who was left without an answer asks the survivor, which is the next to be killed.
            for killed, survivor in ((one, other), (other, one)):
                await _one_is_killed(killed, survivor, mine, theirs)
                killed.start()
        await assert_nothing_lost(one, letters_of([*mine, *theirs]))
        one.stop()
        other.stop()
        assert_sound(played.site)


def _journey(household: Household) -> Sequence[Letter]:
    """The letters of a registration and of one service, not yet sent."""
    return [household.next() for _ in range(7)]


async def _once(letter: Letter, ports: Sequence[int], played: Played) -> None:
    """Send *letter* to all *ports* at once; it has one effect and all answers are equal."""
    before = rows(played.site)
    answers = await asyncio.gather(*(_posted(letter, port) for port in ports))
    assert {answer.status for answer in answers} <= {200, 201}, answers
    assert len({told(answer) for answer in answers}) == 1, answers
    assert Counter(answer.replayed for answer in answers) == {True: len(ports) - 1, False: 1}
    for answer in answers:
        letter.take(answer)
    after = rows(played.site)
    assert {*after.receipts} - {*before.receipts} == {letter.receipt()}
    new = after.events[len(before.events) :]
    assert new
    assert {(e.envelope.command, e.envelope.by) for e in new} == {letter.receipt()}


async def _another_body_is_refused(household: Household, ports: Sequence[int]) -> None:
    """A key that was used says 409 to one byte more and to the next step of the journey."""
    for letter, following in pairwise(household.letters):
        another_body = Letter(letter.key, letter.by, letter.path, letter.body + b" ")
        another_step = Letter(letter.key, letter.by, following.path, following.body)
        for port in ports:
            for asked in (another_body, another_step):
                answer = await _posted(asked, port)
                assert (answer.status, answer.code) == (409, "idempotency_conflict"), answer


async def _posted(letter: Letter, port: int) -> Answer:
    async with Phone(port) as line:
        return await line.post(letter.path, letter.body, letter.by.access_token, letter.key)


async def _one_is_killed(
    one: Served, other: Served, mine: Sequence[Household], theirs: Sequence[Household]
) -> None:
    """Load both, kill *one*, and see that *other* acknowledges more."""
    before = acknowledged(mine)
    async with living(theirs, other.port):
        async with living(mine, one.port) as stop:
            await until(lambda: acknowledged(mine) > before + 20, 30, "commands acknowledged")
            stop.set()
            one.kill()
        before = acknowledged(theirs)
        await until(lambda: acknowledged(theirs) > before + 50, 5, "the survivor's work")

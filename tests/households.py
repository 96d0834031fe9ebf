"""A load of real commands: many households live the journey at once, each step with its own key.

A household goes on until it is told to stop. What it sent and what it was answered stands in its
letters; what was not answered is asked again under the same key, or given up for good.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from api.demo.district import CHINA, Ids, communities
from api.demo.people import phone
from tests.sites import PASSWORD
from tests.wire import Answer, NoAnswer, Phone

AGAIN, TWICE, GIVE_UP = 0.1, 0.05, 0.4
PAUSE_SECONDS = 0.02
FRESH_SECONDS = 240
FIRST_PHONE = 5_000_000  # the demonstration district's people have the numbers below
DONE = (200, 201)

_phones = count(FIRST_PHONE)


class Person(msgspec.Struct):
    """Someone who is signed in."""

    id: str
    access_token: str
    refresh_token: str
    refreshed: float = 0.0


class Letter(msgspec.Struct, eq=False):
    """One command as it was sent: always the same bytes under the same key."""

    key: str
    by: Person
    path: str
    body: bytes
    answer: Answer | None = None
    unanswered: int = 0
    unavailable: int = 0

    def take(self, answer: Answer) -> None:
        """Keep the first answer; another must be the same, said to be a repeat."""
        if self.answer is None:
            self.answer = answer
            return
        assert answer.status == self.answer.status, (self.path, answer, self.answer)
        assert told(answer) == told(self.answer), (self.path, answer, self.answer)
        assert answer.replayed or self.answer.replayed, (self.path, answer)

    @property
    def acknowledged(self) -> bool:
        """Whether the service said that it is done."""
        return self.answer is not None

    def receipt(self) -> tuple[str, str]:
        """The name of its receipt."""
        return self.key, self.by.id


def told(answer: Answer) -> bytes:
    """What an answer says every time, byte for byte: a one-time password is told only once."""
    said = answer.json()
    if said.pop("one_time_password", None) is None:
        return answer.body
    return msgspec.json.encode(said, order="sorted")


class Household:
    """A desk, a volunteer and someone who is served; one step after another."""

    def __init__(
        self, rng: Random, desk: Person, volunteer: Person, recipient: Person, community: str
    ) -> None:
        self.rng = rng
        self.ids = Ids(rng)
        self.desk = desk
        self.volunteer = volunteer
        self.recipient = recipient
        self.community = community
        self.letters: list[Letter] = []
        self.pending: Letter | None = None
        self.steps = self._journey()

    async def live(self, port: int, stop: asyncio.Event) -> None:
        """Send one command after the other until *stop*, over lines that may break."""
        if self.pending is not None and self.rng.random() < GIVE_UP:
            self.pending = None
            self.steps = self._journey()
        async with Phone(port) as line, Phone(port) as other:
            while not stop.is_set():
                letter = self.pending or self.next()
                self.pending = letter
                if await self._sent(letter, line, other):
                    self.pending = None
                    if self.rng.random() < AGAIN:
                        await self._sent(self.rng.choice(self.letters[-20:]), line, other)
                elif not stop.is_set():
                    await asyncio.sleep(PAUSE_SECONDS)

    async def _sent(self, letter: Letter, line: Phone, other: Phone) -> bool:
        """Send *letter*, sometimes twice at once; whether it was done."""
        lines = (line, other) if self.rng.random() < TWICE else (line,)
        results = await asyncio.gather(*(send(letter, one) for one in lines))
        return any(results)

    def next(self) -> Letter:
        """The letter of the next step, not yet sent."""
        by, path, body = next(self.steps)
        letter = Letter(self._id(), by, path, json.dumps(body).encode())
        self.letters.append(letter)
        return letter

    def _journey(self) -> Iterator[tuple[Person, str, Any]]:
        """The first journey again and again: somebody joins, somebody is served."""
        while True:
            yield from self._joining()
            yield from self._serving()

    def _joining(self) -> Iterator[tuple[Person, str, Any]]:
        person = self._id()
        yield self.desk, "/v1/volunteers", self._registration(person)
        seen = {"method": "office_visit"}
        yield self.desk, f"/v1/volunteers/{person}/identity-verification", seen

    def _registration(self, person: str) -> dict[str, Any]:
        return {
            "id": person,
            "name": "王小明",
            "phone": phone(next(_phones)),
            "sex": "unknown",
            "birth_date": "1990-05-01",
            "community": self.community,
            "skills": ["companionship"],
            "consent": {"version": "2026-1", "at": _ago(minutes=1)},
        }

    def _serving(self) -> Iterator[tuple[Person, str, Any]]:
        order = self._id()
        came = self.rng.randint(60, 300)
        stayed = self.rng.randint(5, 50)
        yield self.desk, "/v1/orders", self._order(order)
        there = f"/v1/orders/{order}"
        yield self.volunteer, f"{there}/acceptances", {}
        yield self.volunteer, f"{there}/check-ins", {"at": _ago(minutes=came)}
        yield self.volunteer, f"{there}/check-outs", {"at": _ago(minutes=came - stayed)}
        by = self.recipient if self.rng.random() < 0.7 else self.desk
        yield by, f"{there}/confirmations", {"volunteer": self.volunteer.id, "rating": 5}

    def _order(self, order: str) -> dict[str, Any]:
        return {
            "id": order,
            "kind": "individual",
            "category": "companionship",
            "title": "陪伴聊天",
            "content": "陪老人聊天",
            "community": self.community,
            "organising_unit": "时光益站",
            "recipient": self.recipient.id,
            "planned_start": _ago(minutes=90),
            "planned_end": _ago(minutes=5),
        }

    def _id(self) -> str:
        return self.ids.at(datetime.now(UTC))


@asynccontextmanager
async def living(households: Sequence[Household], port: int) -> AsyncIterator[asyncio.Event]:
    """Every household lives while the block lasts, or until the event that it gets is set."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for household in households:
            group.create_task(household.live(port, stop))
        try:
            yield stop
        finally:
            stop.set()


def acknowledged(households: Sequence[Household]) -> int:
    """How many commands were acknowledged so far."""
    return sum(letter.acknowledged for h in households for letter in h.letters)


def unavailable(households: Sequence[Household]) -> int:
    """How many times somebody was told that the store cannot write."""
    return sum(letter.unavailable for h in households for letter in h.letters)


async def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until *condition* holds.

    Raises:
        AssertionError: it did not within *seconds*.
    """
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.01)


async def send(letter: Letter, line: Phone) -> bool:
    """Send *letter* once and keep what came of it; whether it was done."""
    try:
        answer = await line.post(letter.path, letter.body, letter.by.access_token, letter.key)
    except NoAnswer:
        letter.unanswered += 1
        return False
    if answer.status == 503:
        assert answer.code in {"store_unavailable", "store_away", "busy"}, answer
        letter.unavailable += 1
        return False
    assert answer.status in DONE, (letter.path, letter.body, answer)
    letter.take(answer)
    return True


async def signed_in(port: int, desks: int = 6) -> list[tuple[Person, Person, Person, str]]:
    """So many desks, each with a volunteer and a recipient; everyone signed in."""
    areas = communities()
    async with Phone(port) as line:
        found = []
        for i in range(1, desks + 1):
            people = [
                await _sign_in(line, f"{kind}-{i}")
                for kind in ("station", "volunteer", "recipient")
            ]
            found.append((people[0], people[1], people[2], areas[4 * (i - 1)].code))
        return found


async def refresh(people: Sequence[Person], port: int) -> None:
    """Give everyone a fresh access token whose own is no longer new."""
    now = asyncio.get_running_loop().time()
    async with Phone(port) as line:
        for person in people:
            if person.refreshed and now - person.refreshed < FRESH_SECONDS:
                continue
            body = json.dumps({"refresh_token": person.refresh_token}).encode()
            answer = await line.post("/v1/tokens/refresh", body)
            assert answer.status == 200, answer
            pair = answer.json()
            person.access_token = pair["access_token"]
            person.refresh_token = pair["refresh_token"]
            person.refreshed = now


async def _sign_in(line: Phone, name: str) -> Person:
    body = json.dumps({"name": name, "password": PASSWORD}).encode()
    answer = await line.post("/v1/tokens", body)
    assert answer.status == 200, answer
    pair = answer.json()
    me = await line.get("/v1/me", pair["access_token"])
    assert me.status == 200, me
    return Person(str(UUID(me.json()["id"])), pair["access_token"], pair["refresh_token"])


def _ago(minutes: int) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes) + CHINA).strftime(
        "%Y-%m-%dT%H:%M:%S.%f+08:00"
    )

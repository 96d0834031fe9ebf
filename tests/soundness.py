"""What must be true of a book after any fault, looked up in its rows and asked of the service.

The rows are read beside the service, with plain SQL and no code of the book's own.
"""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

import msgspec
import psycopg

from tests.households import Letter, send, told
from tests.sites import Served, Site
from tests.wire import Phone

EVENTS = (
    "SELECT notification_id, originator_id, originator_version, topic, state"
    " FROM {}stored_events ORDER BY notification_id"
)
RECEIPTS = "SELECT id, caller, status, answer, position FROM {}receipts"

TOLD_AGAIN = 400


class Envelope(msgspec.Struct):
    """What is looked at of a stored event."""

    by: str
    command: str
    last: bool
    recorded_at: datetime
    event: dict[str, Any] | None = None


class Event(NamedTuple):
    """One stored event."""

    position: int
    stream: str
    version: int
    tag: str
    envelope: Envelope


class Receipt(NamedTuple):
    """One stored receipt."""

    id: str
    caller: str
    status: int
    answer: bytes
    position: int


class Rows(NamedTuple):
    """All rows of a book that a command leaves."""

    events: list[Event]
    receipts: dict[tuple[str, str], Receipt]

    def by_command(self) -> dict[tuple[str, str], list[Event]]:
        """The events of each command, by command and caller."""
        found: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for event in self.events:
            found[event.envelope.command, event.envelope.by].append(event)
        return found


def rows(site: Site) -> Rows:
    """The rows of the book at *site*, as of one moment."""
    decode = msgspec.json.Decoder(Envelope).decode
    events, receipts = _read(site, [EVENTS, RECEIPTS])
    return Rows(
        [Event(p, s, v, tag, decode(bytes(state))) for p, s, v, tag, state in events],
        {(row[0], row[1]): Receipt(*row) for row in receipts},
    )


def _read(site: Site, statements: Sequence[str]) -> list[list[Any]]:
    if not site.url:
        with closing(sqlite3.connect(site.home / "book.db", isolation_level=None)) as book:
            book.execute("BEGIN")
            return [book.execute(s.format("")).fetchall() for s in statements]
    with psycopg.connect(site.url) as server:
        server.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        return [server.execute(s.format("book.").encode()).fetchall() for s in statements]


def assert_whole(found: Rows) -> None:
    """Positions and versions follow each other; each command is whole and has its receipt."""
    assert [event.position for event in found.events] == [*range(1, len(found.events) + 1)]
    versions: Counter[str] = Counter()
    for event in found.events:
        versions[event.stream] += 1
        assert event.version == versions[event.stream], event
    seen = set()
    for name, group in groupby(found.events, lambda e: (e.envelope.command, e.envelope.by)):
        events = list(group)
        assert name not in seen, f"a command stands in two places: {name}"
        seen.add(name)
        assert [event.envelope.last for event in events] == [False] * (len(events) - 1) + [True]
        assert name in found.receipts, f"a command without its receipt: {events}"
        assert found.receipts[name].position == events[-1].position, events
    for name, receipt in found.receipts.items():
        assert name in seen or receipt.position <= len(found.events), receipt


def assert_kept(found: Rows, letters: Iterable[Letter]) -> int:
    """Every acknowledged command stands in the book as it was answered; how many those are."""
    commands, kept = found.by_command(), 0
    for letter in letters:
        name = letter.receipt()
        assert (name in commands) == (name in found.receipts), f"half a command: {letter}"
        if letter.answer is None:
            continue
        kept += 1
        said = json.loads(told(letter.answer))
        assert name in commands, f"lost although it was acknowledged: {letter}"
        receipt = found.receipts[name]
        assert said.pop("position") == receipt.position, letter
        assert said == json.loads(bytes(receipt.answer)), letter
        assert letter.answer.status == receipt.status, letter
    return kept


def assert_one_service_each(found: Rows) -> None:
    """A confirmed service has one record of hours and one earning, whatever was retried.

    Minutes that another service of that person covers already earn nothing again.
    """
    confirmed = Counter((e["order"], e["volunteer"]) for e in _said("order.confirmed", found))
    assert all(times == 1 for times in confirmed.values()), confirmed.most_common(3)
    hours = _said("hours.recorded", found)
    assert Counter((e["order"], e["person"]) for e in hours) == confirmed
    earned = Counter((e["order"], e["person"]) for e in _said("purse.earned", found))
    assert earned == Counter((e["order"], e["person"]) for e in hours if e["minutes"])


def _said(tag: str, found: Rows) -> list[dict[str, Any]]:
    return [e.envelope.event for e in found.events if e.tag == tag and e.envelope.event is not None]


def assert_balanced(found: Rows) -> None:
    """Every posting names two accounts; what was given out is what the members have."""
    balances: Counter[str] = Counter()
    for event in found.events:
        if event.tag.startswith("purse."):
            posting = event.envelope.event
            assert posting is not None
            assert posting["minutes"] >= 0
            balances[posting["debit"]] -= posting["minutes"]
            balances[posting["credit"]] += posting["minutes"]
    assert sum(balances.values()) == 0
    assert all(v >= 0 for name, v in balances.items() if name.startswith(("available:", "held:")))
    assert -balances["issuance"] == sum(v for name, v in balances.items() if name != "issuance")


async def assert_told_again(served: Served, letters: Sequence[Letter]) -> None:
    """Each letter, sent once more, is answered as before and said to be a repeat."""
    async with Phone(served.port) as line:
        for letter in letters:
            answer = await line.post(letter.path, letter.body, letter.by.access_token, letter.key)
            assert answer.replayed, (letter, answer)
            letter.take(answer)


async def settle(served: Served, letters: Iterable[Letter]) -> int:
    """Ask again for all that was never answered: each is done now; how many those were."""
    open_letters = [letter for letter in letters if not letter.acknowledged]
    done_before = rows(served.site).receipts
    async with Phone(served.port) as line:
        for letter in open_letters:
            assert await send(letter, line), letter
            assert letter.answer is not None
            assert letter.answer.replayed == (letter.receipt() in done_before), letter
    return len(open_letters)


async def assert_nothing_lost(served: Served, letters: Sequence[Letter]) -> int:
    """All that was acknowledged stands; the rest is asked for again and done once; of how many.

    At the end the book is whole, its accounts balance, and a sample is told again.
    """
    found = rows(served.site)
    assert_whole(found)
    assert_kept(found, letters)
    unanswered = await settle(served, letters)
    found = rows(served.site)
    assert_whole(found)
    assert assert_kept(found, letters) == len(letters)
    assert_one_service_each(found)
    assert_balanced(found)
    await assert_told_again(served, letters[:: max(1, len(letters) // TOLD_AGAIN)])
    assert len(rows(served.site).events) == len(found.events)
    return unanswered


def assert_sound(site: Site) -> None:
    """`timebank verify` finds nothing, and every view is what the book says."""
    assert site.must_run("verify").startswith("sound"), site
    assert "as rebuilt" in site.must_run("rebuild", "--check")

"""A book with a log, written row by row: commands of one to three events over a few streams."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from journal.events import Resumed
from journal.flaws import Flaw
from journal.forms import FORMAT, Recorded, micros, tag_of
from journal.last_checkpoint import LastCheckpoint
from journal.leaves import leaf
from journal.log_reader import LogReader
from journal.log_rows import LogRows, found_log
from journal.notes import SigningKey
from journal.recorder import Recorder, open_recorder
from journal.resume import open_epoch, resume, settle
from journal.rows import Cursor, EventRow
from journal.signer import SignAfter, Signer
from journal.verify import Sound, verify
from tests.book_forms import CountedUp

KEY = SigningKey("example.org/book", bytes(range(32)))
START = datetime(2026, 5, 13, 4, 0, tzinfo=UTC)
encode = msgspec.json.Encoder(order="sorted").encode


def uuid(number: int) -> str:
    """A uuid that is easy to tell from others."""
    return str(UUID(int=number))


class LogBook:
    """One store with its signer and the last-checkpoint store outside it."""

    def __init__(self, url: str, outside: Path, sign_after: SignAfter = "local") -> None:
        self.url = url
        self.recorder: Recorder = open_recorder(url)
        self.last = LastCheckpoint(outside / "last-checkpoint", KEY.verifier)
        self.random = random.Random(7)
        self.sign_after = sign_after
        self.signer = self.new_signer()
        self.reader = LogReader(self.recorder, KEY.verifier)
        with self.recorder.write() as c:
            found_log(self.recorder, c, KEY.verifier.name)
        versions = (
            "SELECT originator_id AS s, max(originator_version) AS v FROM stored_events GROUP BY 1"
        )
        self.versions = {row["s"]: row["v"] for row in self.query(versions)}
        self.commands = self.recorder.max_notification_id() or 0
        epochs = self.query("SELECT max(first_position) AS first FROM log_epochs")
        self.first_position = epochs[0]["first"]

    def new_signer(self) -> Signer:
        """A signer that remembers nothing, as of a process just started."""
        return Signer(self.recorder, KEY, self.last, lambda: START, sign_after=self.sign_after)

    def close(self) -> None:
        """End this process's part."""
        self.signer.stop()
        self.recorder.close()

    def write(self, commands: int) -> int:
        """Record *commands* commands in one transaction; gives the new head."""
        with self.recorder.write() as c:
            position = self.recorder.head(c).position
            rows: list[EventRow] = []
            for _ in range(commands):
                events = [self._count() for _ in range(self.random.randint(1, 3))]
                rows += self._rows(position + len(rows), events)
            self.recorder.append(c, rows)
        return position + len(rows)

    def sign(self) -> int:
        """Let the signer catch up; gives the size that is signed."""
        size = 0
        while (checkpoint := self.signer.step()) is not None:
            size = checkpoint.size
        return size

    def grow(self, *commands: int) -> None:
        """Write and sign, once for each number."""
        for each in commands:
            self.write(each)
            self.sign()

    def resume(self, lost_after: int) -> None:
        """The explicit act, as the book does it."""
        with self.recorder.write() as c:
            log = LogRows(self.recorder, c)
            act = resume(log, self.last, KEY.verifier, lost_after=lost_after, reason="a test")
            self.first_position = act.epoch.first_position
            self.recorder.append(c, self._rows(act.epoch.first_position - 1, [act.event(uuid(0))]))
            open_epoch(self.recorder, c, act)
        settle(self.last, act)

    def verify(self, checkpoint: bytes | None = None) -> Sound | Flaw:
        """As `timebank verify` does."""
        return verify(self.recorder, KEY.verifier, last=self.last, checkpoint=checkpoint)

    def query(self, statement: str, *params: Any) -> list[dict[str, Any]]:
        """Rows by column name."""
        with self.recorder.read() as c:
            c.execute(self.recorder.sql(statement), params)
            return [dict(row) for row in c.fetchall()]

    def attack(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        """Change the store as someone with its password could: triggers do not stop them."""
        with self.recorder.write() as c:
            self.drop_triggers(c)
            for statement, params in statements:
                c.execute(self.recorder.sql(statement), params)

    def drop_triggers(self, c: Cursor) -> None:
        """Make events changeable."""
        if self.url.startswith("sqlite"):
            c.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for row in c.fetchall():
                c.execute(f"DROP TRIGGER {row['name']}")
        else:
            c.execute("ALTER TABLE stored_events DISABLE TRIGGER ALL")

    def _count(self) -> CountedUp:
        return CountedUp(counter=uuid(self.random.randint(1, 9)), step=self.random.randint(1, 99))

    def _rows(self, after: int, events: Sequence[CountedUp | Resumed]) -> list[EventRow]:
        self.commands += 1
        now = START + timedelta(seconds=self.commands // 3)
        rows = []
        for position, event in enumerate(events, after + 1):
            version = self.versions[event.stream] = self.versions.get(event.stream, 0) + 1
            state = encode(
                Recorded(
                    at=now,
                    by=f"caller-{self.commands % 5}",
                    command=uuid(self.commands),
                    event=event,
                    on_behalf=f"ward-{self.commands}" if self.commands % 4 == 0 else None,
                    format=FORMAT,
                    last=position == after + len(events),
                    recorded_at=now,
                    stream=event.stream,
                    tag=tag_of(event),
                    version=version,
                )
            )
            nonce = self.random.randbytes(32)
            hashed = leaf(nonce, state, position - self.first_position)
            tag = tag_of(event)
            rows.append(
                EventRow(position, event.stream, version, tag, state, nonce, hashed, micros(now))
            )
        return rows

"""Reads the whole book again and names the first position at which something is not as signed.

Checked: positions, versions and times; that columns are those of the stored bytes; that commands
are whole; every hash, tile, checkpoint, seal and link between epochs; and the checkpoints known
from outside. Not checked, because the log does not commit to them: receipts, the blind index,
credentials and views; nor events after the latest checkpoint, beyond their own hashes.
"""

import contextlib
import sqlite3
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
import psycopg

from journal.checkpoint import verified_checkpoint
from journal.flaws import Flaw, Found
from journal.forms import FORMAT, micros
from journal.last_checkpoint import Known, LastCheckpoint
from journal.leaves import NONCE_BYTES
from journal.log_audit import LogAudit, Witnessed
from journal.log_rows import LogDamaged, LogRows
from journal.notes import VerifierKey
from journal.recorder import Recorder

BATCH = 512

ROWS = (
    "SELECT notification_id, originator_id, originator_version, topic, state, nonce, leaf,"
    " recorded_at FROM stored_events WHERE notification_id > ? AND notification_id <= ?"
    " ORDER BY notification_id"
)

# What a damaged file or page makes the store say; a store that is away says something else.
UNREADABLE = (
    sqlite3.DatabaseError,
    psycopg.InternalError,
    psycopg.DataError,
    UnicodeDecodeError,
)

Progress = Callable[[int, int], None]


class Sound(msgspec.Struct, frozen=True):
    """Nothing is wrong: *head* events, of which *signed* are under a checkpoint."""

    head: int
    signed: int
    checkpoints: int


class _Envelope(msgspec.Struct, gc=False):
    """Only what the columns and the order of commands are compared with."""

    by: str
    command: str
    format: int
    last: bool
    recorded_at: str
    stream: str
    tag: str
    version: int


class _Events:
    """The state of reading events in order."""

    def __init__(self) -> None:
        self.position = 0
        self._versions: dict[str, int] = {}
        self._recorded_at = 0
        self._time = ("", 0)
        self._open: tuple[str, str] | None = None
        self._decode = msgspec.json.Decoder(_Envelope).decode

    def read(self, rows: list[tuple[Any, ...]], first: int, leaves: list[bytes]) -> None:
        """Check *rows* and append their leaves; *first* is the first position of their epoch.

        Raises:
            Found: a row is not as it was written; the leaves before it have been appended.
        """
        # One loop, with its state in local names: it runs once for every event of the book.
        decode, versions, opened = self._decode, self._versions, self._open
        version_of, hashed_by, add = versions.get, sha256, leaves.append
        expected, before = self.position, self._recorded_at
        text, instant = self._time
        for row in rows:
            position, stream, version, tag, state, nonce, leaf, recorded_at = row
            expected += 1
            try:
                envelope = decode(state)
                if envelope.recorded_at != text:
                    text = envelope.recorded_at
                    instant = micros(datetime.fromisoformat(text))
                digest = hashed_by(nonce + state).hexdigest()
                entry = b'\0{"h":"%b","i":%d}' % (digest.encode(), position - first)
                hashed = hashed_by(entry).digest()
            except (msgspec.DecodeError, ValueError, TypeError) as wrong:
                raise Found(expected, f"the event cannot be read: {wrong}") from wrong
            if (
                position != expected
                or hashed != leaf
                or envelope.stream != stream
                or envelope.version != version
                or envelope.tag != tag
                or instant != recorded_at
                or recorded_at < before
                or version_of(stream, 0) + 1 != version
                or len(nonce) != NONCE_BYTES
                or envelope.format != FORMAT
            ):
                raise Found(expected, _what_is_wrong(row, expected, envelope, hashed, before))
            if opened is not None and opened != (envelope.command, envelope.by):
                raise Found(expected, "the command before this event is not whole")
            opened = None if envelope.last else (envelope.command, envelope.by)
            versions[stream] = version
            before = recorded_at
            add(hashed)
        self.position, self._recorded_at = expected, before
        self._time, self._open = (text, instant), opened

    def end(self) -> None:
        """The book may not end inside a command.

        Raises:
            Found: it does.
        """
        if self._open is not None:
            raise Found(self.position + 1, "the last command is not whole: events are missing")


def _what_is_wrong(
    row: tuple[Any, ...], expected: int, envelope: _Envelope, hashed: bytes, before: int
) -> str:
    position, stream, version, tag, _, nonce, leaf, recorded_at = row
    if position != expected:
        return "the event is missing"
    if hashed != leaf or len(nonce) != NONCE_BYTES:
        return "the event, its nonce or its leaf was changed"
    if (envelope.stream, envelope.version, envelope.tag) != (stream, version, tag):
        return "stream, version or tag was changed"
    if recorded_at < before:
        return "recorded before the event that stands before it"
    if envelope.format != FORMAT:
        return f"the format {envelope.format} is not known"
    if micros(datetime.fromisoformat(envelope.recorded_at)) != recorded_at:
        return "recorded_at was changed"
    return f"version {version} does not follow the one before it in its stream"


def verify(
    recorder: Recorder,
    key: VerifierKey,
    *,
    last: LastCheckpoint | None = None,
    checkpoint: bytes | None = None,
    on_progress: Progress = lambda position, head: None,  # noqa: ARG005
) -> Sound | Flaw:
    """Check the whole book, at one moment of it, against *key* and what is known from outside.

    Raises:
        MalformedNote, MalformedCheckpoint, NotSigned: *checkpoint* is not one by *key*.
        LastCheckpointUnreadable: the store outside the database is damaged.
    """
    # Read before the book, so that a book which goes on growing is ahead of it, never behind.
    confirmed = last.confirmed() if last is not None else None
    witnessed = (
        [Witnessed(verified_checkpoint(checkpoint, key), "the given checkpoint")]
        if checkpoint
        else []
    )
    if confirmed is not None:
        witnessed.append(Witnessed(confirmed.checkpoint, "the last checkpoint", lenient=True))
    with recorder.read() as c:
        log, events = LogRows(recorder, c), _Events()
        try:
            audit = LogAudit(log, key, log.head(), witnessed)
            return _read_all(log, audit, events, confirmed, on_progress)
        except Found as found:
            return found.flaw
        except (*UNREADABLE, LogDamaged) as wrong:
            return Flaw(events.position + 1, f"the store cannot be read: {wrong}")


def _read_all(
    log: LogRows,
    audit: LogAudit,
    events: _Events,
    confirmed: Known | None,
    on_progress: Progress,
) -> Sound:
    head = log.head()
    if log.rows("SELECT 1 FROM stored_events WHERE notification_id < 1 LIMIT 1"):
        raise Found(1, "there is an event before the first position")
    ends = [min(epoch.first_position - 1, head) for epoch in audit.epochs[1:]]
    for epoch, end in zip(audit.epochs, [*ends, head], strict=True):
        audit.begin()
        while events.position < end:
            _read_batch(log, audit, events, epoch.first_position, end)
            on_progress(events.position, head)
    events.end()
    audit.finish()
    if confirmed is not None:
        _refuse_unkept(log, audit, confirmed)
    return Sound(head, audit.signed, audit.checkpoints)


def _read_batch(log: LogRows, audit: LogAudit, events: _Events, first: int, end: int) -> None:
    after, upto = events.position, min(events.position + BATCH, end)
    leaves: list[bytes] = []
    try:
        try:
            rows = log.rows(ROWS, after, upto)
        except UNREADABLE:
            rows = _readable(log, after, upto)
        if not rows:
            raise Found(after + 1, "the event is missing, or the store cannot read it")
        events.read(rows, first, leaves)
    except Found:
        # What the log says about the events before comes first.
        audit.feed(leaves)
        raise
    audit.feed(leaves)


def _readable(log: LogRows, after: int, upto: int) -> list[tuple[Any, ...]]:
    """The rows up to the first that a damaged store cannot read."""
    rows: list[tuple[Any, ...]] = []
    with contextlib.suppress(*UNREADABLE):
        for position in range(after, upto):
            rows += log.rows(ROWS, position, position + 1)
    return rows


def _refuse_unkept(log: LogRows, audit: LogAudit, confirmed: Known) -> None:
    """What the store outside saw in the table must still be there."""
    known = confirmed.checkpoint
    for epoch in audit.epochs:
        if epoch.origin == known.origin:
            kept = log.checkpoints("WHERE epoch = ? AND size = ?", epoch.number, known.size)
            given_up = epoch is not audit.epochs[-1]
            if not given_up and [row.note for row in kept] != [confirmed.note]:
                raise Found(
                    epoch.first_position + known.size - 1,
                    "the last published checkpoint is missing",
                )

"""Going on from a restored copy: an explicit act that gives the longer history up, in the open.

The abandoned checkpoint stays as evidence, in the epoch's row and in `book.resumed`, which is the
first leaf of a new log with its own origin; the old log is never signed again.
"""

import msgspec

from journal.events import Resumed
from journal.fork import ForkDetected, check_fork
from journal.last_checkpoint import LastCheckpoint
from journal.log_rows import Epoch, LogRows, origin_of
from journal.notes import VerifierKey
from journal.recorder import Recorder
from journal.rows import Cursor


class NothingToResume(Exception):
    """The book agrees with its last signed checkpoint: there is nothing to give up."""


class LostAfterBeyondEnd(Exception):
    """The position after which events were lost lies beyond the end of this book."""


class Resumption(msgspec.Struct, frozen=True):
    """What a resumption will record: the new epoch, and why."""

    epoch: Epoch
    old_origin: str
    lost_after: int
    reason: str

    def event(self, book: str) -> Resumed:
        """The event that must become the first leaf of the new epoch."""
        return Resumed(
            book=book,
            epoch=self.epoch.number,
            origin=self.epoch.origin,
            old_origin=self.old_origin,
            old_size=self.epoch.old_size or 0,
            old_root=(self.epoch.old_root or b"").hex(),
            abandoned=(self.epoch.abandoned or b"").decode(),
            lost_after=self.lost_after,
            reason=self.reason,
        )


def resume(
    log: LogRows, last: LastCheckpoint, key: VerifierKey, *, lost_after: int, reason: str
) -> Resumption:
    """What to record so that this book may be written again.

    Call it inside the write transaction that then records `Resumption.event` at position
    ``epoch.first_position`` (with index 0) and calls `open_epoch`; `settle` it once committed.

    Raises:
        NothingToResume: the book is no older than what it signed.
        LostAfterBeyondEnd: *lost_after* is not a position of this book.
    """
    head = log.head()
    if not 0 <= lost_after <= head:
        raise LostAfterBeyondEnd
    try:
        check_fork(log, last)
    except ForkDetected:
        pass
    else:
        raise NothingToResume
    old = log.epochs()[-1]
    size = head - old.first_position + 1
    known = last.latest()
    signed = log.latest(old.number)
    note = known.note if known is not None else signed.note if signed is not None else None
    number = old.number + 1
    epoch = Epoch(number, head + 1, origin_of(key.name, number), size, log.root(old, size), note)
    return Resumption(epoch, old.origin, lost_after, reason)


def open_epoch(recorder: Recorder, c: Cursor, resumption: Resumption) -> None:
    """Begin the new log: from here on indexes count from its first position."""
    c.execute(
        recorder.sql("INSERT INTO log_epochs VALUES (?, ?, ?, ?, ?, ?)"),
        msgspec.structs.astuple(resumption.epoch),
    )


def settle(last: LastCheckpoint, resumption: Resumption) -> None:
    """Keep the abandoned checkpoint where the store outside had none, as on a fresh machine.

    Only after the commit: before it, this would pass the restored copy for the present book.
    """
    if last.latest() is None and resumption.epoch.abandoned is not None:
        last.announce(resumption.epoch.abandoned)
        last.confirm()

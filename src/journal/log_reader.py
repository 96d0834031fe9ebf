"""What the log shows: checkpoints, tiles and entries to everyone, proofs to those who may read.

Nothing beyond the latest signed checkpoint is ever shown: a leaf that was shown and then lost
would look like a fork.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from journal.leaves import entry
from journal.log_rows import Epoch, LogRows, origin_of
from journal.merkle import HASH_BYTES
from journal.notes import VerifierKey
from journal.proofs import Opening, Proof, inclusion, pack_opening
from journal.recorder import Recorder
from journal.tiles import HEIGHT, WIDTH, TilePath, pack_entries


class NotThere(Exception):
    """The log has not signed this, or not yet."""


class LogReader:
    """Reads one book's log; *epoch* None is the present one."""

    def __init__(self, recorder: Recorder, key: VerifierKey) -> None:
        self._recorder = recorder
        self._key = key

    def key_line(self, epoch: int = 0) -> str:
        """The verifier key line under which *epoch* is signed."""
        return str(self._key.renamed(origin_of(self._key.name, epoch)))

    def key_lines(self) -> list[str]:
        """The verifier key lines of every epoch so far, the present one first."""
        with self._log() as log:
            epochs = [epoch.number for epoch in log.epochs()] or [0]
        return [self.key_line(epoch) for epoch in reversed(epochs)]

    def checkpoint(self, epoch: int | None = None) -> bytes:
        """The latest checkpoint.

        Raises:
            NotThere: nothing was signed yet.
        """
        with self._log() as log:
            return self._signed(log, epoch)[2]

    def tile(self, path: TilePath, epoch: int | None = None) -> bytes:
        """A tile or entry bundle; a partial one as far as the latest checkpoint reaches.

        Raises:
            NotThere: that tile would show what is not signed, or lies beyond the tree.
        """
        level = path.level or 0
        start = path.n * WIDTH
        end = start + (path.width or WIDTH)
        with self._log() as log:
            found, size, _ = self._signed(log, epoch)
            if end > size >> HEIGHT * level:
                raise NotThere
            if path.level is None:
                return pack_entries(self._entries(log, found, start, end))
            stored = log.full_tile(found, level, path.n)
            if stored is not None:
                return stored[: (end - start) * HASH_BYTES]
            return b"".join(log.hashes(found, level, start, end))

    def proof(self, position: int, opening: Opening | None = None) -> Proof:
        """The proof that the event at *position* is in the log.

        Give *opening* only for those who may read the event: it then stands in the proof's
        ``extra``, and the file proves the event's very words.

        Raises:
            NotThere: that position is not signed yet.
        """
        with self._log() as log:
            epochs = [each for each in log.epochs() if each.first_position <= position]
            if not epochs:
                raise NotThere
            found, size, note = self._signed(log, epochs[-1].number)
            index = position - found.first_position
            if index >= size:
                raise NotThere
            hashes = inclusion(index, size, log.subtree(found, size))
        return Proof(index, hashes, note, None if opening is None else pack_opening(opening))

    def opening(self, position: int) -> Opening:
        """The private part of the event at *position*: only for those who may read it.

        Raises:
            NotThere: there is no such event.
        """
        with self._log() as log:
            rows = log.rows(
                "SELECT nonce, state FROM stored_events WHERE notification_id = ?", position
            )
        if not rows:
            raise NotThere
        return Opening(*rows[0])

    @contextmanager
    def _log(self) -> Iterator[LogRows]:
        with self._recorder.read() as c:
            yield LogRows(self._recorder, c)

    def _signed(self, log: LogRows, epoch: int | None) -> tuple[Epoch, int, bytes]:
        """The epoch asked for, how much of it is signed, and the note that says so."""
        latest = log.latest(epoch)
        if latest is None:
            raise NotThere
        found = next(each for each in log.epochs() if each.number == latest.epoch)
        return found, latest.size, latest.note

    def _entries(self, log: LogRows, epoch: Epoch, start: int, end: int) -> Iterator[bytes]:
        first = epoch.first_position
        rows = log.rows(
            "SELECT notification_id, nonce, state FROM stored_events"
            " WHERE notification_id >= ? AND notification_id < ? ORDER BY notification_id",
            first + start,
            first + end,
        )
        return (entry(nonce, state, position - first) for position, nonce, state in rows)

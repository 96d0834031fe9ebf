"""The log's half of `verify`: leaves come in, and all that is stored or known is compared.

Checkpoints are compared when the tree reaches their size, tiles when the first checkpoint that
covers them is reached; so what is reported first also stands first in the book.
"""

from collections.abc import Sequence
from itertools import groupby, pairwise
from operator import attrgetter

import msgspec

from journal.checkpoint import (
    Checkpoint,
    MalformedCheckpoint,
    read_checkpoint,
    verified_checkpoint,
)
from journal.checkpoint_rows import CheckpointRows, within
from journal.events import Resumed
from journal.flaws import Found
from journal.log_rows import Epoch, LogRows, origin_of
from journal.merkle import HASH_BYTES
from journal.notes import MalformedNote, NotSigned, VerifierKey
from journal.tiles import HEIGHT, Edge, Tile, tile_path


class Witnessed(msgspec.Struct, frozen=True):
    """A checkpoint known from elsewhere; *lenient* where a history given up may be named."""

    checkpoint: Checkpoint
    source: str
    lenient: bool = False


class _First(msgspec.Struct):
    """The first event of a resumed log."""

    event: Resumed


class LogAudit:
    """Compares a book's log with its events, epoch by epoch."""

    def __init__(
        self, log: LogRows, key: VerifierKey, head: int, witnessed: Sequence[Witnessed]
    ) -> None:
        self._log = log
        self._key = key
        self._head = head
        self._witnessed = witnessed
        self.epochs = self._read_epochs()
        self._number = -1
        self._edge = Edge()
        self._signed = 0
        self._pending: list[Tile] = []
        self._compared_tiles = 0
        self._waiting: list[Witnessed] = []
        self._checkpoints = CheckpointRows(log, key, self.epochs, head)

    @property
    def signed(self) -> int:
        """The last position under a checkpoint that was compared."""
        return self._epoch.first_position + self._signed - 1

    @property
    def checkpoints(self) -> int:
        """How many checkpoints were compared."""
        return self._checkpoints.passed

    @property
    def _epoch(self) -> Epoch:
        return self.epochs[self._number]

    # Epochs

    def _read_epochs(self) -> list[Epoch]:
        epochs = self._log.epochs()
        if not epochs:
            if self._log.latest() is not None:
                raise Found(1, "the row that founded the log is missing")
            return [Epoch(0, 1, self._key.name)]
        if epochs[0].first_position != 1:
            raise Found(1, "the log does not begin with the book")
        for number, epoch in enumerate(epochs):
            if epoch.number != number or epoch.origin != origin_of(self._key.name, number):
                raise Found(self._within(epoch.first_position), "a log's row was changed")
        for before, epoch in pairwise(epochs):
            if epoch.first_position <= before.first_position:
                raise Found(
                    self._within(epoch.first_position), "a log's first position was changed"
                )
        return epochs

    def begin(self) -> None:
        """Go on to the next epoch, once the one before has been fed whole."""
        old, edge = self.epochs[self._number] if self._number >= 0 else None, self._edge
        if old is not None:
            self._close()
        self._number += 1
        self._edge, self._signed, self._pending = Edge(), 0, []
        self._waiting = sorted(
            (each for each in self._witnessed if each.checkpoint.origin == self._epoch.origin),
            key=lambda each: each.checkpoint.size,
        )
        facts = (self._epoch.old_size, self._epoch.old_root, self._epoch.abandoned)
        if old is None:
            if facts != (None, None, None):
                raise Found(1, "the first log's row was changed")
        else:
            self._check_resumption(old, edge)

    def _check_resumption(self, old: Epoch, edge: Edge) -> None:
        """The new log's row, its first event and the old log must say the same."""
        epoch, at = self._epoch, self._within(self._epoch.first_position)
        if (epoch.old_size, epoch.old_root) != (edge.size, edge.root()):
            raise Found(at, "the old log is not the one that the resumption named")
        if epoch.abandoned is not None:
            try:
                verified_checkpoint(epoch.abandoned, self._key)
            except (MalformedNote, MalformedCheckpoint, NotSigned) as wrong:
                raise Found(at, "the abandoned checkpoint was changed") from wrong
        rows = self._log.rows("SELECT state FROM stored_events WHERE notification_id = ?", at)
        try:
            event = msgspec.json.decode(rows[0][0], type=_First).event
        except (msgspec.DecodeError, IndexError) as wrong:
            raise Found(at, "a resumed log does not begin with its resumption") from wrong
        said = (event.epoch, event.origin, event.old_origin, event.old_size, event.old_root)
        kept = (epoch.number, epoch.origin, old.origin, edge.size, edge.root().hex())
        if said != kept or event.abandoned.encode() != (epoch.abandoned or b""):
            raise Found(at, "the resumption and the log's row differ")

    def _close(self) -> None:
        """Nothing may be signed or witnessed beyond the epoch's last event."""
        end = self._epoch.first_position + self._edge.size
        row = self._checkpoints.row
        if row is not None and row.epoch == self._number and self._checkpoints.flaw is None:
            raise Found(end, f"events are missing: {row.size} were signed")
        for witnessed in self._waiting:
            if not self._forgiven(witnessed):
                size = witnessed.checkpoint.size
                raise Found(end, f"events are missing: {witnessed.source} says {size}")

    def _forgiven(self, witnessed: Witnessed) -> bool:
        """Whether the next epoch gave up the history that was witnessed."""
        successors = self.epochs[self._number + 1 :]
        if not witnessed.lenient or not successors or successors[0].abandoned is None:
            return False
        abandoned = read_checkpoint(successors[0].abandoned)
        known = witnessed.checkpoint
        return known.size < abandoned.size or known == abandoned

    # Leaves

    def feed(self, leaves: Sequence[bytes]) -> None:
        """Grow the present epoch's tree by *leaves*.

        Raises:
            Found: something that is stored or known about it differs.
        """
        at = 0
        while at < len(leaves):
            due = self._due()
            end = len(leaves) if due is None else min(len(leaves), at + due - self._edge.size)
            full = self._edge.extend(leaves[at:end])
            at = end
            if self._checkpoints.row is not None:
                self._pending += full
            if self._edge.size == due:
                self._compare()

    def _due(self) -> int | None:
        """The next size at which something has to be compared."""
        sizes = [each.checkpoint.size for each in self._waiting[:1]]
        if self._checkpoints.row is not None:
            sizes.append(self._checkpoints.due - self._epoch.first_position + 1)
        return max(min(sizes), self._edge.size + 1) if sizes else None

    def _compare(self) -> None:
        first, size, root = self._epoch.first_position, self._edge.size, self._edge.root()
        row = self._checkpoints.row
        if row is not None and self._checkpoints.due < first + size:
            if self._checkpoints.flaw is not None:
                raise Found(self._checkpoints.due, self._checkpoints.flaw)
            self._compare_tiles(rewritten=row.root != root)
            if row.root != root:
                what = "an event is not the one that was signed"
                raise Found(first + self._signed, what, first + size - 1)
            self._signed = size
            self._checkpoints.take()
        while self._waiting and self._waiting[0].checkpoint.size <= size:
            witnessed = self._waiting.pop(0)
            if witnessed.checkpoint.root != root and not self._forgiven(witnessed):
                what = f"{witnessed.source} is of another history"
                raise Found(first + self._signed, what, first + size - 1)

    # Tiles

    def _compare_tiles(self, *, rewritten: bool) -> None:
        """Compare the tiles that became full since the last checkpoint."""
        for level, tiles in groupby(sorted(self._pending, key=_place), attrgetter("level")):
            computed = list(tiles)
            stored = self._log.rows(
                "SELECT n, hashes, root FROM log_tiles"
                " WHERE epoch = ? AND level = ? AND n >= ? AND n <= ?",
                self._number,
                level,
                computed[0].n,
                computed[-1].n,
            )
            found = {n: (hashes, root) for n, hashes, root in stored}
            for tile in computed:
                self._compare_tile(tile, *found.get(tile.n, (None, None)), rewritten=rewritten)
        self._compared_tiles += len(self._pending)
        self._pending = []

    def _compare_tile(
        self, tile: Tile, hashes: bytes | None, root: bytes | None, *, rewritten: bool
    ) -> None:
        if (hashes, root) == (tile.hashes, tile.root):
            return
        name = tile_path(tile.level, tile.n)
        start = tile.n << HEIGHT * (tile.level + 1)
        if hashes is None:
            raise Found(self._epoch.first_position + start, f"tile {name} is missing")
        inside = _first_difference(hashes, tile.hashes) // HASH_BYTES
        at = self._epoch.first_position + start + (inside << HEIGHT * tile.level)
        if rewritten and tile.level == 0 and hashes != tile.hashes:
            raise Found(at, "the event is not the one that was signed")
        raise Found(at, f"tile {name} was changed")

    def _refuse_further_tiles(self) -> None:
        """A tile that no checkpoint covers has no business in the table."""
        ((stored,),) = self._log.rows("SELECT count(*) FROM log_tiles")
        if stored == self._compared_tiles:
            return
        sizes = dict(self._log.rows("SELECT epoch, max(size) FROM log_checkpoints GROUP BY epoch"))
        further = []
        keys = self._log.rows("SELECT epoch, level, n FROM log_tiles")
        for epoch, level, n in msgspec.convert(keys, list[tuple[int, int, int]]):
            span = HEIGHT * (level + 1)
            if not 0 <= n < sizes.get(epoch, 0) >> span:
                known = 0 <= epoch < len(self.epochs)
                first = self.epochs[epoch].first_position if known else self._head
                further.append((self._within(first + (n << span)), level, n))
        position, level, n = min(further)
        raise Found(position, f"tile {level}/{n} covers events that were not signed")

    # The end

    def finish(self) -> None:
        """Compare what is left once every event has been fed.

        Raises:
            Found: more is signed, stored or witnessed than there is.
        """
        self._close()
        known = {epoch.origin for epoch in self.epochs}
        for witnessed in self._witnessed:
            if witnessed.checkpoint.origin not in known:
                what = f"this book does not know the log of {witnessed.source}"
                raise Found(self._head + 1, what)
        self._checkpoints.finish()
        self._refuse_further_tiles()

    def _within(self, position: int) -> int:
        return within(position, self._head)


def _place(tile: Tile) -> tuple[int, int]:
    return tile.level, tile.n


def _first_difference(left: bytes, right: bytes) -> int:
    same = (at for at, (a, b) in enumerate(zip(left, right, strict=False)) if a != b)
    return next(same, min(len(left), len(right)) - 1 if len(left) != len(right) else 0)

"""The last signed checkpoint, kept outside the database, so that an older copy is recognised.

Two files: a checkpoint is written to `<path>.next` before the database may know it, and moved to
`<path>` once the database does. So whatever was ever published stands in one of them; what stands
in `<path>` must also stand in the database; and a crash in between harms nothing.
"""

import os
from pathlib import Path

import msgspec

from journal.checkpoint import Checkpoint, MalformedCheckpoint, verified_checkpoint
from journal.notes import MalformedNote, NotSigned, VerifierKey


class LastCheckpointUnreadable(Exception):
    """The file with the last signed checkpoint is damaged, or was signed by another key."""


class Known(msgspec.Struct, frozen=True):
    """A checkpoint that was signed, and its note."""

    checkpoint: Checkpoint
    note: bytes


class LastCheckpoint:
    """The store of the last signed checkpoint."""

    def __init__(self, path: Path, key: VerifierKey) -> None:
        self.path = path
        self.next_path = path.with_name(path.name + ".next")
        self._key = key

    def confirmed(self) -> Known | None:
        """The last checkpoint that the database is known to have kept.

        Raises:
            LastCheckpointUnreadable: there is one, but it cannot be trusted.
        """
        return self._read(self.path)

    def latest(self) -> Known | None:
        """The last checkpoint that may have been published.

        Raises:
            LastCheckpointUnreadable: there is one, but it cannot be trusted.
        """
        confirmed, announced = self._read(self.path), self._read(self.next_path)
        return announced or confirmed

    def announce(self, note: bytes) -> None:
        """Keep *note* before the database does."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(self.path.name + ".new")
        with fresh.open("wb") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        self._move(fresh, self.next_path)

    def confirm(self) -> None:
        """The database has kept what was announced."""
        self._move(self.next_path, self.path)

    def _move(self, source: Path, target: Path) -> None:
        source.replace(target)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self, path: Path) -> Known | None:
        try:
            note = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return Known(verified_checkpoint(note, self._key), note)
        except (MalformedNote, MalformedCheckpoint, NotSigned) as wrong:
            raise LastCheckpointUnreadable(path) from wrong

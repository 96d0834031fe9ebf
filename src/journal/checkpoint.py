"""Checkpoints: what a log says about itself at one size, and its signature on that.

Shapes: origin, decimal size and base64 root, one line each, as a signed note.
Source: C2SP tlog-checkpoint. Extension lines, which nobody could audit, are refused.
"""

import binascii
from base64 import b64decode, b64encode

import msgspec

from journal.merkle import HASH_BYTES
from journal.notes import SigningKey, VerifierKey, parse_note


class MalformedCheckpoint(ValueError):
    """The text is not a checkpoint of a log like ours."""


class Checkpoint(msgspec.Struct, frozen=True):
    """The root over the first *size* leaves of the log named *origin*."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a note's text.

        Raises:
            MalformedCheckpoint: it is not exactly what ``text`` writes.
        """
        origin, size, encoded = [*text.split("\n"), "", ""][:3]
        try:
            read = cls(origin, int(size), b64decode(encoded, validate=True))
        except (ValueError, binascii.Error) as wrong:
            raise MalformedCheckpoint from wrong
        if read.text() != text or not origin or read.size < 0 or len(read.root) != HASH_BYTES:
            raise MalformedCheckpoint
        return read

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    def signed(self, key: SigningKey) -> bytes:
        """The signed note, by *key* under this log's own name."""
        return key.renamed(self.origin).sign(self.text())


def read_checkpoint(note: bytes) -> Checkpoint:
    """What a note says, before anyone has checked its signature.

    Raises:
        MalformedNote, MalformedCheckpoint: it is no checkpoint.
    """
    return Checkpoint.parse(parse_note(note).text)


def verified_checkpoint(note: bytes, key: VerifierKey) -> Checkpoint:
    """What a note says, once *key* (under the origin's name) has been found to have signed it.

    Raises:
        MalformedNote, MalformedCheckpoint, NotSigned: it is not such a checkpoint.
    """
    claimed = read_checkpoint(note)
    return Checkpoint.parse(key.renamed(claimed.origin).verified(note))

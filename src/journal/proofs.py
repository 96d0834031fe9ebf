"""Proofs: that an event is in the log, and that a later log begins with an earlier one.

Shapes: a proof is a list of hashes; the file is ``c2sp.org/tlog-proof@v1``, an optional ``extra``
line, the index, the hashes in base64, a blank line and the checkpoint.
Source: RFC 6962 section 2.1; C2SP tlog-proof.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable

import msgspec

from journal import merkle
from journal.checkpoint import Checkpoint, verified_checkpoint
from journal.leaves import NONCE_BYTES, leaf
from journal.merkle import HASH_BYTES
from journal.notes import VerifierKey

FIRST_LINE = "c2sp.org/tlog-proof@v1"

# Gives the hash of the complete subtree of a height and index.
Subtree = Callable[[int, int], bytes]


class MalformedProof(ValueError):
    """The text is not a tlog-proof."""


class ProofFails(ValueError):
    """The proof does not show that this event is in that log."""


class Proof(msgspec.Struct, frozen=True):
    """What a tlog-proof file holds; *extra* is what its owner needs to make the entry again."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def text(self) -> str:
        """The file."""
        extra = [] if self.extra is None else [f"extra {b64encode(self.extra).decode()}"]
        hashes = [b64encode(each).decode() for each in self.hashes]
        head = "\n".join([FIRST_LINE, *extra, f"index {self.index}", *hashes])
        return f"{head}\n\n{self.checkpoint.decode()}"


class Opening(msgspec.Struct, frozen=True):
    """The private part of a receipt: from it, and only with it, the public entry can be made."""

    nonce: bytes
    stored: bytes


def root_at(size: int, subtree: Subtree) -> bytes:
    """The root of the tree's first *size* leaves."""
    return _range_hash(0, size, subtree)


def inclusion(index: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """The proof that leaf *index* is in the tree of *size*."""
    return tuple(_range_hash(*each, subtree) for each in merkle.inclusion_ranges(index, size))


def consistency(old: int, new: int, subtree: Subtree) -> tuple[bytes, ...]:
    """The proof that the tree of size *new* begins with that of size *old*."""
    return tuple(_range_hash(*each, subtree) for each in merkle.consistency_ranges(old, new))


def parse_proof(text: str) -> Proof:
    """Read a tlog-proof file.

    Raises:
        MalformedProof: it is not exactly what ``Proof.text`` writes.
    """
    head, _, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    try:
        rest = lines[1:]
        extra = _decoded(rest.pop(0)[6:]) if rest[0].startswith("extra ") else None
        index = int(rest.pop(0).removeprefix("index "))
        read = Proof(index, tuple(map(_decoded, rest)), checkpoint.encode(), extra)
    except (ValueError, IndexError) as wrong:
        raise MalformedProof from wrong
    if read.text() != text or index < 0 or any(len(each) != HASH_BYTES for each in read.hashes):
        raise MalformedProof
    return read


def check_inclusion(proof: Proof, opening: Opening, key: VerifierKey) -> Checkpoint:
    """The checkpoint under which the opened event is proved to be in the log.

    Raises:
        MalformedNote, MalformedCheckpoint, NotSigned: the checkpoint is not by *key*.
        ProofFails: the event is not in that log at that index.
    """
    checkpoint = verified_checkpoint(proof.checkpoint, key)
    hashed = leaf(opening.nonce, opening.stored, proof.index)
    if not merkle.includes(checkpoint.root, checkpoint.size, proof.index, hashed, proof.hashes):
        raise ProofFails
    return checkpoint


def pack_opening(opening: Opening) -> bytes:
    """The opening as the ``extra`` of a receipt: the nonce, then the stored bytes."""
    return opening.nonce + opening.stored


def unpack_opening(extra: bytes) -> Opening:
    """The opening in a receipt's ``extra``."""
    return Opening(extra[:NONCE_BYTES], extra[NONCE_BYTES:])


def _range_hash(start: int, end: int, subtree: Subtree) -> bytes:
    return merkle.join([subtree(height, index) for height, index in merkle.cover(start, end)])


def _decoded(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except binascii.Error as wrong:
        raise MalformedProof from wrong

"""The chain over all checkpoints ever signed, so that none can be taken out of the table.

The log itself only commits to events. Each stored checkpoint is linked to the one before it, and
each link is sealed with the log's key: who takes out, adds or swaps a row and numbers the rest
again still cannot seal the new chain.

Shapes: link = SHA-256(link before || seal before || number || epoch || size || signed_at || root
|| note), numbers as 8 bytes, high one first; seal = Ed25519 over one line, which no note can be.
"""

from hashlib import sha256

import msgspec

from journal.notes import NotSigned, SigningKey, VerifierKey


class Signed(msgspec.Struct, frozen=True):
    """One row of `log_checkpoints`; signed_at in microseconds since the epoch of time."""

    number: int
    epoch: int
    size: int
    root: bytes
    note: bytes
    signed_at: int
    link: bytes = b""
    seal: bytes = b""


def link(row: Signed, before: Signed | None) -> bytes:
    """What ties *row* to the row before it."""
    chained = before.link + before.seal if before else b""
    numbers = (row.number, row.epoch, row.size, row.signed_at)
    facts = b"".join(each.to_bytes(8, signed=True) for each in numbers)
    return sha256(chained + facts + row.root + row.note).digest()


def sealed(row: Signed, before: Signed | None, key: SigningKey) -> Signed:
    """*row* with its link and seal."""
    linked = link(row, before)
    return msgspec.structs.replace(row, link=linked, seal=key.signature(_line(linked)))


def seal_holds(row: Signed, key: VerifierKey) -> bool:
    """Whether *row*'s seal is by *key*; one seal vouches for every row before it."""
    try:
        key.check(row.seal, _line(row.link))
    except NotSigned:
        return False
    return True


def _line(linked: bytes) -> bytes:
    return b"checkpoint history " + linked.hex().encode()

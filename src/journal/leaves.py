"""What the public log holds of one event: a hash and an index, and nothing else.

Shapes: the entry is ``{"h":"<hex>","i":<index>}`` where h = SHA-256(nonce || stored bytes) and
index = position - first position of the log's epoch. The nonce keeps anyone from guessing a short
event and comparing; it is stored beside the event and given only to those who may read it.
"""

from hashlib import sha256

from journal.merkle import LEAF

NONCE_BYTES = 32


def entry(nonce: bytes, stored: bytes, index: int) -> bytes:
    """The public entry of one event."""
    return b'{"h":"%b","i":%d}' % (sha256(nonce + stored).hexdigest().encode(), index)


def leaf(nonce: bytes, stored: bytes, index: int) -> bytes:
    """The leaf of one event, written in the event's own row and transaction."""
    return sha256(LEAF + entry(nonce, stored, index)).digest()

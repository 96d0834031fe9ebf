"""Opaque cursors of listings: where the next page begins.

Shapes: urlsafe base64 without padding of a MessagePack array of positions and ids; never a word
about a person, for cursors end up in other people's logs.
"""

from __future__ import annotations

import base64
import binascii
from typing import TypeVar

import msgspec

T = TypeVar("T")


class BadCursor(ValueError):
    """The cursor did not come from this list."""


def to_cursor(*parts: str | int) -> str:
    """The cursor that says to go on after these."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(parts)).rstrip(b"=").decode()


def from_cursor(cursor: str, shape: type[T]) -> T:
    """The parts of *cursor*, checked against *shape*.

    Raises:
        BadCursor: it was made by nobody, or by another list.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.msgpack.decode(
            base64.b64decode(padded, altchars=b"-_", validate=True), type=shape
        )
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise BadCursor from error

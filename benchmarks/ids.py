"""Ids in the order of their making, as phones make them (UUIDv7), without a clock in the loop."""

import secrets
import time
from collections.abc import Iterator
from uuid import UUID

PER_MILLISECOND = 64


def ordered_ids() -> Iterator[str]:
    """Endless UUIDv7-shaped ids, each greater than the one before; two callers' ids never meet."""
    milliseconds = time.time_ns() // 1_000_000
    caller = secrets.randbits(56)
    number = 0
    while True:
        at, place = milliseconds + number // PER_MILLISECOND, number % PER_MILLISECOND
        yield str(UUID(int=at << 80 | 0x7 << 76 | place << 70 | 0x2 << 62 | caller))
        number += 1

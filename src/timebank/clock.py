"""What a phone's clock is worth: a claimed time becomes the interval in which it must lie.

Units: whole seconds; an offset is the server's time less the phone's.
"""

from datetime import datetime, timedelta

import msgspec

from timebank.event import Instant


class Clock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came with a time that a phone claimed."""

    offset_before_seconds: int | None = None
    offset_after_seconds: int | None = None
    boot: str | None = None
    uptime_ms: int | None = None


class Moment(msgspec.Struct, frozen=True):
    """The corrected time; where it is certain, both ends are the same."""

    earliest: Instant
    latest: Instant


def corrected(at: datetime, clock: Clock | None, *, tolerance_seconds: int) -> Moment:
    """Correct the claimed *at* by the offsets known before and after it.

    Offsets that agree within the tolerance give one instant, by the later measurement; offsets that
    disagree give the interval between both. A time without any offset stands as claimed.
    """
    before = clock.offset_before_seconds if clock else None
    after = clock.offset_after_seconds if clock else None
    if before is None or after is None or abs(after - before) <= tolerance_seconds:
        offset = after if after is not None else before
        instant = at + timedelta(seconds=offset or 0)
        return Moment(earliest=instant, latest=instant)
    return Moment(
        earliest=at + timedelta(seconds=min(before, after)),
        latest=at + timedelta(seconds=max(before, after)),
    )

"""Time really given: stays, their union, and the whole minutes in it.

Units: whole minutes of a civil day's union, rounded down once.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import msgspec

from timebank.days import civil_day, next_midnight
from timebank.event import Instant

_MINUTE = timedelta(minutes=1)


class Stay(msgspec.Struct, frozen=True):
    """From when until when someone was there."""

    began: Instant
    ended: Instant


def union(stays: Iterable[Stay]) -> tuple[Stay, ...]:
    """Merge stays that overlap or touch; empty ones vanish."""
    merged: list[Stay] = []
    for stay in sorted(stays, key=_by_beginning):
        if stay.ended <= stay.began:
            continue
        if merged and stay.began <= merged[-1].ended:
            last = merged.pop()
            stay = Stay(began=last.began, ended=max(last.ended, stay.ended))  # noqa: PLW2901
        merged.append(stay)
    return tuple(merged)


def whole_minutes(stays: Iterable[Stay]) -> int:
    """Count the whole minutes of the union of *stays*, rounded down."""
    return sum((stay.ended - stay.began for stay in union(stays)), timedelta()) // _MINUTE


def by_day(stays: Iterable[Stay], zone: str) -> dict[date, tuple[Stay, ...]]:
    """Cut the union of *stays* at each midnight of *zone*, in the order of days."""
    days: dict[date, tuple[Stay, ...]] = {}
    for stay in union(stays):
        began = stay.began
        while began < stay.ended:
            ended = min(stay.ended, next_midnight(began, zone))
            on = civil_day(began, zone)
            days[on] = (*days.get(on, ()), Stay(began=began, ended=ended))
            began = ended
    return days


def shortened(stays: Iterable[Stay], minutes: int) -> tuple[Stay, ...]:
    """Keep the first *minutes* of the union of *stays*; it may hold fewer."""
    left = minutes * _MINUTE
    kept: list[Stay] = []
    for stay in union(stays):
        if left <= timedelta():
            break
        ended = min(stay.ended, stay.began + left)
        kept.append(Stay(began=stay.began, ended=ended))
        left -= ended - stay.began
    return tuple(kept)


def _by_beginning(stay: Stay) -> datetime:
    return stay.began

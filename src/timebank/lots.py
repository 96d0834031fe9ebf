"""Lots (批次): credit minutes of one origin with one last day, and the one order of spending them.

Units: whole credit minutes. Order: the lot whose last day comes first (one that never expires
comes last), then the day on which it was earned, then the lot's id. Everything in it stands in the
lot itself, so a purse, a view and an auditor cannot disagree about what is spent first, however a
lot came back.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from timebank.days import months_after
from timebank.rules import Sheet


class Lot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So many minutes of a lot: all that is left of it, or the part that an entry moved."""

    lot: str
    minutes: int
    on: date
    valid_until: date | None = None
    donated_only: bool | None = None


def spending_order(lot: Lot) -> tuple[date, date, str]:
    """Give the key by which lots are spent, the smallest first."""
    return (lot.valid_until or date.max, lot.on, lot.lot)


def total(lots: Iterable[Lot]) -> int:
    """Count the minutes of *lots*."""
    return sum(lot.minutes for lot in lots)


def is_over(lot: Lot, today: date) -> bool:
    """Say whether the lot's last day has passed."""
    return lot.valid_until is not None and lot.valid_until < today


def put(lots: Sequence[Lot], arriving: Iterable[Lot]) -> tuple[Lot, ...]:
    """Add *arriving* to *lots*; a part of a lot that is still there becomes one with it."""
    by_id = {lot.lot: lot for lot in lots}
    for part in arriving:
        there = by_id.get(part.lot)
        by_id[part.lot] = part if there is None else resized(there, there.minutes + part.minutes)
    return tuple(sorted(by_id.values(), key=spending_order))


def without(lots: Sequence[Lot], leaving: Iterable[Lot]) -> tuple[Lot, ...]:
    """Take *leaving* off *lots*; a lot of which nothing is left is gone."""
    gone: dict[str, int] = {}
    for part in leaving:
        gone[part.lot] = gone.get(part.lot, 0) + part.minutes
    left = (resized(lot, lot.minutes - gone.get(lot.lot, 0)) for lot in lots)
    return tuple(lot for lot in left if lot.minutes > 0)


def first(lots: Iterable[Lot], minutes: int) -> tuple[Lot, ...]:
    """Give the parts that make up the first *minutes* of *lots*; they may hold fewer."""
    parts: list[Lot] = []
    for lot in lots:
        if minutes < 1:
            break
        parts.append(resized(lot, min(lot.minutes, minutes)))
        minutes -= parts[-1].minutes
    return tuple(parts)


def last(lots: Sequence[Lot], minutes: int) -> tuple[Lot, ...]:
    """Give the parts that make up the last *minutes* of *lots*."""
    return without(lots, first(lots, total(lots) - minutes))


def resized(lot: Lot, minutes: int) -> Lot:
    """Give the same lot with other *minutes*."""
    return lot if lot.minutes == minutes else msgspec.structs.replace(lot, minutes=minutes)


def last_day(sheet: Sheet, on: date) -> date | None:
    """Give the last day of a lot of the day *on*; None if the sheet lets lots live for ever."""
    months = sheet.points.validity_months
    return None if months is None else months_after(on, months)

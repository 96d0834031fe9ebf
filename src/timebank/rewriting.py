"""Putting records of hours right: which records of a day change when one of them does.

Time that two records share is counted by the earlier one, so shortening that one gives the shared
minutes to the later one. Units: whole minutes of a civil day's union.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from timebank.days import next_midnight
from timebank.event import Malformed
from timebank.hours import Hours, HoursCorrected, Record
from timebank.stays import Stay, shortened, union, whole_minutes


class LongerThanTheDay(Malformed):
    """A record cannot reach beyond the midnight of its day."""

    zh = "服务记录不能超出当日。"


class MinutesBelowZero(Malformed):
    """Minutes are never below zero."""

    zh = "分钟数不能小于零。"


def resized(record: Record, minutes: int, zone: str) -> tuple[Stay, ...]:
    """Give the stays of a record that lasts *minutes*: shortened or prolonged at its end.

    Raises:
        MinutesBelowZero: nobody serves less than nothing.
        LongerThanTheDay: it would end after midnight.
    """
    if minutes < 0:
        raise MinutesBelowZero
    stays = union(record.stays)
    there = whole_minutes(stays)
    if minutes <= there or record.began is None:
        return shortened(stays, minutes)
    # A record that was cut to nothing begins again when it first did.
    last = stays[-1] if stays else Stay(began=record.began, ended=record.began)
    ended = last.ended + timedelta(minutes=minutes - there)
    if ended > next_midnight(last.began, zone):
        raise LongerThanTheDay
    return (*stays[:-1], Stay(began=last.began, ended=ended))


def resized_together(
    records: Sequence[tuple[date, Record]], minutes: int, zone: str
) -> dict[str, tuple[Stay, ...]]:
    """Give the stays by which *records*, in their order, last *minutes* together.

    Raises:
        MinutesBelowZero: nobody serves less than nothing.
        LongerThanTheDay: the last one would end after midnight.
    """
    if minutes < 0:
        raise MinutesBelowZero
    stays: dict[str, tuple[Stay, ...]] = {}
    left = minutes
    for place, (_, record) in enumerate(records, start=1):
        there = whole_minutes(record.stays)
        part = left if place == len(records) else min(left, there)
        stays[record.record] = resized(record, part, zone)
        left -= part
    return stays


def rewritten(
    hours: Hours,
    *,
    person: str,
    on: date,
    stays: Mapping[str, tuple[Stay, ...]],
    reason_code: str,
) -> list[HoursCorrected]:
    """Give the corrections of a day on which some records have other *stays*.

    Records are counted again in the order in which they came, so those of a day go on adding up to
    the whole minutes of its union.
    """
    events: list[HoursCorrected] = []
    before: tuple[Stay, ...] = ()
    for record in hours.days.get(on, ()):
        now = stays.get(record.record, record.stays)
        after = union((*before, *now))
        minutes = whole_minutes(after) - whole_minutes(before)
        before = after
        if (now, minutes) != (record.stays, record.minutes):
            events.append(
                HoursCorrected(
                    person=person,
                    record=record.record,
                    order=record.order,
                    on=on,
                    stays=now,
                    minutes=minutes,
                    replaces=record.version,
                    reason_code=reason_code,
                )
            )
    return events

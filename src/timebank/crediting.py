"""What follows from confirmed service: a record of each civil day's hours, and thanks for each.

The thank-you comes from the account that the order names, as far as was set aside for it there.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import reduce

from timebank import hours as hour_books
from timebank import purse as purses
from timebank.accounts import Posting, held
from timebank.days import civil_day
from timebank.event import Event, Refused
from timebank.hours import Hours
from timebank.members import Member
from timebank.order_event import Terms
from timebank.purse import Purse
from timebank.recognising import asked, recognised
from timebank.rules import Points, Rules, sheet_at, sheet_on
from timebank.stays import Stay, by_day, shortened, whole_minutes
from timebank.workdays import Workdays

Days = Mapping[date, tuple[Stay, ...]]
"""Stays by civil day, in the order of days."""


class NothingServed(Refused):
    """There is not one whole minute of service to confirm."""

    zh = "没有可确认的服务时长。"


class MoreThanServed(Refused):
    """Check-in and check-out show fewer minutes than that."""

    zh = "确认时长超过签到签退记录的时长。"


def credit(
    terms: Terms,
    hours: Hours,
    purse: Purse,
    rules: Rules,
    *,
    order: str,
    volunteer: str,
    days: Days,
    due_on: date,
    by: str,
    now: datetime,
    workdays: Workdays,
    funded_minutes: int | None = None,
    entry: str | None = None,
) -> list[Event]:
    """Record *days* of service and thank for each, or only record where a pool is shared later.

    *funded_minutes* is what is still set aside for the order, None where the bureau thanks. A day
    that becomes longer than may be recognised without a further person raises a task.

    Raises:
        NoRuleSheet: no rules were in force on a day of service.
    """
    events: list[Event] = []
    for on, stays in days.items():
        sheet = sheet_on(rules, on)
        today = civil_day(now, sheet.points.zone)
        recorded = hour_books.record(
            hours,
            person=volunteer,
            order=order,
            on=on,
            stays=stays,
            due_on=due_on,
            recorded_on=today,
            entry=entry,
        )
        before_minutes = hours.minutes(on)
        hours = hour_books.evolve(hours, recorded)
        events.append(recorded)
        if terms.pool_minutes is None:
            earned = purses.earn(
                purse,
                recognised(sheet, hours, on),
                recorded=recorded,
                category=terms.category,
                fund=fund_of(terms),
                funded_minutes=funded_minutes,
                donated_only=is_donated_only(terms, sheet.points),
            )
            # The second day of a night's service must see what the first has brought.
            purse = reduce(purses.evolve, earned, purse)
            funded_minutes = left_of(funded_minutes, earned)
            events += earned
        events += asked(
            hours,
            sheet,
            person=volunteer,
            on=on,
            before_minutes=before_minutes,
            occasion=recorded.record,
            raised_by=by,
            area=terms.community,
            today=today,
            workdays=workdays,
        )
    return events


def served(member: Member, rules: Rules) -> Days:
    """Give the certain stays by civil day: from the latest arrival to the earliest leaving."""
    return days_of(
        (
            Stay(began=presence.began.latest, ended=presence.ended.earliest)
            for presence in member.presences
        ),
        rules,
    )


def days_of(stays: Iterable[Stay], rules: Rules) -> Days:
    """Cut *stays* into civil days of the zone in force when the first began."""
    stays = tuple(stays)
    if not stays:
        return {}
    return by_day(stays, sheet_at(rules, stays[0].began).points.zone)


def minutes_of(days: Days) -> int:
    """Count the whole minutes of *days*, each day rounded down on its own."""
    return sum(map(whole_minutes, days.values()))


def confirmable(days: Days, minutes: int | None) -> int:
    """Give the minutes to confirm: all that were served, or *minutes* of them.

    Raises:
        NothingServed: no whole minute was served.
        MoreThanServed: fewer minutes were served than *minutes*.
    """
    whole = minutes_of(days)
    if whole < 1:
        raise NothingServed
    if minutes is not None and minutes > whole:
        raise MoreThanServed
    return whole if minutes is None else minutes


def first(days: Days, minutes: int) -> Days:
    """Keep the first *minutes* of *days*."""
    kept: dict[date, tuple[Stay, ...]] = {}
    for on, stays in days.items():
        there = whole_minutes(stays)
        if min(there, minutes) > 0:
            kept[on] = stays if there <= minutes else shortened(stays, minutes)
        minutes -= min(there, minutes)
    return kept


def fund_of(terms: Terms) -> str:
    """Name the account that thanks for an order."""
    return (
        held(terms.recipient) if terms.funding == "recipient" and terms.recipient else terms.funding
    )


def is_donated_only(terms: Terms, points: Points) -> bool:
    """Say whether what is earned may only be given on: a team's time, where the sheet wants it."""
    return terms.kind == "team" and points.team_time == "donated_only"


def left_of(funded_minutes: int | None, postings: Iterable[Event]) -> int | None:
    """Give what is still set aside after *postings*; None where nothing limits it."""
    if funded_minutes is None:
        return None
    spent = sum(each.minutes for each in postings if isinstance(each, Posting))
    return funded_minutes - spent

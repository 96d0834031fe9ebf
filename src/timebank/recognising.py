"""Long days: what is above 8 hours needs a second approval, what is above 12 hours a third.

The hours keep the truth at once; what nobody has approved yet does not reach the purse.
Units: whole minutes of a civil day's union. Source: the sheet in force on that day.
"""

from datetime import date

import msgspec

from timebank.event import Event
from timebank.hours import Hours
from timebank.rules import Points, Sheet
from timebank.task_kinds import OVER_8H, OVER_12H, YES_OR_NO
from timebank.tasks import TaskRaised, task_id
from timebank.workdays import Workdays

SECOND = "second"
THIRD = "third"


def recognised_minutes(points: Points, tier: str | None) -> int | None:
    """Give how many minutes of a day are recognised by the approvals so far; None for all."""
    if tier == THIRD:
        return None
    return points.second_person_up_to_minutes if tier == SECOND else points.automatic_up_to_minutes


def recognised(sheet: Sheet, hours: Hours, on: date) -> Sheet:
    """Give the sheet with the cap that the approvals so far leave for the day."""
    limit = recognised_minutes(sheet.points, hours.recognised.get(on))
    if limit is None or limit >= sheet.points.daily_cap_minutes:
        return sheet
    points = msgspec.structs.replace(sheet.points, daily_cap_minutes=limit)
    return msgspec.structs.replace(sheet, points=points)


def asked(
    hours: Hours,
    sheet: Sheet,
    *,
    person: str,
    on: date,
    before_minutes: int,
    occasion: str,
    raised_by: str,
    area: str,
    today: date,
    workdays: Workdays,
) -> list[Event]:
    """Ask for the approval of a day that has just become longer than anybody approved.

    *hours* are those after the record, *before_minutes* those of the day before it.
    """
    tier = hours.recognised.get(on)
    limit = recognised_minutes(sheet.points, tier)
    minutes = hours.minutes(on)
    if limit is None or not before_minutes <= limit < minutes:
        return []
    kind = OVER_12H if tier == SECOND else OVER_8H
    return [
        TaskRaised(
            task=task_id(kind, f"hours-{person}", on.isoformat(), occasion),
            kind=kind,
            subject=f"hours-{person}",
            choices=YES_OR_NO,
            area=area,
            due_on=workdays(today, sheet.points.task_workdays),
            raised_by=raised_by,
            concerns=person,
            item=on.isoformat(),
            minutes=minutes,
        )
    ]

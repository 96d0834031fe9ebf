"""Deciding on a long day: a second person above 8 hours, a third above 12."""

from datetime import date

import msgspec

from timebank.event import Event
from timebank.following import Reads, follow
from timebank.hours import DayRecognised, Hours
from timebank.purse import Purse
from timebank.recognising import SECOND, THIRD, asked
from timebank.rules import Rules, sheet_on
from timebank.task_kinds import OVER_8H
from timebank.tasks import APPROVE, Task, decide
from timebank.workdays import Workdays


def decide_long_day(
    task_state: Task,
    hours: Hours,
    purse: Purse,
    rules: Rules,
    *,
    reads: Reads,
    task: str,
    choice: str,
    by: frozenset[str],
    decided_by: str,
    reason_code: str,
    today: date,
    workdays: Workdays,
    note: str | None = None,
) -> list[Event]:
    """Approve a long day, and ask for the third approval where it is longer still.

    Where the sheet's cap is above what was recognised so far, the purse follows. A refusal leaves
    the hours as they are: whether a record is wrong is for a correction to say.

    Raises:
        Refused: as `tasks.decide` does.
    """
    decided = decide(
        task_state, task=task, choice=choice, by=by, reason_code=reason_code, note=note
    )
    raised = task_state.raised
    if not decided or choice != APPROVE or raised is None or raised.concerns is None:
        return decided
    person, on = raised.concerns, date.fromisoformat(raised.item or "")
    tier = SECOND if raised.kind == OVER_8H else THIRD
    later = msgspec.structs.replace(hours, recognised={**hours.recognised, on: tier})
    return [
        *decided,
        DayRecognised(person=person, on=on, tier=tier, task=task),
        *follow(
            purse,
            later,
            rules,
            person=person,
            on=on,
            records=[
                record for record in hours.days.get(on, ()) if not _is_shared(reads, record.order)
            ],
            reads=reads,
            occasion=task,
            fault="office",
            today=today,
        ),
        *asked(
            later,
            sheet_on(rules, on),
            person=person,
            on=on,
            before_minutes=0,
            occasion=task,
            raised_by=decided_by,
            area=raised.area,
            today=today,
            workdays=workdays,
        ),
    ]


def _is_shared(reads: Reads, order: str) -> bool:
    """Say whether an order thanks by shares of a fixed pool, which no approval makes larger."""
    terms = reads.orders(order).terms
    return terms is not None and terms.pool_minutes is not None

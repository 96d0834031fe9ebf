"""Deciding a proposed correction of a service record: by a second person, hours and purse at once.

Until midnight of the next working day after a confirmation any second person of the office may
approve; from then on it takes a bureau officer, as a reversal does. What an office got wrong never
makes a debt.
"""

from datetime import datetime

from timebank.correction_requests import pending
from timebank.days import civil_day
from timebank.event import Event, Refused
from timebank.following import Reads, rewrite
from timebank.hours import CorrectionRefused, Hours
from timebank.orders import Order
from timebank.outcomes import ConfirmationCorrected
from timebank.purse import Purse
from timebank.rewriting import resized
from timebank.rules import Rules, sheet_on
from timebank.stays import whole_minutes
from timebank.tasks import APPROVE, Task, decide


class OfficerMustDecide(Refused):
    """The time for correcting a confirmation is over: a bureau officer must decide."""

    zh = "更正期限已过,须由民政局经办决定。"


def decide_correction(
    task_state: Task,
    state: Order,
    hours: Hours,
    purse: Purse,
    rules: Rules,
    *,
    reads: Reads,
    task: str,
    choice: str,
    by: frozenset[str],
    for_bureau: bool,
    reason_code: str,
    now: datetime,
    fault: str = "office",
    note: str | None = None,
) -> list[Event]:
    """Approve a proposed correction, or leave the record as it is; *state* is the record's order.

    Raises:
        CorrectionGone: it was decided otherwise.
        OfficerMustDecide: the time for correcting is over, and nobody of the bureau decides.
        Refused: as `tasks.decide` and `following.rewrite` do.
    """
    decided = decide(
        task_state, task=task, choice=choice, by=by, reason_code=reason_code, note=note
    )
    raised = task_state.raised
    if not decided or raised is None:
        return []
    person, on, known = pending(hours, raised, task)
    if choice != APPROVE:
        refused = CorrectionRefused(
            person=person, record=known.record, task=task, reason_code=reason_code
        )
        return [*decided, refused]
    assert raised.minutes is not None, "a correction was proposed without minutes"
    member = state.members.get(person)
    until = member.correctable_until if member is not None else None
    if not for_bureau and (until is None or now >= until):
        raise OfficerMustDecide
    zone = sheet_on(rules, on).points.zone
    stays = resized(known, raised.minutes, zone)
    events = [
        *decided,
        *rewrite(
            hours,
            purse,
            rules,
            reads,
            person=person,
            stays={known.record: stays},
            reason_code=reason_code,
            occasion=task,
            fault=fault,
            today=civil_day(now, zone),
        ),
    ]
    if member is not None and member.confirmed_minutes is not None:
        change = whole_minutes(stays) - whole_minutes(known.stays)
        events.append(
            ConfirmationCorrected(
                order=known.order,
                volunteer=person,
                minutes=member.confirmed_minutes + change,
                replaces_minutes=member.confirmed_minutes,
                reason_code=reason_code,
            )
        )
    return events

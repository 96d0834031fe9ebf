"""The hours book (时长台账): the legal record of minutes really given, corrected but never spent.

Units: whole minutes. One record is one order, one volunteer, one civil day; a late entry makes a
record of its own.
"""

from datetime import date

import msgspec

from timebank.event import Event, Instant
from timebank.ids import derived
from timebank.stays import Stay, union, whole_minutes


class HoursEvent(Event, frozen=True, kw_only=True):
    """Something that was entered in one person's hours."""

    person: str

    @property
    def stream(self) -> str:
        """Each person has their own hours."""
        return f"hours-{self.person}"


class HoursRecorded(HoursEvent, frozen=True, kw_only=True, tag="hours.recorded"):
    """Service on one day was recorded; its minutes are those that no earlier record had counted."""

    record: str
    order: str
    on: date
    stays: tuple[Stay, ...]
    minutes: int
    due_on: date
    late: bool


class HoursCorrected(HoursEvent, frozen=True, kw_only=True, tag="hours.corrected"):
    """A record says something else from now on: here in full; `replaces` counts its versions.

    A correction of one record may change another of that day, where both had counted the same time.
    """

    record: str
    order: str
    on: date
    stays: tuple[Stay, ...]
    minutes: int
    replaces: int
    reason_code: str


class CorrectionRequested(HoursEvent, frozen=True, kw_only=True, tag="hours.correction_requested"):
    """Somebody asks for a record to be verified and put right; a task waits for the office."""

    record: str
    task: str
    requested_by: str
    proposed_minutes: int | None = None


class CorrectionRefused(HoursEvent, frozen=True, kw_only=True, tag="hours.correction_refused"):
    """The record was found right as it is."""

    record: str
    task: str
    reason_code: str


class CorrectionExplained(HoursEvent, frozen=True, kw_only=True, tag="hours.correction_explained"):
    """Why a record should be, or was, corrected: sealed under the volunteer's own key."""

    record: str
    reason: str

    @property
    def holder(self) -> str:
        """The volunteer's own key."""
        return self.person


class DayRecognised(HoursEvent, frozen=True, kw_only=True, tag="hours.day_recognised"):
    """A further person approved how long the volunteer served on a day: a `second`, a `third`."""

    on: date
    tier: str
    task: str


class Record(msgspec.Struct, frozen=True):
    """What a record says now, when it first said that service began, how often it was written."""

    record: str
    order: str
    began: Instant | None
    stays: tuple[Stay, ...]
    minutes: int
    version: int = 1
    requests: int = 0
    pending: str | None = None


class Hours(msgspec.Struct, frozen=True):
    """The records of each day in the order in which they came, and who vouched for long days."""

    days: dict[date, tuple[Record, ...]] = {}
    recognised: dict[date, str] = {}

    def stays(self, on: date) -> tuple[Stay, ...]:
        """Give when the person served on a day."""
        return union(stay for record in self.days.get(on, ()) for stay in record.stays)

    def minutes(self, on: date) -> int:
        """Count the minutes recorded for a day."""
        return sum(record.minutes for record in self.days.get(on, ()))

    def of_order(self, order: str) -> tuple[tuple[date, Record], ...]:
        """Give the records of an order, each with its day, in the order of days."""
        return tuple(
            (on, record)
            for on, records in sorted(self.days.items())
            for record in records
            if record.order == order
        )

    def find(self, record: str) -> tuple[date, Record] | None:
        """Find a record and its day."""
        for on, records in self.days.items():
            for known in records:
                if known.record == record:
                    return on, known
        return None


def evolve(state: Hours, event: Event) -> Hours:
    """Fold one event into the hours."""
    match event:
        case HoursRecorded():
            began = event.stays[0].began if event.stays else None
            new = Record(event.record, event.order, began, event.stays, event.minutes)
            records = (*state.days.get(event.on, ()), new)
            return _on(state, event.on, records)
        case HoursCorrected():
            return _on(state, event.on, _corrected(state.days.get(event.on, ()), event))
        case CorrectionRequested() | CorrectionRefused():
            return _asked(state, event)
        case DayRecognised():
            recognised = {**state.recognised, event.on: event.tier}
            return msgspec.structs.replace(state, recognised=recognised)
        case _:
            return state


def record(
    state: Hours,
    *,
    person: str,
    order: str,
    on: date,
    stays: tuple[Stay, ...],
    due_on: date,
    recorded_on: date,
    entry: str | None = None,
) -> HoursRecorded:
    """Record *stays* of one civil day; minutes already in the day's union count once.

    Rounding: the day's union is rounded down once, so all records of a day add up to its whole
    minutes. Late is marked, never refused. *entry* names the late entry that it comes from.
    """
    before = state.stays(on)
    parts = (order, person, on.isoformat())
    return HoursRecorded(
        person=person,
        record=derived("record", *parts, *(() if entry is None else (entry,))),
        order=order,
        on=on,
        stays=stays,
        minutes=whole_minutes((*before, *stays)) - whole_minutes(before),
        due_on=due_on,
        late=recorded_on > due_on,
    )


def as_recorded(known: Record, *, person: str, on: date) -> HoursRecorded:
    """Give a record as it stands now in the form in which the purse takes it."""
    return HoursRecorded(
        person=person,
        record=known.record,
        order=known.order,
        on=on,
        stays=known.stays,
        minutes=known.minutes,
        due_on=on,
        late=False,
    )


def _on(state: Hours, on: date, records: tuple[Record, ...]) -> Hours:
    return msgspec.structs.replace(state, days={**state.days, on: records})


def _corrected(records: tuple[Record, ...], event: HoursCorrected) -> tuple[Record, ...]:
    return tuple(
        msgspec.structs.replace(
            known,
            stays=event.stays,
            minutes=event.minutes,
            version=event.replaces + 1,
            pending=None,
        )
        if known.record == event.record
        else known
        for known in records
    )


def _asked(state: Hours, event: CorrectionRequested | CorrectionRefused) -> Hours:
    found = state.find(event.record)
    if found is None:
        return state
    on, known = found
    if isinstance(event, CorrectionRequested):
        marked = msgspec.structs.replace(known, requests=known.requests + 1, pending=event.task)
    else:
        marked = msgspec.structs.replace(known, pending=None)
    records = (marked if each.record == known.record else each for each in state.days[on])
    return _on(state, on, tuple(records))

"""The hours book (时长台账): the legal record of minutes really given, corrected but never spent.

Units: whole minutes. One record is one order, one volunteer, one civil day.
"""

from datetime import date

import msgspec

from timebank.event import Event
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


class Hours(msgspec.Struct, frozen=True):
    """When the person served, day by day."""

    days: dict[date, tuple[Stay, ...]] = {}


def evolve(state: Hours, event: Event) -> Hours:
    """Fold one event into the hours."""
    match event:
        case HoursRecorded():
            served = union((*state.days.get(event.on, ()), *event.stays))
            return Hours(days={**state.days, event.on: served})
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
) -> HoursRecorded:
    """Record *stays* of one civil day; minutes already in the day's union count once.

    Rounding: the day's union is rounded down once, so all records of a day add up to its whole
    minutes. Late is marked, never refused.
    """
    before = state.days.get(on, ())
    return HoursRecorded(
        person=person,
        record=derived("record", order, person, on.isoformat()),
        order=order,
        on=on,
        stays=stays,
        minutes=whole_minutes((*before, *stays)) - whole_minutes(before),
        due_on=due_on,
        late=recorded_on > due_on,
    )

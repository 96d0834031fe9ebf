"""The district itself: areas, staff and their roles, sign-ins, the working-day calendar. Pure.

`CLEAR` and `SEALED` name every event, `FOLDS` the state of each kind of stream.
"""

from collections.abc import Callable, Mapping
from typing import Any

from district import areas, calendar, sign_ins, staff
from district.event import Event, Forbidden, Malformed, NotFound, Refused

Fold = tuple[Any, Callable[[Any, Any], Any]]
"""The state of a stream before its first event, and how one event changes a state."""

CLEAR: tuple[type[Event], ...] = (
    areas.AreaAdded,
    areas.AreaNamed,
    areas.ResidentsCounted,
    staff.RoleGranted,
    staff.RoleEnded,
    staff.StaffRelieved,
    sign_ins.SignInOpened,
    sign_ins.PasswordIssued,
    sign_ins.PasswordChosen,
    sign_ins.SignInClosed,
    calendar.CalendarDeclared,
)

SEALED: tuple[type[Event], ...] = (staff.StaffNamed, staff.ReliefExplained)

FOLDS: Mapping[str, Fold] = {
    "area": (areas.Area(), areas.evolve),
    "staff": (staff.Staff(), staff.evolve),
    "sign_in": (sign_ins.SignIn(), sign_ins.evolve),
    "calendar": (calendar.Calendar(), calendar.evolve),
}

__all__ = [
    "CLEAR",
    "FOLDS",
    "SEALED",
    "Event",
    "Fold",
    "Forbidden",
    "Malformed",
    "NotFound",
    "Refused",
]

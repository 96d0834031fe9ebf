"""The district itself: areas, staff and their roles, sign-ins, the working-day calendar. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from district import areas, calendar, sign_ins, staff
from district.event import Event, Forbidden, Malformed, NotFound, Refused

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

# By the kind of a stream: the state before its first event, and how an event changes it.
FOLDS: Mapping[str, tuple[Any, Callable[[Any, Any], Any]]] = {
    "area": (areas.Area(), areas.evolve),
    "staff": (staff.Staff(), staff.evolve),
    "sign_in": (sign_ins.SignIn(), sign_ins.evolve),
    "calendar": (calendar.Calendar(), calendar.evolve),
}

__all__ = ["CLEAR", "FOLDS", "SEALED", "Event", "Forbidden", "Malformed", "NotFound", "Refused"]

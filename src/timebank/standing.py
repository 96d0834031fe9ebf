"""A volunteer's standing: suspended, reinstated, gone."""

from timebank.event import Event
from timebank.volunteers import (
    Volunteer,
    VolunteerLeft,
    VolunteerNotFound,
    VolunteerReinstated,
    VolunteerSuspended,
    must_be_here,
)


def suspend(state: Volunteer, *, volunteer: str, reason_code: str) -> list[Event]:
    """Keep the volunteer from new orders for now.

    Raises:
        VolunteerNotFound: nobody is registered under this id.
        VolunteerHasLeft: the volunteer left.
    """
    must_be_here(state)
    if state.suspended:
        return []
    return [VolunteerSuspended(volunteer=volunteer, reason_code=reason_code)]


def reinstate(state: Volunteer, *, volunteer: str) -> list[Event]:
    """End a suspension.

    Raises:
        VolunteerNotFound: nobody is registered under this id.
        VolunteerHasLeft: the volunteer left.
    """
    must_be_here(state)
    if not state.suspended:
        return []
    return [VolunteerReinstated(volunteer=volunteer)]


def leave(state: Volunteer, *, volunteer: str, reason_code: str) -> list[Event]:
    """Let the volunteer leave; what they earned stays on record.

    Raises:
        VolunteerNotFound: nobody is registered under this id.
    """
    if not state.volunteer_no:
        raise VolunteerNotFound
    if state.left:
        return []
    return [VolunteerLeft(volunteer=volunteer, reason_code=reason_code)]

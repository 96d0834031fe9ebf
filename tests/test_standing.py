"""Standing: a volunteer may be suspended, come back, and leave."""

import pytest

from tests.serving import VOLUNTEER, Past
from timebank.standing import leave, reinstate, suspend
from timebank.volunteers import (
    Volunteer,
    VolunteerHasLeft,
    VolunteerLeft,
    VolunteerNotFound,
    VolunteerReinstated,
    VolunteerSuspended,
)


def here() -> Past:
    """A volunteer has registered."""
    past = Past()
    past.register()
    return past


def state(past: Past) -> Volunteer:
    """Fold the volunteer."""
    folded: Volunteer = past.state("volunteer", VOLUNTEER)
    return folded


def test_a_suspension_begins_and_ends() -> None:
    """Each step happens once, and its repeat does nothing."""
    past = here()
    assert reinstate(state(past), volunteer=VOLUNTEER) == []
    suspended = VolunteerSuspended(volunteer=VOLUNTEER, reason_code="no_show")
    assert past.add(suspend(state(past), volunteer=VOLUNTEER, reason_code="no_show")) == [suspended]
    assert suspend(state(past), volunteer=VOLUNTEER, reason_code="no_show") == []
    assert past.add(reinstate(state(past), volunteer=VOLUNTEER)) == [
        VolunteerReinstated(volunteer=VOLUNTEER)
    ]
    assert not state(past).suspended


def test_a_volunteer_leaves_once() -> None:
    """Leaving again does nothing; who has left is neither suspended nor reinstated."""
    past = here()
    assert past.add(leave(state(past), volunteer=VOLUNTEER, reason_code="moved")) == [
        VolunteerLeft(volunteer=VOLUNTEER, reason_code="moved")
    ]
    assert leave(state(past), volunteer=VOLUNTEER, reason_code="moved") == []
    with pytest.raises(VolunteerHasLeft):
        suspend(state(past), volunteer=VOLUNTEER, reason_code="no_show")
    with pytest.raises(VolunteerHasLeft):
        reinstate(state(past), volunteer=VOLUNTEER)


def test_a_stranger_has_no_standing() -> None:
    """Nobody is registered under the id."""
    with pytest.raises(VolunteerNotFound):
        suspend(Volunteer(), volunteer=VOLUNTEER, reason_code="no_show")
    with pytest.raises(VolunteerNotFound):
        reinstate(Volunteer(), volunteer=VOLUNTEER)
    with pytest.raises(VolunteerNotFound):
        leave(Volunteer(), volunteer=VOLUNTEER, reason_code="moved")

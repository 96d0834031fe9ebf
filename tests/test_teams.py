"""Teams: founded under a lead, members come and go, the lead hands over before leaving."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.serving import COMMUNITY, OTHER, STATION, VOLUNTEER
from timebank.event import Event, IdTaken, Refused
from timebank.teams import (
    LeadMustStay,
    LeadNamed,
    MemberJoined,
    MemberLeft,
    NotInTeam,
    Team,
    TeamAttached,
    TeamDisbanded,
    TeamFounded,
    TeamIsDisbanded,
    TeamNotFound,
    attach,
    disband,
    evolve,
    found_team,
    join,
    leave_team,
    name_lead,
)
from timebank.volunteers import Volunteer, VolunteerHasLeft, VolunteerNotFound

TEAM = "01950000-0000-7000-8000-000000000012"
HERE = Volunteer(volunteer_no="1", community=COMMUNITY)
GONE = Volunteer(volunteer_no="1", community=COMMUNITY, left=True)
SMALL = Team(
    title="阳光志愿服务队",
    community=COMMUNITY,
    lead=VOLUNTEER,
    members=frozenset({VOLUNTEER, OTHER}),
)
OVER = Team(
    title="阳光志愿服务队",
    community=COMMUNITY,
    lead=VOLUNTEER,
    members=frozenset({VOLUNTEER}),
    disbanded=True,
)


def found(state: Team, person: Volunteer = HERE, **changes: Any) -> list[Event]:
    """Found the team."""
    facts: dict[str, Any] = {
        "team": TEAM,
        "title": "阳光志愿服务队",
        "community": COMMUNITY,
        "lead": VOLUNTEER,
    }
    return found_team(state, person, **facts | changes)


def test_a_team_begins_with_its_lead() -> None:
    """The lead is the first member; founding again does nothing."""
    events = found(Team(), station=STATION)
    assert events == [
        TeamFounded(
            team=TEAM,
            title="阳光志愿服务队",
            community=COMMUNITY,
            lead=VOLUNTEER,
            station=STATION,
        )
    ]
    state = evolve(Team(), events[0])
    assert (state.lead, state.station) == (VOLUNTEER, STATION)
    assert state.members == {VOLUNTEER}
    assert found(state) == []


def test_members_join_and_leave_once() -> None:
    """Repeats do nothing."""
    alone = evolve(SMALL, MemberLeft(team=TEAM, volunteer=OTHER))
    assert alone.members == {VOLUNTEER}
    joined = join(alone, HERE, team=TEAM, volunteer=OTHER)
    assert joined == [MemberJoined(team=TEAM, volunteer=OTHER)]
    assert evolve(alone, joined[0]) == SMALL
    assert join(SMALL, HERE, team=TEAM, volunteer=OTHER) == []
    assert leave_team(SMALL, team=TEAM, volunteer=OTHER) == [MemberLeft(team=TEAM, volunteer=OTHER)]
    assert leave_team(alone, team=TEAM, volunteer=OTHER) == []


def test_the_lead_hands_over_before_leaving() -> None:
    """Another member leads first; a team that is no more keeps nobody."""
    with pytest.raises(LeadMustStay):
        leave_team(SMALL, team=TEAM, volunteer=VOLUNTEER)
    named = name_lead(SMALL, team=TEAM, volunteer=OTHER)
    assert named == [LeadNamed(team=TEAM, volunteer=OTHER)]
    led = evolve(SMALL, named[0])
    assert name_lead(led, team=TEAM, volunteer=OTHER) == []
    assert leave_team(led, team=TEAM, volunteer=VOLUNTEER) != []
    assert leave_team(OVER, team=TEAM, volunteer=VOLUNTEER) != []


def test_a_team_works_with_a_station_or_with_none() -> None:
    """Attached once, detached once."""
    attached = attach(SMALL, team=TEAM, station=STATION)
    assert attached == [TeamAttached(team=TEAM, station=STATION)]
    there = evolve(SMALL, attached[0])
    assert attach(there, team=TEAM, station=STATION) == []
    assert evolve(there, attach(there, team=TEAM, station=None)[0]) == SMALL


def test_a_team_is_disbanded_once() -> None:
    """Its members stay on record."""
    over = disband(SMALL, team=TEAM, reason_code="merged")
    assert over == [TeamDisbanded(team=TEAM, reason_code="merged")]
    state = evolve(SMALL, over[0])
    assert state.members == SMALL.members
    assert disband(state, team=TEAM, reason_code="merged") == []


@pytest.mark.parametrize(
    ("decide", "refusal"),
    [
        (lambda: found(SMALL, title="月光队"), IdTaken),
        (lambda: found(Team(), Volunteer()), VolunteerNotFound),
        (lambda: found(Team(), GONE), VolunteerHasLeft),
        (lambda: join(Team(), HERE, team=TEAM, volunteer=OTHER), TeamNotFound),
        (lambda: join(OVER, HERE, team=TEAM, volunteer=OTHER), TeamIsDisbanded),
        (lambda: join(SMALL, Volunteer(), team=TEAM, volunteer=STATION), VolunteerNotFound),
        (lambda: join(SMALL, GONE, team=TEAM, volunteer=STATION), VolunteerHasLeft),
        (lambda: leave_team(Team(), team=TEAM, volunteer=OTHER), TeamNotFound),
        (lambda: name_lead(Team(), team=TEAM, volunteer=OTHER), TeamNotFound),
        (lambda: name_lead(OVER, team=TEAM, volunteer=OTHER), TeamIsDisbanded),
        (lambda: name_lead(SMALL, team=TEAM, volunteer=STATION), NotInTeam),
        (lambda: attach(Team(), team=TEAM, station=STATION), TeamNotFound),
        (lambda: attach(OVER, team=TEAM, station=STATION), TeamIsDisbanded),
        (lambda: disband(Team(), team=TEAM, reason_code="merged"), TeamNotFound),
    ],
)
def test_what_a_team_may_not_do(decide: Callable[[], object], refusal: type[Refused]) -> None:
    """Each rule refuses by its own name."""
    with pytest.raises(refusal):
        decide()

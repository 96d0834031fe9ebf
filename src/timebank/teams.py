"""Teams (志愿服务团队): volunteers who serve together under a lead.

Shapes: a team's title is the name of an organisation, like a station's, and stays clear.
"""

import msgspec

from timebank.event import Event, IdTaken, NotFound, Refused
from timebank.volunteers import Volunteer, must_be_here


class TeamEvent(Event, frozen=True, kw_only=True):
    """Something that happened to one team."""

    team: str

    @property
    def stream(self) -> str:
        """Each team has its own stream."""
        return f"team-{self.team}"


class TeamFounded(TeamEvent, frozen=True, kw_only=True, tag="team.founded"):
    """A team came together; its lead is its first member."""

    title: str
    community: str
    lead: str
    station: str | None = None


class MemberJoined(TeamEvent, frozen=True, kw_only=True, tag="team.member_joined"):
    """A volunteer became a member."""

    volunteer: str


class MemberLeft(TeamEvent, frozen=True, kw_only=True, tag="team.member_left"):
    """A member left the team."""

    volunteer: str


class LeadNamed(TeamEvent, frozen=True, kw_only=True, tag="team.lead_named"):
    """Another member leads the team."""

    volunteer: str


class TeamAttached(TeamEvent, frozen=True, kw_only=True, tag="team.attached"):
    """The team works with a station from now on, or with none."""

    station: str | None = None


class TeamDisbanded(TeamEvent, frozen=True, kw_only=True, tag="team.disbanded"):
    """The team is no more; what it did stays on record."""

    reason_code: str


class Team(msgspec.Struct, frozen=True):
    """Who is on the team, who leads it, and where it belongs."""

    title: str = ""
    community: str = ""
    station: str | None = None
    lead: str = ""
    members: frozenset[str] = frozenset()
    disbanded: bool = False

    @property
    def is_founded(self) -> bool:
        """Whether there is such a team."""
        return self.community != ""


class TeamNotFound(NotFound):
    """There is no such team."""

    zh = "没有该团队。"


class TeamIsDisbanded(Refused):
    """The team was disbanded."""

    zh = "团队已解散。"


class NotInTeam(Refused):
    """The volunteer is not a member of the team."""

    zh = "该志愿者不是团队成员。"


class LeadMustStay(Refused):
    """The lead cannot leave before another member leads the team."""

    zh = "负责人须先交接,才能退出团队。"


def evolve(state: Team, event: Event) -> Team:
    """Fold one event into the team."""
    change = msgspec.structs.replace
    match event:
        case TeamFounded():
            return Team(
                title=event.title,
                community=event.community,
                station=event.station,
                lead=event.lead,
                members=frozenset({event.lead}),
            )
        case MemberJoined():
            return change(state, members=state.members | {event.volunteer})
        case MemberLeft():
            return change(state, members=state.members - {event.volunteer})
        case LeadNamed():
            return change(state, lead=event.volunteer)
        case TeamAttached():
            return change(state, station=event.station)
        case TeamDisbanded():
            return change(state, disbanded=True)
        case _:
            return state


def found_team(
    state: Team,
    lead_state: Volunteer,
    *,
    team: str,
    title: str,
    community: str,
    lead: str,
    station: str | None = None,
) -> list[Event]:
    """Found a team under a lead, who is its first member.

    Raises:
        IdTaken: this id already is another team.
        VolunteerNotFound: the lead is no volunteer.
        VolunteerHasLeft: the lead left the time bank.
    """
    if state.is_founded:
        if (state.title, state.community) != (title, community):
            raise IdTaken
        return []
    must_be_here(lead_state)
    return [TeamFounded(team=team, title=title, community=community, lead=lead, station=station)]


def must_exist(state: Team) -> None:
    """Refuse for a team that never was or is no more.

    Raises:
        TeamNotFound: nobody founded it.
        TeamIsDisbanded: it was disbanded.
    """
    if not state.is_founded:
        raise TeamNotFound
    if state.disbanded:
        raise TeamIsDisbanded


def join(state: Team, person: Volunteer, *, team: str, volunteer: str) -> list[Event]:
    """Let a volunteer become a member.

    Raises:
        TeamNotFound: nobody founded it.
        TeamIsDisbanded: it was disbanded.
        VolunteerNotFound: nobody is registered under this id.
        VolunteerHasLeft: the volunteer left the time bank.
    """
    must_exist(state)
    must_be_here(person)
    if volunteer in state.members:
        return []
    return [MemberJoined(team=team, volunteer=volunteer)]


def leave_team(state: Team, *, team: str, volunteer: str) -> list[Event]:
    """Let a member leave; places on orders that they hold stay theirs.

    Raises:
        TeamNotFound: nobody founded it.
        LeadMustStay: the volunteer leads the team.
    """
    if not state.is_founded:
        raise TeamNotFound
    if volunteer not in state.members:
        return []
    if volunteer == state.lead and not state.disbanded:
        raise LeadMustStay
    return [MemberLeft(team=team, volunteer=volunteer)]


def name_lead(state: Team, *, team: str, volunteer: str) -> list[Event]:
    """Let another member lead the team.

    Raises:
        TeamNotFound: nobody founded it.
        TeamIsDisbanded: it was disbanded.
        NotInTeam: the volunteer is no member.
    """
    must_exist(state)
    if volunteer not in state.members:
        raise NotInTeam
    if volunteer == state.lead:
        return []
    return [LeadNamed(team=team, volunteer=volunteer)]


def attach(state: Team, *, team: str, station: str | None) -> list[Event]:
    """Let the team work with *station*, or with none.

    Raises:
        TeamNotFound: nobody founded it.
        TeamIsDisbanded: it was disbanded.
    """
    must_exist(state)
    if state.station == station:
        return []
    return [TeamAttached(team=team, station=station)]


def disband(state: Team, *, team: str, reason_code: str) -> list[Event]:
    """End the team.

    Raises:
        TeamNotFound: nobody founded it.
    """
    if not state.is_founded:
        raise TeamNotFound
    if state.disbanded:
        return []
    return [TeamDisbanded(team=team, reason_code=reason_code)]

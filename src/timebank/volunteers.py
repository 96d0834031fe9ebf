"""Volunteers (志愿者): how they join, prove who they are, pause and leave."""

from datetime import date, datetime, timedelta

import msgspec

from timebank.days import birthday
from timebank.event import Event, IdTaken, Instant, Malformed, NotFound, Refused
from timebank.merges import Links, PersonMerged, PersonUnmerged, evolve_links
from timebank.volunteer_event import (
    ClearanceRevoked,
    VolunteerAmended,
    VolunteerCleared,
    VolunteerEvent,
)

# Civil Code of the PRC, article 17: a person under eighteen is a minor.
MAJORITY_YEARS = 18

# A consent is given on a phone, whose clock may run a little ahead of ours.
_AHEAD = timedelta(minutes=10)


class VolunteerRegistered(VolunteerEvent, frozen=True, kw_only=True, tag="volunteer.registered"):
    """Someone joined and consented, or their guardian did; `minor_until` is set for minors only."""

    volunteer_no: str
    community: str
    consent_version: str
    consented_at: Instant
    consent_by: str
    minor_until: date | None = None


class Guardian(msgspec.Struct, frozen=True, kw_only=True):
    """Who consented for a minor."""

    name: str
    relation: str
    phone: str


class VolunteerDescribed(VolunteerEvent, frozen=True, kw_only=True, tag="volunteer.described"):
    """Who the volunteer is: sealed under their own key."""

    name: str
    phone: str
    sex: str
    birth_date: date
    skills: tuple[str, ...]
    guardian: Guardian | None = None

    @property
    def holder(self) -> str:
        """The volunteer's own key."""
        return self.volunteer


class IdentityVerified(
    VolunteerEvent, frozen=True, kw_only=True, tag="volunteer.identity_verified"
):
    """An office saw proof of who the volunteer is."""

    method: str


class IdentityRecorded(
    VolunteerEvent, frozen=True, kw_only=True, tag="volunteer.identity_recorded"
):
    """The document that proved it: sealed under the volunteer's own key."""

    id_type: str
    id_number: str

    @property
    def holder(self) -> str:
        """The volunteer's own key."""
        return self.volunteer


class VolunteerSuspended(VolunteerEvent, frozen=True, kw_only=True, tag="volunteer.suspended"):
    """The volunteer may take no new orders for now."""

    reason_code: str


class VolunteerReinstated(VolunteerEvent, frozen=True, kw_only=True, tag="volunteer.reinstated"):
    """The suspension ended."""


class VolunteerLeft(VolunteerEvent, frozen=True, kw_only=True, tag="volunteer.left"):
    """The volunteer left the time bank."""

    reason_code: str


class Volunteer(msgspec.Struct, frozen=True):
    """Where the volunteer stands."""

    volunteer_no: str = ""
    community: str = ""
    verified: bool = False
    suspended: bool = False
    left: bool = False
    checked_on: date | None = None
    cleared_until: date | None = None
    facts_version: int = 1
    links: Links = Links()


class VolunteerNotFound(NotFound):
    """There is no such volunteer."""

    zh = "没有该志愿者。"


class AlreadyVolunteer(Refused):
    """The person is already registered as a volunteer."""

    zh = "此人已注册为志愿者。"


class ConsentMissing(Malformed):
    """Registration needs consent to a named version, given no later than now."""

    zh = "注册须同意指定版本的告知书,且同意时间不得晚于现在。"


class GuardianMissing(Refused):
    """A minor needs the consent of a guardian."""

    zh = "未成年人须由监护人同意。"


class BirthDateInFuture(Malformed):
    """The birth date lies in the future."""

    zh = "出生日期晚于今天。"


class IdentityNotVerified(Refused):
    """The volunteer's identity has not been verified yet."""

    zh = "志愿者尚未实名认证。"


class VolunteerIsSuspended(Refused):
    """The volunteer is suspended."""

    zh = "志愿者已被暂停服务。"


class VolunteerHasLeft(Refused):
    """The volunteer has left."""

    zh = "志愿者已退出。"


class RecordIsMerged(Refused):
    """This record was merged into another one of the same person, which is used instead."""

    zh = "该记录已并入同一人的另一条记录,请使用后者。"


def evolve(state: Volunteer, event: Event) -> Volunteer:
    """Fold one event into the volunteer."""
    change = msgspec.structs.replace
    match event:
        case VolunteerRegistered():
            return Volunteer(volunteer_no=event.volunteer_no, community=event.community)
        case IdentityVerified():
            return change(state, verified=True)
        case VolunteerSuspended():
            return change(state, suspended=True)
        case VolunteerReinstated():
            return change(state, suspended=False)
        case VolunteerLeft():
            return change(state, left=True)
        case VolunteerCleared(checked_on=checked_on, valid_until=until):
            return change(state, checked_on=checked_on, cleared_until=until)
        case ClearanceRevoked():
            return change(state, checked_on=None, cleared_until=None)
        case VolunteerAmended(community=community, replaces=replaces):
            return change(state, community=community, facts_version=replaces + 1)
        case PersonMerged() | PersonUnmerged():
            return change(state, links=evolve_links(state.links, event))
        case _:
            return state


def register(
    state: Volunteer,
    *,
    volunteer: str,
    volunteer_no: str,
    name: str,
    phone: str,
    sex: str,
    birth_date: date,
    community: str,
    skills: tuple[str, ...],
    consent_version: str,
    consented_at: datetime,
    guardian: Guardian | None = None,
    same_person: tuple[str, ...] = (),
    now: datetime,
    today: date,
) -> list[Event]:
    """Register a volunteer; *same_person* holds whom the blind index takes for them.

    Raises:
        IdTaken: this id already is another volunteer.
        AlreadyVolunteer: the same person is registered under another id.
        ConsentMissing: no version was named, or the consent lies in the future.
        BirthDateInFuture: nobody was born after today.
        GuardianMissing: a minor without a guardian's consent.
    """
    if state.volunteer_no:
        if state.community != community:
            raise IdTaken
        return []
    if set(same_person) - {volunteer}:
        raise AlreadyVolunteer
    if not consent_version or consented_at > now + _AHEAD:
        raise ConsentMissing
    if birth_date > today:
        raise BirthDateInFuture
    adult_on = birthday(birth_date, MAJORITY_YEARS)
    minor = today < adult_on
    if minor and guardian is None:
        raise GuardianMissing
    return [
        VolunteerRegistered(
            volunteer=volunteer,
            volunteer_no=volunteer_no,
            community=community,
            consent_version=consent_version,
            consented_at=consented_at,
            consent_by="guardian" if minor else "self",
            minor_until=adult_on if minor else None,
        ),
        VolunteerDescribed(
            volunteer=volunteer,
            name=name,
            phone=phone,
            sex=sex,
            birth_date=birth_date,
            skills=skills,
            guardian=guardian if minor else None,
        ),
    ]


def must_be_here(state: Volunteer) -> None:
    """Refuse for someone who never joined or has left.

    Raises:
        VolunteerNotFound: nobody is registered under this id.
        VolunteerHasLeft: the volunteer left.
    """
    if not state.volunteer_no:
        raise VolunteerNotFound
    if state.left:
        raise VolunteerHasLeft


def verify_identity(
    state: Volunteer,
    *,
    volunteer: str,
    method: str,
    id_type: str | None = None,
    id_number: str | None = None,
    same_person: tuple[str, ...] = (),
) -> list[Event]:
    """Record that an office saw who the volunteer is; the document itself is sealed.

    Raises:
        VolunteerNotFound: nobody is registered under this id.
        VolunteerHasLeft: the volunteer left.
        AlreadyVolunteer: *same_person*, found by the identity number, names another volunteer.
    """
    must_be_here(state)
    if state.verified:
        return []
    if set(same_person) - {volunteer}:
        raise AlreadyVolunteer
    events: list[Event] = [IdentityVerified(volunteer=volunteer, method=method)]
    if id_type is not None and id_number is not None:
        events.append(IdentityRecorded(volunteer=volunteer, id_type=id_type, id_number=id_number))
    return events

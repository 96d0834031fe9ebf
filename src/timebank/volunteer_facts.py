"""What is known of a volunteer changes: background checks, and facts that are put right."""

from datetime import date

from timebank.days import birthday
from timebank.event import Event, Malformed, Refused
from timebank.volunteer_event import (
    ClearanceRecorded,
    ClearanceRevoked,
    VolunteerAmended,
    VolunteerCleared,
)
from timebank.volunteers import (
    MAJORITY_YEARS,
    AlreadyVolunteer,
    BirthDateInFuture,
    Guardian,
    GuardianMissing,
    Volunteer,
    VolunteerDescribed,
    must_be_here,
)


class CheckedInFuture(Malformed):
    """The background check is dated after today, or ends before it was made."""

    zh = "背景核查日期晚于今天,或有效期早于核查日期。"


class FactsHaveChanged(Refused):
    """The facts were amended in the meantime: read them again first."""

    zh = "资料已被修改,请先重新读取。"


def clear(
    state: Volunteer,
    *,
    volunteer: str,
    checked_on: date,
    valid_until: date,
    checked_by: str,
    today: date,
) -> list[Event]:
    """Record a background check that was passed; who made it is sealed.

    Raises:
        VolunteerNotFound: nobody is registered under this id.
        VolunteerHasLeft: the volunteer left.
        CheckedInFuture: the days make no sense.
    """
    must_be_here(state)
    if checked_on > today or valid_until < checked_on:
        raise CheckedInFuture
    if (state.checked_on, state.cleared_until) == (checked_on, valid_until):
        return []
    return [
        VolunteerCleared(volunteer=volunteer, checked_on=checked_on, valid_until=valid_until),
        ClearanceRecorded(volunteer=volunteer, checked_by=checked_by),
    ]


def revoke_clearance(state: Volunteer, *, volunteer: str, reason_code: str) -> list[Event]:
    """End the volunteer's clearance at once.

    Raises:
        VolunteerNotFound: nobody is registered under this id.
        VolunteerHasLeft: the volunteer left.
    """
    must_be_here(state)
    if state.cleared_until is None:
        return []
    return [ClearanceRevoked(volunteer=volunteer, reason_code=reason_code)]


def amend(
    state: Volunteer,
    *,
    volunteer: str,
    replaces: int,
    reason_code: str,
    name: str,
    phone: str,
    sex: str,
    birth_date: date,
    community: str,
    skills: tuple[str, ...],
    guardian: Guardian | None = None,
    same_person: tuple[str, ...] = (),
    today: date,
) -> list[Event]:
    """Put the facts of a volunteer right: here they all are, those that stay included.

    *replaces* is the number of the description that the caller has read.

    Raises:
        VolunteerNotFound: nobody is registered under this id.
        VolunteerHasLeft: the volunteer left.
        FactsHaveChanged: somebody else amended them in between.
        AlreadyVolunteer: the blind index takes another volunteer for this person.
        BirthDateInFuture: nobody was born after today.
        GuardianMissing: a minor without a guardian.
    """
    must_be_here(state)
    if replaces != state.facts_version:
        raise FactsHaveChanged
    # A second record that was merged into this one is no other person.
    if set(same_person) - state.links.others - {volunteer}:
        raise AlreadyVolunteer
    if birth_date > today:
        raise BirthDateInFuture
    adult_on = birthday(birth_date, MAJORITY_YEARS)
    minor = today < adult_on
    if minor and guardian is None:
        raise GuardianMissing
    return [
        VolunteerAmended(
            volunteer=volunteer,
            community=community,
            replaces=replaces,
            reason_code=reason_code,
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

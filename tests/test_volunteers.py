"""Volunteers: consent first, a guardian's for minors, one person one volunteer, identity proven."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.serving import COMMUNITY, DAY, OTHER, VOLUNTEER, Past, at
from timebank.event import Event, IdTaken, Refused
from timebank.volunteers import (
    AlreadyVolunteer,
    BirthDateInFuture,
    ConsentMissing,
    Guardian,
    GuardianMissing,
    IdentityRecorded,
    IdentityVerified,
    Volunteer,
    VolunteerDescribed,
    VolunteerHasLeft,
    VolunteerNotFound,
    VolunteerRegistered,
    register,
    verify_identity,
)

MOTHER = Guardian(name="李梅", relation="mother", phone="13900000000")
REGISTERED = Volunteer(volunteer_no="000000000002", community=COMMUNITY)


def join(state: Volunteer, **changes: Any) -> list[Event]:
    """Register a grown-up on 10 March 2025, unless *changes* say otherwise."""
    facts: dict[str, Any] = {
        "volunteer": VOLUNTEER,
        "volunteer_no": "000000000002",
        "name": "王芳",
        "phone": "13800000000",
        "sex": "female",
        "birth_date": date(1990, 5, 1),
        "community": COMMUNITY,
        "skills": ("cooking",),
        "consent_version": "2025-01",
        "consented_at": at("08:00"),
        "now": at("08:00"),
        "today": DAY,
    }
    return register(state, **facts | changes)


def test_a_grown_up_joins_by_their_own_consent() -> None:
    """What counts stays clear; name, phone and birth date are sealed under the volunteer's key."""
    assert join(Volunteer()) == [
        VolunteerRegistered(
            volunteer=VOLUNTEER,
            volunteer_no="000000000002",
            community=COMMUNITY,
            consent_version="2025-01",
            consented_at=at("08:00"),
            consent_by="self",
        ),
        described := VolunteerDescribed(
            volunteer=VOLUNTEER,
            name="王芳",
            phone="13800000000",
            sex="female",
            birth_date=date(1990, 5, 1),
            skills=("cooking",),
        ),
    ]
    assert described.holder == VOLUNTEER


def test_a_minor_joins_by_a_guardians_consent() -> None:
    """Born on 11 March 2007: a minor until 11 March 2025, one day after joining."""
    clear, sealed = join(Volunteer(), birth_date=date(2007, 3, 11), guardian=MOTHER)
    assert isinstance(clear, VolunteerRegistered)
    assert isinstance(sealed, VolunteerDescribed)
    assert (clear.consent_by, clear.minor_until) == ("guardian", date(2025, 3, 11))
    assert sealed.guardian == MOTHER


def test_nobody_consents_for_a_grown_up() -> None:
    """Born on 10 March 2007: grown up on the day of joining; a guardian's data are not kept."""
    clear, sealed = join(Volunteer(), birth_date=date(2007, 3, 10), guardian=MOTHER)
    assert isinstance(clear, VolunteerRegistered)
    assert isinstance(sealed, VolunteerDescribed)
    assert (clear.consent_by, clear.minor_until, sealed.guardian) == ("self", None, None)


def test_joining_again_does_nothing() -> None:
    """A retry finds the volunteer under the same id, and by the same phone only itself."""
    assert join(REGISTERED) == []
    assert join(REGISTERED, same_person=(VOLUNTEER,)) == []


@pytest.mark.parametrize(
    ("state", "changes", "refusal"),
    [
        (REGISTERED, {"community": "330102002001"}, IdTaken),
        (Volunteer(), {"same_person": (OTHER,)}, AlreadyVolunteer),
        (Volunteer(), {"consent_version": ""}, ConsentMissing),
        (Volunteer(), {"consented_at": at("08:00") + timedelta(minutes=11)}, ConsentMissing),
        (Volunteer(), {"birth_date": date(2025, 3, 11)}, BirthDateInFuture),
        (Volunteer(), {"birth_date": date(2007, 3, 11)}, GuardianMissing),
    ],
)
def test_who_may_not_join(
    state: Volunteer, changes: dict[str, Any], refusal: type[Refused]
) -> None:
    """Each rule of joining refuses by its own name."""
    with pytest.raises(refusal):
        join(state, **changes)


def test_an_office_proves_who_the_volunteer_is() -> None:
    """The method stays clear; the document is sealed."""
    past = Past()
    past.register()
    assert past.verify() == [
        IdentityVerified(volunteer=VOLUNTEER, method="face_to_face"),
        sealed := IdentityRecorded(
            volunteer=VOLUNTEER, id_type="resident", id_number="330102199005010027"
        ),
    ]
    assert sealed.holder == VOLUNTEER
    assert past.state("volunteer", VOLUNTEER).verified


def test_without_a_document_nothing_is_sealed() -> None:
    """A method that shows no document leaves only its name."""
    assert verify_identity(REGISTERED, volunteer=VOLUNTEER, method="acquaintance") == [
        IdentityVerified(volunteer=VOLUNTEER, method="acquaintance")
    ]


def test_proving_it_again_does_nothing() -> None:
    """A retry is free."""
    past = Past()
    past.register()
    past.verify()
    assert past.verify() == []


@pytest.mark.parametrize(
    ("state", "same_person", "refusal"),
    [
        (Volunteer(), (), VolunteerNotFound),
        (Volunteer(volunteer_no="1", community=COMMUNITY, left=True), (), VolunteerHasLeft),
        (REGISTERED, (VOLUNTEER, OTHER), AlreadyVolunteer),
    ],
)
def test_whose_identity_cannot_be_verified(
    state: Volunteer, same_person: tuple[str, ...], refusal: type[Refused]
) -> None:
    """Nobody unknown, nobody gone, nobody who is already another volunteer."""
    with pytest.raises(refusal):
        verify_identity(state, volunteer=VOLUNTEER, method="face_to_face", same_person=same_person)

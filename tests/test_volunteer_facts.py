"""Facts of a volunteer: dated background checks, and amendments that carry everything anew."""

from datetime import date
from typing import Any

import pytest

from tests.serving import COMMUNITY, DAY, OTHER, VOLUNTEER
from tests.test_volunteers import MOTHER
from timebank.event import Event, Refused
from timebank.merges import Links
from timebank.volunteer_event import (
    ClearanceRecorded,
    ClearanceRevoked,
    VolunteerAmended,
    VolunteerCleared,
)
from timebank.volunteer_facts import (
    CheckedInFuture,
    FactsHaveChanged,
    amend,
    clear,
    revoke_clearance,
)
from timebank.volunteers import (
    AlreadyVolunteer,
    BirthDateInFuture,
    GuardianMissing,
    Volunteer,
    VolunteerDescribed,
    VolunteerHasLeft,
    VolunteerNotFound,
    evolve,
)

HERE = Volunteer(volunteer_no="1", community=COMMUNITY, verified=True)
GONE = Volunteer(volunteer_no="1", community=COMMUNITY, left=True)


def checked(state: Volunteer = HERE, **changes: Any) -> list[Event]:
    """Record a check of 1 March 2025 that holds for a year."""
    facts: dict[str, Any] = {
        "volunteer": VOLUNTEER,
        "checked_on": date(2025, 3, 1),
        "valid_until": date(2026, 2, 28),
        "checked_by": "城东派出所",
        "today": DAY,
    }
    return clear(state, **facts | changes)


def amended(state: Volunteer = HERE, **changes: Any) -> list[Event]:
    """Put right that the volunteer is called 王芳芳 and lives next door."""
    facts: dict[str, Any] = {
        "volunteer": VOLUNTEER,
        "replaces": 1,
        "reason_code": "misspelt",
        "name": "王芳芳",
        "phone": "13800000000",
        "sex": "female",
        "birth_date": date(1990, 5, 1),
        "community": "330102001002",
        "skills": ("cooking",),
        "today": DAY,
    }
    return amend(state, **facts | changes)


def test_a_check_is_dated_and_says_until_when_it_holds() -> None:
    """The days are clear, who made it is sealed; the same check again does nothing."""
    cleared, recorded = checked()
    assert cleared == VolunteerCleared(
        volunteer=VOLUNTEER, checked_on=date(2025, 3, 1), valid_until=date(2026, 2, 28)
    )
    assert recorded == ClearanceRecorded(volunteer=VOLUNTEER, checked_by="城东派出所")
    assert recorded.holder == VOLUNTEER
    state = evolve(HERE, cleared)
    assert state.cleared_until == date(2026, 2, 28)
    assert checked(state) == []
    assert len(checked(state, valid_until=date(2027, 2, 28))) == 2


def test_a_check_may_be_revoked_once() -> None:
    """From then on it holds no longer."""
    state = evolve(HERE, checked()[0])
    revoked = revoke_clearance(state, volunteer=VOLUNTEER, reason_code="reported")
    assert revoked == [ClearanceRevoked(volunteer=VOLUNTEER, reason_code="reported")]
    assert evolve(state, revoked[0]) == HERE
    assert revoke_clearance(HERE, volunteer=VOLUNTEER, reason_code="reported") == []


def test_an_amendment_carries_everything_and_names_what_it_replaces() -> None:
    """Clear facts clear, words sealed whole; the next one replaces number 2."""
    clear_facts, words = amended()
    assert clear_facts == VolunteerAmended(
        volunteer=VOLUNTEER, community="330102001002", replaces=1, reason_code="misspelt"
    )
    assert isinstance(words, VolunteerDescribed)
    assert (words.name, words.skills, words.guardian) == ("王芳芳", ("cooking",), None)
    state = evolve(HERE, clear_facts)
    assert (state.community, state.facts_version, state.verified) == ("330102001002", 2, True)
    with pytest.raises(FactsHaveChanged):
        amended(state)
    assert len(amended(state, replaces=2)) == 2


def test_a_birth_date_put_right_may_make_a_minor() -> None:
    """Born on 1 May 2012: a guardian's words are needed, until the volunteer turns eighteen."""
    clear_facts, words = amended(birth_date=date(2012, 5, 1), guardian=MOTHER)
    assert isinstance(clear_facts, VolunteerAmended)
    assert isinstance(words, VolunteerDescribed)
    assert (clear_facts.minor_until, words.guardian) == (date(2030, 5, 1), MOTHER)


def test_a_second_record_of_oneself_is_nobody_else() -> None:
    """A merged record may have the same phone."""
    merged = Volunteer(
        volunteer_no="1", community=COMMUNITY, links=Links(others=frozenset({OTHER}))
    )
    assert amended(merged, same_person=(VOLUNTEER, OTHER)) != []
    with pytest.raises(AlreadyVolunteer):
        amended(same_person=(VOLUNTEER, OTHER))


@pytest.mark.parametrize(
    ("state", "changes", "refusal"),
    [
        (Volunteer(), {}, VolunteerNotFound),
        (GONE, {}, VolunteerHasLeft),
        (HERE, {"checked_on": date(2025, 3, 11)}, CheckedInFuture),
        (HERE, {"valid_until": date(2025, 2, 28)}, CheckedInFuture),
    ],
)
def test_who_is_not_cleared(
    state: Volunteer, changes: dict[str, Any], refusal: type[Refused]
) -> None:
    """Each rule of clearing refuses by its own name."""
    with pytest.raises(refusal):
        checked(state, **changes)


@pytest.mark.parametrize(
    ("state", "changes", "refusal"),
    [
        (Volunteer(), {}, VolunteerNotFound),
        (GONE, {}, VolunteerHasLeft),
        (HERE, {"replaces": 0}, FactsHaveChanged),
        (HERE, {"birth_date": date(2025, 3, 11)}, BirthDateInFuture),
        (HERE, {"birth_date": date(2012, 5, 1)}, GuardianMissing),
    ],
)
def test_what_is_not_amended(
    state: Volunteer, changes: dict[str, Any], refusal: type[Refused]
) -> None:
    """Each rule of amending refuses by its own name."""
    with pytest.raises(refusal):
        amended(state, **changes)

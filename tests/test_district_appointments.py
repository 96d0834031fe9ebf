"""Appointing and relieving staff."""

from collections.abc import Callable
from datetime import date
from functools import reduce
from typing import Any

import pytest

from district.appointments import (
    AlreadyAppointed,
    BadReason,
    GrantEndsBeforeStart,
    GrantTaken,
    UnknownGrant,
    UnknownStaff,
    appoint,
    end_role,
    found_administrator,
    grant_role,
    relieve,
)
from district.area_codes import BadAreaCode
from district.areas import Area, AreaAdded, UnknownArea
from district.event import Event, Refused
from district.names import BadName
from district.roles import ROLES, Role
from district.staff import (
    Grant,
    NotAllowed,
    ReliefExplained,
    RoleEnded,
    RoleGranted,
    Staff,
    StaffNamed,
    StaffRelieved,
    evolve,
    holds,
)

TODAY = date(2026, 5, 13)
YEAR = date(2026, 1, 1)
ADMIN = Staff((Grant("a1", "administrator", "330102", YEAR),))
LAPSED = Staff((Grant("a2", "administrator", "330102", YEAR, date(2026, 5, 12)),))
STREET_ADMIN = Staff((Grant("a3", "administrator", "330102001", YEAR),))
LEAD = Staff((Grant("a4", "centre_lead", "330102", YEAR),))
STREET = "330102001"
HERE = Area(added=True, name="清波街道")
NOWHERE = Area()
NOBODY = Staff()

GRANTED = RoleGranted(
    staff="s1", grant="g1", role="child_supervisor", area=STREET, from_on=date(2026, 6, 1)
)
NAMED = StaffNamed(staff="s1", name="王芳")
FURTHER = RoleGranted(
    staff="s1",
    grant="g2",
    role="auditor",
    area=STREET,
    from_on=date(2026, 6, 1),
    until_on=date(2026, 6, 30),
)


def after(*events: Event) -> Staff:
    """The member of staff after *events*."""
    return reduce(evolve, events, Staff())


def appointing(
    state: Staff = NOBODY, by: Staff = ADMIN, place: Area = HERE, **changed: object
) -> list[Event]:
    """Appoint a supervisor of a street, with some facts *changed*."""
    facts: dict[str, Any] = {
        "staff": "s1",
        "grant": "g1",
        "name": "王芳",
        "role": "child_supervisor",
        "area": STREET,
        "from_on": date(2026, 6, 1),
        "until_on": None,
        "today": TODAY,
    }
    facts.update(changed)
    return appoint(state, by, place, **facts)


def granting(
    state: Staff | None = None, by: Staff = ADMIN, place: Area = HERE, **changed: object
) -> list[Event]:
    """Make the supervisor an auditor in June, with some facts *changed*."""
    facts: dict[str, Any] = {
        "staff": "s1",
        "grant": "g2",
        "role": "auditor",
        "area": STREET,
        "from_on": date(2026, 6, 1),
        "until_on": date(2026, 6, 30),
        "today": TODAY,
    }
    facts.update(changed)
    return grant_role(after(GRANTED) if state is None else state, by, place, **facts)


def test_an_administrator_appoints_with_role_area_and_dates() -> None:
    """The name goes apart, because it is sealed."""
    assert appointing() == [GRANTED, NAMED]
    assert appointing(by=STREET_ADMIN) == [GRANTED, NAMED]


@pytest.mark.parametrize("role", sorted(ROLES))
def test_an_administrator_appoints_to_every_role(role: Role) -> None:
    """Also further administrators, inside the own area."""
    granted, _named = appointing(role=role)
    assert holds(after(granted), {role}, area=STREET, on=date(2026, 6, 1))


def test_appointing_again_does_nothing() -> None:
    """Under the same id of the grant or another; also when a late retry meets the relief."""
    assert appointing(after(GRANTED)) == []
    assert appointing(after(GRANTED), grant="g9") == []
    assert appointing(after(GRANTED, StaffRelieved(staff="s1", on=TODAY))) == []


def test_somebody_relieved_may_be_appointed_again() -> None:
    """With the same facts under a new grant, and the role is held again."""
    relieved = after(GRANTED, StaffRelieved(staff="s1", on=TODAY))
    events = appointing(relieved, grant="g9")
    assert [event.stream for event in events] == ["staff-s1", "staff-s1"]
    back = reduce(evolve, events, relieved)
    assert holds(back, {"child_supervisor"}, area=STREET, on=date(2026, 6, 1))


def test_somebody_whose_term_is_over_may_be_appointed_again() -> None:
    """A term that ended by itself needs no relief."""
    over = Staff((Grant("g0", "auditor", "330102", YEAR, date(2026, 5, 12)),))
    assert appointing(over) == [GRANTED, NAMED]


@pytest.mark.parametrize(
    ("refusal", "ask"),
    [
        (BadAreaCode, lambda: appointing(area="3301")),
        (BadName, lambda: appointing(name="")),
        (GrantEndsBeforeStart, lambda: appointing(until_on=date(2026, 5, 31))),
        (NotAllowed, lambda: appointing(by=NOBODY)),
        (NotAllowed, lambda: appointing(by=LAPSED)),
        (NotAllowed, lambda: appointing(by=LEAD)),
        (NotAllowed, lambda: appointing(by=STREET_ADMIN, area="330102")),
        (NotAllowed, lambda: appointing(by=STREET_ADMIN, area="330102002")),
        (UnknownArea, lambda: appointing(place=NOWHERE)),
        (AlreadyAppointed, lambda: appointing(after(GRANTED), grant="g9", role="auditor")),
        (GrantTaken, lambda: appointing(after(GRANTED), role="auditor")),
    ],
)
def test_appointing_is_refused(refusal: type[Refused], ask: Callable[[], list[Event]]) -> None:
    """Administrators appoint inside their own area, in areas that exist, people not in office."""
    with pytest.raises(refusal):
        ask()


def test_a_further_role_is_granted() -> None:
    """Beside the ones held, or after a relief."""
    assert granting() == [FURTHER]
    assert granting(after(GRANTED, StaffRelieved(staff="s1", on=TODAY))) == [FURTHER]


def test_granting_again_does_nothing() -> None:
    """Under the same id or another, unless it was ended in between."""
    assert granting(after(GRANTED, FURTHER)) == []
    assert granting(after(GRANTED, FURTHER), grant="g9") == []
    ended = after(GRANTED, FURTHER, RoleEnded(staff="s1", grant="g2", on=TODAY))
    assert granting(ended) == []
    assert [type(event) for event in granting(ended, grant="g9")] == [RoleGranted]


@pytest.mark.parametrize(
    ("refusal", "ask"),
    [
        (BadAreaCode, lambda: granting(area="x")),
        (GrantEndsBeforeStart, lambda: granting(until_on=date(2026, 5, 31))),
        (NotAllowed, lambda: granting(by=LEAD)),
        (NotAllowed, lambda: granting(by=STREET_ADMIN, area="330102")),
        (UnknownStaff, lambda: granting(NOBODY)),
        (UnknownArea, lambda: granting(place=NOWHERE)),
        (GrantTaken, lambda: granting(after(GRANTED, FURTHER), until_on=None)),
    ],
)
def test_granting_is_refused(refusal: type[Refused], ask: Callable[[], list[Event]]) -> None:
    """Only to somebody who was appointed, by an administrator of the area."""
    with pytest.raises(refusal):
        ask()


def founding(state: Staff = NOBODY, place: Area = NOWHERE, **changed: object) -> list[Event]:
    """Make the first administrator of a new district, with some facts *changed*."""
    facts: dict[str, Any] = {
        "staff": "s1",
        "grant": "g1",
        "name": "王芳",
        "area": "330102",
        "today": TODAY,
    }
    facts.update(changed)
    return found_administrator(state, place, **facts)


FIRST = RoleGranted(staff="s1", grant="g1", role="administrator", area="330102", from_on=TODAY)


def test_the_first_administrator_is_made_without_another() -> None:
    """Together with the district, which has no name yet; the role is held at once."""
    assert founding() == [AreaAdded(code="330102"), FIRST, NAMED]
    assert founding(place=HERE) == [FIRST, NAMED]
    assert holds(after(FIRST), {"administrator"}, area="330102", on=TODAY)


def test_founding_again_does_nothing() -> None:
    """A command line may be repeated."""
    assert founding(after(FIRST), HERE) == []


@pytest.mark.parametrize(
    ("refusal", "ask"),
    [
        (BadAreaCode, lambda: founding(area="330102000000")),
        (BadName, lambda: founding(name=" ")),
        (UnknownArea, lambda: founding(area=STREET)),
        (AlreadyAppointed, lambda: founding(after(GRANTED), grant="g9")),
        (GrantTaken, lambda: founding(after(GRANTED))),
    ],
)
def test_founding_is_refused(refusal: type[Refused], ask: Callable[[], list[Event]]) -> None:
    """It adds no street, and takes nobody who is in office."""
    with pytest.raises(refusal):
        ask()


def ending(
    state: Staff, by: Staff = ADMIN, *, grant: str = "g2", on: date = date(2026, 6, 10)
) -> list[Event]:
    """End the role of auditor."""
    return end_role(state, by, staff="s1", grant=grant, on=on, today=TODAY)


def test_one_role_is_ended() -> None:
    """The day given is the first one without it; an earlier day still changes something."""
    state = after(GRANTED, FURTHER)
    ended = RoleEnded(staff="s1", grant="g2", on=date(2026, 6, 10))
    assert ending(state) == [ended]
    assert [type(event) for event in ending(evolve(state, ended), on=TODAY)] == [RoleEnded]


def test_ending_what_has_ended_does_nothing() -> None:
    """By an earlier end, or because its last day is over by then."""
    ended = RoleEnded(staff="s1", grant="g2", on=date(2026, 6, 10))
    assert ending(after(GRANTED, FURTHER, ended)) == []
    assert ending(after(GRANTED, FURTHER), on=date(2026, 7, 1)) == []


@pytest.mark.parametrize(
    ("refusal", "ask"),
    [
        (UnknownGrant, lambda: ending(after(GRANTED))),
        (UnknownGrant, lambda: ending(NOBODY)),
        (NotAllowed, lambda: ending(after(FURTHER), LEAD)),
    ],
)
def test_ending_is_refused(refusal: type[Refused], ask: Callable[[], list[Event]]) -> None:
    """Only what was granted, by an administrator of its area."""
    with pytest.raises(refusal):
        ask()


def relieving(
    state: Staff, by: Staff = ADMIN, *, on: date = TODAY, reason: str | None = None
) -> list[Event]:
    """Relieve the member of staff."""
    return relieve(state, by, staff="s1", on=on, reason=reason, today=TODAY)


def test_relief_ends_every_role_at_once() -> None:
    """The reason is about a person, so it goes apart, sealed."""
    relieved = StaffRelieved(staff="s1", on=TODAY)
    assert relieving(after(GRANTED, FURTHER)) == [relieved]
    explained = ReliefExplained(staff="s1", reason="调离")
    assert relieving(after(GRANTED), reason=" 调离 ") == [relieved, explained]
    assert explained.holder == "s1"


def test_relieving_again_does_nothing() -> None:
    """On the same day or a later one; an earlier day still takes something away."""
    state = after(GRANTED, StaffRelieved(staff="s1", on=TODAY))
    assert relieving(state) == []
    assert relieving(state, on=date(2026, 6, 1)) == []
    assert relieving(state, on=date(2026, 5, 12)) == [
        StaffRelieved(staff="s1", on=date(2026, 5, 12))
    ]


@pytest.mark.parametrize(
    ("refusal", "ask"),
    [
        (UnknownStaff, lambda: relieving(NOBODY)),
        (BadReason, lambda: relieving(after(GRANTED), reason=" ")),
        (BadReason, lambda: relieving(after(GRANTED), reason="长" * 501)),
        (NotAllowed, lambda: relieving(after(GRANTED), LEAD)),
        (NotAllowed, lambda: relieving(after(GRANTED, FIRST), STREET_ADMIN)),
    ],
)
def test_relieving_is_refused(refusal: type[Refused], ask: Callable[[], list[Event]]) -> None:
    """A street's administrator does not relieve somebody who also serves the district."""
    with pytest.raises(refusal):
        ask()

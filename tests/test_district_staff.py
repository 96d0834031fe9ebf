"""Who holds which role where and when."""

from datetime import date, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from district.area_codes import covers
from district.event import Event
from district.roles import ROLES, Role
from district.staff import (
    Grant,
    NotAllowed,
    RoleEnded,
    RoleGranted,
    Staff,
    StaffRelieved,
    evolve,
    holds,
    require,
    roles_on,
)

MAY = date(2026, 5, 1)
LEAD = RoleGranted(
    staff="s",
    grant="g1",
    role="centre_lead",
    area="330102",
    from_on=MAY,
    until_on=date(2026, 5, 31),
)
DIRECTOR = RoleGranted(
    staff="s", grant="g2", role="child_director", area="330102001001", from_on=MAY
)


def after(*events: Event) -> Staff:
    """The member of staff after *events*."""
    return reduce(evolve, events, Staff())


def held(state: Staff, on: date) -> list[str]:
    """The ids of the grants held on *on*."""
    return [grant.grant for grant in roles_on(state, on)]


def test_no_grant_means_nothing() -> None:
    """Somebody unknown is allowed nothing, in any role, anywhere."""
    assert roles_on(Staff(), MAY) == ()
    assert not holds(Staff(), ROLES, area="330102", on=MAY)
    with pytest.raises(NotAllowed):
        require(Staff(), ROLES, area="330102", on=MAY)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2026, 4, 30), False),
        (date(2026, 5, 1), True),
        (date(2026, 5, 31), True),
        (date(2026, 6, 1), False),
    ],
)
def test_a_grant_is_held_from_its_first_to_its_last_day(on: date, expected: bool) -> None:  # noqa: FBT001 - a table's outcome
    """Both days are inside."""
    assert holds(after(LEAD), {"centre_lead"}, area="330102001", on=on) is expected


def test_a_role_counts_only_inside_its_area() -> None:
    """A village's director is nobody in the next village and in the street above."""
    state = after(DIRECTOR)
    require(state, {"child_director"}, area="330102001001", on=MAY)
    for area in ("330102001002", "330102001", "330102", "330103", "", "330102001001001"):
        with pytest.raises(NotAllowed):
            require(state, {"child_director"}, area=area, on=MAY)


def test_another_role_does_not_help() -> None:
    """A lead is no administrator."""
    assert not holds(after(LEAD), {"administrator", "auditor"}, area="330102", on=MAY)


def test_an_ended_role_is_not_held_from_that_day_on() -> None:
    """The other grants go on."""
    state = after(LEAD, DIRECTOR, RoleEnded(staff="s", grant="g1", on=date(2026, 5, 10)))
    assert held(state, date(2026, 5, 9)) == ["g1", "g2"]
    assert held(state, date(2026, 5, 10)) == ["g2"]


def test_relief_ends_everything_from_its_day_and_leaves_the_days_before() -> None:
    """Work done before the relief is judged by the roles of its day."""
    state = after(LEAD, DIRECTOR, StaffRelieved(staff="s", on=date(2026, 5, 10)))
    assert held(state, date(2026, 5, 9)) == ["g1", "g2"]
    assert held(state, date(2026, 5, 10)) == []


def test_a_grant_after_the_relief_holds() -> None:
    """Somebody relieved may come back, also on the same day."""
    back = RoleGranted(
        staff="s", grant="g3", role="auditor", area="330102", from_on=date(2026, 5, 10)
    )
    state = after(LEAD, StaffRelieved(staff="s", on=date(2026, 5, 10)), back)
    assert held(state, date(2026, 5, 9)) == ["g1"]
    assert held(state, date(2026, 5, 10)) == ["g3"]


def test_of_two_ends_the_earlier_counts() -> None:
    """A later relief never brings a role back."""
    early = StaffRelieved(staff="s", on=date(2026, 5, 5))
    late = StaffRelieved(staff="s", on=date(2026, 5, 20))
    assert after(DIRECTOR, early, late) == after(DIRECTOR, late, early)
    assert held(after(DIRECTOR, early, late), date(2026, 5, 5)) == []


areas = st.sampled_from(["330102", "330103", "330102001", "330102002", "330102001001"])
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
roles: st.SearchStrategy[Role] = st.sampled_from(sorted(ROLES))
grants = st.builds(
    Grant,
    grant=st.uuids().map(str),
    role=roles,
    area=areas,
    from_on=days,
    until_on=st.none() | days,
    ended_on=st.none() | days,
)
people = st.lists(grants, max_size=5).map(lambda given: Staff(tuple(given)))


@given(people, roles, areas, days)
def test_a_role_is_held_exactly_through_a_grant_in_force_around_the_area(
    person: Staff, role: Role, area: str, on: date
) -> None:
    """Role, area and day must all come from one and the same grant."""
    through = [
        grant for grant in roles_on(person, on) if grant.role == role and covers(grant.area, area)
    ]
    assert holds(person, {role}, area=area, on=on) == bool(through)


@given(people, roles, days)
def test_what_is_held_for_an_area_is_held_inside_it(person: Staff, role: Role, on: date) -> None:
    """Scope is by prefix: district, street, community."""
    district, street, community = (
        holds(person, {role}, area=area, on=on) for area in ("330102", "330102001", "330102001001")
    )
    assert district <= street <= community


@given(people, days)
def test_after_relief_nothing_is_held_and_before_it_nothing_changed(
    person: Staff, on: date
) -> None:
    """Whatever was granted until then."""
    relieved = evolve(person, StaffRelieved(staff="s", on=on))
    assert roles_on(relieved, on) == ()
    before = on - timedelta(days=1)
    assert held(relieved, before) == held(person, before)

"""Adding, naming and counting areas."""

from collections.abc import Callable
from datetime import date
from functools import reduce
from typing import Any

import pytest

from district.area_codes import BadAreaCode
from district.areas import (
    Area,
    AreaAdded,
    AreaCodeTaken,
    AreaNamed,
    BadResidents,
    ResidentsCounted,
    UnknownArea,
    add_area,
    count_residents,
    evolve,
    rename_area,
)
from district.event import Event, Refused
from district.names import BadName
from district.staff import Grant, NotAllowed, Staff

TODAY = date(2026, 5, 13)
ADMIN = Staff((Grant("g1", "administrator", "330102", date(2026, 1, 1)),))
OFFICER = Staff((Grant("g2", "bureau_officer", "330102", date(2026, 1, 1)),))
NEIGHBOUR = Staff((Grant("g3", "administrator", "330103", date(2026, 1, 1)),))
STREET_ADMIN = Staff((Grant("g4", "administrator", "330102001", date(2026, 1, 1)),))
STREET = "330102001"
NONE = Area()
DISTRICT = Area(added=True, name="上城区")


def after(*events: Event) -> Area:
    """The area after *events*."""
    return reduce(evolve, events, Area())


def add(state: Area, parent: Area = DISTRICT, by: Staff = ADMIN, **changed: object) -> list[Event]:
    """Add a street, with some facts *changed*."""
    facts: dict[str, Any] = {"code": STREET, "name": "清波街道", "residents": 52_000}
    facts.update(changed)
    return add_area(state, parent, by, today=TODAY, **facts)


ADDED = AreaAdded(code=STREET, name="清波街道", residents=52_000)


def test_an_administrator_adds_a_street_to_the_district() -> None:
    """The name is kept without the blanks around it."""
    assert add(NONE, name="  清波街道 ") == [ADDED]


def test_residents_may_be_unknown() -> None:
    """An area is added without a count where there is none."""
    assert add(NONE, residents=None) == [AreaAdded(code=STREET, name="清波街道")]


def test_adding_the_same_area_again_does_nothing() -> None:
    """Also where the repeat does not know the count."""
    assert add(after(ADDED)) == []
    assert add(after(ADDED), residents=None) == []


def test_adding_an_area_again_with_a_new_count_takes_the_count() -> None:
    """The count changes every year, the area does not."""
    counted = ResidentsCounted(code=STREET, residents=53_000)
    assert add(after(ADDED), residents=53_000) == [counted]
    assert add(after(ADDED, counted), residents=53_000) == []


def test_a_district_that_only_has_an_administrator_gets_its_name() -> None:
    """The first administrator comes before the name."""
    founded = AreaAdded(code="330102")
    named = AreaNamed(code="330102", name="上城区")
    counted = ResidentsCounted(code="330102", residents=1_300_000)
    facts: dict[str, Any] = {"code": "330102", "name": "上城区", "residents": 1_300_000}
    assert add(after(founded), NONE, **facts) == [named, counted]
    assert add(after(founded, named, counted), NONE, **facts) == []


@pytest.mark.parametrize(
    ("refusal", "ask"),
    [
        (BadAreaCode, lambda: add(NONE, code="330102000")),
        (BadName, lambda: add(NONE, name="  ")),
        (BadName, lambda: add(NONE, name="清波\u0000街道")),
        (BadName, lambda: add(NONE, name="长" * 101)),
        (BadResidents, lambda: add(NONE, residents=-1)),
        (NotAllowed, lambda: add(NONE, by=Staff())),
        (NotAllowed, lambda: add(NONE, by=OFFICER)),
        (NotAllowed, lambda: add(NONE, by=NEIGHBOUR)),
        (NotAllowed, lambda: add(NONE, by=STREET_ADMIN, code="330102002")),
        (NotAllowed, lambda: add(NONE, NONE, code="330104")),
        (UnknownArea, lambda: add(NONE, NONE)),
        (UnknownArea, lambda: add(NONE, NONE, code="330102001001")),
        (AreaCodeTaken, lambda: add(after(ADDED), name="湖滨街道")),
    ],
)
def test_adding_is_refused(refusal: type[Refused], ask: Callable[[], list[Event]]) -> None:
    """Administrators add areas inside their own area, each once, parents first."""
    with pytest.raises(refusal):
        ask()


def test_an_area_is_renamed() -> None:
    """The new name counts from now on; naming it so again does nothing."""
    named = AreaNamed(code=STREET, name="湖滨街道")
    assert rename_area(after(ADDED), ADMIN, code=STREET, name="湖滨街道", today=TODAY) == [named]
    again = rename_area(after(ADDED, named), ADMIN, code=STREET, name=" 湖滨街道", today=TODAY)
    assert again == []


@pytest.mark.parametrize(
    ("refusal", "state", "by", "name"),
    [
        (BadName, after(ADDED), ADMIN, ""),
        (NotAllowed, after(ADDED), OFFICER, "湖滨街道"),
        (UnknownArea, NONE, ADMIN, "湖滨街道"),
    ],
)
def test_renaming_is_refused(refusal: type[Refused], state: Area, by: Staff, name: str) -> None:
    """Only what exists is renamed, by its administrator."""
    with pytest.raises(refusal):
        rename_area(state, by, code=STREET, name=name, today=TODAY)


def test_residents_are_counted() -> None:
    """The latest count replaces the one before; the same count again does nothing."""
    counted = ResidentsCounted(code=STREET, residents=0)
    assert count_residents(after(ADDED), ADMIN, code=STREET, residents=0, today=TODAY) == [counted]
    state = after(ADDED, counted)
    assert count_residents(state, ADMIN, code=STREET, residents=0, today=TODAY) == []


@pytest.mark.parametrize(
    ("refusal", "state", "by", "residents"),
    [
        (BadResidents, after(ADDED), ADMIN, -1),
        (NotAllowed, after(ADDED), NEIGHBOUR, 1),
        (UnknownArea, NONE, ADMIN, 1),
    ],
)
def test_counting_is_refused(
    refusal: type[Refused], state: Area, by: Staff, residents: int
) -> None:
    """Only what exists is counted, by its administrator."""
    with pytest.raises(refusal):
        count_residents(state, by, code=STREET, residents=residents, today=TODAY)

"""The areas of the district: which exist, what they are called, how many people live there.

Shapes: stream `area-<uuid from the code>`. The level and the parent are read off the code.
"""

from datetime import date

import msgspec

from district.area_codes import area_stream, parent_code
from district.event import Event, Malformed, NotFound, Refused
from district.names import written_name
from district.roles import ADMINISTRATORS
from district.staff import Staff, require


class AreaEvent(Event, frozen=True, kw_only=True):
    """Something that happened to an area."""

    code: str

    @property
    def stream(self) -> str:
        """The stream of the area."""
        return area_stream(self.code)


class AreaAdded(AreaEvent, frozen=True, kw_only=True, tag="area.added"):
    """The area became part of the district; its first administrator may come before its name."""

    name: str | None = None
    residents: int | None = None


class AreaNamed(AreaEvent, frozen=True, kw_only=True, tag="area.named"):
    """The area is called so from now on."""

    name: str


class ResidentsCounted(AreaEvent, frozen=True, kw_only=True, tag="area.residents_counted"):
    """So many people live in the area, by the latest count."""

    residents: int


class Area(msgspec.Struct, frozen=True):
    """Whether the area exists, and what is known of it."""

    added: bool = False
    name: str | None = None
    residents: int | None = None


def evolve(state: Area, event: Event) -> Area:
    """*state* after *event*."""
    match event:
        case AreaAdded():
            return Area(added=True, name=event.name, residents=event.residents)
        case AreaNamed():
            return msgspec.structs.replace(state, name=event.name)
        case ResidentsCounted():
            return msgspec.structs.replace(state, residents=event.residents)
        case _:
            return state


class UnknownArea(NotFound):
    """There is no area with this code."""

    zh = "没有此区划代码的区域。"


class AreaCodeTaken(Refused):
    """An area with this code exists under another name."""

    zh = "此区划代码已用于另一名称的区域。"


class BadResidents(Malformed):
    """The number of residents is not negative."""

    zh = "居民人数不能为负数。"


def add_area(
    state: Area,
    parent: Area,
    by: Staff,
    *,
    code: str,
    name: str,
    residents: int | None,
    today: date,
) -> list[Event]:
    """Make the area *code* part of the district.

    An area that exists without a name gets it, and a new count is taken from a repeated addition.
    *parent* is the state of the area around it; for a district nobody reads it.

    Raises:
        BadAreaCode: *code* is not an administrative code.
        BadName: *name* cannot be written.
        BadResidents: *residents* is negative.
        NotAllowed: *by* is no administrator of an area around *code*.
        UnknownArea: the area around *code* does not exist.
        AreaCodeTaken: *code* exists under another name.
    """
    around = parent_code(code)
    name = written_name(name)
    if residents is not None and residents < 0:
        raise BadResidents
    require(by, ADMINISTRATORS, area=code, on=today)
    if around is not None and not parent.added:
        raise UnknownArea
    if not state.added:
        return [AreaAdded(code=code, name=name, residents=residents)]
    if state.name not in (None, name):
        raise AreaCodeTaken
    events: list[Event] = []
    if state.name is None:
        events.append(AreaNamed(code=code, name=name))
    if residents not in (None, state.residents):
        events.append(ResidentsCounted(code=code, residents=residents))
    return events


def rename_area(state: Area, by: Staff, *, code: str, name: str, today: date) -> list[Event]:
    """Call the area *code* by another *name* from now on.

    Raises:
        BadName: *name* cannot be written.
        NotAllowed: *by* is no administrator of the area.
        UnknownArea: there is no such area.
    """
    name = written_name(name)
    require(by, ADMINISTRATORS, area=code, on=today)
    if not state.added:
        raise UnknownArea
    return [] if state.name == name else [AreaNamed(code=code, name=name)]


def count_residents(
    state: Area, by: Staff, *, code: str, residents: int, today: date
) -> list[Event]:
    """Take the latest count of the residents of the area *code*.

    Raises:
        BadResidents: *residents* is negative.
        NotAllowed: *by* is no administrator of the area.
        UnknownArea: there is no such area.
    """
    if residents < 0:
        raise BadResidents
    require(by, ADMINISTRATORS, area=code, on=today)
    if not state.added:
        raise UnknownArea
    if state.residents == residents:
        return []
    return [ResidentsCounted(code=code, residents=residents)]

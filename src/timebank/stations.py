"""Time Benefit Stations (时光益站): where orders are published and thank-yous handed over."""

import msgspec

from timebank.event import Event, IdTaken, NotFound


class StationEvent(Event, frozen=True, kw_only=True):
    """Something that happened to one station."""

    station: str

    @property
    def stream(self) -> str:
        """Each station has its own stream."""
        return f"station-{self.station}"


class StationOpened(StationEvent, frozen=True, kw_only=True, tag="station.opened"):
    """A station opened its doors in a community."""

    title: str
    community: str


class Station(msgspec.Struct, frozen=True):
    """What the station is called and where it is, once it is open."""

    title: str = ""
    community: str = ""

    @property
    def is_open(self) -> bool:
        """Whether there is such a station."""
        return self.community != ""


class StationNotFound(NotFound):
    """There is no such station."""

    zh = "没有该站点。"


def evolve(state: Station, event: Event) -> Station:
    """Fold one event into the station."""
    match event:
        case StationOpened():
            return Station(title=event.title, community=event.community)
        case _:
            return state


def open_station(state: Station, *, station: str, title: str, community: str) -> list[Event]:
    """Open a station.

    Raises:
        IdTaken: this id already is another station.
    """
    if state.is_open:
        if state != Station(title=title, community=community):
            raise IdTaken
        return []
    return [StationOpened(station=station, title=title, community=community)]

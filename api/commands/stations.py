"""Opening Time Benefit Stations."""

from api.acts import Act, command
from api.commands.desks import BUREAU
from api.requests import AreaCode, Body, Text, Uuid
from journal.command import Decided
from timebank.stations import open_station


class OpenStation(Body, frozen=True, kw_only=True):
    """A station and the community that it stands in."""

    id: Uuid
    title: Text
    community: AreaCode


@command("station.open", stream="station-{body.id}")
def open_(body: OpenStation, act: Act) -> Decided:
    """Open a station in an area of the bureau's."""
    act.require(BUREAU, body.community)
    act.require_area(body.community)
    state = act.read(f"station-{body.id}")
    events = open_station(state, station=body.id, title=body.title, community=body.community)
    return Decided(events, {"id": body.id})

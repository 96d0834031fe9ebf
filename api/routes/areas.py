"""Areas of the district, and stations in them."""

from litestar import Response, Router
from litestar.params import FromQuery, JSONBody

from api.acts import act
from api.commands import areas, stations
from api.commands.areas import AddArea
from api.commands.stations import OpenStation
from api.requests import AreaCode, JsonRequest, Limit, Position, Written
from api.routing import read, write
from projections import areas as area_view
from projections import stations as station_view
from projections.areas import Area
from projections.pages import Page
from projections.stations import Station


@write("/areas")
async def add_area(request: JsonRequest, data: JSONBody[AddArea]) -> Response[Written]:
    """Add an area inside one's own."""
    return await act(request, areas.add, data)


@read("/areas")
async def list_areas(
    request: JsonRequest,
    under: FromQuery[AreaCode | None] = None,
    after: FromQuery[Position | None] = None,
    limit: FromQuery[Limit] = 200,
    cursor: FromQuery[str | None] = None,
) -> Page[Area]:
    """The areas under one, in the order of their codes."""
    await request.service.shown("areas", after)
    return area_view.areas(request.service.views, under=under, limit=limit, cursor=cursor)


@write("/stations")
async def open_station(request: JsonRequest, data: JSONBody[OpenStation]) -> Response[Written]:
    """Open a Time Benefit Station."""
    return await act(request, stations.open_, data)


@read("/stations")
async def list_stations(
    request: JsonRequest,
    community: FromQuery[AreaCode | None] = None,
    after: FromQuery[Position | None] = None,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Station]:
    """Stations; *community* may be any area around them."""
    await request.service.shown("stations", after)
    return station_view.stations(
        request.service.views, community=community, limit=limit, cursor=cursor
    )


ROUTES = Router(
    "/v1",
    route_handlers=[add_area, list_areas, open_station, list_stations],
    tags=["areas and stations"],
)

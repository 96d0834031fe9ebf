"""Adding areas to the district."""

from api.acts import Act, command
from api.requests import AreaCode, Body, Count, Text
from district.area_codes import area_stream, parent_code
from district.areas import Area, add_area
from journal.command import Decided


class AddArea(Body, frozen=True, kw_only=True):
    """An area by its administrative code: district 6 digits, street 9, community 12."""

    code: AreaCode
    name: Text
    residents: Count | None = None


@command("area.add", stream=lambda body: area_stream(body.code))
def add(body: AddArea, act: Act) -> Decided:
    """Add an area, or its name and residents to one that exists."""
    around = parent_code(body.code)
    return Decided(
        add_area(
            act.read(area_stream(body.code)),
            act.read(area_stream(around)) if around else Area(),
            act.staff,
            code=body.code,
            name=body.name,
            residents=body.residents,
            today=act.today,
        ),
        {"code": body.code},
    )

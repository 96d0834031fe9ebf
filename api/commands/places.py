"""Places as phones send them."""

from typing import Annotated, Literal

import msgspec

from api.requests import Body
from timebank.places import Place, place

Degrees = Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,3}(\.[0-9]{1,12})?$", max_length=17)]


class PlaceBody(Body, frozen=True, kw_only=True):
    """A point: decimal degrees as strings, how well it is known, and in which system."""

    lat: Degrees
    lon: Degrees
    accuracy_metres: Annotated[int, msgspec.Meta(ge=0, le=100_000)]
    crs: Literal["wgs84", "gcj02"]
    age_seconds: Annotated[int, msgspec.Meta(ge=0, le=31_536_000)] | None = None

    def read(self) -> Place:
        """The place in the time bank's own units."""
        return place(
            lat=self.lat,
            lon=self.lon,
            accuracy_metres=self.accuracy_metres,
            crs=self.crs,
            age_seconds=self.age_seconds,
        )

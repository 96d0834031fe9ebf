"""Where something happened, and how near that is to where it should: only the band is ever clear.

Units: micro-degrees and metres, integers. A place itself is stored sealed or not at all.
"""

from decimal import Decimal, InvalidOperation
from math import isqrt

import msgspec

from timebank.event import Malformed

WITHIN = "within"
UNSURE = "unsure"
BEYOND = "beyond"

_METRES_PER_DEGREE = 111_195
_MICRO = 1_000_000


class PlaceMalformed(Malformed):
    """A place needs decimal degrees between -90 and 90, and between -180 and 180."""

    zh = "位置须为十进制度数:纬度 -90 至 90,经度 -180 至 180。"


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A point and how well it is known."""

    lat_microdegrees: int
    lon_microdegrees: int
    accuracy_metres: int
    crs: str
    age_seconds: int | None = None


def place(
    *, lat: str, lon: str, accuracy_metres: int, crs: str, age_seconds: int | None = None
) -> Place:
    """Read a place from decimal degrees.

    Raises:
        PlaceMalformed: the degrees are no numbers or lie outside the globe.
    """
    return Place(
        lat_microdegrees=_microdegrees(lat, limit=90),
        lon_microdegrees=_microdegrees(lon, limit=180),
        accuracy_metres=accuracy_metres,
        crs=crs,
        age_seconds=age_seconds,
    )


def band(here: Place, there: Place, *, radius_metres: int) -> str:
    """Say whether *here* is within the radius of *there*.

    `unsure` when the accuracy leaves it open, or when the two name different reference systems:
    gcj02 and wgs84 lie several hundred metres apart.
    """
    if here.crs != there.crs:
        return UNSURE
    apart = distance_metres(here, there)
    doubt = here.accuracy_metres + there.accuracy_metres
    if apart <= radius_metres:
        return WITHIN
    return UNSURE if apart - doubt <= radius_metres else BEYOND


def distance_metres(here: Place, there: Place) -> int:
    """Measure how far two places lie apart, rounded down; good to 0.2 % within a district."""
    north = here.lat_microdegrees - there.lat_microdegrees
    east = abs(here.lon_microdegrees - there.lon_microdegrees)
    east = min(east, 360 * _MICRO - east)
    # Bhaskara's rational cosine, in whole numbers so that every machine gives the same band.
    square = ((here.lat_microdegrees + there.lat_microdegrees) // 2) ** 2
    quarter = 32_400 * _MICRO**2
    east = east * (quarter - 4 * square) // (quarter + square)
    return isqrt(north**2 + east**2) * _METRES_PER_DEGREE // _MICRO


def _microdegrees(text: str, *, limit: int) -> int:
    try:
        degrees = Decimal(text)
    except InvalidOperation:
        raise PlaceMalformed from None
    if not degrees.is_finite() or abs(degrees) > limit:
        raise PlaceMalformed
    return int((degrees * _MICRO).to_integral_value())

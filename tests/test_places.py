"""Places: read from decimal degrees, kept as whole micro-degrees, told apart only by a band."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.places import Place, PlaceMalformed, band, distance_metres, place


def here(lat: str = "30.250000", lon: str = "120.160000", **more: object) -> Place:
    """A point in the district."""
    facts: dict[str, object] = {"accuracy_metres": 20, "crs": "gcj02"} | more
    return place(lat=lat, lon=lon, **facts)  # type: ignore[arg-type]  # facts of mixed types


def test_degrees_become_whole_micro_degrees() -> None:
    """30.25 degrees are 30,250,000 micro-degrees; the seventh decimal is rounded."""
    assert here(lat="30.2500004", lon="-120.16").lat_microdegrees == 30_250_000
    assert here(lat="30.25", lon="-120.16").lon_microdegrees == -120_160_000


@pytest.mark.parametrize(
    ("lat", "lon"),
    [("north", "1"), ("", "1"), ("90.1", "1"), ("1", "180.000001"), ("NaN", "1"), ("1", "1e400")],
)
def test_a_place_off_the_globe_is_refused(lat: str, lon: str) -> None:
    """Words, not-a-number and degrees beyond the globe are no place."""
    with pytest.raises(PlaceMalformed):
        here(lat=lat, lon=lon)


@pytest.mark.parametrize(
    ("lat", "lon", "metres"),
    [
        ("30.250000", "120.160000", 0),
        ("30.259000", "120.160000", 1_000),
        ("30.250000", "120.170410", 1_000),
        ("30.257000", "120.152000", 1_095),
    ],
)
def test_distance_within_a_district(lat: str, lon: str, metres: int) -> None:
    """0.009 degrees north, or 0.01041 degrees east at 30 degrees of latitude, are a kilometre."""
    assert distance_metres(here(), here(lat=lat, lon=lon)) == pytest.approx(metres, abs=3)


@pytest.mark.parametrize(
    ("lat", "accuracy_metres", "crs", "expected"),
    [
        ("30.253000", 20, "gcj02", "within"),
        ("30.255000", 20, "gcj02", "beyond"),
        ("30.255000", 60, "gcj02", "unsure"),
        ("30.250000", 20, "wgs84", "unsure"),
    ],
)
def test_only_the_band_is_told(lat: str, accuracy_metres: int, crs: str, expected: str) -> None:
    """Within 500 m, beyond it, or unsure by the accuracy or by two systems of reference."""
    there = here(lat=lat, accuracy_metres=accuracy_metres, crs=crs)
    assert band(there, here(), radius_metres=500) == expected


@given(*[st.integers(-90_000_000, 90_000_000)] * 2, *[st.integers(-180_000_000, 180_000_000)] * 2)
def test_distance_is_the_same_both_ways(north: int, south: int, east: int, west: int) -> None:
    """Anywhere on the globe, there and back are equally far."""
    a, b = (
        Place(lat_microdegrees=lat, lon_microdegrees=lon, accuracy_metres=1, crs="wgs84")
        for lat, lon in ((north, east), (south, west))
    )
    assert distance_metres(a, b) == distance_metres(b, a) >= 0

"""Stations open once."""

import pytest

from tests.serving import COMMUNITY, STATION, Past
from timebank.event import IdTaken
from timebank.stations import StationOpened, open_station


def test_a_station_opens() -> None:
    """Its title and community are on record."""
    past = Past()
    assert past.open_station() == [
        StationOpened(station=STATION, title="城东时光益站", community=COMMUNITY)
    ]


def test_opening_it_again_does_nothing() -> None:
    """A retry is free."""
    past = Past()
    past.open_station()
    assert past.open_station() == []


@pytest.mark.parametrize(
    ("title", "community"), [("城西站", COMMUNITY), ("城东时光益站", "330102002001")]
)
def test_an_id_stands_for_one_station(title: str, community: str) -> None:
    """Another title or community under the same id is refused."""
    past = Past()
    past.open_station()
    with pytest.raises(IdTaken):
        open_station(
            past.state("station", STATION), station=STATION, title=title, community=community
        )

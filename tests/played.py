"""A played district with people signed in, made once and copied for each fault test."""

import asyncio
import copy
from pathlib import Path
from random import Random
from typing import Self

import msgspec

from tests.households import Household, Letter, Person, signed_in
from tests.servers import Home, Postgres
from tests.sites import Served, Site, demonstration, drop
from tests.wire import Phone

Trio = tuple[Person, Person, Person, str]


class Played(msgspec.Struct, frozen=True):
    """A site of the demonstration district, and a desk, volunteer and recipient of each street."""

    site: Site
    trios: list[Trio]
    home: Home
    cluster: Postgres | None

    def copied(self, folder: Path | None = None) -> "Played":
        """The same, standing alone in *folder*; nobody may serve the site just now."""
        if folder is None:
            folder = self.home.folder / f"site-{len(list(self.home.folder.iterdir()))}"
        site = self.site.copy_to(folder, self.cluster)
        return msgspec.structs.replace(self, site=site, trios=copy.deepcopy(self.trios))

    def served(self) -> Served:
        """A process that will serve the site."""
        return Served(self.site, self.home)

    def people(self) -> list[Person]:
        """Everyone who is signed in."""
        return [person for trio in self.trios for person in trio[:3]]

    def households(self, number: int, seed: int) -> list[Household]:
        """So many households, each with its own chances."""
        return [
            Household(Random(f"{seed}/{i}"), *self.trios[i % len(self.trios)])
            for i in range(number)
        ]

    async def reads_go_on(self, served: Served) -> None:
        """Whatever else is refused: people see how things stand."""
        desk, volunteer, _, _ = self.trios[0]
        async with Phone(served.port) as line:
            for path, person in (
                ("/health/ready", desk),
                ("/v1/me", volunteer),
                (f"/v1/volunteers/{volunteer.id}", desk),
                (f"/v1/purses/{volunteer.id}", volunteer),
                ("/v1/orders?mine=accepted", volunteer),
            ):
                answer = await line.get(path, person.access_token)
                assert answer.status == 200, (path, answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        drop(self.site, self.cluster)


def play(home: Home, cluster: Postgres | None) -> Played:
    """Play the district on SQLite or in *cluster*, and let people sign in."""
    store = "sqlite" if cluster is None else cluster.folder.name
    site = demonstration(home.folder / f"played-{store}", cluster)
    with Served(site, home) as served:
        trios = asyncio.run(signed_in(served.port))
    return Played(site, trios, home, cluster)


def letters_of(households: list[Household]) -> list[Letter]:
    """Everything that they ever sent."""
    return [letter for household in households for letter in household.letters]

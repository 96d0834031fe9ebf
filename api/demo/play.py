"""Playing the district: every event comes from a command, sent by whoever would send it.

The clock is the player's own and is set to each moment before its commands are sent. Commands of
two hours are sent together, in the order of their times; the writer decides them in that order.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from random import Random
from typing import Any, NamedTuple

import msgspec

from api.acts import Acts, Deciding
from api.caller import Caller
from api.commands.areas import AddArea, add
from api.commands.orders import (
    Attend,
    Confirm,
    CreateOrder,
    Join,
    accept,
    check_in,
    check_out,
    confirm,
    create,
)
from api.commands.places import PlaceBody
from api.commands.recipients import RegisterRecipient, register
from api.commands.rule_sheets import PublishRuleSheet, publish
from api.commands.staff import AppointStaff, appoint_staff
from api.commands.stations import OpenStation, open_
from api.commands.volunteers import (
    Consent,
    RegisterVolunteer,
    VerifyIdentity,
    register_volunteer,
    verify,
)
from api.demo import people
from api.demo.district import (
    DISTRICT,
    MONTHS,
    RECIPIENTS,
    VOLUNTEERS,
    Area,
    Ids,
    Visit,
    by_day,
    communities,
    moment,
    months_before,
    scaled,
    streets,
    visits,
)
from api.demo.sign_ins import choose_passwords, open_sign_ins
from api.founding import create_administrator, found
from district.roles import Role
from district.sign_ins import Kind, sign_in_stream
from journal.book import Book
from journal.forms import EPOCH

WINDOW_SECONDS = 7_200
TOGETHER = 400
BY_RECIPIENT = 0.8
PREPARATION_DAYS = 20
Progress = Callable[[str, int, int], None]

STAFF: Sequence[tuple[str, Role, int]] = (
    ("officer", "bureau_officer", 2),
    ("station", "station_manager", 12),
    ("steward", "fair_steward", 3),
    ("worker", "centre_social_worker", 6),
    ("visitor", "community_worker", 24),
    ("supervisor", "child_supervisor", 12),
    ("director", "child_director", 47),
    ("centre", "centre_lead", 1),
    ("auditor", "auditor", 1),
)
"""Sign-in prefix, role and number; of 48 child directors one post is vacant."""


class PlayedClock:
    """The player's clock: it stands still until it is set, and never goes back."""

    def __init__(self) -> None:
        self.now = EPOCH

    def __call__(self) -> datetime:
        """The moment that is being played."""
        return self.now

    def set(self, now: datetime) -> None:
        """Go on to *now*."""
        self.now = max(self.now, now)


class Wish(NamedTuple):
    """A command, and when who sends it."""

    at: datetime
    by: Caller
    decide: Deciding
    body: msgspec.Struct
    path: dict[str, Any]


class Player:
    """Plays one district into one empty book."""

    def __init__(
        self,
        book: Book,
        acts: Acts,
        clock: PlayedClock,
        *,
        seed: int,
        verifier: str,
        on_progress: Progress,
    ) -> None:
        self.book = book
        self.acts = acts
        self.clock = clock
        self.rng = Random(seed)  # noqa: S311 - the district is made up, its ids guard nothing
        self.ids = Ids(self.rng)
        self.verifier = verifier
        self.on_progress = on_progress
        self.staff: dict[str, Caller] = {}
        self.volunteers: list[Caller] = []
        self.recipients: list[tuple[Caller, Area]] = []
        self.stations: dict[str, str] = {}

    async def play(self, *, until: date, scale: float, origin: str) -> None:
        """Play the district up to and including *until*."""
        first = months_before(until, MONTHS)
        self.clock.set(moment(first - timedelta(days=PREPARATION_DAYS), 9 * 60))
        await found(self.book, origin=origin, demonstration=True, new_id=self._id)
        await self._offices()
        await self._people(scale)
        await self._orders(visits(self.rng, first=first, last=until, scale=scale))

    async def _offices(self) -> None:
        """Areas, staff, stations and the rules."""
        name, _ = await create_administrator(self.book, "admin", DISTRICT, new_id=self._id)
        person = self.book.state(sign_in_stream(name)).person
        admin = Caller(person=person, sign_in=name, kind="staff", family="")
        self.staff["admin"] = admin
        areas = [Area(DISTRICT, "示范区", 700_000), *streets(), *communities()]
        await self._send(
            [
                self._wish(admin, add, AddArea(code=a.code, name=a.name, residents=a.residents))
                for a in areas
            ]
        )
        await self._appoint(admin)
        officer = self.staff["officer-1"]
        day = (self.clock.now - timedelta(days=365)).date()
        sheet = PublishRuleSheet(id=self._id(), kind="points", effective_from=day)
        await self._send([self._wish(officer, publish, sheet)])
        for street, community in zip(streets(), communities()[::4], strict=True):
            self.stations[street.code] = self._id()
            body = OpenStation(
                id=self.stations[street.code],
                title=f"{street.name}时光益站",
                community=community.code,
            )
            await self._send([self._wish(officer, open_, body)])

    async def _appoint(self, admin: Caller) -> None:
        wishes = []
        for prefix, role, number in STAFF:
            for i in range(number):
                name = prefix if prefix == "auditor" else f"{prefix}-{i + 1}"
                body = AppointStaff(
                    id=self._id(),
                    name=people.full_name(self.rng),
                    role=role,
                    area=_area_of(role, i),
                    from_on=self.clock.now.date() - timedelta(days=1),
                    sign_in=name,
                )
                self.staff[name] = Caller(person=body.id, sign_in=name, kind="staff", family="")
                wishes.append(self._wish(admin, appoint_staff, body, grant=self._id()))
        await self._send(wishes)
        await choose_passwords(self.book, self._id, [*self.staff], self.verifier)

    async def _people(self, scale: float) -> None:
        """Volunteers and recipients, spread over the communities."""
        areas = communities()
        today = self.clock.now.date()
        signs_in: list[tuple[str, str, Kind]] = []
        joining, verifying, receiving = [], [], []
        for i in range(scaled(VOLUNTEERS, scale)):
            area = areas[i % len(areas)]
            caller = Caller(
                person=self._id(), sign_in=f"volunteer-{i + 1}", kind="volunteer", family=""
            )
            self.volunteers.append(caller)
            signs_in.append((caller.sign_in, caller.person, "volunteer"))
            body = RegisterVolunteer(
                id=caller.person,
                name=people.full_name(self.rng),
                phone=people.phone(i),
                sex=self.rng.choice(("female", "male")),
                birth_date=people.born(self.rng, today, 19, 74),
                community=area.code,
                skills=("companionship",),
                consent=Consent(version="2026-1", at=self.clock.now),
            )
            desk = self._desk(area)
            joining.append(self._wish(desk, register_volunteer, body, verifier=None))
            seen = VerifyIdentity(method="office_visit")
            verifying.append(self._wish(desk, verify, seen, volunteer=caller.person))
        for i in range(scaled(RECIPIENTS, scale)):
            area = areas[self.rng.randrange(len(areas))]
            caller = Caller(
                person=self._id(), sign_in=f"recipient-{i + 1}", kind="recipient", family=""
            )
            self.recipients.append((caller, area))
            signs_in.append((caller.sign_in, caller.person, "recipient"))
            receiving.append(self._wish(self._desk(area), register, self._recipient(caller, area)))
        await self._send([*joining, *verifying, *receiving], "people")
        await open_sign_ins(self.book, self._id, signs_in, self.verifier)

    def _recipient(self, caller: Caller, area: Area) -> RegisterRecipient:
        return RegisterRecipient(
            id=caller.person,
            name=people.full_name(self.rng),
            birth_date=people.born(self.rng, self.clock.now.date(), 66, 95),
            community=area.code,
            address=people.address(self.rng, area.name),
            place=PlaceBody(
                lat=f"30.{self.rng.randint(100000, 999999)}",
                lon=f"114.{self.rng.randint(100000, 999999)}",
                accuracy_metres=20,
                crs="gcj02",
            ),
            categories=(self.rng.choice(("living_alone", "empty_nest", "disabled")),),
            legal_basis="consent",
        )

    async def _orders(self, planned: Sequence[Visit]) -> None:
        done = 0
        for day in by_day(planned).values():
            wishes = sorted((w for visit in day for w in self._visit(visit)), key=_when)
            for _, window in groupby(wishes, key=_window):
                await self._send(list(window))
            done += len(day)
            self.on_progress("orders", done, len(planned))

    def _visit(self, visit: Visit) -> Iterator[Wish]:
        """One order from its publication to its confirmation."""
        recipient, area = self.recipients[visit.recipient]
        volunteer = self.volunteers[visit.volunteer]
        desk = self._desk(area)
        category, title = visit.service
        order = self.ids.at(visit.published)
        yield Wish(
            visit.published,
            desk,
            create,
            CreateOrder(
                id=order,
                kind="individual",
                category=category,
                title=title,
                content=f"为老人提供{title}服务",
                community=area.code,
                station=self.stations[area.code[:9]],
                recipient=recipient.person,
                planned_start=visit.start,
                planned_end=visit.end,
            ),
            {},
        )
        there = {"order": order, "band": None}
        accepted = visit.published + timedelta(minutes=self.rng.randint(1, 40))
        confirmed = visit.left + timedelta(minutes=self.rng.randint(5, 90))
        by = recipient if self.rng.random() < BY_RECIPIENT else desk
        rating = self.rng.choice((5, 5, 5, 4, 4, 3))
        body = Confirm(volunteer=volunteer.person, rating=rating)
        yield Wish(accepted, volunteer, accept, Join(), {"order": order})
        yield Wish(visit.arrived, volunteer, check_in, Attend(at=visit.arrived), there)
        yield Wish(visit.left, volunteer, check_out, Attend(at=visit.left), there)
        yield Wish(confirmed, by, confirm, body, {"order": order})

    def _desk(self, area: Area) -> Caller:
        """The manager of the station that serves *area*."""
        return self.staff[f"station-{int(area.code[6:9])}"]

    def _wish(self, by: Caller, decide: Deciding, body: msgspec.Struct, **path: Any) -> Wish:
        return Wish(self.clock.now, by, decide, body, path)

    async def _send(self, wishes: Sequence[Wish], what: str = "") -> None:
        """Send *wishes* in their order, many at once."""
        for start in range(0, len(wishes), TOGETHER):
            some = wishes[start : start + TOGETHER]
            self.clock.set(max(map(_when, some)))
            await asyncio.gather(
                *(
                    self.acts.submit(
                        w.decide, w.body, id=self._id(), caller=w.by, digest=b"", path=w.path
                    )
                    for w in some
                )
            )
            if what:
                self.on_progress(what, start + len(some), len(wishes))

    def _id(self) -> str:
        return self.ids.at(self.clock.now)


def _when(wish: Wish) -> datetime:
    return wish.at


def _window(wish: Wish) -> int:
    return int(wish.at.timestamp()) // WINDOW_SECONDS


def _area_of(role: Role, i: int) -> str:
    """Where the *i*-th holder of *role* works."""
    match role:
        case "station_manager" | "child_supervisor":
            return streets()[i].code
        case "community_worker":
            return communities()[2 * i].code
        case "child_director":
            return communities()[i].code
        case _:
            return DISTRICT

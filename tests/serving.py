"""A small past to start from: a station, a recipient, two volunteers, an order of 10 March 2025."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import reduce
from typing import Any

import timebank
from timebank.accepting import accept
from timebank.attendance import check_in, check_out
from timebank.confirming import confirm
from timebank.diaries import overlapping
from timebank.event import Event
from timebank.ordering import draft, publish
from timebank.orders import Terms
from timebank.recipients import register_recipient
from timebank.rules import POINTS_STREAM, PROPOSED_POINTS, Points, publish_points
from timebank.stations import open_station
from timebank.volunteers import register, verify_identity

VOLUNTEER = "01950000-0000-7000-8000-000000000001"
OTHER = "01950000-0000-7000-8000-000000000002"
RECIPIENT = "01950000-0000-7000-8000-000000000003"
PROXY = "01950000-0000-7000-8000-000000000004"
STATION = "01950000-0000-7000-8000-000000000005"
CLERK = "01950000-0000-7000-8000-000000000006"
ORDER = "01950000-0000-7000-8000-000000000007"
SHEET = "01950000-0000-7000-8000-000000000008"
COMMUNITY = "330102001001"
DAY = date(2025, 3, 10)
DUE = date(2025, 3, 24)

_SHANGHAI = timezone(timedelta(hours=8))


def at(clock: str, on: date = DAY) -> datetime:
    """Give the instant at which clocks in Shanghai show *clock* on the day *on*."""
    hour, minute = map(int, clock.split(":"))
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=_SHANGHAI).astimezone(UTC)


def fold(kind: str, id_: str, past: Sequence[Event]) -> Any:
    """Fold the clear events of one stream, as the book does."""
    state, evolve = timebank.FOLDS[kind]
    name = f"{kind}-{id_}"
    return reduce(
        evolve, (e for e in past if e.stream == name and isinstance(e, timebank.CLEAR)), state
    )


def workdays(on: date, days: int) -> date:
    """Count Mondays to Fridays."""
    while days > 0:
        on += timedelta(days=1)
        days -= on.weekday() < 5
    return on


class Past:
    """Events so far, with the journey's steps as they are decided over them."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def state(self, kind: str, id_: str) -> Any:
        """Fold one stream of this past."""
        return fold(kind, id_, self.events)

    @property
    def rules(self) -> Any:
        """The sheets published so far."""
        return self.state("rules", POINTS_STREAM.removeprefix("rules-"))

    def add(self, events: list[Event]) -> list[Event]:
        """Let *events* happen."""
        self.events += events
        return events

    def publish_points(self, points: Points = PROPOSED_POINTS) -> list[Event]:
        """Put the rules in force from the first of January."""
        return self.add(
            publish_points(self.rules, sheet=SHEET, effective_from=date(2025, 1, 1), points=points)
        )

    def open_station(self) -> list[Event]:
        """Open the station."""
        state = self.state("station", STATION)
        return self.add(
            open_station(state, station=STATION, title="城东时光益站", community=COMMUNITY)
        )

    def register(self, volunteer: str = VOLUNTEER) -> list[Event]:
        """Let a grown-up join."""
        return self.add(
            register(
                self.state("volunteer", volunteer),
                volunteer=volunteer,
                volunteer_no="000000000002",
                name="王芳",
                phone="13800000000",
                sex="female",
                birth_date=date(1990, 5, 1),
                community=COMMUNITY,
                skills=("cooking",),
                consent_version="2025-01",
                consented_at=at("08:00"),
                now=at("08:00"),
                today=DAY,
            )
        )

    def verify(self, volunteer: str = VOLUNTEER) -> list[Event]:
        """Prove who the volunteer is."""
        state = self.state("volunteer", volunteer)
        return self.add(
            verify_identity(
                state,
                volunteer=volunteer,
                method="face_to_face",
                id_type="resident",
                id_number="330102199005010027",
            )
        )

    def register_recipient(self) -> list[Event]:
        """Register the recipient, whose daughter may confirm."""
        return self.add(
            register_recipient(
                self.state("recipient", RECIPIENT),
                recipient=RECIPIENT,
                name="张秀英",
                birth_date=date(1940, 2, 3),
                community=COMMUNITY,
                address="一号楼二单元",
                categories=("living_alone",),
                legal_basis="consent",
                proxies=((PROXY, "child"),),
            )
        )

    def publish(self, order: str = ORDER, **changes: Any) -> list[Event]:
        """Publish an order of two places in the recipient's home, changed as said."""
        now = changes.pop("now", at("08:00"))
        wanted = terms(**changes)
        drafted = self.add(
            draft(
                self.state("order", order),
                self.state("station", STATION),
                self.state("recipient", RECIPIENT) if wanted.recipient else None,
                self.state("team", wanted.team) if wanted.team else None,
                order=order,
                terms=wanted,
                title="陪张奶奶看病",
            )
        )
        shown = publish(
            self.state("order", order),
            self.rules,
            order=order,
            by=CLERK,
            now=now,
            workdays=workdays,
        )
        return drafted + self.add(shown)

    def accept(
        self, volunteer: str = VOLUNTEER, order: str = ORDER, now: datetime | None = None
    ) -> list[Event]:
        """Take a place, half an hour before the plan begins."""
        state = self.state("order", order)
        wanted = state.terms or terms()
        others = overlapping(
            self.state("diary", volunteer),
            order=order,
            began=wanted.planned_start,
            ended=wanted.planned_end,
        )
        return self.add(
            accept(
                state,
                self.state("volunteer", volunteer),
                self.state("team", wanted.team) if wanted.team else None,
                self.rules,
                [(other, self.state("order", other)) for other in others],
                order=order,
                volunteer=volunteer,
                now=now or wanted.planned_start - timedelta(minutes=30),
            )
        )

    def serve(
        self, began: datetime, ended: datetime, volunteer: str = VOLUNTEER, order: str = ORDER
    ) -> list[Event]:
        """Check in and out."""
        arrived = check_in(
            self.state("order", order),
            self.rules,
            order=order,
            volunteer=volunteer,
            at=began,
            now=began,
        )
        self.add(arrived)
        left = check_out(
            self.state("order", order),
            self.rules,
            order=order,
            volunteer=volunteer,
            at=ended,
            now=ended,
            record_due_on=DUE,
        )
        return arrived + self.add(left)

    def confirm(
        self,
        volunteer: str = VOLUNTEER,
        order: str = ORDER,
        **facts: Any,
    ) -> list[Event]:
        """Confirm as the recipient at six in the evening, unless *facts* say otherwise."""
        said: dict[str, Any] = {
            "by": frozenset({RECIPIENT}),
            "for_station": False,
            "now": at("18:00"),
            "workdays": workdays,
            "team": None,
            **facts,
        }
        said.setdefault("confirmer", min(said["by"]))
        return self.add(
            confirm(
                self.state("order", order),
                self.state("recipient", RECIPIENT),
                self.state("hours", volunteer),
                self.state("purse", volunteer),
                self.rules,
                order=order,
                volunteer=volunteer,
                **said,
            )
        )


def terms(**changes: Any) -> Terms:
    """Give the terms of the order, changed as said."""
    usual: dict[str, Any] = {
        "kind": "individual",
        "category": "accompany",
        "community": COMMUNITY,
        "organising_unit": "",
        "planned_start": at("09:00"),
        "planned_end": at("11:00"),
        "places": 2,
        "funding": "issuance",
        "station": STATION,
        "recipient": RECIPIENT,
    }
    return Terms(**usual | changes)


def published() -> Past:
    """An order is published, and two verified volunteers might take it."""
    past = Past()
    past.publish_points()
    past.open_station()
    past.register_recipient()
    for volunteer in (VOLUNTEER, OTHER):
        past.register(volunteer)
        past.verify(volunteer)
    past.publish()
    return past


def accepted() -> Past:
    """The first volunteer took a place."""
    past = published()
    past.accept()
    return past


def served() -> Past:
    """The first volunteer was there from nine until 10:35."""
    past = accepted()
    past.serve(at("09:00"), at("10:35"))
    return past

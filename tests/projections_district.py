"""A small district that lives at random by the real rules: refused commands just do not happen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import district
import timebank
from district import areas as area_rules
from district import staff as staff_rules
from tests.projections_past import START, Past
from tests.projections_purses import deal
from timebank import (
    attendance,
    confirming,
    ordering,
    recipients,
    rules,
    standing,
    stations,
    volunteers,
)
from timebank.event import Refused
from timebank.orders import Terms

COMMUNITIES = ("330106001001", "330106001002", "330106002001")
TODAY = date(2025, 3, 1)
FOLDS = {**timebank.FOLDS, **district.FOLDS}


def uuid(kind: int, number: int) -> str:
    """The id of the so-manieth thing of a kind."""
    return str(UUID(int=(kind << 64) + number))


class District:
    """States by stream, and the past that made them."""

    def __init__(self) -> None:
        self.past = Past()
        self.states: dict[str, Any] = {}
        self.do(
            lambda: rules.publish_points(
                self.state(rules.POINTS_STREAM),
                sheet=uuid(9, 1),
                effective_from=date(2025, 1, 1),
                points=rules.PROPOSED_POINTS,
            )
        )

    def state(self, stream: str) -> Any:
        """The state of a stream as it stands."""
        return self.states.get(stream, FOLDS[stream.partition("-")[0]][0])

    def do(self, decide: Callable[[], Sequence[Any]]) -> None:
        """Record what is decided, unless it is refused."""
        try:
            events = decide()
        except Refused:
            return
        self.past.told(*events, by="caller")
        for event in events:
            if getattr(event, "holder", None) is None:
                evolve = FOLDS[event.stream.partition("-")[0]][1]
                self.states[event.stream] = evolve(self.state(event.stream), event)

    def of_kind(self, kind: str) -> dict[str, Any]:
        """Id and state of every stream of a kind."""
        return {
            name.partition("-")[2]: state
            for name, state in self.states.items()
            if name.startswith(f"{kind}-")
        }

    @property
    def undone(self) -> set[str]:
        """Every entry that was reversed."""
        purses = self.of_kind("purse").values()
        return {entry for state in purses for entry in state.undone}

    @property
    def now(self) -> datetime:
        """A time that goes on with the past."""
        return START + timedelta(minutes=37 * len(self.past.recorded))

    def act(self, deed: int, who: int, what: int) -> None:
        """Try one of the deeds of a district."""
        deeds = (
            self.register,
            self.verify,
            self.describe_recipient,
            self.draft,
            self.accept,
            self.check_in,
            self.check_out,
            self.confirm,
            self.accept,
            self.check_in,
            self.check_out,
            self.confirm,
            self.withdraw,
            self.cancel,
            self.stand,
            self.open_station,
            self.employ,
            self.add_area,
            self.publish,
            self.deal,
            self.deal,
            self.deal,
        )
        deeds[deed % len(deeds)](who, what)

    def deal(self, who: int, what: int) -> None:
        """Somebody does something with points."""
        deal(self, who, what)

    def register(self, who: int, what: int) -> None:
        """Somebody becomes a volunteer."""
        volunteer = uuid(1, who % 4)
        self.do(
            lambda: volunteers.register(
                self.state(f"volunteer-{volunteer}"),
                volunteer=volunteer,
                volunteer_no=f"{who % 4:012}",
                name="Secret Name",
                phone="13800000000",
                sex="female",
                birth_date=date(1990, 1, 1),
                community=COMMUNITIES[what % 3],
                skills=(),
                consent_version="1",
                consented_at=START,
                now=self.now,
                today=TODAY,
            )
        )

    def verify(self, who: int, what: int) -> None:
        """An office sees who a volunteer is."""
        volunteer = uuid(1, who % 4)
        self.do(
            lambda: volunteers.verify_identity(
                self.state(f"volunteer-{volunteer}"),
                volunteer=volunteer,
                method="document",
                id_type="resident",
                id_number="secret" if what % 2 else None,
            )
        )

    def stand(self, who: int, what: int) -> None:
        """A volunteer pauses, comes back or leaves."""
        volunteer = uuid(1, who % 4)
        state = self.state(f"volunteer-{volunteer}")
        if who >= 10 and what == 5:
            self.do(lambda: standing.leave(state, volunteer=volunteer, reason_code="moved"))
        elif what % 2:
            self.do(lambda: standing.suspend(state, volunteer=volunteer, reason_code="check"))
        else:
            self.do(lambda: standing.reinstate(state, volunteer=volunteer))

    def describe_recipient(self, who: int, what: int) -> None:
        """Somebody becomes a recipient, perhaps with a proxy."""
        recipient = uuid(2, who)
        self.do(
            lambda: recipients.register_recipient(
                self.state(f"recipient-{recipient}"),
                recipient=recipient,
                name="Secret Elder",
                birth_date=date(1940, 1, 1),
                community=COMMUNITIES[what % 3],
                address="Secret Street 1",
                categories=("living_alone",),
                legal_basis="statutory_duty",
                proxies=((uuid(1, what % 4), "child"),) if what % 2 else (),
            )
        )

    def open_station(self, who: int, what: int) -> None:
        """A station opens."""
        station = uuid(3, who)
        self.do(
            lambda: stations.open_station(
                self.state(f"station-{station}"),
                station=station,
                title=f"Station {who}",
                community=COMMUNITIES[what % 3],
            )
        )

    def draft(self, who: int, what: int) -> None:
        """An order is written down, most often to be seen at once."""
        order, recipient, station = uuid(4, who), uuid(2, what % 5), uuid(3, what % 5)
        in_need, opened = self.state(f"recipient-{recipient}"), self.state(f"station-{station}")
        terms = Terms(
            kind="individual",
            category=("company", "shopping")[what % 2],
            community=COMMUNITIES[what % 3],
            organising_unit="Unit",
            planned_start=START + timedelta(days=what),
            planned_end=START + timedelta(days=what, hours=2),
            places=1 + what % 3,
            funding="issuance",
            station=station if opened.is_open else None,
            recipient=recipient if in_need.is_registered else None,
        )
        self.do(
            lambda: ordering.draft(
                self.state(f"order-{order}"),
                opened if opened.is_open else None,
                in_need if in_need.is_registered else None,
                order=order,
                terms=terms,
                title="Secret title",
                person_in_charge="Secret person",
                published=what % 4 != 0,
            )
        )

    def publish(self, who: int, what: int) -> None:
        """A drafted order is shown."""
        order = uuid(4, (who + what) % 12)
        self.do(lambda: ordering.publish(self.state(f"order-{order}"), order=order))

    def cancel(self, who: int, what: int) -> None:
        """An order is called off, now and then."""
        order = uuid(4, who)
        if what == 0:
            state = self.state(f"order-{order}")
            self.do(lambda: ordering.cancel(state, order=order, reason_code="rain"))

    def accept(self, who: int, what: int) -> None:
        """A volunteer takes a place."""
        order, volunteer = uuid(4, who), uuid(1, what % 4)
        self.do(
            lambda: ordering.accept(
                self.state(f"order-{order}"),
                self.state(f"volunteer-{volunteer}"),
                order=order,
                volunteer=volunteer,
            )
        )

    def withdraw(self, who: int, what: int) -> None:
        """A volunteer gives the place back."""
        order, volunteer = uuid(4, who), uuid(1, what % 4)
        state = self.state(f"order-{order}")
        self.do(lambda: ordering.withdraw(state, order=order, volunteer=volunteer))

    def check_in(self, who: int, what: int) -> None:
        """A volunteer arrives."""
        order, volunteer = uuid(4, who), uuid(1, what % 4)
        self.do(
            lambda: attendance.check_in(
                self.state(f"order-{order}"),
                self.state(rules.POINTS_STREAM),
                order=order,
                volunteer=volunteer,
                at=self.now,
                now=self.now,
            )
        )

    def check_out(self, who: int, what: int) -> None:
        """A volunteer leaves."""
        order, volunteer = uuid(4, who), uuid(1, what % 4)
        self.do(
            lambda: attendance.check_out(
                self.state(f"order-{order}"),
                self.state(rules.POINTS_STREAM),
                order=order,
                volunteer=volunteer,
                at=self.now,
                now=self.now,
                record_due_on=TODAY + timedelta(days=10 + what),
            )
        )

    def confirm(self, who: int, what: int) -> None:
        """The station says that a volunteer served."""
        order, volunteer = uuid(4, who), uuid(1, what % 4)
        self.do(
            lambda: confirming.confirm(
                self.state(f"order-{order}"),
                None,
                self.state(f"hours-{volunteer}"),
                self.state(f"purse-{volunteer}"),
                self.state(rules.POINTS_STREAM),
                order=order,
                volunteer=volunteer,
                by=frozenset({"caller"}),
                for_station=True,
                now=self.now,
                rating=1 + what % 5,
            )
        )

    def employ(self, who: int, what: int) -> None:
        """Somebody gets a role, loses one, or loses all."""
        staff, grant = uuid(5, who % 4), uuid(6, what % 4)
        first = TODAY + timedelta(days=what)
        granted = staff_rules.RoleGranted(
            staff=staff,
            grant=grant,
            role=("auditor", "administrator")[who % 2],
            area=COMMUNITIES[what % 3],
            from_on=first,
            until_on=first + timedelta(days=9) if what % 2 else None,
        )
        named = staff_rules.StaffNamed(staff=staff, name="Secret Colleague")
        ended = staff_rules.RoleEnded(staff=staff, grant=grant, on=first)
        relieved = staff_rules.StaffRelieved(staff=staff, on=first)
        choices: tuple[list[Any], ...] = ([granted, named], [granted], [ended], [relieved])
        self.do(lambda: choices[(who + what) % 4])

    def add_area(self, who: int, what: int) -> None:
        """An area is added, named or counted anew."""
        code = COMMUNITIES[who % 3]
        choices: tuple[Any, ...] = (
            area_rules.AreaAdded(code=code, name=f"Area {what}"),
            area_rules.AreaNamed(code=code, name=f"Area {what}"),
            area_rules.ResidentsCounted(code=code, residents=what),
        )
        added = self.state(f"{area_rules.AreaAdded(code=code).stream}").added
        self.do(lambda: [choices[what % 3] if added else choices[0]])


def lived(deeds: Sequence[tuple[int, int, int]]) -> District:
    """A district after these deeds."""
    made = District()
    for place, (deed, who, what) in enumerate(deeds):
        # The first deeds see to it that there is somebody to serve and somebody to be served.
        made.act(deed if place >= 8 else place % 4, who if place >= 8 else place // 4, what)
    return made

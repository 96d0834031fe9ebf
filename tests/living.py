"""An order's whole life: everything that people and time may do to it, over a past of events."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from tests.serving import (
    CLERK,
    COMMUNITY,
    DAY,
    ORDER,
    OTHER,
    RECIPIENT,
    VOLUNTEER,
    Past,
    at,
    published,
    workdays,
)
from tests.serving import terms as serving_terms
from timebank import (
    amending,
    attendance,
    chasing,
    correcting_records,
    correction_requests,
    disputing,
    late_entering,
    long_days,
    missing,
    order_timers,
    reviewing,
    roll_calls,
    standby,
    teams,
)
from timebank.accepting import assign, withdraw
from timebank.accounts import Posting
from timebank.days import civil_day
from timebank.event import Event
from timebank.following import Reads
from timebank.funding import funded, set_aside
from timebank.ids import derived
from timebank.order_rules import PROPOSED_ORDER_RULES
from timebank.ordering import cancel
from timebank.orders import Order, Terms, status
from timebank.rules import PROPOSED_POINTS, publish_points
from timebank.task_kinds import CORRECTION, LATE_ENTRY
from timebank.tasks import Task, TaskRaised, task_id

OFFICER = "01950000-0000-7000-8000-000000000011"
TEAM = "01950000-0000-7000-8000-000000000012"
ENTRY = "01950000-0000-7000-8000-000000000013"
SYSTEM = "system"
ZONE = "Asia/Shanghai"
EARLY = at("08:30")
AMENDING = at("08:40")
NINE = at("09:00")
TEN = at("10:00")
LEAVING = at("10:35")
EVENING = at("18:00")


class Life(Past):
    """A past whose events are decided like those of a district, with whoever pays for them."""

    def read(self, stream: str) -> Any:
        """Read the state of a stream by its name."""
        kind, _, id_ = stream.partition("-")
        return self.state(kind, id_)

    @property
    def order(self) -> Order:
        """The order as it stands."""
        state: Order = self.state("order", ORDER)
        return state

    @property
    def status(self) -> str:
        """Where the order stands."""
        return status(self.order)

    def rule(self, *, points: dict[str, Any] | None = None, **orders: Any) -> None:
        """Put a sheet in force whose rules of orders, and of *points*, are changed as said."""
        asked = msgspec.structs.replace(PROPOSED_ORDER_RULES, **orders)
        changed = msgspec.structs.replace(PROPOSED_POINTS, orders=asked, **(points or {}))
        sheet = derived("sheet", str(len(self.events)))
        self.add(
            publish_points(self.rules, sheet=sheet, effective_from=date(2025, 1, 2), points=changed)
        )

    def found_team(self, size: int) -> tuple[str, ...]:
        """Found a team of so many verified volunteers, the first of whom leads it."""
        who = tuple(helper(number) for number in range(1, size + 1))
        for volunteer in who:
            self.register(volunteer)
            self.verify(volunteer)
            person = self.state("volunteer", volunteer)
            state = self.state("team", TEAM)
            if volunteer == who[0]:
                self.add(
                    teams.found_team(
                        state,
                        person,
                        team=TEAM,
                        title="阳光志愿服务队",
                        community=COMMUNITY,
                        lead=volunteer,
                    )
                )
            else:
                self.add(teams.join(state, person, team=TEAM, volunteer=volunteer))
        return who

    def task(self, kind: str) -> tuple[str, Task]:
        """Find the latest task of a kind."""
        raised = [e for e in self.events if isinstance(e, TaskRaised) and e.kind == kind]
        return raised[-1].task, self.state("task", raised[-1].task)

    def done(self, events: list[Event], now: datetime, order: str = ORDER) -> list[Event]:
        """Let *events* happen, with what they mean to those who pay."""
        today = civil_day(now, ZONE)
        return self.add(funded(self.read, events, self.rules, order=order, today=today))

    def elsewhere(self, volunteer: str) -> list[tuple[str, Order]]:
        """Read the other orders of a volunteer's diary."""
        plans = self.state("diary", volunteer).plans
        return [(other, self.state("order", other)) for other in plans if other != ORDER]

    def team(self, order: str = ORDER) -> teams.Team | None:
        """Read the team of an order."""
        terms: Terms | None = self.state("order", order).terms
        return self.state("team", terms.team) if terms is not None and terms.team else None

    def assign(self, volunteer: str = OTHER, now: datetime = EARLY) -> list[Event]:
        """Give a volunteer a place."""
        return self.add(
            assign(
                self.order,
                self.state("volunteer", volunteer),
                self.team(),
                self.rules,
                self.elsewhere(volunteer),
                order=ORDER,
                volunteer=volunteer,
                now=now,
            )
        )

    def stand_by(self, volunteer: str = OTHER, now: datetime = EARLY) -> list[Event]:
        """Wait for a place."""
        return self.add(
            standby.stand_by(
                self.order,
                self.state("volunteer", volunteer),
                self.team(),
                self.rules,
                order=ORDER,
                volunteer=volunteer,
                now=now,
            )
        )

    def call_up(self, now: datetime = EARLY) -> list[Event]:
        """Give free places to those who wait."""
        return self.add(
            standby.call_up(
                self.order,
                self.team(),
                self.rules,
                order=ORDER,
                people=lambda volunteer: self.state("volunteer", volunteer),
                elsewhere=self.elsewhere,
                now=now,
            )
        )

    def withdraw(self, volunteer: str = VOLUNTEER) -> list[Event]:
        """Give the place back."""
        return self.add(withdraw(self.order, order=ORDER, volunteer=volunteer))

    def review(self, choice: str = "approve", by: str = OFFICER) -> list[Event]:
        """Read the order and decide on it."""
        task, state = self.task("order_review")
        return self.done(
            reviewing.decide_review(
                state,
                self.order,
                self.rules,
                task=task,
                order=ORDER,
                choice=choice,
                by=frozenset({by}),
                reason_code="checked",
                now=at("08:10"),
            ),
            at("08:10"),
        )

    def amend(self, now: datetime = AMENDING, **changes: Any) -> list[Event]:
        """Amend the terms."""
        terms = self.order.terms
        if terms is not None:
            terms = msgspec.structs.replace(terms, **changes)
        return self.done(
            amending.amend(
                self.order,
                self.rules,
                order=ORDER,
                terms=terms or serving_terms(**changes),
                reason_code="asked",
                now=now,
            ),
            now,
        )

    def cancel(self, now: datetime = AMENDING) -> list[Event]:
        """Call the order off."""
        return self.done(cancel(self.order, order=ORDER, reason_code="weather"), now)

    def arrive(
        self, shown: datetime = NINE, volunteer: str = VOLUNTEER, **facts: Any
    ) -> list[Event]:
        """Check in."""
        said = {"at": shown, "now": max(shown, facts.pop("now", shown)), **facts}
        return self.done(
            attendance.check_in(self.order, self.rules, order=ORDER, volunteer=volunteer, **said),
            said["now"],
        )

    def depart(
        self, shown: datetime = LEAVING, volunteer: str = VOLUNTEER, **facts: Any
    ) -> list[Event]:
        """Check out."""
        said = {"at": shown, "now": shown, **facts}
        said["record_due_on"] = workdays(civil_day(shown, ZONE), 10)
        return self.add(
            attendance.check_out(self.order, self.rules, order=ORDER, volunteer=volunteer, **said)
        )

    def roll(
        self,
        present: tuple[str, ...],
        shown: datetime = NINE,
        left: tuple[tuple[str, datetime], ...] = (),
        by: str = VOLUNTEER,
        *,
        for_station: bool = False,
        now: datetime = EVENING,
    ) -> list[Event]:
        """Call the roll."""
        return self.add(
            roll_calls.call_roll(
                self.order,
                self.team(),
                self.rules,
                order=ORDER,
                by=frozenset({by}),
                for_station=for_station,
                at=shown,
                present=present,
                left=left,
                now=now,
                workdays=workdays,
            )
        )

    def no_show(self, volunteer: str = VOLUNTEER, now: datetime = TEN) -> list[Event]:
        """Say that somebody did not come."""
        return self.add(
            missing.record_no_show(
                self.order, order=ORDER, volunteer=volunteer, reason_code="absent", now=now
            )
        )

    def confirmed(self, volunteer: str = VOLUNTEER, **facts: Any) -> list[Event]:
        """Confirm as the station."""
        facts = {"by": frozenset({CLERK}), "for_station": True, "now": EVENING, **facts}
        self_events = len(self.events)
        made = self.confirm(volunteer, funded_minutes=set_aside(self.read, ORDER), **facts)
        del self.events[self_events:]
        return self.done(made, facts["now"])

    def enter_late(
        self,
        volunteer: str = VOLUNTEER,
        began: datetime = NINE,
        ended: datetime = TEN,
        *,
        by: str = CLERK,
        now: datetime = EVENING,
        entry: str = ENTRY,
    ) -> list[Event]:
        """Enter service afterwards."""
        return self.add(
            late_entering.enter_late(
                self.order,
                self.state("volunteer", volunteer),
                self.rules,
                order=ORDER,
                entry=entry,
                volunteer=volunteer,
                began=began,
                ended=ended,
                entered_by=by,
                reason="手机没电",
                now=now,
                workdays=workdays,
            )
        )

    def decide_late(
        self,
        choice: str = "approve",
        by: str = OFFICER,
        now: datetime = EVENING,
        entry: str = ENTRY,
        minutes: int | None = None,
    ) -> list[Event]:
        """Decide on a late entry."""
        known = self.order.late_entries.get(entry)
        volunteer = known.made.volunteer if known is not None else VOLUNTEER
        return self.done(
            late_entering.decide_late_entry(
                self.state("task", task_id(LATE_ENTRY, f"order-{ORDER}", entry)),
                self.order,
                self.state("hours", volunteer),
                self.state("purse", volunteer),
                self.rules,
                order=ORDER,
                entry=entry,
                choice=choice,
                by=frozenset({by}),
                decided_by=by,
                reason_code="seen",
                now=now,
                workdays=workdays,
                minutes=minutes,
                funded_minutes=set_aside(self.read, ORDER),
            ),
            now,
        )

    def dispute(
        self, volunteer: str = VOLUNTEER, by: str = RECIPIENT, now: datetime = EVENING
    ) -> list[Event]:
        """Contradict."""
        return self.add(
            disputing.dispute(
                self.order,
                self.state("recipient", RECIPIENT),
                self.team(),
                self.rules,
                order=ORDER,
                volunteer=volunteer,
                by=frozenset({by}),
                disputed_by=by,
                for_station=by == CLERK,
                reason_code="minutes",
                note="没有待那么久",
                now=now,
                workdays=workdays,
            )
        )

    @property
    def reads(self) -> Reads:
        """How corrections read what is around them."""
        return Reads(
            orders=lambda order: self.state("order", order),
            postings=self.postings,
            givers=lambda person: self.state("purse", person),
        )

    def postings(self, record: str) -> list[Posting]:
        """List the entries of a record, with the shortfalls of its corrections."""
        own = [
            event
            for event in self.events
            if isinstance(event, Posting) and getattr(event, "record", None) == record
        ]
        entries = {event.entry for event in own}
        return own + [
            event
            for event in self.events
            if isinstance(event, Posting) and getattr(event, "posting", None) in entries
        ]

    def judge(
        self,
        outcome: str = "upheld",
        minutes: int | None = 60,
        volunteer: str = VOLUNTEER,
        by: str = OFFICER,
        now: datetime = EVENING,
    ) -> list[Event]:
        """Judge a dispute."""
        member = self.order.members.get(volunteer)
        task = member.dispute.task if member is not None and member.dispute is not None else ORDER
        return self.done(
            disputing.judge(
                self.state("task", task),
                self.order,
                self.state("hours", volunteer),
                self.state("purse", volunteer),
                self.rules,
                reads=self.reads,
                order=ORDER,
                volunteer=volunteer,
                outcome=outcome,
                by=frozenset({by}),
                judge=by,
                reason_code="seen",
                now=now,
                workdays=workdays,
                minutes=minutes,
                funded_minutes=set_aside(self.read, ORDER),
            ),
            now,
        )

    def time(self, now: datetime, order: str = ORDER) -> list[Event]:
        """Let time do what has fallen due."""
        return self.add(
            order_timers.run(self.read, order=order, by=SYSTEM, now=now, workdays=workdays)
        )

    def due(self, now: datetime = EVENING) -> datetime | None:
        """When something falls due next."""
        return order_timers.due(self.order, self.rules, workdays, now=now)

    def decide_chased(
        self, choice: str = "approve", by: str = OFFICER, now: datetime = EVENING
    ) -> list[Event]:
        """Answer the question for a missing confirmation."""
        member = self.order.members.get(VOLUNTEER)
        task = member.chased.task if member is not None and member.chased is not None else ORDER
        return self.done(
            chasing.decide_confirmation(
                self.state("task", task),
                self.order,
                self.state("hours", VOLUNTEER),
                self.state("purse", VOLUNTEER),
                self.rules,
                order=ORDER,
                volunteer=VOLUNTEER,
                choice=choice,
                by=frozenset({by}),
                decided_by=by,
                reason_code="asked",
                now=now,
                workdays=workdays,
                funded_minutes=set_aside(self.read, ORDER),
            ),
            now,
        )

    def record(self, place: int = 0, volunteer: str = VOLUNTEER) -> str:
        """Name a service record."""
        records: str = self.state("hours", volunteer).of_order(ORDER)[place][1].record
        return records

    def propose(
        self, record: str, minutes: int, by: str = CLERK, now: datetime = EVENING
    ) -> list[Event]:
        """Propose a correction of a record."""
        return self.add(
            correction_requests.propose_correction(
                self.state("hours", VOLUNTEER),
                self.rules,
                person=VOLUNTEER,
                record=record,
                proposed_by=by,
                minutes=minutes,
                reason="签退忘按",
                area=COMMUNITY,
                now=now,
                workdays=workdays,
            )
        )

    def correct(
        self,
        choice: str = "approve",
        by: str = OFFICER,
        now: datetime = EVENING,
        *,
        for_bureau: bool = False,
        fault: str = "office",
    ) -> list[Event]:
        """Decide a proposed correction."""
        task, state = self.task(CORRECTION)
        return self.add(
            correcting_records.decide_correction(
                state,
                self.order,
                self.state("hours", VOLUNTEER),
                self.state("purse", VOLUNTEER),
                self.rules,
                reads=self.reads,
                task=task,
                choice=choice,
                by=frozenset({by}),
                for_bureau=for_bureau,
                reason_code="seen",
                now=now,
                fault=fault,
            )
        )

    def long_day(self, kind: str, by: str = OFFICER, choice: str = "approve") -> list[Event]:
        """Decide on a long day."""
        task, state = self.task(kind)
        return self.add(
            long_days.decide_long_day(
                state,
                self.state("hours", VOLUNTEER),
                self.state("purse", VOLUNTEER),
                self.rules,
                reads=self.reads,
                task=task,
                choice=choice,
                by=frozenset({by}),
                decided_by=by,
                reason_code="seen",
                today=DAY,
                workdays=workdays,
            )
        )


def helper(number: int) -> str:
    """Name the so-manieth volunteer of a team."""
    return f"01950000-0000-7000-8000-0000000001{number:02}"


def living(past: Callable[[], Past] = published) -> Life:
    """Begin a life with the events of *past*."""
    life = Life()
    life.events = past().events
    return life


def day(number: int) -> date:
    """Give the so-manieth working day after the day of the order."""
    return workdays(DAY, number)


def hour(clock: str, days: int = 0) -> datetime:
    """Give the instant at which clocks in Shanghai show *clock*, days after the order."""
    return at(clock, DAY + timedelta(days=days))

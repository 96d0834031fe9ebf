"""Redemptions at random: stock is never oversold, a code works once, points follow the goods.

The reference model is one row per redemption and a few numbers; it knows no streams.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.goods import CLOSES, FAIR, OFFER, OTHER_STALL, STALL, Goods
from tests.purses import entry
from tests.serving import OTHER, VOLUNTEER, at
from timebank.event import Event, Refused
from timebank.fairs import FairIsOver, StallReconciled
from timebank.holding import expire
from timebank.offering import StockPromised, allot, move_stock
from timebank.offers import ShortfallRecorded
from timebank.postings import HoldPosted, HoldReturned, PointsExpired
from timebank.reconciling import reconcile
from timebank.redeeming import SoldOut
from timebank.redemptions import GoodsHandedOver
from timebank.spending import NotEnoughPoints

people = st.sampled_from([VOLUNTEER, OTHER])
stalls = st.sampled_from([None, STALL, OTHER_STALL])
quantities = st.integers(1, 4)


class RedemptionMachine(RuleBasedStateMachine):
    """One offer of 12 pieces at a fair or at a station, two people, a clock that only goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Goods(0)
        self.now = at("08:00")
        self.rows: dict[str, dict[str, Any]] = {}
        self.count = 0
        self.returned = 0

    @initialize(fair=st.booleans(), sizes=st.lists(st.integers(100, 900), min_size=2, max_size=5))
    def begin(self, *, fair: bool, sizes: list[int]) -> None:
        """Two people have points, some for a day only."""
        for place, size in enumerate(sizes):
            person = (VOLUNTEER, OTHER)[place % 2]
            self.book.carry(size, self.now.date() + timedelta(days=place), person)
        _ = self.book.at_fair(12) if fair else self.book.at_station(12)
        self.fair = fair

    def attempt(self, decide: Callable[[], list[Event]]) -> list[Event] | type[Refused]:
        """Give what happened, or the rule that refused it."""
        try:
            return decide()
        except Refused as refusal:
            return type(refusal)

    def some(self, data: st.DataObject) -> str:
        """Pick a redemption, or one that never was."""
        return str(data.draw(st.sampled_from([*sorted(self.rows), entry("none")])))

    @rule(minutes=st.integers(1, 300))
    def time_passes(self, minutes: int) -> None:
        """The day goes on, and the next."""
        self.now += timedelta(minutes=minutes)

    @rule(person=people, quantity=quantities, stall=stalls)
    def reserve(self, person: str, quantity: int, stall: str | None) -> None:
        """Somebody wants pieces: there are enough, and points for them, or it is refused."""
        self.count += 1
        name, stall = entry(str(self.count)), stall if self.fair else None
        free = self.book.offer.free(self.book.offer.stall(stall))
        outcome = self.attempt(
            lambda: self.book.reserve(
                name, person=person, quantity=quantity, stall=stall, now=self.now
            )
        )
        if quantity > free:
            assert outcome is SoldOut
        elif self.fair and self.now >= CLOSES:
            assert outcome is FairIsOver
        elif isinstance(outcome, type):
            assert outcome is NotEnoughPoints
        else:
            row = {"person": person, "quantity": quantity, "status": "reserved", "back": 0}
            self.rows[name] = row

    @rule(data=st.data())
    def hand_over(self, data: st.DataObject) -> None:
        """A code is scanned, perhaps again."""
        name = self.some(data)
        outcome = self.attempt(lambda: self.book.hand_over(name, at=self.now))
        if not isinstance(outcome, type):
            assert self.rows[name]["status"] == "reserved"
            self.rows[name]["status"] = "handed_over"

    @rule(data=st.data(), ago=st.integers(0, 200), stall=stalls)
    def push_hand_over(self, data: st.DataObject, ago: int, stall: str | None) -> None:
        """A stall pushes what it handed over earlier: recorded, whatever stands."""
        name = self.some(data)
        if name not in self.rows:
            return
        scanned = self.now - timedelta(minutes=ago)
        stall = stall if self.fair else None
        events = self.book.goods_left(name, at=scanned, now=self.now, stall=stall)
        row = self.rows[name]
        if row["status"] == "reserved":
            row["status"] = "handed_over"
        else:
            assert [type(event) for event in events] == [ShortfallRecorded]

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """Somebody changes their mind."""
        name = self.some(data)
        outcome = self.attempt(lambda: self.book.cancel(name, self.now))
        if outcome and not isinstance(outcome, type):
            assert self.rows[name]["status"] == "reserved"
            self.rows[name]["status"] = "cancelled"

    @rule(synced=st.booleans())
    def timer(self, *, synced: bool) -> None:
        """The timer asks every redemption; asked twice it changes nothing."""
        through = self.now if synced else None
        for name, row in self.rows.items():
            state = self.book.redemption(name)
            due = row["status"] == "reserved" and self.now >= state.lapses_at
            waits = self.fair and not synced and not counted(self.book, state.stall)
            events = self.book.lapse(self.now, name, synced_through=through)
            assert bool(events) is (due and not waits)
            if events:
                row["status"] = "lapsed"
            assert self.book.lapse(self.now, name, synced_through=through) == []
        for person in (VOLUNTEER, OTHER):
            state = self.book.purse(person)
            self.book.add(expire(state, person=person, today=self.now.date()))

    @rule(data=st.data(), quantity=quantities, restock=st.booleans())
    def take_back(self, data: st.DataObject, quantity: int, *, restock: bool) -> None:
        """Goods come back, in part or whole."""
        name = self.some(data)
        row = self.rows.get(name, {"status": "", "quantity": 0, "back": 0})
        possible = row["status"] == "handed_over" and row["back"] + quantity <= row["quantity"]
        outcome = self.attempt(
            lambda: self.book.take_back(quantity, name, restock=restock, now=self.now)
        )
        assert isinstance(outcome, type) is not possible
        if possible:
            row["back"] += quantity
            self.returned += quantity * restock

    @rule(change=st.integers(-6, 6), stall=stalls)
    def move_stock(self, change: int, stall: str | None) -> None:
        """Pieces come, break or are found; what is promised stays."""
        self.count += 1
        offer, stall = self.book.offer, stall if self.fair else None
        reason = "restock" if change > 0 else "damaged"
        outcome = self.attempt(
            lambda: self.book.add(
                move_stock(
                    offer,
                    offer=OFFER,
                    movement=entry(str(self.count)),
                    change=change,
                    reason=reason,
                    stall=stall,
                )
            )
        )
        if outcome is StockPromised:
            assert -change > offer.free(offer.stall(stall))

    @rule(stall=st.sampled_from([STALL, OTHER_STALL]), quantity=st.integers(0, 8))
    def allot(self, stall: str, quantity: int) -> None:
        """A stall gets a share, or another one."""
        if not self.fair:
            return
        fair = self.book(f"fair-{FAIR}")
        facts: dict[str, Any] = {"offer": OFFER, "fair_id": FAIR, "stall": stall}
        self.attempt(
            lambda: self.book.add(allot(self.book.offer, fair, quantity=quantity, **facts))
        )

    @rule(stall=st.sampled_from([STALL, OTHER_STALL]), off=st.integers(-2, 2))
    def reconcile(self, stall: str, off: int) -> None:
        """A stall is counted; the next count of the same table finds no difference."""
        if not self.fair:
            return
        there = self.book.offer.of(stall).there
        left = max(there + off, 0)
        facts: dict[str, Any] = {"fair": FAIR, "stall": stall, "at": self.now}
        for _ in range(2):
            events = reconcile(
                self.book.fair, {OFFER: self.book.offer}, left=[(OFFER, left)], **facts
            )
            self.book.add(events)
        assert self.book.offer.of(stall).there == left
        assert all(isinstance(event, StallReconciled) for event in events)

    @invariant()
    def stock_is_never_oversold(self) -> None:
        """Reserved and handed over are what the redemptions say, and never above stock."""
        pieces = self.book.offer.pieces
        count = Counter[str]()
        for row in self.rows.values():
            count[row["status"]] += row["quantity"]
        assert pieces.reserved == count["reserved"]
        assert pieces.handed_over == count["handed_over"] - self.returned
        assert pieces.reserved + pieces.handed_over <= pieces.stock
        offer = self.book.offer
        assert all(0 <= offer.free(stall) <= pieces.free for stall in (None, STALL, OTHER_STALL))

    @invariant()
    def points_follow_the_goods(self) -> None:
        """Held for what is reserved, spent for what left and is not back; all accounts sum to 0."""
        held, spent = Counter[str](), 0
        for name, row in self.rows.items():
            assert self.book.redemption(name).status == row["status"]
            if row["status"] == "reserved":
                held[row["person"]] += 120 * row["quantity"]
            if row["status"] == "handed_over":
                spent += 120 * (row["quantity"] - row["back"])
        for person in (VOLUNTEER, OTHER):
            state = self.book.purse(person)
            assert state.held_minutes == held[person]
            assert self.book.accounts.get(f"held:{person}", 0) == held[person]
            assert self.book.accounts.get(f"available:{person}", 0) == state.balance_minutes >= 0
        assert self.book.accounts.get("redeemed", 0) == spent
        assert sum(self.book.accounts.values()) == 0

    @invariant()
    def nothing_happens_twice(self) -> None:
        """One hand-over per redemption, one end per hold, and no id for two entries."""
        events = self.book.events
        left = Counter(e.redemption for e in events if isinstance(e, GoodsHandedOver))
        ends = Counter(e.hold for e in events if isinstance(e, HoldPosted | HoldReturned))
        over = Counter(e.entry for e in events if isinstance(e, PointsExpired))
        assert max([0, *left.values(), *ends.values(), *over.values()]) <= 1


def counted(book: Goods, stall: str | None) -> bool:
    """Say whether a stall, or every stall, has been counted."""
    there = [
        any(isinstance(e, StallReconciled) and e.stall == each for e in book.events)
        for each in ([stall] if stall else [STALL, OTHER_STALL])
    ]
    return all(there)


TestRedemption = RedemptionMachine.TestCase
TestRedemption.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)

"""A purse at random: whatever happens, in whatever order, no minute is lost, made or spent twice.

The reference model knows lots as plain numbers and the rules as prose; the rules know it as events.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.purses import LINK, Purses, day_of, entry, sheet
from tests.serving import DAY, OTHER, RECIPIENT, VOLUNTEER
from timebank.accounts import ISSUANCE, Posting, held, pool_account
from timebank.adjusting import add, carry_over, deduct
from timebank.balances import Standing, confirm_balance, contradictions, standing
from timebank.correcting import correct
from timebank.event import Event, Refused
from timebank.giving import donate, give
from timebank.holding import MoreThanHeld, expire, hold, pay, post, release
from timebank.lots import Lot, total
from timebank.pools import AboveBalanceCap, NotEnoughInPool, grant, pool_stream, reserve
from timebank.pools import pay as pay_from_pool
from timebank.pools import release as release_to_pool
from timebank.postings import (
    Bringing,
    DebtSettled,
    HoldPaid,
    HoldPosted,
    HoldReturned,
    LotsReceived,
    PointsDonated,
    PointsExpired,
    PointsGifted,
    PointsHeld,
    PointsReduced,
    PointsReversed,
    ShortfallBorne,
    Taking,
)
from timebank.purse import DebtRepaid, PointsEarned, earn
from timebank.reversing import AlreadyReversed, RecordCorrected, getter_of, giver_of, reverse
from timebank.spending import NotEnoughPoints

PEOPLE = (VOLUNTEER, OTHER, RECIPIENT)
RULES = sheet(
    weight_percent={"night_care": 150},
    daily_cap_minutes=300,
    balance_cap_minutes=2_000,
    validity_months=1,
    gift_relations=("parent", "child"),
)

people = st.sampled_from(PEOPLE)
minutes = st.integers(1, 400)


class Model:
    """One purse as plain numbers: what is there by (last day, earned on, id), held and owed."""

    def __init__(self) -> None:
        self.there: dict[tuple[date, date, str], int] = {}
        self.holds: dict[str, dict[tuple[date, date, str], int]] = {}
        self.owed = 0

    def good(self, today: date) -> int:
        """Count what has not expired."""
        return sum(left for key, left in self.there.items() if key[0] >= today)

    def all(self) -> int:
        """Count everything that is not held."""
        return sum(self.there.values())

    def held(self) -> int:
        """Count everything that is held."""
        return sum(sum(lots.values()) for lots in self.holds.values())

    def bring(self, key: tuple[date, date, str], amount: int) -> None:
        """A lot, or a part of one, comes."""
        if amount:
            self.there[key] = self.there.get(key, 0) + amount

    def take(
        self, amount: int, today: date, own: frozenset[str] = frozenset()
    ) -> dict[tuple[date, date, str], int]:
        """Up to *amount* goes: own lots first, then good ones, the next to expire first."""
        taken: dict[tuple[date, date, str], int] = {}
        order = sorted(key for key in self.there if key[2] in own)
        order += sorted(key for key in self.there if key[2] not in own and key[0] >= today)
        for key in order:
            part = min(amount - sum(taken.values()), self.there[key])
            if part:
                taken[key] = part
        for key, part in taken.items():
            self.there[key] -= part
            if not self.there[key]:
                del self.there[key]
        return taken

    def comes_back(self, lots: dict[tuple[date, date, str], int], today: date) -> None:
        """Lots come back: what is over expires, the rest pays debts before it is there again."""
        for key in sorted(lots):
            if key[0] >= today:
                paid = min(lots[key], self.owed)
                self.owed -= paid
                self.bring(key, lots[key] - paid)

    def end_hold(self, name: str, used: int, today: date) -> None:
        """A hold is over: the first *used* minutes are spent, the rest comes back."""
        rest = {}
        for key, part in sorted(self.holds.pop(name).items()):
            spent = min(part, used)
            used -= spent
            if part > spent:
                rest[key] = part - spent
        self.comes_back(rest, today)


def key_of(lot: Lot) -> tuple[date, date, str]:
    """Give the key of a lot in the model."""
    return (lot.valid_until or date.max, lot.on, lot.lot)


class PurseMachine(RuleBasedStateMachine):
    """Three people, two of them kin, a pool, and a clock that only goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Purses()
        self.models = {person: Model() for person in PEOPLE}
        self.today = DAY
        self.pool = 0
        self.count = 0
        self.paying: dict[str, str] = {}

    def name(self) -> str:
        """Make the next id."""
        self.count += 1
        return entry(str(self.count))

    def refuses(self, refusal: type[Refused], decide: Any) -> bool:
        """Say whether *decide* is refused by this very rule; otherwise let it happen."""
        try:
            events = decide()
        except refusal:
            return True
        self.book.add(events)
        return False

    @initialize(lots=st.lists(st.tuples(people, minutes, st.integers(0, 40)), max_size=6))
    def begin(self, lots: list[tuple[str, int, int]]) -> None:
        """The first two are kin; some have lots already, and the pool has something to give."""
        self.book.link()
        for person, amount, days in lots:
            self.carry_over(person, amount, days)
        self.carry_over(RECIPIENT, 500, 40)
        self.donate(RECIPIENT, 300)

    @rule(days=st.integers(1, 20))
    def time_passes(self, days: int) -> None:
        """Days go by."""
        self.today += timedelta(days=days)

    def served(
        self, person: str, served: int, ago: int, fund: str, funded: int | None
    ) -> tuple[list[Event], int]:
        """Earn, and say what the fund gave."""
        on = self.today - timedelta(days=ago)
        recorded = day_of(served, on, record=self.name(), person=person)
        purse = self.book.purse(person)
        events = earn(
            purse, RULES, recorded=recorded, category="care", fund=fund, funded_minutes=funded
        )
        model = self.models[person]
        brought = sum(
            e.minutes + (e.over_balance_cap_minutes if isinstance(e, PointsEarned) else 0)
            for e in events
            if isinstance(e, PointsEarned | DebtRepaid)
        )
        room = max(300 - purse.brought.get(on, 0), 0)
        assert brought == min(served, room, served if funded is None else funded)
        repaid = min(brought, model.owed)
        kept = min(brought - repaid, max(2_000 - model.all() - model.held(), 0))
        model.owed -= repaid
        for event in events:
            if isinstance(event, PointsEarned):
                assert event.minutes == kept
                until = event.valid_until
                assert until is not None
                model.bring((until, on, event.entry), kept)
        return events, repaid + kept

    @rule(person=people, amount=minutes, ago=st.integers(0, 3))
    def earn_from_issuance(self, person: str, amount: int, ago: int) -> None:
        """The bureau says thank you."""
        events, _ = self.served(person, amount, ago, ISSUANCE, None)
        self.book.add(events)

    @rule(payer=people, person=people, planned=minutes, served=minutes)
    def earn_from_purse(self, payer: str, person: str, planned: int, served: int) -> None:
        """An order is paid from the recipient's purse: held, then paid, the rest returned."""
        if payer == person:
            return
        name = self.held(payer, planned)
        if not name:
            return
        before = self.book.purse(payer).holds[name].minutes
        events, paid = self.served(person, served, 0, held(payer), before)
        self.book.add(events)
        settled = pay(
            self.book.purse(payer), person=payer, hold=name, postings=events, today=self.today
        )
        self.book.add(settled)
        assert self.book.accounts[held(payer)] == self.models[payer].held() - before
        self.models[payer].end_hold(name, paid, self.today)

    def held(self, person: str, amount: int) -> str | None:
        """Hold, unless the model says that there is less."""
        name = self.name()
        model = self.models[person]
        enough = model.good(self.today) >= amount
        state = self.book.purse(person)
        refused = self.refuses(
            NotEnoughPoints,
            lambda: hold(
                state, person=person, hold=name, minutes=amount, today=self.today, redemption=name
            ),
        )
        assert refused is not enough
        if refused:
            return None
        model.holds[name] = model.take(amount, self.today)
        return name

    @rule(person=people, amount=minutes)
    def hold(self, person: str, amount: int) -> None:
        """Points are set aside."""
        self.held(person, amount)

    @precondition(lambda self: any(model.holds for model in self.models.values()))
    @rule(data=st.data())
    def resolve(self, data: st.DataObject) -> None:
        """A hold is posted in part or whole, voided, or times out."""
        person, name = data.draw(
            st.sampled_from([(p, h) for p in PEOPLE for h in sorted(self.models[p].holds)])
        )
        state = self.book.purse(person)
        there = state.holds[name].minutes
        spent = data.draw(st.integers(0, there + 1))
        how = data.draw(st.sampled_from(["post", "voided", "timed_out"]))
        if how != "post":
            spent = 0
            events = release(state, person=person, hold=name, reason=how, today=self.today)
            self.book.add(events)
        else:
            refused = self.refuses(
                MoreThanHeld,
                lambda: post(state, person=person, hold=name, minutes=spent, today=self.today),
            )
            assert refused is (spent > there)
            if refused:
                return
        self.models[person].end_hold(name, spent, self.today)

    @rule(person=people)
    def timer_expires(self, person: str) -> None:
        """The timer comes round; the second time it finds nothing."""
        model = self.models[person]
        model.there = {key: left for key, left in model.there.items() if key[0] >= self.today}
        self.book.add(expire(self.book.purse(person), person=person, today=self.today))
        assert expire(self.book.purse(person), person=person, today=self.today) == []

    @rule(there=st.booleans(), amount=minutes)
    def give(self, *, there: bool, amount: int) -> None:
        """Kin give to kin."""
        giver, to = (VOLUNTEER, OTHER) if there else (OTHER, VOLUNTEER)
        enough = self.models[giver].good(self.today) >= amount
        room = self.models[to].all() + self.models[to].held() + amount <= 2_000
        gift = self.name()
        if self.refuses(
            NotEnoughPoints if not enough else AboveBalanceCap,
            lambda: give(
                self.book.purse(giver),
                self.book.purse(to),
                self.book(f"kin_link-{LINK}"),
                RULES,
                person=giver,
                to=to,
                kin_link=LINK,
                entry=gift,
                minutes=amount,
                today=self.today,
            ),
        ):
            assert not enough or not room
            return
        assert enough
        assert room
        taken = self.models[giver].take(amount, self.today)
        (received,) = (e for e in self.book.events[-1:] if isinstance(e, LotsReceived))
        assert [(key[:2], left) for key, left in sorted(taken.items())] == [
            (key_of(lot)[:2], lot.minutes) for lot in received.lots
        ]
        for lot in received.lots:
            self.models[to].bring(key_of(lot), lot.minutes)

    @rule(person=people, amount=minutes)
    def donate(self, person: str, amount: int) -> None:
        """Somebody gives to the pool."""
        enough = self.models[person].good(self.today) >= amount
        state, name = self.book.purse(person), self.name()
        if self.refuses(
            NotEnoughPoints,
            lambda: donate(
                state,
                person=person,
                pool="donation",
                entry=name,
                minutes=amount,
                today=self.today,
            ),
        ):
            assert not enough
            return
        self.models[person].take(amount, self.today)
        self.pool += amount

    @rule(person=people, amount=minutes)
    def grant(self, person: str, amount: int) -> None:
        """The pool gives to somebody in need."""
        name = self.name()
        enough = self.book.pool().free_minutes >= amount
        room = self.models[person].all() + self.models[person].held() + amount <= 2_000
        if self.refuses(
            AboveBalanceCap if enough else NotEnoughInPool,
            lambda: grant(
                self.book.pool(),
                self.book.purse(person),
                RULES,
                pool="donation",
                to=person,
                entry=name,
                minutes=amount,
                today=self.today,
            ),
        ):
            assert not enough or not room
            return
        assert enough
        self.pool -= amount
        (received,) = (e for e in self.book.events[-1:] if isinstance(e, LotsReceived))
        self.models[person].bring(key_of(received.lots[0]), amount)

    @rule(person=people, amount=minutes, served=minutes)
    def earn_from_pool(self, person: str, amount: int, served: int) -> None:
        """An order is paid by the pool, as far as was set aside for it."""
        order = self.name()
        if self.refuses(
            NotEnoughInPool,
            lambda: reserve(self.book.pool(), pool="donation", order=order, minutes=amount),
        ):
            assert self.book.pool().free_minutes < amount
            return
        events, paid = self.served(person, served, 0, pool_account("donation"), amount)
        self.book.add(events)
        self.book.add(
            pay_from_pool(self.book.pool(), pool="donation", order=order, postings=events)
        )
        self.book.add(release_to_pool(self.book.pool(), pool="donation", order=order))
        self.pool -= paid

    @rule(person=people, amount=minutes, days=st.none() | st.integers(0, 40))
    def carry_over(self, person: str, amount: int, days: int | None) -> None:
        """A balance comes from an earlier system."""
        until = None if days is None else self.today + timedelta(days=days)
        (event,) = self.book.add(
            carry_over(
                self.book.purse(person),
                person=person,
                entry=self.name(),
                minutes=amount,
                on=self.today,
                valid_until=until,
                source="0" * 64,
            )
        )
        assert isinstance(event, Bringing)
        self.models[person].bring(key_of(event.lots[0]), amount)

    @rule(person=people, amount=minutes, more=st.booleans())
    def adjust(self, person: str, amount: int, *, more: bool) -> None:
        """The bureau puts a balance right."""
        state, name, model = self.book.purse(person), self.name(), self.models[person]
        if more:
            facts: dict[str, Any] = {
                "person": person,
                "entry": name,
                "minutes": amount,
                "today": self.today,
            }
            (event,) = self.book.add(add(state, RULES, **facts))
            assert isinstance(event, Bringing)
            model.bring(key_of(event.lots[0]), amount)
            return
        enough = model.good(self.today) >= amount
        if self.refuses(
            NotEnoughPoints,
            lambda: deduct(state, person=person, entry=name, minutes=amount, today=self.today),
        ):
            assert not enough
            return
        model.take(amount, self.today)

    @rule(data=st.data(), fault=st.sampled_from(["member", "office"]))
    def reverse(self, data: st.DataObject, fault: str) -> None:
        """An entry is undone; only once."""
        found = [e for e in self.book.events if isinstance(e, Posting) and reversible(e)]
        if not found:
            return
        posting = data.draw(st.sampled_from(found))
        person, payer = getter_of(posting), giver_of(posting)
        state = self.book.purse(person)
        undone = posting.entry in state.undone
        try:
            events = reverse(
                state,
                self.book.purse(payer) if payer else None,
                RULES,
                posting=posting,
                entry=self.name(),
                fault=fault,
                today=self.today,
            )
        except AlreadyReversed:
            assert undone
            return
        except RecordCorrected:
            assert isinstance(posting, PointsEarned | DebtRepaid)
            assert posting.record in state.undone
            return
        self.book.add(events)
        assert not undone
        own = lots_of(posting, self.book.events)
        amount = posting.minutes
        taken = sum(self.models[person].take(amount, self.today, own).values())
        if fault == "member":
            self.models[person].owed += amount - taken
        if posting.debit == pool_account("donation"):
            self.pool += amount
        for event in events:
            if isinstance(event, LotsReceived):
                assert event.person == payer
                assert total(event.lots) == amount
                lots = {key_of(lot): lot.minutes for lot in event.lots}
                self.models[event.person].comes_back(lots, self.today)

    @rule(data=st.data(), credit=st.integers(0, 500), fault=st.sampled_from(["member", "office"]))
    def correct(self, data: st.DataObject, credit: int, fault: str) -> None:
        """A service record turns out to be more or less."""
        found = [e for e in self.book.events if isinstance(e, PointsEarned) and e.debit == ISSUANCE]
        if not found:
            return
        earned = data.draw(st.sampled_from(found))
        model, state = self.models[earned.person], self.book.purse(earned.person)
        before = entries_of(earned.record, self.book.of(earned.stream))
        live = [e for e in before if e.entry not in state.undone]
        owed, there = model.owed, model.all()
        events = correct(
            state,
            None,
            RULES,
            recorded=record_of(earned),
            credit=credit,
            before=before,
            entry=self.name(),
            fault=fault,
            today=self.today,
        )
        self.book.add(events)
        after = self.book.purse(earned.person)
        brought = after.brought.get(earned.on, 0) - state.brought.get(earned.on, 0)
        own = sum(counts(e) for e in live)
        room = max(300 - state.brought.get(earned.on, 0) + own, 0)
        assert brought == min(credit, room) - own
        # What the correction chose is checked by its own stories; here the model only follows it.
        for event in events:
            match event:
                case PointsEarned():
                    assert event.valid_until is not None
                    model.bring((event.valid_until, event.on, event.entry), event.minutes)
                case DebtRepaid():
                    model.owed -= event.minutes
                case PointsReduced():
                    own_lots = frozenset(e.entry for e in live if isinstance(e, PointsEarned))
                    model.take(event.minutes, self.today, own_lots)
                case ShortfallBorne() if fault == "member":
                    model.owed += event.minutes
        if brought < 0 and fault == "office":
            assert model.owed == owed
            assert model.all() <= there

    @rule(person=people)
    def month_ends(self, person: str) -> None:
        """What the purse holds is asserted, once."""
        self.book.add(confirm_balance(self.book.purse(person), person=person, on=self.today))
        assert confirm_balance(self.book.purse(person), person=person, on=self.today) == []

    @invariant()
    def the_rules_agree_with_the_model(self) -> None:
        """Accounts, fold and model hold the same, lot by lot; nothing is negative."""
        assert sum(self.book.accounts.values()) == 0
        for person, model in self.models.items():
            state = self.book.purse(person)
            assert {key_of(lot): lot.minutes for lot in state.lots} == model.there
            assert [key_of(lot) for lot in state.lots] == sorted(model.there)
            assert {
                name: {key_of(lot): lot.minutes for lot in each.lots}
                for name, each in state.holds.items()
            } == model.holds
            assert (state.debt_minutes, min(state.debt_minutes, 0)) == (model.owed, 0)
            expected = Standing(model.all(), model.held(), model.owed)
            assert standing(self.book.of(f"purse-{person}"), person) == expected
            posted = [
                self.book.accounts.get(f"{kind}:{person}", 0)
                for kind in ("available", "held", "debt")
            ]
            assert posted == [model.all(), model.held(), -model.owed]
        pool = self.book.pool()
        assert pool.balance_minutes == self.pool == self.book.accounts.get("pool:donation", 0)
        assert 0 <= pool.free_minutes <= pool.balance_minutes

    @invariant()
    def every_lot_is_accounted_for(self) -> None:
        """Earned = spent + gifted + expired + reversed + debt repaid + held + remaining."""
        for person in PEOPLE:
            state = self.book.purse(person)
            ledger = ledger_of(self.book.of(f"purse-{person}"))
            remaining = {lot.lot: lot.minutes for lot in state.lots}
            holds = Counter[str]()
            for each in state.holds.values():
                holds.update({lot.lot: lot.minutes for lot in each.lots})
            for lot, columns in ledger.items():
                assert columns["held"] == holds[lot]
                gone = sum(columns.values()) - columns["earned"]
                assert columns["earned"] == gone + remaining.get(lot, 0), (lot, columns)
                assert min(columns.values()) >= 0

    @invariant()
    def what_happens_once_happened_once(self) -> None:
        """A hold resolves once, an entry is undone once, no id stands for two entries."""
        events = self.book.events
        for kind, field in ((HoldReturned, "hold"), (HoldPaid, "hold"), (HoldPosted, "hold")):
            seen = Counter(getattr(e, field) for e in events if isinstance(e, kind))
            assert max(seen.values(), default=1) == 1
        undone = Counter(e.reverses for e in events if isinstance(e, PointsReversed))
        assert max(undone.values(), default=1) == 1
        ids = Counter(e.entry for e in events if isinstance(e, Posting))
        assert max(ids.values(), default=1) == 1

    def teardown(self) -> None:
        """Replaying each stream gives the same state, and every month end holds true."""
        for stream in [*(f"purse-{person}" for person in PEOPLE), pool_stream("donation")]:
            assert self.book.folded(stream) == self.book(stream)
            assert contradictions(self.book.of(stream)) == []


def reversible(posting: Posting) -> bool:
    """Say whether an entry brought points to a member."""
    try:
        getter_of(posting)
    except Refused:
        return False
    return True


def lots_of(posting: Posting, events: list[Event]) -> frozenset[str]:
    """Find the lots that an entry made, in what was recorded."""
    if isinstance(posting, PointsEarned):
        return frozenset({posting.entry})
    if isinstance(posting, Bringing):
        return frozenset(lot.lot for lot in posting.lots)
    for event in events:
        if isinstance(event, LotsReceived) and event.posting == posting.entry:
            return frozenset(lot.lot for lot in event.lots)
    return frozenset()


def record_of(earned: PointsEarned) -> Any:
    """Give the service record that an earning names."""
    recorded = day_of(0, earned.on, person=earned.person)
    return type(recorded)(
        **{
            field: getattr(earned if field in {"record", "order"} else recorded, field)
            for field in recorded.__struct_fields__
        }
    )


def entries_of(record: str, events: list[Event]) -> list[Posting]:
    """Find the entries of a service record, and the shortfalls of its corrections."""
    found: list[Posting] = []
    for event in events:
        match event:
            case PointsEarned() | DebtRepaid() | PointsReduced() if event.record == record:
                found.append(event)
            case ShortfallBorne() if event.posting in {each.entry for each in found}:
                found.append(event)
    return found


def counts(posting: Posting) -> int:
    """Give what an entry counts against its day's cap."""
    match posting:
        case PointsEarned():
            return posting.minutes + posting.over_balance_cap_minutes
        case DebtRepaid():
            return posting.minutes
        case PointsReduced():
            return -(posting.brought_minutes or 0)
        case _:
            return 0


def ledger_of(events: list[Event]) -> dict[str, Counter[str]]:
    """Add up, lot by lot, where the minutes of a purse went."""
    ledger: dict[str, Counter[str]] = {}

    def book(lots: tuple[Lot, ...], **columns: int) -> None:
        for lot in lots:
            row = ledger.setdefault(lot.lot, Counter())
            for column, sign in columns.items():
                row[column] += sign * lot.minutes

    for event in events:
        match event:
            case PointsEarned():
                ledger.setdefault(event.entry, Counter())["earned"] += event.minutes
            case PointsHeld():
                book(event.lots, held=1)
            case HoldPosted() | HoldPaid():
                book(event.lots, held=-1, spent=1)
            case HoldReturned():
                book(event.lots, held=-1)
            case PointsGifted() | PointsDonated():
                book(event.lots, gifted=1)
            case PointsExpired():
                book(event.lots, expired=1)
            case DebtSettled():
                book(event.lots, debt_repaid=1)
            case Taking():
                book(event.lots, reversed=1)
            case LotsReceived() if any(lot.lot in ledger for lot in event.lots):
                # A gift came back to the lots that it had left.
                book(event.lots, gifted=-1)
            case Bringing() | LotsReceived():
                book(event.lots, earned=1)
    return ledger


TestPurse = PurseMachine.TestCase
TestPurse.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)

"""The book's promises, on every store: order, receipts, neighbours, time, and no change ever."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journal.book import Book
from journal.command import (
    Command,
    CredentialPut,
    Decided,
    IdempotencyConflict,
    IndexDrop,
    IndexPut,
    Outcome,
    Reading,
)
from journal.forms import Fold, Forms, Sealed, Unknown
from journal.receipts import KEPT, drop_receipts
from journal.recorder import STORE_ERRORS
from tests.book_forms import (
    FORMS,
    CountedUp,
    TooMuch,
    Total,
    WordsSaid,
    count_up,
    counter,
    evolve,
    uuid,
)
from tests.vaults import open_vault

Clock = Callable[[], datetime]
BASES = count(1, 1000)
NOW = datetime(2026, 5, 13, 4, 0, tzinfo=UTC)


class Shelf:
    """Opens the same book as often as a test likes, each time as another process would."""

    def __init__(self, url: str, home: Path) -> None:
        self.url = url
        self.home = home

    @asynccontextmanager
    async def open(self, clock: Clock = lambda: NOW, forms: Forms = FORMS) -> AsyncIterator[Book]:
        """One process's book."""
        vault = open_vault(self.url, self.home)
        book = Book(self.url, forms, vault, clock=clock)
        book.start()
        try:
            yield book
        finally:
            book.close()
            vault.close()


@pytest.fixture
def shelf(book_url: str, tmp_path: Path) -> Shelf:
    """An empty book on each store."""
    return Shelf(book_url, tmp_path)


async def settle(book: Book, commands: list[Command]) -> list[Outcome | BaseException]:
    """Send all at once; outcomes and refusals in the same order."""
    return await asyncio.gather(*(book.submit(c) for c in commands), return_exceptions=True)


async def test_an_event_is_stored_with_who_what_when_and_read_back(shelf: Shelf) -> None:
    """Clear events are read as they were; sealed ones open only through the vault."""
    async with shelf.open() as book:
        outcome = await book.submit(count_up(1, step=5, words="王小明住在三楼"))
        clear, sealed = book.events_after(0, 10)
        assert outcome == Outcome(2, {"total": 5}, 200, replayed=False, recorded=2)
        assert (clear.position, clear.version, clear.by, clear.command) == (1, 1, "c", uuid(1))
        assert (clear.last, sealed.last) == (False, True)
        assert clear.event == CountedUp(counter=uuid(1), step=5)
        assert isinstance(sealed.event, Sealed)
        assert "王小明".encode() not in book.row(2).state  # type: ignore[union-attr]
        assert book.opened(sealed) == WordsSaid(
            counter=uuid(1), holder=uuid(1), words="王小明住在三楼"
        )
        assert book.state(counter(1)) == book.recent(counter(1)) == Total(5)


async def test_the_stored_form_is_canonical_json(shelf: Shelf) -> None:
    """Sorted keys, no spaces, UTF-8: the same event is the same bytes on any machine."""
    async with shelf.open() as book:
        await book.submit(count_up(1, step=5))
        row = book.row(1)
        assert row is not None
        assert row.state == (
            b'{"at":"2026-05-13T04:00:00Z","by":"c","command":"%b","event":{"counter":"%b",'
            b'"step":5,"tag":"test.counted_up"},"format":1,"last":true,'
            b'"recorded_at":"2026-05-13T04:00:00Z","stream":"counter-%b",'
            b'"tag":"test.counted_up","version":1}' % ((uuid(1).encode(),) * 3)
        )


async def test_a_repeat_answers_the_same_and_records_nothing(shelf: Shelf) -> None:
    """Same id and same request: the stored answer; across a restart, too."""
    async with shelf.open() as book:
        first = await book.submit(count_up(1, step=5))
    async with shelf.open() as book:
        again = await book.submit(count_up(1, step=5))
        assert again == msgspec.structs.replace(first, replayed=True, recorded=0)
        assert book.head() == 1


async def test_the_same_command_sent_50_times_at_once_is_one_effect(shelf: Shelf) -> None:
    """50 equal answers, of which one is the first."""
    async with shelf.open() as book:
        outcomes = await settle(book, [count_up(1, step=5) for _ in range(50)])
        assert {(o.position, o.answer["total"]) for o in outcomes if isinstance(o, Outcome)} == {
            (1, 5)
        }
        assert [o.replayed for o in outcomes if isinstance(o, Outcome)].count(False) == 1
        assert len(outcomes) == 50
        assert book.head() == 1


async def test_the_same_id_for_another_request_is_refused(shelf: Shelf) -> None:
    """At once, in one batch, and later; another caller's id is another receipt."""
    async with shelf.open() as book:
        outcomes = await settle(book, [count_up(1, step=5), count_up(1, step=6)])
        later = await settle(book, [count_up(1, step=7), count_up(1, step=7, caller="d")])
        assert isinstance(outcomes[0], Outcome)
        assert isinstance(outcomes[1], IdempotencyConflict)
        assert isinstance(later[0], IdempotencyConflict)
        assert isinstance(later[1], Outcome)
        assert book.state(counter(1)) == Total(12)


async def test_a_refusal_does_not_hurt_its_neighbours(shelf: Shelf) -> None:
    """Each command of a batch is decided on its own, and later ones see earlier ones."""
    async with shelf.open() as book:
        outcomes = await settle(book, [count_up(k, step=1, limit=3) for k in range(10)])
        refused = [o for o in outcomes if isinstance(o, TooMuch)]
        assert len(refused) == 7
        assert book.state(counter(1)) == Total(3)
        assert [e.position for e in book.events_after(0, 100)] == [1, 2, 3]


async def test_an_online_refusal_is_decided_again(shelf: Shelf) -> None:
    """What was too much may fit later: a refusal leaves no receipt."""
    async with shelf.open() as book:
        await settle(book, [count_up(1, step=5, limit=3)])
        outcome = await book.submit(count_up(1, step=5, limit=9))
        assert outcome.answer == {"total": 5}


async def test_nothing_to_do_answers_with_the_streams_last_position(shelf: Shelf) -> None:
    """The caller can still read its own writes."""
    async with shelf.open() as book:
        await book.submit(count_up(1, n=1, step=5))
        await book.submit(count_up(2, n=2, step=5))
        outcome = await book.submit(count_up(3, n=1, step=0))
        assert outcome.position == 1
        assert book.head() == 2


async def test_two_processes_on_one_hot_stream_lose_nothing(shelf: Shelf) -> None:
    """Each sees what the other wrote before it decides: the limit of 100 holds exactly."""
    async with shelf.open() as one, shelf.open() as two:
        outcomes = await asyncio.gather(
            settle(one, [count_up(k, step=1, limit=100) for k in range(80)]),
            settle(two, [count_up(1000 + k, step=1, limit=100) for k in range(80)]),
        )
        done = [o for some in outcomes for o in some if isinstance(o, Outcome)]
        assert len(done) == 100
        assert sorted(o.answer["total"] for o in done) == list(range(1, 101))
        assert [e.version for e in one.stream(counter(1))] == list(range(1, 101))
        assert [e.position for e in two.events_after(0, 1000)] == list(range(1, 101))


async def test_recorded_at_never_goes_back(shelf: Shelf) -> None:
    """A clock set back between two commands cannot make an instant name two prefixes."""
    times = iter([NOW, NOW - timedelta(hours=1), NOW + timedelta(hours=1)])
    async with shelf.open(lambda: next(times)) as book:
        for key in range(3):
            await book.submit(count_up(key, step=1))
        recorded = [e.recorded_at for e in book.events_after(0, 10)]
        assert recorded == [NOW, NOW, NOW + timedelta(hours=1)]
        assert book.position_at(NOW - timedelta(seconds=1)) == 0
        assert book.position_at(NOW) == 2
        assert book.position_at(NOW + timedelta(days=1)) == 3


async def test_as_of_rounds_down_to_the_end_of_a_command(shelf: Shelf) -> None:
    """Half a command never happened: position 3 lies inside the second command."""
    async with shelf.open() as book:
        for key in range(2):
            await book.submit(count_up(key, step=5, words="words"))
        assert book.end_of_command(3) == 2
        assert book.end_of_command(99) == 4
        assert book.state(counter(1), as_of=3) == Total(5)
        assert book.state(counter(1), as_of=4) == Total(10)


@pytest.mark.parametrize(
    "change",
    ["UPDATE stored_events SET topic = 'x'", "DELETE FROM stored_events"],
)
async def test_events_cannot_be_changed_or_deleted(shelf: Shelf, change: str) -> None:
    """Triggers refuse both, whoever asks."""
    async with shelf.open() as book:
        await book.submit(count_up(1))
        with pytest.raises(STORE_ERRORS, match="never changed"), book.store.write() as c:
            c.execute(book.store.sql(change))
        assert book.head() == 1


async def test_a_tag_of_newer_software_is_read_as_unknown(shelf: Shelf) -> None:
    """An older process must not fail on events that it does not know."""

    class Newer(CountedUp, frozen=True, kw_only=True, tag="test.newer"):
        """A form of the future."""

    folds = {"counter": Fold(Total(), evolve)}
    async with shelf.open(forms=Forms(clear=[Newer], sealed=[], folds=folds)) as book:

        def decide(read: Reading, now: datetime) -> Decided:
            del read, now
            return Decided([Newer(counter=uuid(1), step=1)])

        await book.submit(Command(id=uuid(1), caller="c", digest=b"", decide=decide))
    async with shelf.open() as book:
        assert [e.event for e in book.events_after(0, 10)] == [Unknown("test.newer")]


async def test_rows_beside_the_events_are_seen_at_once_and_dropped(shelf: Shelf) -> None:
    """The blind index answers within the batch that wrote it, and afterwards, until dropped."""
    seen: list[tuple[str, ...]] = []

    def note(key: int, *beside: IndexPut | IndexDrop | CredentialPut) -> Command:
        def decide(read: Reading, now: datetime) -> Decided:
            del now
            seen.append(read.index("phone", b"mac"))
            return Decided(beside=beside)

        return Command(id=uuid(key), caller="c", digest=b"", decide=decide)

    async with shelf.open() as book:
        put = IndexPut("phone", b"mac", uuid(7))
        await settle(book, [note(1, put, CredentialPut("ming", "argon2…", 0)), note(2), note(3)])
        assert book.found_in_index("phone", b"mac") == (uuid(7),)
        await book.submit(note(4, IndexDrop(uuid(7)), CredentialPut("ming", "argon2…", 1)))
        await book.submit(note(5))
        assert seen == [(), (uuid(7),), (uuid(7),), (uuid(7),), ()]
        assert book.credential("ming") == ("argon2…", 1)
        assert book.credential("nobody") is None


async def test_growth_is_noticed_in_this_process_and_in_others(shelf: Shelf) -> None:
    """Catch-up is woken by the writer, or hears of another process's commit."""
    async with shelf.open() as one, shelf.open() as two:
        waiting = [asyncio.create_task(b.wait_beyond(0, 5.0)) for b in (one, two)]
        await asyncio.sleep(0)
        await one.submit(count_up(1))
        assert await asyncio.gather(*waiting) == [True, True]
        assert await one.wait_beyond(1, 0.01) is False


async def test_a_small_cache_changes_nothing(shelf: Shelf) -> None:
    """States that were let go are folded again from their events."""
    async with shelf.open() as book:
        book.writer.states.limit = 2
        for key in range(30):
            await book.submit(count_up(key, n=key % 5))
        assert len(book.writer.states.cached) == 2
        assert [book.state(counter(n)).total for n in range(5)] == [6] * 5


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 1), st.integers(0, 12), st.integers(0, 3), st.integers(0, 4)),
            max_size=12,
        ),
        max_size=6,
    )
)
async def test_any_mix_of_commands_from_two_processes_equals_a_plain_model(
    book_url: str, tmp_path_factory: pytest.TempPathFactory, rounds: list[list[tuple[int, ...]]]
) -> None:
    """Keys repeat, bodies differ, limits bite: totals, receipts and positions are the model's."""
    shelf = Shelf(book_url, tmp_path_factory.mktemp("home"))
    async with shelf.open() as one, shelf.open() as two:
        start = one.head()
        base = next(BASES)
        receipts: dict[int, tuple[int, int]] = {}
        before = [one.state(counter(n)).total for n in range(4)]
        totals = list(before)
        for commands in rounds:
            for process, key, n, step in commands:
                book = (one, two)[process]
                wish = count_up(base + key, n=n, step=step, limit=before[n] + 6)
                (got,) = await settle(book, [wish])
                known = receipts.get(key)
                if known is not None:
                    expected: object = known == (n, step)
                    assert isinstance(got, Outcome) == expected
                elif totals[n] + step > before[n] + 6:
                    assert isinstance(got, TooMuch)
                else:
                    assert isinstance(got, Outcome)
                    receipts[key] = (n, step)
                    totals[n] += step
        recorded = two.events_after(start, 1000)
        assert [e.position for e in recorded] == list(range(start + 1, start + 1 + len(recorded)))
        assert [one.state(counter(n)).total for n in range(4)] == totals
        assert [two.recent(counter(n)).total for n in range(4)] == totals


async def test_receipts_are_kept_for_a_month_and_then_dropped(shelf: Shelf) -> None:
    """A repeat within 30 days is a repeat; the events stay for ever."""
    times = iter([NOW, NOW + timedelta(days=20)])
    async with shelf.open(lambda: next(times)) as book:
        await book.submit(count_up(1))
        await book.submit(count_up(2))
        later = NOW + timedelta(days=31)
        assert drop_receipts(book.store, later - KEPT) == 1
        assert drop_receipts(book.store, later - KEPT) == 0
        assert book.head() == 2
    async with shelf.open() as book:
        assert (await book.submit(count_up(2))).replayed

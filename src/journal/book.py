"""The book: everything that happened, in order, for ever.

An eventsourcing `Application` whose mapper writes tags instead of Python paths and whose writing
goes through one group-committing writer. Reading: by position, by stream, and as of a position or
an instant; an instant always names one whole prefix, because `recorded_at` never goes back.
"""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Never, cast
from uuid import uuid4

from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder, JSONTranscoder, Mapper, StoredEvent
from eventsourcing.utils import Environment, EnvType

from journal.command import Command, Decided, Outcome, Reading
from journal.events import Founded
from journal.forms import Forms, Recorded, Sealed, Tombstone, micros
from journal.last_checkpoint import LastCheckpoint
from journal.log_rows import Epoch, LogRows
from journal.notes import VerifierKey
from journal.recorder import STORE_ERRORS, Recorder, open_recorder
from journal.resume import open_epoch, resume, settle
from journal.rows import EventRow, Head
from journal.states import Folded, States
from journal.vault import Vault
from journal.writer import Batch, Writer

RECENT_STREAMS = 10_000


class NotFounded(Exception):
    """There is no book here yet: run `timebank init` first."""


class TagMapper(Mapper[str]):
    """Maps stored events by their permanent tags; the stored bytes are the whole envelope."""

    def __init__(self, forms: Forms) -> None:
        super().__init__(JSONTranscoder())
        self.forms = forms

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """The stored form of a `Recorded`."""
        return StoredEvent(
            originator_id=domain_event.stream,
            originator_version=domain_event.version,
            topic=domain_event.tag,
            state=self.forms.encode(domain_event),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The `Recorded` of a stored event; a notification's id is its position."""
        return self.forms.decode(getattr(stored_event, "id", 0), stored_event.state)


class Book(Application[str]):
    """One district's book."""

    name = "book"

    def __init__(
        self,
        database_url: str,
        forms: Forms,
        vault: Vault,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.forms = forms
        self.vault = vault
        self.store: Recorder = open_recorder(database_url)
        super().__init__()
        self.listeners: list[Callable[[int], None]] = []
        self.states = States(forms)
        self.recent_states: OrderedDict[str, tuple[float, Folded]] = OrderedDict()
        self.recent_lock = threading.Lock()
        self.writer = Writer(
            self.store,
            forms,
            vault,
            clock,
            first_position=self.epoch_start(),
            on_commit=self._announce,
        )
        self.stopping = threading.Event()
        self.watcher = threading.Thread(target=self._watch, name="book-watcher", daemon=True)

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Nothing from the shell: a stray variable must not swap the store."""
        return Environment(name, env or {})

    def construct_mapper(self) -> Mapper[str]:
        """Tags, not topics."""
        return TagMapper(self.forms)

    def construct_recorder(self) -> ApplicationRecorder:
        """Our recorder, opened from the database's address."""
        return cast("ApplicationRecorder", self.store)

    def start(self) -> None:
        """Begin to take commands, and to notice what other processes write."""
        self.writer.start()
        self.watch()

    def watch(self) -> None:
        """Begin to notice what other processes write."""
        self.watcher.start()

    def close(self) -> None:
        """Finish what waits and let the store go."""
        self.stopping.set()
        self.writer.stop()
        if self.watcher.is_alive():
            self.watcher.join()
        self.store.close()
        super().close()

    @property
    def id(self) -> str:
        """The uuid with which this book was founded.

        Raises:
            NotFounded: the book is empty.
        """
        first = self.at(1)
        if first is None or not isinstance(first.event, Founded):
            raise NotFounded
        return first.event.book

    # Writing

    async def submit(self, command: Command) -> Outcome:
        """Decide and record *command*; return when it is durable.

        Raises:
            BookError: nothing was recorded; see `journal.command`.
            Exception: the refusal that the decision raised.
        """
        return await self.writer.submit(command)

    def resume(
        self, last: LastCheckpoint, key: VerifierKey, *, lost_after: int, reason: str, by: str
    ) -> Epoch:
        """Give the longer history up and go on writing here, as a new epoch of the log.

        Every process of the service must be started anew: indexes now count from this epoch.

        Raises:
            NothingToResume: this book is no older than what it signed.
            LostAfterBeyondEnd: *lost_after* is not a position of this book.
        """
        with self.store.write() as c:
            head = self.store.head(c)
            log = LogRows(self.store, c)
            resumption = resume(log, last, key, lost_after=lost_after, reason=reason)
            now = max(micros(self.writer.clock()), head.recorded_at)
            batch = Batch(self.store, States(self.forms), c, Head(head.position, now))
            command = Command(id=str(uuid4()), caller=by, digest=b"", decide=_undecided)
            event = resumption.event(self.id)
            batch.stage(command, Decided([event]))
            self.writer.first_position = resumption.epoch.first_position
            self.writer.keep(c, batch, head.position)
            open_epoch(self.store, c, resumption)
        settle(last, resumption)
        self.writer.states.forget()
        return resumption.epoch

    def _watch(self) -> None:
        """Notice what other processes write; a store that is away for a while is asked again."""
        while not self.stopping.is_set():
            try:
                self.store.watch(self.stopping, self._announce)
            except STORE_ERRORS:
                self.stopping.wait(1.0)

    def _announce(self, position: int) -> None:
        for listener in tuple(self.listeners):
            listener(position)

    # Reading

    def head(self) -> int:
        """The last position; 0 for an empty book."""
        return self.store.max_notification_id() or 0

    def events_after(self, after: int, limit: int, stop: int | None = None) -> list[Recorded]:
        """Up to *limit* events recorded after position *after*, no further than *stop*."""
        decode = self.forms.decode
        with self.store.read() as c:
            rows = self.store.rows_after(c, after, limit, stop)
        return [decode(position, state) for position, _, state in rows]

    def stream(self, name: str, as_of: int | None = None) -> list[Recorded]:
        """The events of stream *name*, in order, up to position *as_of*."""
        with self.store.read() as c:
            rows = self.store.stream_rows(c, [name])
        last = None if as_of is None else self.end_of_command(as_of)
        return [self.forms.decode(p, state) for p, _, state in rows if last is None or p <= last]

    def state(self, name: str, as_of: int | None = None) -> Any:
        """The state of stream *name*, folded from its events up to position *as_of*."""
        state = self.forms.fold(name).initial
        for recorded in self.stream(name, as_of):
            state = self.states.fold(state, name, recorded.event)
        return state

    def recent(self, name: str, max_age_seconds: float = 1.0) -> Any:
        """The state of stream *name*, at most *max_age_seconds* old: for reads, never to decide."""
        now = time.monotonic()
        with self.recent_lock:
            known = self.recent_states.get(name)
        if known is not None and now - known[0] <= max_age_seconds:
            return known[1].state
        folded = known[1] if known else self.states.initial(name)
        for event in self.store.select_events(name, gt=folded.version):
            folded = self.states.step(folded, name, 0, event.state)
        with self.recent_lock:
            self.recent_states[name] = (now, folded)
            self.recent_states.move_to_end(name)
            if len(self.recent_states) > RECENT_STREAMS:
                self.recent_states.popitem(last=False)
        return folded.state

    def row(self, position: int) -> EventRow | None:
        """The stored row at *position*, nonce and leaf included: what a proof is made from."""
        with self.store.read() as c:
            c.execute(
                self.store.sql(
                    "SELECT notification_id, originator_id, originator_version, topic, state,"
                    " nonce, leaf, recorded_at FROM stored_events WHERE notification_id = ?"
                ),
                (position,),
            )
            row = c.fetchone()
        return EventRow(*(row[name] for name in row.keys())) if row else None  # noqa: SIM118

    def at(self, position: int) -> Recorded | None:
        """The event at *position*."""
        found = self.events_after(position - 1, 1, position)
        return found[0] if found else None

    def end_of_command(self, position: int) -> int:
        """The greatest position, not after *position*, at which a command ended."""
        while position > 0:
            recorded = self.at(position)
            if recorded is None:
                return self.end_of_command(self.head())
            if recorded.last:
                return position
            position -= 1
        return 0

    def position_at(self, instant: datetime) -> int:
        """The last position recorded at or before *instant*, by binary search."""
        wanted, low, high = micros(instant), 0, self.head()
        while low < high:
            middle = (low + high + 1) // 2
            row = self.row(middle)
            if row is not None and row.recorded_at <= wanted:
                low = middle
            else:
                high = middle - 1
        return low

    def opened(self, recorded: Recorded) -> Any:
        """The words of a sealed event; a `Tombstone` once its holder is forgotten."""
        event = recorded.event
        if not isinstance(event, Sealed):
            return event
        plaintext = self.vault.open(
            event.holder,
            event.box,
            stream=recorded.stream,
            version=recorded.version,
            tag=recorded.tag,
        )
        if plaintext is None:
            return Tombstone(event.holder)
        return self.forms.decode_opened(recorded.tag, plaintext)

    def credential(self, name: str) -> tuple[str, int] | None:
        """(verifier, generation) of sign-in *name*'s password, where one was set."""
        with self.store.read() as c:
            c.execute(
                self.store.sql("SELECT verifier, generation FROM credentials WHERE name = ?"),
                (name,),
            )
            row = c.fetchone()
        return (row["verifier"], row["generation"]) if row else None

    def found_in_index(self, field: str, mac: bytes) -> tuple[str, ...]:
        """The holders found under *mac* in the blind index of *field*."""
        with self.store.read() as c:
            c.execute(
                self.store.sql("SELECT holder FROM blind_index WHERE field = ? AND mac = ?"),
                (field, mac),
            )
            return tuple(row["holder"] for row in c.fetchall())

    def epoch_start(self) -> int:
        """The position of the first event of the log's present epoch."""
        with self.store.read() as c:
            c.execute("SELECT MAX(first_position) AS first FROM log_epochs")
            row = c.fetchone()
        return int(row["first"] or 1)

    async def wait_beyond(self, position: int, seconds: float) -> bool:
        """Whether the book grows beyond *position* within *seconds*."""
        loop = asyncio.get_running_loop()
        grown = asyncio.Event()

        def listener(head: int) -> None:
            if head > position:
                loop.call_soon_threadsafe(grown.set)

        self.listeners.append(listener)
        try:
            if self.head() > position:
                return True
            await asyncio.wait_for(grown.wait(), seconds)
        except TimeoutError:
            return False
        else:
            return True
        finally:
            self.listeners.remove(listener)


def _undecided(read: Reading, now: datetime) -> Never:
    """The decision of a command that the book itself stages."""
    raise AssertionError(read, now)

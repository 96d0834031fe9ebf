"""The book: everything that happened, in order, for ever.

An eventsourcing `Application` whose mapper writes tags instead of Python paths and whose writing
goes through one group-committing writer. Reading: by position, by stream, and as of a position or
an instant; an instant always names one whole prefix, because `recorded_at` never goes back.
"""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Never, cast
from uuid import uuid4

from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder, Mapper
from eventsourcing.utils import Environment, EnvType

from journal.batch import Batch
from journal.command import Command, Decided, Outcome, Reading
from journal.events import Founded
from journal.forms import Forms, micros
from journal.last_checkpoint import LastCheckpoint
from journal.log_rows import Epoch, LogRows
from journal.mapper import TagMapper
from journal.notes import VerifierKey
from journal.reading import BookReader
from journal.recorder import STORE_ERRORS, Recorder, open_recorder
from journal.resume import open_epoch, resume, settle
from journal.states import States
from journal.vault import Vault
from journal.writer import Writer


class NotFounded(Exception):
    """There is no book here yet: run `timebank init` first."""


class Book(Application[str], BookReader):
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
        self.store: Recorder = open_recorder(database_url)
        Application.__init__(self)
        BookReader.__init__(self, self.store, forms, vault)
        self.listeners: list[Callable[[int], None]] = []
        self.writer = Writer(
            self.store,
            forms,
            vault,
            clock,
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

    async def submit(self, command: Command) -> Outcome:
        """Decide and record *command*; return when it is durable.

        Raises:
            BookError: it was not acknowledged; see `journal.command`.
            Exception: the refusal that the decision raised.
        """
        return await self.writer.submit(command)

    def resume(
        self, last: LastCheckpoint, key: VerifierKey, *, lost_after: int, reason: str, by: str
    ) -> Epoch:
        """Give the longer history up and go on writing here, as a new epoch of the log.

        A process that opened the book for reading only must be started anew to write.

        Raises:
            NothingToResume: this book is no older than what it signed.
            LostAfterBeyondEnd: *lost_after* is not a position of this book.
        """
        with self.store.write() as c:
            head = self.store.head(c)
            log = LogRows(self.store, c)
            resumption = resume(log, last, key, lost_after=lost_after, reason=reason)
            now = max(micros(self.writer.clock()), head.recorded_at)
            batch = Batch(self.store, States(self.forms), c, head, now)
            command = Command(id=str(uuid4()), caller=by, digest=b"", decide=_undecided)
            event = resumption.event(self.id)
            batch.stage(command, Decided([event]))
            begun = head._replace(first_position=resumption.epoch.first_position)
            self.writer.keep(c, batch, begun)
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

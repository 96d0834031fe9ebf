"""The service: everything that answers, put together once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from api.accounts import Accounts
from api.acts import Acts
from api.clock import Clock
from api.doors import open_doors
from api.errors import sentence_of
from api.forgetting import Forgetting
from api.limits import Limits
from api.log import verifier_key
from api.metrics import Metrics
from api.passwords import Passwords
from api.refusals import ViewBehind
from api.sessions import Sessions
from api.settings import Settings, forgotten_list
from api.tokens import POLL_SECONDS, Tokens
from journal.blind import BlindIndex
from journal.book import Book
from journal.command import ReadOnly
from journal.forgotten import ForgottenList
from journal.fork import ForkDetected
from journal.log_reader import LogReader
from journal.receipts import KEPT, drop_receipts
from journal.recorder import STORE_ERRORS
from projections.catchup import CatchUp
from projections.positions import Positions
from projections.views import Views

VIEW_SECONDS = 1.0
ROTATION_POLL_SECONDS = 300
RECEIPTS_SECONDS = 6 * 3600
ROTATE_BEFORE = timedelta(hours=20)

log = structlog.get_logger("api")


class BookSource:
    """The book as the views read it: forward."""

    def __init__(self, book: Book) -> None:
        self.head = book.head
        self.events = book.events_after


class Service:
    """Settings, book, views, doors and clock of one process, and what is made of them."""

    def __init__(
        self,
        settings: Settings,
        book: Book,
        views: Views,
        clock: Clock,
        *,
        demonstration: bool,
        project: bool = True,
    ) -> None:
        keys = settings.keys
        self.settings = settings
        self.book = book
        self.views = views
        self.clock = clock
        self.demonstration = demonstration
        self.positions = Positions(views)
        self.catch_up = CatchUp(views, BookSource(book), self.positions) if project else None
        self.metrics = Metrics()
        self.limits = Limits(settings.redis_url)
        self.passwords = Passwords()
        self.doors = open_doors(settings)
        self.tokens = Tokens(keys.token, clock)
        self.accounts = Accounts(book, keys.derive("one-time-passwords"), self.passwords)
        self.sessions = Sessions(
            self.accounts, self.doors, self.tokens, self.limits, keys.derive("attempts")
        )
        self.log_reader = LogReader(book.store, verifier_key(settings))
        self.acts = Acts(book, BlindIndex(keys), keys.derive("receipts"))

    def stop_writing(self, fork: ForkDetected) -> None:
        """Only read from now on: this is not the book whose log was signed last."""
        self.book.writer.read_only = True
        log.error("open for reading only", why=fork.why)

    @property
    def read_only_reason(self) -> str | None:
        """Why the book refuses writes, or None."""
        return sentence_of(ReadOnly, "en") if self.book.writer.read_only else None

    async def shown(self, view: str, position: int | None) -> None:
        """Return as soon as *view* shows everything up to *position*.

        Raises:
            ViewBehind: it did not within a second.
        """
        if position is not None and not await self.positions.reached(view, position, VIEW_SECONDS):
            raise ViewBehind

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything that works in the background, for as long as the block lasts."""
        self.book.start()
        await self._forget_again()
        await self.sessions.follow()
        tasks = [
            asyncio.create_task(self._follow_revocations(), name="revocations"),
            asyncio.create_task(self._change_wrapping_key(), name="wrapping-key"),
            asyncio.create_task(self._drop_receipts(), name="receipts"),
        ]
        if self.catch_up is not None:
            self.book.listeners.append(self._wake)
            tasks.append(asyncio.create_task(self.catch_up.run(), name="catch-up"))
        try:
            yield
        finally:
            for task in tasks:
                await _ended(task)
            await self.limits.close()
            self.passwords.close()
            self.doors.close()

    def _wake(self, _: int) -> None:
        if self.catch_up is not None:
            self.catch_up.wake()

    async def _forget_again(self) -> None:
        """Before anything is served: a restored copy, or one that a crash cut short, knows them."""
        if self.book.writer.read_only:
            return
        forgetting = Forgetting(self.book, self.book.vault, self.doors, self.clock)
        number = await forgetting.again(ForgottenList(forgotten_list(self.settings)).read())
        if number:
            log.info("forgotten again", number=number)

    async def _follow_revocations(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self.sessions.follow()
            except STORE_ERRORS as error:
                log.warning("revocations unread", error=type(error).__qualname__)

    async def _change_wrapping_key(self) -> None:
        """Change it well before it is due, if nobody did after the last forgetting."""
        while True:
            await asyncio.sleep(ROTATION_POLL_SECONDS)
            try:
                due = await asyncio.to_thread(self.book.vault.rotation_due)
                if due is not None and due - self.clock() < ROTATE_BEFORE:
                    rotated = await asyncio.to_thread(self.book.vault.rotate)
                    log.info("wrapping key changed", number=rotated.number)
            except STORE_ERRORS as error:
                log.warning("wrapping key not changed", error=type(error).__qualname__)

    async def _drop_receipts(self) -> None:
        """Let go of receipts that nobody may ask for any more."""
        while True:
            await asyncio.sleep(RECEIPTS_SECONDS)
            try:
                before = self.clock() - KEPT
                dropped = await asyncio.to_thread(drop_receipts, self.book.store, before)
                log.info("old receipts dropped", number=dropped)
            except STORE_ERRORS as error:
                log.warning("old receipts kept", error=type(error).__qualname__)


async def _ended(task: asyncio.Task[None]) -> None:
    """Return when *task* has ended.

    Python 3.11's `wait_for` may swallow a cancellation, so ask again until it is heard.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=1.0)

"""Brings the views up to date with the book.

A batch of events is read and decoded once for all views that stand at the same position, folded
without touching the database, and applied in one transaction. A view that meets an event that it
does not know, or cannot take, stops with an alarm; the others go on.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from time import monotonic
from typing import TYPE_CHECKING

from projections.changes import Changes
from projections.folding import fold, stopped_by
from projections.generations import Moved
from projections.positions import Positions
from projections.store import StatementRefused, ViewsUnavailable
from projections.view import Built, Served, Stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.source import Recorded, Source
    from projections.views import Views

log = logging.getLogger(__name__)

BATCH = 1_000
"""Events per transaction: enough to merge changes, few enough to be read within milliseconds."""

PAUSE_SECONDS = 0.1
"""Between batches, so that small ones gather; not while somebody waits or a full batch does."""

TIDY_SECONDS = 1.0
"""How often the store may tidy up while events come."""

IDLE_SECONDS = 1.0
"""A lost wake-up costs at most this."""

LOOK_SECONDS = 1.0
"""A stopped view that somebody has rebuilt is found again after at most this."""

LEASE_SECONDS = 0.5
"""How soon another process takes over from one that died."""

RETRY_SECONDS = 0.025
RETRY_SECONDS_MOST = 5.0


class CatchUp:
    """One worker for one set of views."""

    def __init__(
        self,
        views: Views,
        source: Source,
        positions: Positions | None = None,
        batch: int = BATCH,
    ) -> None:
        self.views = views
        self.source = source
        self.positions = Positions(views) if positions is None else positions
        self.batch = batch
        self.lease = views.store.lease()
        self._standing: dict[str, Served] | None = None
        self._look_at = 0.0
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run_once(self) -> int:
        """Bring every view on by at most one batch, and say how many events that took.

        Raises:
            ViewsUnavailable: nothing is lost; call again later.
        """
        try:
            return self._run_once()
        except (Moved, ViewsUnavailable):
            # What we remember may be wrong now: another worker, another generation, a lost reply.
            self._standing = None
            raise

    def _run_once(self) -> int:
        standing = self._standing
        if standing is None or monotonic() > self._look_at:
            standing = self._standing = self.views.standing()
            self._look_at = monotonic() + LOOK_SECONDS
            self._tell()
        together: dict[int, list[Built]] = {}
        for name, served in standing.items():
            if served.stopped is None:
                built = Built(self.views.views[name], served.generation)
                together.setdefault(served.position, []).append(built)
        head = self.source.head()
        places = [*sorted(position for position in together if position < head), head]
        done = 0
        for after, following in pairwise(places):
            # A view that lags stops where the next ones stand, and from there they go together.
            events = self.source.events(after, min(self.batch, following - after))
            if events:
                self._bring_on(together[after], after, events)
                done += len(events)
        return done

    def _bring_on(self, group: list[Built], after: int, events: Sequence[Recorded]) -> None:
        sound = []
        for built in group:
            changes, stopped = fold(built.view, events)
            if stopped is None:
                sound.append((built, changes))
            else:
                self.views.apply([(built, changes)], after, stopped.position - 1, stopped)
                self._note(built, stopped.position - 1, stopped)
        if not sound:
            return
        to = events[-1].position
        try:
            self.views.apply(sound, after, to)
        except StatementRefused:
            for built, _ in sound:
                self._bring_on_alone(built, after, events)
        else:
            for built, _ in sound:
                self._note(built, to, None)
        self._tell()

    def _bring_on_alone(self, built: Built, after: int, events: Sequence[Recorded]) -> None:
        """Find the event that the database refuses, by one transaction per event."""
        for recorded in events:
            changes, _ = fold(built.view, [recorded])
            stopped = None
            try:
                self.views.apply([(built, changes)], after, recorded.position)
            except StatementRefused as error:
                stopped = stopped_by(recorded, error.__cause__ or error)
                self.views.apply([(built, Changes())], after, after, stopped)
                self._note(built, after, stopped)
                return
            after = recorded.position
            self._note(built, after, None)

    def _note(self, built: Built, position: int, stopped: Stopped | None) -> None:
        if stopped is not None:
            log.error(
                "view %s stopped before event %d (%s): %s",
                built.view.name,
                stopped.position,
                stopped.tag,
                stopped.why,
            )
        if self._standing is not None:
            self._standing[built.view.name] = Served(built.generation, position, stopped)

    def _tell(self) -> None:
        if self._standing is not None:
            self.positions.advanced(self._standing)

    def wake(self) -> None:
        """Say that the book has grown; from any thread, as often as one likes."""
        loop = self._loop
        if loop is not None and not self._woken.is_set():
            with suppress(RuntimeError):  # the loop is closing
                loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Keep the views up to date until cancelled; whatever fails is tried again."""
        self._loop = asyncio.get_running_loop()
        try:
            with (
                ThreadPoolExecutor(1, thread_name_prefix="views") as thread,
                ThreadPoolExecutor(1, thread_name_prefix="views-tidy") as beside,
            ):
                await self._go_on(self._loop, thread, beside)
        finally:
            self._loop = None
            self.positions.followed = False
            self.lease.release()

    async def _go_on(
        self, loop: asyncio.AbstractEventLoop, thread: Executor, beside: Executor
    ) -> None:
        failures = 0
        tidy_at = loop.time() + TIDY_SECONDS
        while True:
            self._woken.clear()
            try:
                done = await loop.run_in_executor(thread, self._turn)
            except Moved:
                continue
            except Exception as error:  # noqa: BLE001 - the worker outlives every failure
                failures += 1
                pause = min(RETRY_SECONDS * 2**failures, RETRY_SECONDS_MOST)
                log.warning("views wait %.2f s: %s", pause, type(error).__name__)
                await asyncio.sleep(pause)
                continue
            failures = 0
            if done and loop.time() > tidy_at:
                tidy_at = loop.time() + TIDY_SECONDS
                beside.submit(self.views.store.tidy)
            if done is None:
                await asyncio.sleep(LEASE_SECONDS)
            elif done >= self.batch:
                await asyncio.sleep(0)
            elif done:
                await _either(self.positions.hurry, PAUSE_SECONDS)
            else:
                await _either(self._woken, IDLE_SECONDS)

    def _turn(self) -> int | None:
        """One batch; None while another process holds the lease."""
        self.positions.followed = self.lease.held()
        if not self.positions.followed:
            self._standing = None
            return None
        return self.run_once()


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Wait until *event* is set or the time is over, and at least let others run."""
    if event.is_set():
        await asyncio.sleep(0)
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()

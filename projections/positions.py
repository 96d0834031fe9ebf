"""How far each view has come, and who waits for it.

In the process that brings the views on, waiting costs nothing until the moment comes. In any other
process one task looks at the tracking rows while somebody waits.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from projections.store import ViewsUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.view import Served
    from projections.views import Views

POLL_SECONDS = 0.01
"""How often another process's work is looked at while somebody here waits for it."""


class Positions:
    """The positions of all views, as this process knows them."""

    def __init__(self, views: Views) -> None:
        self.views = views
        self.followed = False
        """Whether this process itself brings the views on."""
        self.standing: Mapping[str, Served] = {}
        self.hurry = asyncio.Event()
        """Set while somebody waits, so that the worker does not let batches gather meanwhile."""
        self._waiting: dict[str, list[tuple[int, asyncio.Future[bool]]]] = {}
        self._waiters = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._polling: asyncio.Task[None] | None = None

    def of(self, view: str) -> int:
        """The last known position of *view*; 0 while nothing is known."""
        served = self.standing.get(view)
        return 0 if served is None else served.position

    async def reached(self, view: str, position: int, timeout: float = 1.0) -> bool:  # noqa: ASYNC109
        """Whether *view* shows everything up to *position*, waiting for it at most *timeout* s.

        A stopped view that has not come so far never will: the answer comes at once.
        """
        served = self.standing.get(view)
        if served is not None and served.position >= position:
            return True
        self._loop = asyncio.get_running_loop()
        waiter: asyncio.Future[bool] = self._loop.create_future()
        self._waiting.setdefault(view, []).append((position, waiter))
        self._waiters += 1
        self.hurry.set()
        # Once more: the view may have come this far before the worker could see that we wait.
        self._answer()
        if not self.followed and self._polling is None:
            self._polling = self._loop.create_task(self._poll())
        try:
            return await asyncio.wait_for(waiter, timeout)
        except TimeoutError:
            return False
        finally:
            self._waiting[view].remove((position, waiter))
            self._waiters -= 1
            if not self._waiters:
                self.hurry.clear()

    def advanced(self, standing: Mapping[str, Served]) -> None:
        """Take note of where the views stand now; from any thread."""
        self.standing = dict(standing)
        if self._loop is not None and self._waiters:
            with suppress(RuntimeError):  # the loop is closing
                self._loop.call_soon_threadsafe(self._answer)

    def _answer(self) -> None:
        for view, waiting in self._waiting.items():
            served = self.standing.get(view)
            if served is None:
                continue
            for position, waiter in waiting:
                if waiter.done():
                    continue
                if served.position >= position:
                    waiter.set_result(True)
                elif served.stopped is not None:
                    waiter.set_result(False)

    async def _poll(self) -> None:
        try:
            while self._waiters and not self.followed:
                with suppress(ViewsUnavailable):
                    self.advanced(self.views.standing())
                await asyncio.sleep(POLL_SECONDS)
        finally:
            self._polling = None

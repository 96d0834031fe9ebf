"""A wire between the service and PostgreSQL that is cut at the worst moment.

The server has done a COMMIT and has said so, but the word never arrives: nobody on this side knows
whether the transaction happened.
"""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

COMMIT = b"COMMIT\0"
WRITES_EVENTS = b"COPY stored_events FROM STDIN"
BYTES = 65_536


class CutLine:
    """Passes everything on between its own port and the server's, until told to cut."""

    def __init__(self, port: int) -> None:
        self.server_port = port
        self.port = 0
        self.cuts_to_make = 0
        self.cuts_made = 0
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._line, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _line(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        with suppress(OSError, asyncio.CancelledError):
            far, to_far = await asyncio.open_connection("127.0.0.1", self.server_port)
            cut = asyncio.Event()
            ways = {
                asyncio.create_task(self._outward(near, to_far, cut)),
                asyncio.create_task(self._inward(far, to_near, cut)),
            }
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
                to_near.close()
                to_far.close()
        self._lines.discard(task)

    async def _outward(
        self, near: asyncio.StreamReader, to_far: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        """What the service says, until it hangs up."""
        writes_events = False
        while data := await near.read(BYTES):
            writes_events = writes_events or WRITES_EVENTS in data
            if writes_events and COMMIT in data and self.cuts_to_make:
                self.cuts_to_make -= 1
                cut.set()
            to_far.write(data)
            await to_far.drain()

    async def _inward(
        self, far: asyncio.StreamReader, to_near: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        """What the server says, until it hangs up, or the word that is not to arrive."""
        while data := await far.read(BYTES):
            if cut.is_set():
                self.cuts_made += 1
                return
            to_near.write(data)
            await to_near.drain()

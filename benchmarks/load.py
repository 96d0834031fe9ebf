"""The load: so many connections, each sending its next request when the last was answered.

It does as little as it can, so that the server is what is measured: requests are rendered
beforehand, and of an answer only the status and the length are read. Every status is checked.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import cast

import msgspec
import uvloop

from benchmarks.rates import Rate

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class Unanswered(Exception):
    """A connection was closed, or an answer had another status than expected."""


class Load(msgspec.Struct, frozen=True):
    """What is sent where: for each connection its requests, and the status that each must get."""

    port: int
    requests: Sequence[Sequence[bytes]]
    status: int


def request(path: str, body: bytes, **headers: str) -> bytes:
    """One POST of JSON *body* as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: benchmark", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, requests: Sequence[bytes], done: asyncio.Future[None]) -> None:
        self.requests = iter(requests)
        self.done = done
        self.answered: list[tuple[float, float]] = []
        self.statuses: Counter[int] = Counter()
        self.last: dict[int, bytes] = {}
        self.received = b""
        self.sent = 0.0
        self.transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to write."""
        self.transport = cast(asyncio.WriteTransport, transport)

    def send(self) -> None:
        """Send the next request, or say that there is none."""
        following = next(self.requests, None)
        if following is None:
            self.done.set_result(None)
            return
        self.sent = time.perf_counter()
        self.transport.write(following)

    def data_received(self, data: bytes) -> None:
        """Wait for the whole answer, count it, and go on."""
        received = self.received + data if self.received else data
        head = received.find(HEAD_END)
        if head < 0 or len(received) < head + len(HEAD_END) + _length(received[:head]):
            self.received = received
            return
        self.received = b""
        now = time.perf_counter()
        self.answered.append((now, now - self.sent))
        status = int(received[9:12])
        self.statuses[status] += 1
        self.last[status] = received
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        """An end before the last answer is an error."""
        if not self.done.done():
            self.done.set_exception(Unanswered(f"connection lost: {exc}"))


def _length(head: bytes) -> int:
    lower = head.lower()
    start = lower.find(LENGTH)
    if start < 0:
        return 0
    return int(lower[start + len(LENGTH) :].partition(b"\r\n")[0])


def send(load: Load) -> Rate:
    """Send all of *load*; the rate at which it was answered.

    Raises:
        Unanswered: not every answer had the expected status.
    """
    return uvloop.run(_send(load))


async def _send(load: Load) -> Rate:
    loop = asyncio.get_running_loop()
    connections = []
    for requests in load.requests:
        connect = partial(Connection, requests, loop.create_future())
        _, connection = await loop.create_connection(connect, "127.0.0.1", load.port)
        connections.append(connection)
    began = time.perf_counter()
    for connection in connections:
        connection.send()
    await asyncio.gather(*(connection.done for connection in connections))
    for connection in connections:
        connection.transport.close()
    statuses = sum((connection.statuses for connection in connections), Counter[int]())
    if set(statuses) != {load.status}:
        last = next(c.last[s] for c in connections for s in c.last if s != load.status)
        raise Unanswered(f"expected {load.status} only, got {dict(statuses)}: {last.decode()}")
    # Until the first is done, all are busy: what comes later would be another load.
    until = min(connection.answered[-1][0] for connection in connections)
    counted = [took for c in connections for at, took in c.answered if at <= until]
    return Rate(len(counted), until - began, counted)

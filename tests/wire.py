"""A phone's end of an HTTP line: one request at a time, and either a whole answer or none.

It is written out here, because what a broken line means must be certain: an answer counts only
when its last byte has come.
"""

import asyncio
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import msgspec

ANSWER_SECONDS = 60


class NoAnswer(Exception):
    """The line broke before the whole answer had come: nobody knows what was done."""


class Answer(msgspec.Struct, frozen=True):
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem; empty where the answer is none."""
        return str(self.json().get("code", "")) if self.status >= 400 else ""

    @property
    def replayed(self) -> bool:
        """Whether the service says that it tells an old answer again."""
        return self.headers.get("idempotent-replayed") == "true"


class Phone:
    """One line to the service at *port* of this machine, made when it is needed."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.hang_up()

    def hang_up(self) -> None:
        """Let the line go."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def get(self, path: str, token: str = "") -> Answer:
        """GET *path*.

        Raises:
            NoAnswer: there is no line, or it broke.
        """
        return await self.send("GET", path, _bearer(token))

    async def post(self, path: str, body: bytes, token: str = "", key: str | None = None) -> Answer:
        """POST *body* as JSON under the Idempotency-Key *key*.

        Raises:
            NoAnswer: there is no line, or it broke.
        """
        headers = {"content-type": "application/json", **_bearer(token)}
        if key is not None:
            headers["idempotency-key"] = key
        return await self.send("POST", path, headers, body)

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        """Send one request and wait for its answer.

        Raises:
            NoAnswer: there is no line, or it broke.
        """
        lines = [f"{method} {path} HTTP/1.1", "host: timebank.test", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        request = "\r\n".join([*lines, "", ""]).encode() + body
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._exchange(request)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as broken:
            self.hang_up()
            raise NoAnswer from broken
        except BaseException:
            self.hang_up()  # the answer to a request that was given up belongs to no other
            raise

    async def _exchange(self, request: bytes) -> Answer:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writer.write(request)
        await self._writer.drain()
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(_header(line) for line in head[1:] if line)
        body = await self._reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self.hang_up()
        return Answer(int(head[0].split()[1]), headers, body)


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.lower(), value.strip()


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"} if token else {}

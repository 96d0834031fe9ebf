"""Answers that are ready to be sent: encoded once, with their headers as bytes.

Litestar's own response goes through several copies of its headers; a write answers thousands of
times a second, so this one is the ASGI messages themselves.
"""

from collections.abc import Sequence
from typing import Any

from litestar import Response
from litestar.types import HTTPResponseStartEvent, Receive, Scope, Send

JSON = b"application/json"


class Ready(Response[Any]):
    """A finished answer. Litestar may ask it for its ASGI form: it is that already."""

    __slots__ = ("body", "raw_headers")

    def __init__(
        self,
        body: bytes,
        status: int = 200,
        media_type: bytes = JSON,
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        self.body = body
        self.status_code = status
        self.raw_headers = [
            (b"content-type", media_type),
            (b"content-length", b"%d" % len(body)),
            *headers,
        ]

    def to_asgi_response(self, *_: Any, **__: Any) -> "Ready":  # type: ignore[override]
        """Itself."""
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Send it."""
        start: HTTPResponseStartEvent = {
            "type": "http.response.start",
            "status": self.status_code or 200,
            "headers": self.raw_headers,
        }
        await send(start)
        await send({"type": "http.response.body", "body": self.body, "more_body": False})

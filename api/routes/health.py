"""Health and figures, for those who run the service."""

import asyncio
import hmac
import ipaddress
from http import HTTPStatus

import msgspec
from litestar import Response, get

from api.guard import OPEN
from api.refusals import SignInNeeded
from api.requests import JsonRequest, header
from journal.recorder import STORE_ERRORS

ASK_SECONDS = 2.0


class Live(msgspec.Struct):
    """The process answers."""

    status: str = "ok"


class ViewHealth(msgspec.Struct):
    """How far a view is behind the book, and whether it stopped."""

    position: int
    behind: int
    stopped: bool


class Ready(msgspec.Struct):
    """`ok`, `read_only` (reads are served) or `unavailable` (the store cannot be asked)."""

    status: str
    demo: bool
    writable: bool
    read_only_reason: str | None
    position: int
    views: dict[str, ViewHealth]


@get("/health/live", opt=OPEN, tags=["health"], summary="Whether the process answers")
async def live() -> Live:
    """Whether the process answers at all."""
    return Live()


@get("/health/ready", opt=OPEN, tags=["health"], summary="Whether the book can be written")
async def ready(request: JsonRequest) -> Response[Ready]:
    """Whether the book can be written, and how far the views have come."""
    service = request.service
    reason = service.read_only_reason
    try:
        async with asyncio.timeout(ASK_SECONDS):
            head = await asyncio.to_thread(service.book.head)
    except (*STORE_ERRORS, TimeoutError):
        unavailable = Ready("unavailable", service.demonstration, False, reason, 0, {})  # noqa: FBT003 - in order
        return Response(unavailable, status_code=HTTPStatus.SERVICE_UNAVAILABLE)
    views = {
        name: ViewHealth(served.position, max(0, head - served.position), bool(served.stopped))
        for name, served in service.positions.standing.items()
    }
    status = "read_only" if reason else "ok"
    return Response(Ready(status, service.demonstration, not reason, reason, head, views))


@get("/metrics", opt=OPEN, include_in_schema=False)
async def metrics(request: JsonRequest) -> Response[bytes]:
    """Figures for Prometheus: on this machine, or with the token for them."""
    service = request.service
    if not (_from_here(request) or _with_token(request, service.settings.metrics_token)):
        raise SignInNeeded
    service.metrics.book_position.set(await asyncio.to_thread(service.book.head))
    service.metrics.read_only.set(1 if service.read_only_reason else 0)
    for name, served in service.positions.standing.items():
        service.metrics.view_position.labels(name).set(served.position)
    return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")


def _from_here(request: JsonRequest) -> bool:
    """Whether the request comes from this machine itself and was not passed on by a proxy."""
    passed_on = header(request, b"x-forwarded-for") or header(request, b"forwarded")
    try:
        return not passed_on and ipaddress.ip_address(request.address).is_loopback
    except ValueError:
        return False


def _with_token(request: JsonRequest, token: str | None) -> bool:
    given = header(request, b"authorization")
    return token is not None and hmac.compare_digest(given, b"Bearer " + token.encode())


ROUTES = [live, ready, metrics]

"""Health, figures, and what the logs do not hold."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from journal.fork import ForkDetected
from tests.api_served import Desk, serving, settings_for

FORK = ForkDetected(None, None, "an older copy")


@pytest.fixture
async def desk(book_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """A service on each store in turn."""
    settings = settings_for(tmp_path, book_url, TIMEBANK_METRICS_TOKEN="figures")
    async with serving(settings) as desk:
        yield desk


async def test_a_ready_service_says_where_it_stands(desk: Desk) -> None:
    """Writable, no demonstration, at the book's head."""
    await desk.staff("worker-1")
    assert (await desk.http.get("/health/live")).json() == {"status": "ok"}
    answer = await desk.http.get("/health/ready")
    assert answer.status_code == 200
    assert {**answer.json(), "views": None} == {
        "status": "ok",
        "demo": False,
        "writable": True,
        "read_only_reason": None,
        "position": desk.service.book.head(),
        "views": None,
    }


async def test_a_read_only_book_is_ready_to_read_and_says_why(desk: Desk) -> None:
    """Reads are answered, writes are 503."""
    await desk.settled("worker-1")
    desk.service.stop_writing(FORK)
    answer = await desk.http.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "read_only")
    assert answer.json()["read_only_reason"].startswith("This book is open for reading only")
    assert (await desk.get("/v1/me")).status_code == 200
    written = await desk.post("/v1/me/password", {"old": "x" * 10, "new": "y" * 10})
    assert (written.status_code, written.json()["code"]) == (503, "read_only")


async def test_figures_are_for_this_machine_and_for_the_token(desk: Desk) -> None:
    """Not for a stranger, and not for one whom a proxy on this machine passed on."""
    await desk.http.get("/v1/me")
    here = await _figures(desk, "127.0.0.1")
    assert here.status_code == 200
    assert 'route="/v1/me",status="401"' in here.text
    assert f"timebank_book_position {float(desk.service.book.head())}" in here.text
    assert (await _figures(desk, "10.0.0.7")).status_code == 401
    assert (await _figures(desk, "10.0.0.7", authorization="Bearer figures")).status_code == 200
    assert (await _figures(desk, "10.0.0.7", authorization="Bearer guess")).status_code == 401
    passed_on = {"x-forwarded-for": "10.0.0.7"}
    assert (await _figures(desk, "127.0.0.1", **passed_on)).status_code == 401


async def _figures(desk: Desk, client: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(desk.app, client=(client, 1))  # type: ignore[arg-type]  # Litestar's own scope type
    async with httpx.AsyncClient(transport=transport, base_url="http://timebank.test") as http:
        return await http.get("/metrics", headers=headers)

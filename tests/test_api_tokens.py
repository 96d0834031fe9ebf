"""Signing in, staying signed in, signing out; passwords and one-time passwords."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api_served import Desk, serving, settings_for

PASSWORD = "correct horse battery"


@pytest.fixture
async def desk(book_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """A service with an empty book, on each store in turn."""
    async with serving(settings_for(tmp_path, book_url)) as desk:
        yield desk


async def test_a_one_time_password_opens_only_the_way_to_a_new_password(desk: Desk) -> None:
    """Everything but /me, /me/password and /tokens answers 403 until a password is chosen."""
    issued = await desk.staff("worker-1")
    assert (await desk.sign_in("worker-1", issued))["must_change"] is True
    assert (await desk.get("/v1/me")).json()["name"] == "worker-1"
    refused = await desk.post("/v1/sign-ins", {"id": "x"})
    assert (refused.status_code, refused.json()["code"]) == (403, "password_change_required")

    changed = await desk.post("/v1/me/password", {"old": issued, "new": PASSWORD})
    assert changed.status_code == 200
    assert changed.json()["position"] == desk.service.book.head()

    still = await desk.post("/v1/sign-ins", {"id": "x"})
    assert still.json()["code"] == "invalid_request"
    assert (await desk.sign_in("worker-1", PASSWORD))["must_change"] is False
    again = await desk.http.post("/v1/tokens", json={"name": "worker-1", "password": issued})
    assert again.status_code == 401

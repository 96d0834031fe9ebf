"""Signing in, staying signed in, signing out; passwords and one-time passwords."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from api.doors import ATTEMPTS, RETRY_SECONDS, Session
from api.tokens import ACCESS_SECONDS, POLL_SECONDS
from district.sign_ins import SignInClosed, sign_in_id
from tests.api_served import PASSWORD, Desk, serving, settings_for


@pytest.fixture
async def desk(book_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """A service with an empty book, on each store in turn."""
    async with serving(settings_for(tmp_path, book_url)) as desk:
        yield desk


@pytest.fixture
async def file_desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A service with an empty book in a file: enough where the store makes no difference."""
    async with serving(settings_for(tmp_path, f"sqlite:///{tmp_path}/home/book.db")) as desk:
        yield desk


async def test_a_one_time_password_opens_only_the_way_to_a_new_password(desk: Desk) -> None:
    """Everything but /me, /me/password and /tokens answers 403 until a password is chosen."""
    issued = await desk.staff("worker-1")
    signed_in = await desk.http.post("/v1/tokens", json={"name": "worker-1", "password": issued})
    assert signed_in.headers["cache-control"] == "no-store"
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


async def test_a_refresh_token_is_taken_once(desk: Desk) -> None:
    """The next one works; the old one, coming back late, ends the whole session."""
    await desk.settled("worker-1")
    first = await desk.sign_in("worker-1", PASSWORD)
    second = (await _refreshed(desk, first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    _make_late(desk)

    stolen = await _refreshed(desk, first["refresh_token"])
    assert (stolen.status_code, stolen.json()["code"]) == (401, "token_not_valid")
    assert (await _refreshed(desk, second["refresh_token"])).status_code == 401
    desk.token = second["access_token"]
    assert (await desk.get("/v1/me")).status_code == 401


async def test_a_phone_that_lost_the_answer_may_ask_again_within_seconds(desk: Desk) -> None:
    """The repeat is given another token; the one that got lost is void and ends the session."""
    await desk.settled("worker-1")
    first = await desk.sign_in("worker-1", PASSWORD)
    lost = (await _refreshed(desk, first["refresh_token"])).json()
    repeated = await _refreshed(desk, first["refresh_token"])
    assert repeated.status_code == 200
    assert (await _refreshed(desk, lost["refresh_token"])).status_code == 401
    assert (await _refreshed(desk, repeated.json()["refresh_token"])).status_code == 401


async def test_signing_out_ends_the_session_at_once_and_no_other(desk: Desk) -> None:
    """The access token, although not expired, is void; the second phone goes on."""
    await desk.settled("worker-1")
    first = await desk.sign_in("worker-1", PASSWORD)
    second = await desk.sign_in("worker-1", PASSWORD)
    desk.token = first["access_token"]
    assert (await desk.get("/v1/me")).status_code == 200
    gone = await desk.http.delete("/v1/tokens", headers={"authorization": f"Bearer {desk.token}"})
    assert gone.status_code == 204
    assert (await desk.get("/v1/me")).json()["code"] == "token_not_valid"
    assert (await _refreshed(desk, first["refresh_token"])).status_code == 401
    desk.token = second["access_token"]
    assert (await desk.get("/v1/me")).status_code == 200


async def test_a_new_password_ends_every_other_session(desk: Desk) -> None:
    """The phone that changed it goes on, also after its next refresh."""
    await desk.settled("worker-1")
    other = await desk.sign_in("worker-1", PASSWORD)
    mine = await desk.sign_in("worker-1", PASSWORD)
    changed = await desk.post("/v1/me/password", {"old": PASSWORD, "new": PASSWORD + "!"})
    assert changed.status_code == 200
    assert (await _refreshed(desk, other["refresh_token"])).status_code == 401
    assert (await _refreshed(desk, mine["refresh_token"])).status_code == 200
    desk.token = other["access_token"]
    assert (await desk.get("/v1/me")).status_code == 401


async def test_repeating_a_password_change_answers_the_same(desk: Desk) -> None:
    """The old password does not open any more, but the receipt does; a wrong one is refused."""
    await desk.settled("worker-1")
    body, key = {"old": PASSWORD, "new": PASSWORD + "!"}, str(uuid4())
    first = await desk.post("/v1/me/password", body, key=key)
    again = await desk.post("/v1/me/password", body, key=key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    wrong = await desk.post("/v1/me/password", body)
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_password")


@pytest.mark.parametrize("new", ["short", "worker-1-x", PASSWORD])
async def test_a_weak_password_is_refused(file_desk: Desk, new: str) -> None:
    """Nine characters, the old one, and the sign-in's own name are too weak."""
    await file_desk.settled("worker-1-x")
    refused = await file_desk.post("/v1/me/password", {"old": PASSWORD, "new": new})
    assert (refused.status_code, refused.json()["code"]) == (400, "password_too_weak")


async def test_a_closed_sign_in_opens_nothing(file_desk: Desk) -> None:
    """Neither its password, nor its refresh token, nor a token that was not seen before."""
    desk = file_desk
    await desk.settled("worker-1")
    pair = await desk.sign_in("worker-1", PASSWORD)
    await desk.record(SignInClosed(sign_in=sign_in_id("worker-1")))
    assert (await desk.get("/v1/me")).status_code == 401
    assert (await _refreshed(desk, pair["refresh_token"])).status_code == 401
    again = await desk.http.post("/v1/tokens", json={"name": "worker-1", "password": PASSWORD})
    assert again.json()["code"] == "wrong_name_or_password"


async def test_an_unknown_name_takes_as_long_as_a_wrong_password(file_desk: Desk) -> None:
    """Both cost one verification and read the same."""
    desk = file_desk
    await desk.settled("worker-1")
    unknown, wrong = [], []
    for _ in range(3):
        unknown.append(await _timed_refusal(desk, "nobody-1"))
        wrong.append(await _timed_refusal(desk, "worker-1"))
    assert 0.5 < min(unknown) / min(wrong) < 2


async def test_the_eleventh_attempt_on_a_name_waits(file_desk: Desk) -> None:
    """Ten attempts in a quarter of an hour; unknown names are counted just the same."""
    for name in ("worker-1", "nobody"):
        answers = await asyncio.gather(*(_attempt(file_desk, name) for _ in range(ATTEMPTS)))
        assert {answer.status_code for answer in answers} == {401}
        refused = await _attempt(file_desk, name)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert 0 < int(refused.headers["retry-after"]) <= 900


async def test_a_session_ended_by_another_process_is_void_within_five_seconds(
    book_url: str, tmp_path: Path
) -> None:
    """Two services share one database and no Redis."""
    settings = settings_for(tmp_path, book_url)
    async with serving(settings) as here, serving(settings) as there:
        await here.settled("worker-1")
        there.token = here.token
        assert (await there.get("/v1/me")).status_code == 200
        await here.http.delete("/v1/tokens", headers={"authorization": f"Bearer {here.token}"})
        until = time.monotonic() + 5
        while (await there.get("/v1/me")).status_code != 401:
            assert time.monotonic() < until
            await asyncio.sleep(POLL_SECONDS / 10)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"sub": "somebody else"},
        {"sid": "nobody"},
        {"exp": None},
        {"fam": None},
    ],
)
async def test_a_token_that_is_not_right_in_every_part_is_refused(
    file_desk: Desk, claims: dict[str, object]
) -> None:
    """Expired, of another person, of nobody, without an end, without a session."""
    desk = file_desk
    await desk.settled("worker-1")
    key = desk.service.settings.keys.token
    right = jwt.decode(desk.token, key, algorithms=["HS256"])
    wrong = {name: value for name, value in {**right, **claims}.items() if value is not None}
    desk.token = jwt.encode(wrong, key, algorithm="HS256")
    assert (await desk.get("/v1/me")).json()["code"] == "token_not_valid"


@pytest.mark.parametrize("header", ["Basic d29ya2VyOngx", "Bearer", "Bearer ", "Bearer a.b.c"])
async def test_what_is_no_token_of_ours_is_refused(file_desk: Desk, header: str) -> None:
    """Another scheme, nothing, and rubbish: 401 with a challenge."""
    answer = await file_desk.http.get("/v1/me", headers={"authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_without_signature_is_refused(file_desk: Desk) -> None:
    """The algorithm is ours to choose, not the token's."""
    desk = file_desk
    await desk.settled("worker-1")
    claims = jwt.decode(desk.token, options={"verify_signature": False})
    desk.token = jwt.encode(claims, "", algorithm="none")
    assert (await desk.get("/v1/me")).status_code == 401


async def test_a_remembered_token_expires_all_the_same(tmp_path: Path) -> None:
    """A verified token is spared the check of its signature, not the end of its ten minutes."""
    async with serving(settings_for(tmp_path, f"sqlite:///{tmp_path}/home/book.db")) as desk:
        await desk.staff("worker-1")
        tokens = desk.service.tokens
        account = await desk.service.accounts.find("worker-1")
        assert account is not None
        session = Session("family", account.name, account.person, account.generation)
        token = tokens.issue(account.person, session).encode()
        claims = tokens.claims(token)
        assert claims is not None
        assert claims.expires_at - tokens.now() == ACCESS_SECONDS
        desk.token = token.decode()
        assert (await desk.get("/v1/me")).status_code == 200
        caller, deadline = tokens.remembered[token]
        assert deadline - time.monotonic() <= ACCESS_SECONDS
        tokens.remembered[token] = (caller, time.monotonic() - 1)
        assert tokens.known(token) is None


async def _refreshed(desk: Desk, token: str) -> httpx.Response:
    return await desk.http.post("/v1/tokens/refresh", json={"refresh_token": token})


async def _attempt(desk: Desk, name: str) -> httpx.Response:
    return await desk.http.post("/v1/tokens", json={"name": name, "password": "wrong password"})


async def _timed_refusal(desk: Desk, name: str) -> float:
    began = time.perf_counter()
    answer = await _attempt(desk, name)
    assert answer.json()["code"] == "wrong_name_or_password"
    return time.perf_counter() - began


def _make_late(desk: Desk) -> None:
    """Let the seconds pass in which a repeat is honest."""
    rows = desk.service.doors.rows
    with rows.transaction() as c:
        late: Any = rows.sql("UPDATE sessions SET rotated_at = rotated_at - ?")
        c.execute(late, (RETRY_SECONDS + 1,))

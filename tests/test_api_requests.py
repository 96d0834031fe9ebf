"""What comes in wrong: always a problem with the right status and pointer, nothing written."""

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import uuid4

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar import Response, Router
from litestar.params import FromPath, FromQuery, JSONBody

from api.acts import FORMS, Act, act, command
from api.guard import OPEN
from api.refusals import InvalidRequest, MalformedJson
from api.requests import (
    BODY_BYTES,
    AreaCode,
    Body,
    Claimed,
    Code,
    JsonRequest,
    Limit,
    Minutes,
    Position,
    Text,
    Time,
    Uuid,
    Written,
    decoded,
)
from api.routing import read, write
from journal.command import Decided
from tests.api_served import Desk, serving, settings_for


class Stop(Body, frozen=True, kw_only=True):
    """A stop on the way."""

    place: Text
    at: Time


class Wish(Body, frozen=True, kw_only=True):
    """Every shape that a field can have."""

    id: Uuid
    minutes: Minutes
    at: Claimed | None = None
    planned: Time | None = None
    kind: Literal["individual", "team"] = "team"
    reason: Code | None = None
    born: date | None = None
    stops: tuple[Stop, ...] = ()
    words: dict[str, str] | None = None
    anything: Any = None
    some: Annotated[tuple[int, ...], msgspec.Meta(max_length=2)] = ()


ID = "0198c0de-7a3e-7c11-8a4b-2f1d9c0e5b6a"
RIGHT: dict[str, Any] = {"id": ID, "minutes": 5}


@command("test.wish", stream="person-{body.id}")
def wish(body: Wish, act: Act, *, order: str) -> Decided:
    """Record nothing."""
    return Decided(answer={"order": order, "minutes": body.minutes, "by": act.by})


@write("/wishes/{order:str}")
async def wishes(
    request: JsonRequest, data: JSONBody[Wish], order: FromPath[Uuid]
) -> Response[Written]:
    """Wish."""
    return await act(request, wish, data, order=order)


@read("/wishes", OPEN)
async def wish_list(
    request: JsonRequest,
    *,
    limit: FromQuery[Limit] = 50,
    after: FromQuery[Position | None] = None,
    since: FromQuery[Time | None] = None,
    area: FromQuery[AreaCode | None] = None,
) -> dict[str, Any]:
    """The list."""
    await request.service.shown("none", after)
    return {"limit": limit, "since": since, "area": area}


ROUTES = Router("/v1", route_handlers=[wishes, wish_list])


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A service with somebody signed in."""
    settings = settings_for(tmp_path, f"sqlite:///{tmp_path}/home/book.db")
    async with serving(settings, [ROUTES]) as desk:
        await desk.settled("worker-1")
        yield desk


TABLE: list[tuple[dict[str, Any], str, str]] = [
    ({"minutes": "5"}, "/minutes", "wrong_type"),
    ({"minutes": 5.5}, "/minutes", "wrong_type"),
    ({"minutes": True}, "/minutes", "wrong_type"),
    ({"minutes": None}, "/minutes", "wrong_type"),
    ({"minutes": -1}, "/minutes", "out_of_range"),
    ({"minutes": 10**30}, "/minutes", "out_of_range"),
    ({"id": "0198C0DE-7A3E-7C11-8A4B-2F1D9C0E5B6A"}, "/id", "wrong_form"),
    ({"id": ID + "\n"}, "/id", "wrong_length"),
    ({"id": "x"}, "/id", "wrong_form"),
    ({"id": 7}, "/id", "wrong_type"),
    ({"at": "2026-03-02T09:00:00"}, "/at", "time_without_offset"),
    ({"planned": "2026-03-02T09:00:00"}, "/planned", "time_without_offset"),
    ({"at": "2026-03-02"}, "/at", "wrong_form"),
    ({"at": "2026-02-30T09:00:00Z"}, "/at", "wrong_form"),
    ({"at": 1_700_000_000}, "/at", "wrong_type"),
    ({"at": "0001-01-01T00:00:00+14:00"}, "", "out_of_range"),
    ({"planned": "9999-12-31T23:59:59-14:00"}, "", "out_of_range"),
    ({"born": "2026-13-01"}, "/born", "wrong_form"),
    ({"kind": "crowd"}, "/kind", "unknown_value"),
    ({"reason": "Very Bad"}, "/reason", "wrong_form"),
    ({"stops": [{"place": "a", "at": "2026-03-02T09:00"}]}, "/stops/0/at", "wrong_form"),
    ({"stops": [{"at": "2026-03-02T09:00:00Z"}]}, "/stops/0/place", "missing"),
    ({"stops": [{"place": "", "at": "2026-03-02T09:00:00Z"}]}, "/stops/0/place", "wrong_length"),
    ({"stops": {}}, "/stops", "wrong_type"),
    ({"some": [1, 2, 3]}, "/some", "wrong_length"),
    ({"unknown~/field": 1}, "/unknown~0~1field", "unknown_field"),
    ({"words": {"a": 1}}, "/words", "wrong_type"),
]


@pytest.mark.parametrize(("change", "pointer", "code"), TABLE)
async def test_a_wrong_field_is_pointed_at(
    desk: Desk, change: dict[str, Any], pointer: str, code: str
) -> None:
    """400 with the JSON pointer; the value that was sent is not repeated."""
    head = desk.service.book.head()
    answer = await desk.post(f"/v1/wishes/{ID}", {**RIGHT, **change})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "invalid_request")
    assert answer.headers["content-type"] == "application/problem+json"
    assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [(pointer, code)]
    assert "crowd" not in answer.text
    assert desk.service.book.head() == head


async def test_a_missing_field_is_pointed_at(desk: Desk) -> None:
    """The field itself, not the object around it."""
    answer = await desk.post(f"/v1/wishes/{ID}", {"id": ID})
    assert answer.json()["errors"] == [
        {"pointer": "/minutes", "code": "missing", "detail": "This is required."}
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed_json"),
        (b"{", "malformed_json"),
        (b"\xff\xfe", "malformed_json"),
        (b'{"id": "\xff"}', "malformed_json"),
        (b'{"id": "\\ud800"}', "malformed_json"),
        (b'{"anything":' + b"[" * 200_000, "malformed_json"),
        (b'{"anything":NaN}', "malformed_json"),
        (b"null", "invalid_request"),
        (b"[]", "invalid_request"),
        (b"[" * 200_000, "invalid_request"),
        (b'{"id":"' + ID.encode() + b'","minutes":1,"words":{"a":"\\u0000"}}', "invalid_request"),
    ],
)
async def test_a_body_that_is_no_wish_at_all_is_refused(desk: Desk, body: bytes, code: str) -> None:
    """Not JSON, not an object, nested beyond all reason, or with a NUL in it."""
    answer = await _raw(desk, body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/msgpack", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
    ],
)
async def test_only_json_is_taken(desk: Desk, content_type: str, status: int) -> None:
    """Another type of body, or none said, is 415."""
    answer = await _raw(desk, json.dumps(RIGHT).encode(), content_type)
    assert answer.status_code == status
    if status == 415:
        assert answer.json()["code"] == "unsupported_media_type"


@pytest.mark.parametrize("told", [True, False])
async def test_a_huge_body_is_refused(desk: Desk, told: bool) -> None:  # noqa: FBT001 - a table's column
    """413 beyond 1 MiB, whether the client says the length beforehand or not."""

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * (BODY_BYTES // 16)

    content = b" " * (BODY_BYTES + 1) if told else parts()
    answer = await desk.http.post(
        f"/v1/wishes/{ID}",
        content=content,
        headers={
            "authorization": f"Bearer {desk.token}",
            "idempotency-key": str(uuid4()),
            "content-type": "application/json",
        },
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("key", ["", "x", ID[:-1], ID + "0", "{" + ID + "}", "ü" * 36])
async def test_a_write_needs_an_idempotency_key(desk: Desk, key: str) -> None:
    """Missing or no UUID: 400, before anything is decided."""
    headers = [(b"authorization", f"Bearer {desk.token}".encode())]
    if key:
        headers.append((b"idempotency-key", key.encode("latin-1")))
    answer = await desk.http.post(f"/v1/wishes/{ID}", json=RIGHT, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


async def test_a_repeat_answers_the_same_and_another_request_is_refused(desk: Desk) -> None:
    """The key's scope is the caller: somebody else may use the same one."""
    key = str(uuid4())
    first = await desk.post(f"/v1/wishes/{ID}", RIGHT, key=key)
    again = await desk.post(f"/v1/wishes/{ID}", RIGHT, key=key)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    for path, body in ((ID, {**RIGHT, "minutes": 6}), (ID[:-1] + "b", RIGHT)):
        conflict = await desk.post(f"/v1/wishes/{path}", body, key=key)
        assert (conflict.status_code, conflict.json()["code"]) == (409, "idempotency_conflict")
    await desk.settled("worker-2")
    other = await desk.post(f"/v1/wishes/{ID}", {**RIGHT, "minutes": 6}, key=key)
    assert other.status_code == 200
    assert "idempotent-replayed" not in other.headers


async def test_a_command_keeps_the_offset_that_the_device_claimed(desk: Desk) -> None:
    """A `Claimed` time stays as it was written, a `Time` becomes UTC."""
    body = decoded(
        json.dumps(
            {**RIGHT, "at": "2026-03-02T09:00:00+08:00", "planned": "2026-03-02T09:00:00+08:00"}
        ).encode(),
        msgspec.json.Decoder(FORMS[wish].body).decode,
    )
    assert isinstance(body, Wish)
    assert body.at is not None
    assert body.planned is not None
    assert body.at.utcoffset() == timedelta(hours=8)
    assert body.planned.utcoffset() == timedelta(0)
    assert body.at == body.planned


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/v1/wishes/not-an-id", 404, "not_found"),
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/", 404, "not_found"),
        ("GET", "/v1/wishes?limit=0", 400, "invalid_request"),
        ("GET", "/v1/wishes?limit=x", 400, "invalid_request"),
        ("GET", "/v1/wishes?limit=201", 400, "invalid_request"),
        ("GET", "/v1/wishes?after=-1", 400, "invalid_request"),
        ("GET", "/v1/wishes?after=99999999999999999999", 400, "invalid_request"),
        ("GET", "/v1/wishes?since=2026-03-02T09:00:00", 400, "invalid_request"),
        ("GET", "/v1/wishes?area=33010x", 400, "invalid_request"),
        ("GET", "/v1/areas?cursor=%C3%BC", 400, "invalid_request"),
        ("GET", "/v1/areas?cursor=x", 400, "invalid_request"),
        ("PATCH", "/v1/wishes", 405, "method_not_allowed"),
        ("TRACE", "/v1/wishes", 405, "method_not_allowed"),
    ],
)
async def test_wrong_addresses_have_their_problems(
    desk: Desk, method: str, path: str, status: int, code: str
) -> None:
    """Unknown paths and ids, wrong queries, wrong methods."""
    answer = await desk.http.request(
        method,
        path,
        json=RIGHT if method == "POST" else None,
        headers={"authorization": f"Bearer {desk.token}", "idempotency-key": str(uuid4())},
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_wrong_query_is_pointed_at(desk: Desk) -> None:
    """By the parameter's name."""
    answer = await desk.get("/v1/wishes?limit=0")
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
        ("/limit", "out_of_range")
    ]


async def test_a_right_query_comes_through(desk: Desk) -> None:
    """Numbers, times with their offset, and codes."""
    query = {"limit": "3", "since": "2026-03-02T09:00:00+08:00", "area": "330106"}
    answer = await desk.http.get(
        "/v1/wishes", params=query, headers={"authorization": f"Bearer {desk.token}"}
    )
    assert answer.json() == {**query, "limit": 3}


async def test_every_method_of_an_address_is_allowed_by_name(desk: Desk) -> None:
    """405 and OPTIONS name all of them, also where several handlers share the path."""
    desk.app.register(write("/v1/wishes", opt=OPEN)(_nothing))
    refused = await desk.http.put("/v1/wishes")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST, OPTIONS")
    asked = await desk.http.options("/v1/wishes")
    assert (asked.status_code, asked.headers["allow"]) == (204, "GET, POST, OPTIONS")
    assert asked.content == b""
    assert (await desk.http.options("/v1/nothing")).status_code == 404


async def test_a_view_that_does_not_come_is_503(desk: Desk) -> None:
    """After a second, with the advice to ask again."""
    answer = await desk.get("/v1/wishes?after=999")
    assert (answer.status_code, answer.json()["code"]) == (503, "view_behind")
    assert answer.headers["retry-after"] == "1"


@settings(max_examples=50)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_bytes_break_the_decoder(body: bytes) -> None:
    """Whatever is sent is a wish, not JSON, or JSON of another shape."""
    try:
        decoded(body, msgspec.json.Decoder(Wish).decode)
    except (InvalidRequest, MalformedJson):
        return


async def _nothing(data: JSONBody[Wish]) -> Written:
    del data
    return Written(0)


async def _raw(desk: Desk, body: bytes, content_type: str = "application/json") -> httpx.Response:
    headers = {"authorization": f"Bearer {desk.token}", "idempotency-key": str(uuid4())}
    if content_type:
        headers["content-type"] = content_type
    return await desk.http.post(f"/v1/wishes/{ID}", content=body, headers=headers)

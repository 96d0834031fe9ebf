"""The document that describes the service, and the page that shows it."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api_served import Desk, serving, settings_for

OUTSIDE = re.compile(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", re.IGNORECASE)
Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A service."""
    async with serving(settings_for(tmp_path, f"sqlite:///{tmp_path}/home/book.db")) as desk:
        yield desk


@pytest.fixture
async def document(desk: Desk) -> dict[str, Any]:
    """Its description."""
    answer = await desk.http.get("/schema/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


async def test_every_answer_that_is_a_problem_is_described(document: dict[str, Any]) -> None:
    """As problem+json, with the one schema, on every route under /v1."""
    assert document["openapi"].startswith("3.1")
    for method, path, operation in _operations(document):
        if not path.startswith("/v1"):
            continue
        problems = {int(s): r for s, r in operation["responses"].items() if int(s) >= 400}
        assert {503} <= set(problems), (method, path)
        for problem in problems.values():
            content = problem["content"]["application/problem+json"]
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}


async def test_every_write_asks_for_its_key(document: dict[str, Any]) -> None:
    """All POSTs but those of signing in; no read asks for one."""
    for method, path, operation in _operations(document):
        asked = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "header"]
        is_write = method == "post" and not path.startswith("/v1/tokens")
        assert ("Idempotency-Key" in asked) == is_write, (method, path)


async def test_the_public_doors_are_named_here(document: dict[str, Any]) -> None:
    """A route that is open without a token has to be added to this list, by hand."""
    opened = {
        (method, path)
        for method, path, operation in _operations(document)
        if path.startswith("/v1") and {"bearer": []} not in operation["security"]
    }
    either = {
        (method, path)
        for method, path, operation in _operations(document)
        if {} in operation.get("security", ()) and len(operation["security"]) > 1
    }
    assert opened == {("post", "/v1/tokens"), ("post", "/v1/tokens/refresh")}
    assert either == {("post", "/v1/volunteers")}


async def test_what_is_closed_answers_nobody_without_a_token(
    desk: Desk, document: dict[str, Any]
) -> None:
    """Whatever the document says: every other address under /v1 is 401."""
    for method, path, operation in _operations(document):
        if path.startswith("/v1") and {} not in operation["security"]:
            address = re.sub(r"\{\w+\}", "0198c0de-7a3e-7c11-8a4b-2f1d9c0e5b6a", path)
            answer = await desk.http.request(method, address)
            assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_needed")


async def test_ids_and_bodies_are_described_strictly(document: dict[str, Any]) -> None:
    """Path ids have their pattern, bodies take no unknown fields, references lead somewhere."""
    schemas = document["components"]["schemas"]
    for method, path, operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path" and path.startswith("/v1"):
                has_form = "pattern" in parameter["schema"] or parameter["name"] == "name"
                assert has_form, (method, path, parameter["name"])
        if body := operation.get("requestBody"):
            name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert schemas[name]["additionalProperties"] is False, (method, path)
    for reference in re.findall(r"#/components/schemas/([^'\"]+)", str(document)):
        assert reference in schemas


async def test_the_page_asks_nobody_outside(desk: Desk) -> None:
    """Neither in what it loads, nor by what its policy would let it load."""
    page = await desk.http.get("/schema")
    assert page.headers["content-type"].startswith("text/html")
    assert not OUTSIDE.search(page.text)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not OUTSIDE.search(page.headers["content-security-policy"])
    for address in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
        assert (await desk.http.get(address)).status_code == 200
    assert not OUTSIDE.search((await desk.http.get("/schema/files/start.js")).text)
    assert (await desk.http.get("/schema/files/passwd")).status_code == 404

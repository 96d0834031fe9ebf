"""Problems: codes, statuses, sentences in two languages, and what is never in them."""

import importlib
import inspect
import json
import pkgutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType

import psycopg
import pytest
import structlog
from litestar import Router
from litestar.params import FromPath

import district
import timebank
from api import errors, refusals
from api.errors import code_of, language_of, sentence_of, status_of
from api.guard import OPEN
from api.routing import read
from journal.command import BookError
from journal.vault import HolderForgotten
from projections.store import ViewsUnavailable
from tests.api_served import Desk, serving, settings_for


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        yield importlib.import_module(found.name)


def _refusals() -> list[type[Exception]]:
    bases = (timebank.event.Refused, district.event.Refused, BookError, refusals.ServiceRefusal)
    modules = [*_modules(timebank), *_modules(district), importlib.import_module("journal.command")]
    return sorted(
        {
            each
            for module in [*modules, refusals]
            for _, each in inspect.getmembers(module, inspect.isclass)
            if issubclass(each, bases) and each not in {BookError, refusals.ServiceRefusal}
        },
        key=lambda refusal: (refusal.__module__, refusal.__name__),
    )


@pytest.mark.parametrize("refusal", _refusals(), ids=lambda refusal: refusal.__name__)
def test_every_refusal_has_a_status_and_a_sentence_in_both_languages(
    refusal: type[Exception],
) -> None:
    """Below 500 for whatever a caller does; 503 asks to come again; 500 is for bugs alone."""
    status = status_of(refusal)
    assert status in errors.TITLES
    assert status != 500 or refusal is refusals.InternalError
    english, chinese = sentence_of(refusal, "en"), sentence_of(refusal, "zh-CN")
    assert english.endswith(".")
    assert chinese.endswith("。")
    assert chinese != english


def test_codes_do_not_collide() -> None:
    """One code, one status: clients tell refusals apart by the code alone."""
    statuses: dict[str, set[int | None]] = {}
    for refusal in _refusals():
        statuses.setdefault(code_of(refusal), set()).add(status_of(refusal))
    assert {code for code, found in statuses.items() if len(found) > 1} == set()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh-CN", "zh-CN"),
        ("zh", "zh-CN"),
        ("ZH-hans-cn;q=0.9, en;q=0.8", "zh-CN"),
        ("zh;q=0.3, en-GB", "en"),
        ("fr, de;q=0.5", "en"),
        ("fr, zh;q=0.1", "zh-CN"),
        ("zh;q=0, en;q=0", "en"),
        ("zh;q=nonsense", "zh-CN"),
        (";;;,,,", "en"),
    ],
)
def test_the_language_is_the_one_ranked_higher(header: str, language: str) -> None:
    """English where the header names neither."""
    assert language_of(header) == language


class Secret(Exception):
    """A bug."""


FAILURES: dict[str, Exception] = {
    "bug": Secret("王小明 13800138000"),
    "views": ViewsUnavailable(),
    "postgres": psycopg.OperationalError("connection to 王小明 failed"),
    "forgotten": HolderForgotten(("somebody",)),
}


@read("/failures/{name:str}", OPEN)
async def failing(name: FromPath[str]) -> None:
    """Fail."""
    raise FAILURES[name]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A service with a route that fails."""
    settings = settings_for(tmp_path, f"sqlite:///{tmp_path}/home/book.db")
    async with serving(settings, [Router("/v1", route_handlers=[failing])]) as desk:
        yield desk


async def test_a_bug_is_500_and_says_nothing_but_its_number(desk: Desk) -> None:
    """The log has the number, the place in the code and the kind of error, and no words of it."""
    with structlog.testing.capture_logs() as lines:
        answer = await desk.http.get("/v1/failures/bug", headers={"accept-language": "zh-CN"})
    assert answer.status_code == 500
    assert answer.json() == {
        "type": "urn:timebank:problem:internal_error",
        "title": "内部错误",
        "status": 500,
        "detail": "服务内部出错,已按请求编号记录。",
        "code": "internal_error",
    }
    [line] = [line for line in lines if line["event"] == "failed"]
    assert line["id"] == answer.headers["x-request-id"]
    assert line["route"] == "/v1/failures/{name}"
    assert line["error"] == "Secret"
    assert "failing" in line["at"][-1]
    written = json.dumps(lines, ensure_ascii=False)
    assert "王小明" not in written
    assert "/failures/bug" not in written


@pytest.mark.parametrize("name", ["views", "postgres"])
async def test_a_store_that_is_away_is_503(desk: Desk, name: str) -> None:
    """With the advice to come again."""
    answer = await desk.http.get(f"/v1/failures/{name}")
    assert (answer.status_code, answer.json()["code"]) == (503, "store_away")
    assert answer.headers["retry-after"] == "1"
    assert "王小明" not in answer.text


async def test_a_forgotten_person_is_409(desk: Desk) -> None:
    """Nothing more is sealed for them."""
    answer = await desk.http.get("/v1/failures/forgotten")
    assert (answer.status_code, answer.json()["code"]) == (409, "holder_forgotten")


async def test_a_problem_says_its_language(desk: Desk) -> None:
    """And that it depends on the request."""
    for asked, given in (("zh-CN", "zh-CN"), ("en-GB", "en")):
        answer = await desk.http.get("/v1/me", headers={"accept-language": asked})
        assert answer.headers["content-language"] == given
        assert answer.headers["vary"] == "accept-language"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == 'Bearer realm="timebank"'

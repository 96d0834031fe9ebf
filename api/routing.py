"""How routes are declared: what every read and every write has in common, said once.

A route is public, or closed, or open to both (`opt`, see `guard`); its problems, its headers and
its lock in the OpenAPI document follow from that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from litestar import delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIType, Operation, Parameter, Schema

from api.errors import TITLES, Problem

BEARER = "bearer"

READ_PROBLEMS = (400, 401, 403, 404, 429, 503)
WRITE_PROBLEMS = (*READ_PROBLEMS, 409, 413, 415)


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """The problem documents that a route may answer with."""
    return {
        status: ResponseSpec(
            Problem,
            generate_examples=False,
            description=TITLES[status][0],
            media_type="application/problem+json",
        )
        for status in sorted(statuses)
    }


LANGUAGE = Parameter(
    name="Accept-Language",
    param_in="header",
    description="The language of a problem's sentence: `zh-CN` or `en`.",
    schema=Schema(type=OpenAPIType.STRING, examples=["zh-CN"]),
)

IDEMPOTENCY_KEY = Parameter(
    name="Idempotency-Key",
    param_in="header",
    required=True,
    description="A UUID of the client's making. The same key with the same request is answered"
    " again, with `Idempotent-Replayed: true`; with another request it is refused.",
    schema=Schema(
        type=OpenAPIType.STRING,
        format="uuid",  # type: ignore[arg-type]  # any name is allowed by JSON Schema
        examples=["0198c0de-7a3e-7c11-8a4b-2f1d9c0e5b6a"],
    ),
)


@dataclass
class ReadOperation(Operation):
    """An operation with the headers that every request may have."""

    def __post_init__(self) -> None:
        """Add them."""
        self.parameters = [*(self.parameters or ()), LANGUAGE]


@dataclass
class WriteOperation(Operation):
    """An operation with the headers of a write."""

    def __post_init__(self) -> None:
        """Add them."""
        self.parameters = [IDEMPOTENCY_KEY, *(self.parameters or ()), LANGUAGE]


def read(path: str | Sequence[str], opt: dict[str, Any] | None = None, **more: Any) -> get:
    """A route that reads."""
    return get(
        path,
        opt=opt or {},
        security=_security(opt),
        responses=problems(*READ_PROBLEMS),
        operation_class=ReadOperation,
        **more,
    )


def write(
    path: str | Sequence[str],
    status: HTTPStatus = HTTPStatus.OK,
    opt: dict[str, Any] | None = None,
    **more: Any,
) -> post:
    """A route that writes to the book: with an Idempotency-Key."""
    return post(
        path,
        status_code=status,
        opt=opt or {},
        security=_security(opt),
        responses=problems(*WRITE_PROBLEMS),
        operation_class=WriteOperation,
        **more,
    )


def door(path: str, opt: dict[str, Any] | None = None, **more: Any) -> post:
    """A POST beside the book (signing in): without an Idempotency-Key."""
    return post(
        path,
        status_code=HTTPStatus.OK,
        opt=opt or {},
        security=_security(opt),
        responses=problems(400, 401, 413, 415, 429, 503),
        operation_class=ReadOperation,
        **more,
    )


def ending(path: str, opt: dict[str, Any] | None = None, **more: Any) -> delete:
    """A DELETE beside the book (signing out)."""
    return delete(
        path,
        opt=opt or {},
        security=_security(opt),
        responses=problems(401, 503),
        operation_class=ReadOperation,
        **more,
    )


def _security(opt: dict[str, Any] | None) -> list[dict[str, list[str]]]:
    match (opt or {}).get("door"):
        case "open":
            return [{}]
        case "either":
            return [{}, {BEARER: []}]
        case _:
            return [{BEARER: []}]

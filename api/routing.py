"""How routes are declared: what every read and every write has in common, said once.

A route is public, or closed, or open to both (`opt`, see `guard`); its problems, its headers and
its lock in the OpenAPI document follow from that.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from http import HTTPStatus
from inspect import cleandoc
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIType, Operation, Parameter, Schema
from litestar.params import ParameterKwarg, PathParameter, QueryParameter

from api.errors import TITLES, Problem

BEARER = "bearer"

Declare = Callable[[Callable[..., Any]], HTTPRouteHandler]

READ_PROBLEMS = (400, 401, 403, 404, 429, 503)
WRITE_PROBLEMS = (*READ_PROBLEMS, 409, 413, 415)
DOOR_PROBLEMS = (400, 401, 413, 415, 429, 503)


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


@dataclass(frozen=True)
class PathField(PathParameter):
    """A parameter of the path, which may be a time that needs its offset."""

    tz: bool | None = None


@dataclass(frozen=True)
class QueryField(QueryParameter):
    """A parameter of the query, which may be a time that needs its offset."""

    tz: bool | None = None


FIELDS: Mapping[type, Callable[..., ParameterKwarg]] = {
    PathParameter: PathField,
    QueryParameter: QueryField,
}
CONSTRAINTS = ("gt", "ge", "lt", "le", "multiple_of", "pattern", "min_length", "max_length", "tz")


def read(path: str | list[str], opt: dict[str, Any] | None = None, **more: Any) -> Declare:
    """A route that reads."""
    return _route(get, path, opt, READ_PROBLEMS, operation=ReadOperation, **more)


def write(
    path: str,
    status: HTTPStatus = HTTPStatus.OK,
    opt: dict[str, Any] | None = None,
    **more: Any,
) -> Declare:
    """A route that writes to the book: with an Idempotency-Key."""
    more["status_code"] = status
    return _route(post, path, opt, WRITE_PROBLEMS, operation=WriteOperation, **more)


def door(path: str, opt: dict[str, Any] | None = None, **more: Any) -> Declare:
    """A POST beside the book (signing in): without an Idempotency-Key."""
    more |= {"status_code": HTTPStatus.OK, "response_headers": {"Cache-Control": "no-store"}}
    return _route(post, path, opt, DOOR_PROBLEMS, operation=ReadOperation, **more)


def ending(path: str, opt: dict[str, Any] | None = None, **more: Any) -> Declare:
    """A DELETE beside the book (signing out)."""
    return _route(delete, path, opt, (401, 503), operation=ReadOperation, **more)


def _route(
    handler: type[HTTPRouteHandler],
    path: str | list[str],
    opt: dict[str, Any] | None,
    statuses: Sequence[int],
    *,
    operation: type[Operation],
    **more: Any,
) -> Declare:
    def declare(function: Callable[..., Any]) -> HTTPRouteHandler:
        hints = get_type_hints(function, include_extras=True)
        function.__annotations__ = {name: constrained(hint) for name, hint in hints.items()}
        first, _, rest = cleandoc(function.__doc__ or "").partition("\n")
        return handler(
            path,
            summary=first.rstrip("."),
            description=rest.strip() or None,
            opt=opt or {},
            security=_security(opt),
            responses=problems(*statuses),
            operation_class=operation,
            **more,
        )(function)

    return declare


def constrained(annotation: Any) -> Any:
    """*annotation* with the constraints of `msgspec.Meta` moved to where Litestar heeds them.

    It heeds those of its own `QueryParameter` and `PathParameter` only: `FromPath[Uuid]` would let
    any text pass.
    """
    if get_origin(annotation) is not Annotated:
        return annotation
    inner, *about = get_args(annotation)
    marker = next((m for m in about if isinstance(m, ParameterKwarg)), None)
    if marker is None:
        return annotation
    metas = [m for m in about if isinstance(m, msgspec.Meta)]
    if get_origin(inner) in {Union, UnionType}:
        parts = []
        for part in get_args(inner):
            if get_origin(part) is Annotated:
                part, *more = get_args(part)  # noqa: PLW2901 - unwrapped
                metas += [m for m in more if isinstance(m, msgspec.Meta)]
            parts.append(part)
        inner = Union[tuple(parts)]  # noqa: UP007 - built at run time
    found = {
        name: value
        for meta in metas
        for name in CONSTRAINTS
        if (value := getattr(meta, name)) is not None
    }
    if not found:
        return annotation
    own = {field.name: getattr(marker, field.name) for field in fields(marker)}
    return Annotated[inner, FIELDS[type(marker)](**own | found)]


def _security(opt: dict[str, Any] | None) -> list[dict[str, list[str]]]:
    match (opt or {}).get("door"):
        case "open":
            return [{}]
        case "either":
            return [{}, {BEARER: []}]
        case _:
            return [{BEARER: []}]

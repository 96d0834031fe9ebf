"""Every error as an RFC 9457 problem document; the only place that knows status codes.

A `code` is the snake case of the refusal's class name and never changes; the sentence is in the
caller's language. Nothing that a caller sent, and no word about a person, is ever repeated.
"""

import re
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Litestar, Request
from litestar.exceptions import (
    ClientException,
    HTTPException,
    InternalServerException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import ExceptionHandlersMap

import district.event
import timebank.event
from api import refusals
from api.answers import Ready
from api.faults import fault_at, sentence
from journal import command as book
from journal.recorder import STORE_ERRORS
from journal.vault import HolderForgotten
from projections.cursor import BadCursor
from projections.store import ViewsUnavailable

PROBLEM = b"application/problem+json"
RETRY_SECONDS = 1
CUT_SHORT = "client disconnected prematurely"  # Litestar has no exception of its own for it

STATUS: Mapping[type[Exception], int] = {
    district.event.Refused: 409,
    district.event.NotFound: 404,
    district.event.Forbidden: 403,
    district.event.Malformed: 400,
    timebank.event.Refused: 409,
    timebank.event.NotFound: 404,
    timebank.event.Forbidden: 403,
    timebank.event.Malformed: 400,
    book.IdempotencyConflict: 409,
    book.BookError: 503,
    HolderForgotten: 409,
    refusals.SignInNeeded: 401,
    refusals.TokenNotValid: 401,
    refusals.WrongNameOrPassword: 401,
    refusals.WrongPassword: 403,
    refusals.PasswordTooWeak: 400,
    refusals.PasswordChangeRequired: 403,
    refusals.InvalidRequest: 400,
    refusals.MalformedJson: 400,
    refusals.IdempotencyKeyRequired: 400,
    refusals.UnsupportedMediaType: 415,
    refusals.BodyTooLarge: 413,
    refusals.BodyCutShort: 400,
    refusals.NotFound: 404,
    refusals.MethodNotAllowed: 405,
    refusals.TooManyRequests: 429,
    refusals.TooBusy: 503,
    refusals.ViewBehind: 503,
    refusals.StoreAway: 503,
    refusals.InternalError: 500,
}

TITLES: Mapping[int, tuple[str, str]] = {
    400: ("Bad request", "请求有误"),
    401: ("Sign-in needed", "需要登录"),
    403: ("Not allowed", "无权办理"),
    404: ("Not found", "未找到"),
    405: ("Method not allowed", "方法不支持"),
    409: ("Refused", "未予办理"),
    413: ("Body too large", "正文过大"),
    415: ("Unsupported media type", "类型不支持"),
    429: ("Too many requests", "请求过多"),
    500: ("Internal error", "内部错误"),
    503: ("Not available now", "暂不可用"),
}

WORD = re.compile(r"(?<=[a-zA-Z0-9])(?=[A-Z][a-z])|(?<=[a-z0-9])(?=[A-Z])")

log = structlog.get_logger("api")
encode = msgspec.json.Encoder().encode


class ProblemError(msgspec.Struct, frozen=True):
    """One fault inside a request."""

    pointer: str
    code: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error, as RFC 9457 writes it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: tuple[ProblemError, ...] = ()


def code_of(refusal: type[Exception]) -> str:
    """`NotEnoughPoints` -> `not_enough_points`."""
    return re.sub(
        r"(?<=[a-zA-Z0-9])(?=[A-Z][a-z])|(?<=[a-z0-9])(?=[A-Z])", "_", refusal.__name__
    ).lower()


def status_of(refusal: type[Exception]) -> int | None:
    """The status of *refusal*, by the nearest of its bases that has one; None for a bug of ours."""
    return next((STATUS[base] for base in refusal.__mro__ if base in STATUS), None)


def sentence_of(refusal: type[Exception], language: str) -> str:
    """What a caller may read of *refusal*, in *language* (`zh-CN` or `en`)."""
    if language == "zh-CN":
        return str(getattr(refusal, "zh", None) or sentence_of(refusal, "en"))
    return (refusal.__doc__ or code_of(refusal).replace("_", " ")).partition("\n")[0]


def language_of(accept_language: str) -> str:
    """`zh-CN` or `en`, whichever the header ranks higher; English where it names neither."""
    best, language = 0.0, "en"
    for part in accept_language.lower().split(","):
        name, _, parameters = part.strip().partition(";")
        found = re.match(r"\s*q=([01](?:\.\d{0,3})?)\s*$", parameters)
        rank = float(found[1]) if found else 1.0
        primary = name.strip().split("-")[0]
        if primary in {"zh", "en"} and rank > best:
            best, language = rank, "zh-CN" if primary == "zh" else "en"
    return language


def problem_response(request: Request[Any, Any, Any], error: Exception) -> Ready:
    """The problem document that answers *error*."""
    refusal = _refusal_for(error)
    status = status_of(type(refusal)) or 500
    headers = [(b"vary", b"accept-language"), *_extra_headers(request, refusal, status)]
    request_id = uuid.uuid4().hex
    headers.append((b"x-request-id", request_id.encode()))
    _note(request, error, status, code_of(type(refusal)), request_id)
    language = language_of(request.headers.get("accept-language", ""))
    headers.append((b"content-language", language.encode()))
    return Ready(encode(_problem(refusal, status, language)), status, PROBLEM, headers)


def _problem(refusal: Exception, status: int, language: str) -> Problem:
    code = code_of(type(refusal))
    english, chinese = TITLES.get(status) or (HTTPStatus(status).phrase,) * 2
    return Problem(
        type=f"urn:timebank:problem:{code}",
        title=chinese if language == "zh-CN" else english,
        status=status,
        detail=sentence_of(type(refusal), language),
        code=code,
        errors=tuple(
            ProblemError(fault.pointer, fault.code, sentence(fault.code, language))
            for fault in getattr(refusal, "faults", ())
        ),
    )


def _refusal_for(error: Exception) -> Exception:
    """*error* itself where it has a status; what it means to a caller where it is Litestar's."""
    if status_of(type(error)) is not None:
        return error
    match error:
        case ValidationException():
            return _invalid(error)
        case BadCursor():
            return refusals.InvalidRequest([refusals.Fault("/cursor", "wrong_form")])
        case ViewsUnavailable():
            return refusals.StoreAway()
        case NotFoundException():
            return refusals.NotFound()
        case MethodNotAllowedException():
            return refusals.MethodNotAllowed()
        case RequestEntityTooLarge():
            return refusals.BodyTooLarge()
        case InternalServerException() if error.detail == CUT_SHORT:
            return refusals.BodyCutShort()
        case _ if isinstance(error, STORE_ERRORS):
            return refusals.StoreAway()
        case ClientException() if error.status_code == HTTPStatus.BAD_REQUEST:
            return refusals.InvalidRequest()
        case _:
            return refusals.InternalError()


def _invalid(error: ValidationException) -> Exception:
    """A fault in the path makes the address unknown; others are named where they stand.

    Bodies are decoded by our own request; all that Litestar finds wrong is that there is none.
    """
    faults = []
    for item in error.extra if isinstance(error.extra, list) else ():
        if item.get("source") == "path":
            return refusals.NotFound()
        if item.get("key") == "data":
            return refusals.MalformedJson()
        faults.append(fault_at(f"/{item.get('key', '')}", item["message"]))
    return refusals.InvalidRequest(faults)


def _extra_headers(
    request: Request[Any, Any, Any], refusal: Exception, status: int
) -> list[tuple[bytes, bytes]]:
    match status:
        case 401:
            invalid = b', error="invalid_token"' if request.headers.get("authorization") else b""
            return [(b"www-authenticate", b'Bearer realm="timebank"' + invalid)]
        case 405:
            return [(b"allow", allowed(request.app, request.scope["path"]).encode())]
        case 429 | 503:
            retry = getattr(refusal, "retry_seconds", RETRY_SECONDS)
            return [(b"retry-after", str(retry).encode())]
        case _:
            return []


def allowed(app: Litestar, path: str) -> str:
    """Every method that *path* takes: Litestar names only those of one handler."""
    methods = []
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        try:
            app.asgi_router.handle_routing(path=path.rstrip("/") or "/", method=method)
        except HTTPException:
            continue
        methods.append(method)
    return ", ".join(methods)


def _note(
    request: Request[Any, Any, Any], error: Exception, status: int, code: str, request_id: str
) -> None:
    """Log the error by route template; of a bug also where it happened, never its words."""
    facts: dict[str, Any] = {
        "id": request_id,
        "method": request.scope["method"],
        "route": request.scope.get("path_template", ""),
        "status": status,
        "code": code,
    }
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        log.info("refused", **facts)
        return
    cause = error.__cause__ or error
    log.error("failed", **facts, error=type(cause).__qualname__, at=_frames(cause))


def _frames(error: BaseException) -> list[str]:
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frame_code = trace.tb_frame.f_code
        frames.append(f"{frame_code.co_filename}:{trace.tb_lineno} {frame_code.co_qualname}")
        trace = trace.tb_next
    return frames


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    HTTPException: problem_response,
    Exception: problem_response,
}

"""What requests are made of: strict bodies, ids and times.

Times: RFC 3339 with an offset, turned into UTC; the offset itself is only kept by the device.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
from litestar import Request

from api.caller import Caller
from api.faults import fault_at
from api.refusals import Fault, InvalidRequest, MalformedJson, UnsupportedMediaType

if TYPE_CHECKING:
    from api.service import Service

BODY_BYTES = 1 << 20
VIEW_SECONDS = 1.0
YEARS = range(1900, 2200)

Uuid = Annotated[
    str,
    msgspec.Meta(
        pattern="^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        max_length=36,  # a pattern's `$` lets a line feed follow
        examples=["0198c0de-7a3e-7c11-8a4b-2f1d9c0e5b6a"],
    ),
]
Time = Annotated[datetime, msgspec.Meta(tz=True, examples=["2026-03-02T09:00:00+08:00"])]
Claimed = Annotated[
    datetime, msgspec.Meta(tz=True, examples=["2026-03-02T09:00:00+08:00"], extra={"claimed": True})
]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
LongText = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
AreaCode = Annotated[str, msgspec.Meta(pattern="^[0-9]{6,12}$", max_length=12)]
Code = Annotated[str, msgspec.Meta(pattern="^[a-z0-9_:]{1,64}$", max_length=64)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
Position = Annotated[int, msgspec.Meta(ge=0, le=1 << 62)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=200)]

T = TypeVar("T")


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a request: every field known, every time in living memory.

    A `Time` is turned into UTC. A `Claimed` time stays as the device wrote it, because the book
    keeps the offset that the device claimed: hand it to a decision as `utc(body.at)`.
    """

    def __post_init__(self) -> None:
        """Look at the times; msgspec names the field where this refuses."""
        for name, claimed in _times(type(self)):
            at = getattr(self, name)
            if isinstance(at, datetime):
                if at.year not in YEARS:
                    raise ValueError("out of range")
                if not claimed:
                    msgspec.structs.force_setattr(self, name, utc(at))

    def plain(self) -> dict[str, Any]:
        """The fields by name, to be handed over one by one."""
        return msgspec.structs.asdict(self)


class Written(msgspec.Struct, frozen=True):
    """The answer to a write that says nothing more than where it stands in the book."""

    position: int


def utc(at: datetime) -> datetime:
    """The same instant, in UTC."""
    return at.astimezone(UTC)


@cache
def _times(body: type[msgspec.Struct]) -> tuple[tuple[str, bool], ...]:
    """The fields of *body* that hold a time, and whether the time stays as claimed."""
    info = msgspec.inspect.type_info(body)
    assert isinstance(info, msgspec.inspect.StructType)
    found = ((field.name, _claimed(field.type)) for field in info.fields)
    return tuple((name, claimed) for name, claimed in found if claimed is not None)


def _claimed(kind: msgspec.inspect.Type) -> bool | None:
    """None where *kind* is no time."""
    match kind:
        case msgspec.inspect.Metadata():
            inner = _claimed(kind.type)
            return inner if inner is None else bool((kind.extra or {}).get("claimed"))
        case msgspec.inspect.UnionType():
            return next((c for c in map(_claimed, kind.types) if c is not None), None)
        case msgspec.inspect.DateTimeType():
            return False
        case _:
            return None


class JsonRequest(Request[Caller | None, Any, Any]):
    """A request whose body is decoded once, strictly, into the type that its route declares.

    Litestar's own decoding takes `"5"` for a number; a contract that other software relies on
    must not.
    """

    @property
    def service(self) -> "Service":
        """The service that answers."""
        service: Service = self.scope["litestar_app"].state["service"]
        return service

    @property
    def caller(self) -> Caller:
        """Who asks, on a route that is closed."""
        caller: Caller = self.scope["user"]
        return caller

    @property
    def address(self) -> str:
        """The network address of the client, or nothing where the server does not know."""
        client = self.scope["client"]
        return client[0] if client else ""

    @property
    def content_length(self) -> int | None:
        """The announced length of the body; Litestar would build a map of all headers for it."""
        length = header(self, b"content-length")
        return int(length[:18]) if length.isdigit() else None

    async def json(self) -> Any:
        """The body in its declared type.

        Raises:
            UnsupportedMediaType: it is not sent as JSON.
            MalformedJson: it is not JSON.
            InvalidRequest: it is JSON of another shape.
        """
        body = await self.body()
        content_type = header(self, b"content-type").partition(b";")[0].strip().lower()
        if content_type != b"application/json":
            raise UnsupportedMediaType
        return decoded(body, decoder_of(self.scope["route_handler"]))


def decoded(body: bytes, decode: Callable[[bytes], T]) -> T:
    """*body* in the type of *decode*.

    Raises:
        MalformedJson: it is not JSON.
        InvalidRequest: it is JSON of another shape.
    """
    if b"\\u0000" in body:  # no text of ours holds a NUL, and PostgreSQL cannot
        raise InvalidRequest([Fault("", "wrong_form")])
    try:
        return decode(body)
    except msgspec.ValidationError as error:
        raise InvalidRequest([fault_at("", str(error))]) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedJson from None


@cache
def decoder_of(route_handler: Any) -> Callable[[bytes], Any]:
    """The strict decoder of the body that *route_handler* declares."""
    field = route_handler.parsed_data_field
    return msgspec.json.Decoder(field.annotation if field else Any).decode


def header(request: Request[Any, Any, Any], name: bytes) -> bytes:
    """The value of header *name*, without building a map of all headers; empty where missing."""
    for key, value in request.scope["headers"]:
        if key == name:
            return value
    return b""

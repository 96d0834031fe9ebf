"""The transparency log: checkpoints, tiles and keys for everyone, proofs for those they concern.

Shapes: C2SP tlog-tiles, tlog-checkpoint and tlog-proof. After a resumed restore the log that was
given up stays readable under its epoch's number.
"""

import asyncio
from collections.abc import Callable
from pathlib import PurePath
from typing import Annotated, TypeVar

import msgspec
from litestar import MediaType, Response, Router
from litestar.params import FromPath

from api.acts import ZONE
from api.caller import Caller
from api.guard import OPEN
from api.reading import staff_of
from api.refusals import NotFound
from api.requests import JsonRequest
from api.routing import read
from district.calendar import civil_day
from district.staff import NotAllowed, roles_on
from journal.forms import Recorded
from journal.log_reader import NotThere
from journal.tiles import MalformedTilePath, parse_tile_path

T = TypeVar("T")

Epoch = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
LogPosition = Annotated[int, msgspec.Meta(ge=1, le=1 << 62)]

SHORTLY = {"Cache-Control": "public, max-age=1"}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
OWN = {"Cache-Control": "private, no-store"}


@read(["/checkpoint", "/epochs/{epoch:int}/checkpoint"], OPEN, media_type=MediaType.TEXT)
async def checkpoint(request: JsonRequest, epoch: FromPath[Epoch | None] = None) -> Response[bytes]:
    """The latest checkpoint: a signed note of the log's size and root."""
    note = await _found(lambda: request.service.log_reader.checkpoint(epoch))
    return Response(note, headers=SHORTLY)


@read(
    ["/tile/{tile:path}", "/epochs/{epoch:int}/tile/{tile:path}"],
    OPEN,
    media_type="application/octet-stream",
)
async def tile(
    request: JsonRequest, tile: FromPath[PurePath], epoch: FromPath[Epoch | None] = None
) -> Response[bytes]:
    """A tile of hashes (`0/x001/067`), a bundle of entries (`entries/000`), or a part of either.

    Of the last tile there is only the part that the latest checkpoint covers: `entries/000.p/5`.
    """
    address = str(tile).removeprefix("/")
    found = await _found(lambda: request.service.log_reader.tile(parse_tile_path(address), epoch))
    return Response(found, headers=FOR_EVER)


@read("/key", OPEN, media_type=MediaType.TEXT)
async def key(request: JsonRequest) -> Response[str]:
    """The keys under which checkpoints are signed, the present one first."""
    lines = await asyncio.to_thread(request.service.log_reader.key_lines)
    return Response("".join(f"{line}\n" for line in lines), headers=SHORTLY)


@read("/proof/{position:int}", media_type=MediaType.TEXT)
async def proof(request: JsonRequest, position: FromPath[LogPosition]) -> Response[str]:
    """The receipt of one event: for whom it concerns, and for auditors."""
    service = request.service
    recorded = await asyncio.to_thread(service.book.at, position)
    if recorded is None:
        raise NotFound
    if not concerns(recorded, request.caller):
        today = civil_day(service.clock(), ZONE)
        if not any(grant.role == "auditor" for grant in roles_on(staff_of(request), today)):
            raise NotAllowed
    reader = service.log_reader
    text = await _found(lambda: reader.proof(position, reader.opening(position)).text())
    return Response(text, headers=OWN)


def concerns(recorded: Recorded, caller: Caller) -> bool:
    """Whether the event is *caller*'s own: done by them, for them, or in a stream of theirs."""
    me = caller.person
    return me in {recorded.by, recorded.on_behalf} or recorded.stream.endswith(f"-{me}")


async def _found(ask: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(ask)
    except (NotThere, MalformedTilePath):
        raise NotFound from None


ROUTES = Router("/tlog", route_handlers=[checkpoint, tile, key, proof], tags=["log"])

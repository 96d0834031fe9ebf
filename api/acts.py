"""From a request to a decision: the one way in which anything is written.

A command is a function of a body, the facts of the moment (`Act`) and the ids in the path; it
returns what was decided and knows nothing of HTTP. The same functions serve the routes, what phones
push after being offline, and the player of the demonstration district.
"""

import hmac
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, NamedTuple, ParamSpec, get_type_hints

import msgspec

from api.answers import Ready
from api.caller import Caller
from api.refusals import IdempotencyKeyRequired
from api.requests import JsonRequest, header
from district.area_codes import area_stream, level_of
from district.areas import UnknownArea
from district.calendar import civil_day
from district.roles import Role
from district.staff import NotAllowed, Staff, holds, require, roles_on, staff_stream
from journal.blind import BlindIndex
from journal.book import Book
from journal.command import Command, Decided, IndexPut, Outcome, Reading

ZONE = "Asia/Shanghai"
PUBLIC = "public"
UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

P = ParamSpec("P")

encode = msgspec.json.Encoder(order="sorted").encode
"""Encodes every answer to a write: sorted, so that its repeat has the same bytes."""


class Act(msgspec.Struct, frozen=True):
    """The facts of the moment in which a command is decided."""

    caller: Caller | None
    now: datetime
    read: Reading
    index: BlindIndex

    @property
    def by(self) -> str:
        """Who acts: a person's id, or `public`."""
        return self.caller.person if self.caller else PUBLIC

    @property
    def today(self) -> date:
        """The civil day, where the district is."""
        return civil_day(self.now, ZONE)

    @property
    def staff(self) -> Staff:
        """The caller as a member of staff; without any grant where they are none.

        Only a sign-in that was opened for staff counts: clients make the ids of volunteers, and
        one of them could be the id of a member of staff.
        """
        if self.caller is None or self.caller.kind != "staff":
            return Staff()
        state: Staff = self.read(staff_stream(self.caller.person))
        return state

    def holds(self, roles: Collection[Role], area: str) -> bool:
        """Whether the caller holds one of *roles* today for *area*."""
        return holds(self.staff, roles, area=area, on=self.today)

    def require(self, roles: Collection[Role], area: str) -> None:
        """Go on only if the caller holds one of *roles* today for *area*.

        Raises:
            NotAllowed: no such grant.
        """
        require(self.staff, roles, area=area, on=self.today)

    def require_district(self, roles: Collection[Role]) -> None:
        """Go on only if the caller holds one of *roles* today for a whole district.

        Raises:
            NotAllowed: no such grant.
        """
        grants = (grant for grant in roles_on(self.staff, self.today) if grant.role in roles)
        if not any(level_of(grant.area) == "district" for grant in grants):
            raise NotAllowed

    def require_area(self, code: str) -> None:
        """Go on only if the district has the area *code*.

        Raises:
            BadAreaCode: *code* is not an administrative code.
            UnknownArea: there is no such area.
        """
        level_of(code)
        if not self.read(area_stream(code)).added:
            raise UnknownArea

    def found(self, field: str, words: str) -> tuple[str, ...]:
        """The people whose *field* (phone, id_number, name) reads *words*."""
        return self.read.index(field, self.index.mac(field, words))

    def findable(self, field: str, words: str, holder: str) -> IndexPut:
        """The row beside the events by which *holder* is found again."""
        return IndexPut(field=field, mac=self.index.mac(field, words), holder=holder)


Deciding = Callable[..., Decided]

Extra = Callable[[Outcome], Awaitable[Mapping[str, Any]]]

Address = str | Callable[..., str]
"""A template of body and path (`order-{order}`, `order-{body.id}`), or a function of them."""


class Form(NamedTuple):
    """How a command is called and where it writes."""

    name: str
    body: type[msgspec.Struct]
    decide: Deciding
    stream: Address
    address: Address | None
    on_behalf: str | None


COMMANDS: dict[str, Form] = {}
"""Every command by the name that phones push it under."""

FORMS: dict[Deciding, Form] = {}


def command(
    name: str,
    *,
    stream: Address = "",
    address: Address | None = None,
    on_behalf: str | None = None,
) -> Callable[[Callable[P, Decided]], Callable[P, Decided]]:
    """Declare a command.

    *stream* is the one that it always reads: fetched together with those of its neighbours, and
    the one whose position answers when there is nothing to do. *address* is where something new is
    found (`/v1/orders/{body.id}`). *on_behalf* names the field of the body with the person for whom
    somebody else may act.
    """

    def declare(function: Callable[P, Decided]) -> Callable[P, Decided]:
        form = Form(name, get_type_hints(function)["body"], function, stream, address, on_behalf)
        if COMMANDS.setdefault(name, form) is not form:
            raise ValueError(f"two commands are called {name}")
        FORMS[function] = form
        return function

    return declare


class Acts:
    """Hands commands to the book."""

    def __init__(self, book: Book, index: BlindIndex, receipts_key: bytes) -> None:
        self.book = book
        self.index = index
        self.keyed = hmac.new(receipts_key, digestmod="sha256")

    def digest(self, *request: bytes) -> bytes:
        """What stands for an exact request in its receipt: keyed, so that it tells nothing.

        A copy, because `hmac.digest` lets go of the interpreter and then waits for its turn behind
        the writer's thread: 50 µs instead of 3.
        """
        mac = self.keyed.copy()
        mac.update(b"\n".join(request))
        return mac.digest()

    async def submit(
        self,
        decide: Deciding,
        body: msgspec.Struct,
        *,
        id: str,
        caller: Caller | None,
        digest: bytes,
        path: Mapping[str, Any],
    ) -> Outcome:
        """Record what *decide* makes of *body*."""
        form = FORMS[decide]
        stream = filled(form.stream, body, path)
        by = caller.person if caller else PUBLIC
        behalf = form.on_behalf and getattr(body, form.on_behalf)
        return await self.book.submit(
            Command(
                id=id,
                caller=by,
                digest=digest,
                decide=lambda read, now: decide(body, Act(caller, now, read, self.index), **path),
                reads=(stream,) if stream else (),
                target=stream,
                on_behalf=behalf if behalf != by else None,
                device=getattr(body, "device", None),
                at=getattr(body, "at", None),
            )
        )


def filled(address: Address, body: msgspec.Struct, path: Mapping[str, Any]) -> str:
    """*address* with the ids of *body* and *path* in it."""
    return address.format(body=body, **path) if isinstance(address, str) else address(body, **path)


async def act(
    request: JsonRequest,
    decide: Deciding,
    body: msgspec.Struct,
    extra: Extra | None = None,
    **path: Any,
) -> Ready:
    """The answer to a write: decided, recorded, or told again.

    *extra* adds what no receipt may hold (a one-time password) to the answer of the request that
    recorded something: whoever asks again, under this or another key, gets nothing to hand out.

    Raises:
        IdempotencyKeyRequired: the header is missing or no UUID.
    """
    acts, scope = request.service.acts, request.scope
    digest = acts.digest(scope["method"].encode(), scope["path"].encode(), await request.body())
    outcome = await acts.submit(
        decide, body, id=idempotency_key(request), caller=request.user, digest=digest, path=path
    )
    answer, headers = {**outcome.answer, "position": outcome.position}, []
    if outcome.replayed:
        headers.append((b"idempotent-replayed", b"true"))
    elif extra is not None and outcome.recorded:
        answer |= await extra(outcome)
    address = FORMS[decide].address
    if outcome.status == HTTPStatus.CREATED and address is not None:
        headers.append((b"location", filled(address, body, path).encode()))
    return Ready(encode(answer), outcome.status, headers=headers)


def idempotency_key(request: JsonRequest) -> str:
    """The UUID under which the caller may repeat this request.

    Raises:
        IdempotencyKeyRequired: it is missing or no UUID.
    """
    key = header(request, b"idempotency-key").lower()
    if UUID.fullmatch(key) is None:
        raise IdempotencyKeyRequired
    return key.decode()

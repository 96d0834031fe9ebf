"""Me: who the caller is, and the caller's own password."""

import asyncio
from datetime import date

import msgspec
from litestar import Response, Router
from litestar.params import JSONBody

from api.acts import ZONE, act
from api.caller import Caller
from api.commands import sign_ins
from api.commands.sign_ins import ChoosePassword
from api.guard import NEW_PASSWORD
from api.passwords import must_be_strong
from api.requests import JsonRequest, Written
from api.routing import read, write
from api.service import Service
from district.calendar import civil_day
from district.staff import roles_on, staff_stream
from projections.recipients import represented
from timebank.recipients import Recipient
from timebank.volunteers import Volunteer


class RoleHeld(msgspec.Struct, frozen=True, omit_defaults=True):
    """One role in one area, and its last day where it has one."""

    role: str
    area: str
    until: date | None = None


class Me(msgspec.Struct, frozen=True):
    """The caller: for a volunteer, `id` is the volunteer's id."""

    id: str
    name: str
    person: str
    kind: str
    roles: list[RoleHeld]


@read("/me", NEW_PASSWORD)
async def me(request: JsonRequest) -> Me:
    """Who I am and what I may do where."""
    caller = request.caller
    roles = await asyncio.to_thread(_roles, request.service, caller)
    return Me(caller.person, caller.sign_in, caller.person, caller.kind, roles)


@write("/me/password", opt=NEW_PASSWORD)
async def change_password(
    request: JsonRequest, data: JSONBody[ChoosePassword]
) -> Response[Written]:
    """Choose a new password; every other session under the name ends."""
    sessions, caller = request.service.sessions, request.caller
    must_be_strong(data.new, name=caller.sign_in, old=data.old)
    account = await sessions.proven(caller.sign_in, data.old)
    verifier = await request.service.passwords.verifier(data.new) if account else ""

    async def after(_: object) -> dict[str, str]:
        await sessions.chosen(caller.sign_in, caller.family)
        return {}

    return await act(
        request,
        sign_ins.choose,
        data,
        after,
        name=caller.sign_in,
        proven=account and account.generation,
        verifier=verifier,
    )


def _roles(service: Service, caller: Caller) -> list[RoleHeld]:
    """What the book says, now."""
    person = caller.person
    if caller.kind == "volunteer":
        volunteer: Volunteer = service.book.state(f"volunteer-{person}")
        return [RoleHeld("volunteer", volunteer.community)] if volunteer.volunteer_no else []
    if caller.kind == "recipient":
        recipient: Recipient = service.book.state(f"recipient-{person}")
        return [RoleHeld("recipient", recipient.community)] if recipient.is_registered else []
    if caller.kind == "guardian":
        served = [
            service.book.state(f"recipient-{recipient}")
            for recipient in represented(service.views, person)
        ]
        areas = sorted({recipient.community for recipient in served})
        return [RoleHeld("guardian", area) for area in areas]
    today = civil_day(service.clock(), ZONE)
    held = roles_on(service.book.state(staff_stream(person)), today)
    return [RoleHeld(grant.role, grant.area, grant.until_on) for grant in held]


ROUTES = Router("/v1", route_handlers=[me, change_password], tags=["me"])

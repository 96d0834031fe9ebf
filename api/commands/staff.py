"""Staff: appointing, further roles, relief."""

from datetime import date

from api.acts import Act, command
from api.requests import AreaCode, Body, LongText, Text, Uuid
from district.appointments import appoint, grant_role, relieve
from district.area_codes import area_stream
from district.roles import Role
from district.sign_ins import open_sign_in, sign_in_stream
from district.staff import staff_stream
from journal.command import Decided


class AppointStaff(
    Body, frozen=True, kw_only=True, rename={"from_on": "from", "until_on": "until"}
):
    """Someone new, their first role and its area and days."""

    id: Uuid
    name: Text
    role: Role
    area: AreaCode
    from_on: date
    until_on: date | None = None
    sign_in: Text | None = None


class GrantRole(Body, frozen=True, kw_only=True, rename={"from_on": "from", "until_on": "until"}):
    """A further role for someone on the staff."""

    role: Role
    area: AreaCode
    from_on: date
    until_on: date | None = None


class Relieve(Body, frozen=True, kw_only=True):
    """The first day without any role, and why."""

    on: date
    reason: LongText | None = None


@command("staff.appoint", stream="staff-{body.id}")
def appoint_staff(body: AppointStaff, act: Act, *, grant: str) -> Decided:
    """Appoint someone and open their sign-in; the answer has to carry a one-time password."""
    state = act.read(staff_stream(body.id))
    events = appoint(
        state,
        act.staff,
        act.read(area_stream(body.area)),
        staff=body.id,
        grant=grant,
        name=body.name,
        role=body.role,
        area=body.area,
        from_on=body.from_on,
        until_on=body.until_on,
        today=act.today,
    )
    name = body.sign_in or f"staff-{body.id[-12:]}"
    signs_in = open_sign_in(act.read(sign_in_stream(name)), name=name, person=body.id, kind="staff")
    return Decided([*events, *signs_in], {"id": body.id, "sign_in": name})


@command("staff.grant_role", stream="staff-{staff}")
def grant_further(body: GrantRole, act: Act, *, staff: str, grant: str) -> Decided:
    """Give a further role."""
    return Decided(
        grant_role(
            act.read(staff_stream(staff)),
            act.staff,
            act.read(area_stream(body.area)),
            staff=staff,
            grant=grant,
            role=body.role,
            area=body.area,
            from_on=body.from_on,
            until_on=body.until_on,
            today=act.today,
        )
    )


@command("staff.relieve", stream="staff-{staff}")
def relieve_staff(body: Relieve, act: Act, *, staff: str) -> Decided:
    """End every role of someone."""
    return Decided(
        relieve(
            act.read(staff_stream(staff)),
            act.staff,
            staff=staff,
            on=body.on,
            reason=body.reason,
            today=act.today,
        )
    )

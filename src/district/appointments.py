"""Appointing and relieving staff.

Administrators appoint to every role, each inside the own area. One appointment needs none, because
the first administrator has nobody above: `found_administrator`, for whoever runs the service.
"""

from datetime import date

import msgspec

from district.area_codes import level_of
from district.areas import Area, AreaAdded, UnknownArea
from district.event import Event, Malformed, NotFound, Refused
from district.names import written_name
from district.roles import ADMINISTRATORS, Role
from district.staff import (
    Grant,
    ReliefExplained,
    RoleEnded,
    RoleGranted,
    Staff,
    StaffNamed,
    StaffRelieved,
    require,
)

_LONGEST_REASON = 500


class UnknownStaff(NotFound):
    """There is no such member of staff."""

    zh = "没有此工作人员。"


class UnknownGrant(NotFound):
    """This member of staff was never given this role."""

    zh = "此工作人员没有该项授权。"


class AlreadyAppointed(Refused):
    """This member of staff is already appointed; give them a further role instead."""

    zh = "此工作人员已在任,请改为增加授权。"


class GrantTaken(Refused):
    """This id already stands for another role of this member of staff."""

    zh = "此授权编号已用于另一项授权。"


class GrantEndsBeforeStart(Malformed):
    """A role cannot end before it begins."""

    zh = "授权的结束日期不能早于开始日期。"


class BadReason(Malformed):
    """A reason has 1 to 500 characters."""

    zh = "原因应为1至500个字符。"


def appoint(
    state: Staff,
    by: Staff,
    place: Area,
    *,
    staff: str,
    grant: str,
    name: str,
    role: Role,
    area: str,
    from_on: date,
    until_on: date | None,
    today: date,
) -> list[Event]:
    """Make *name* a member of staff with *role* in *area*; somebody relieved may come back.

    Raises:
        BadAreaCode: *area* is not an administrative code.
        BadName: *name* cannot be written.
        GrantEndsBeforeStart: *until_on* is before *from_on*.
        NotAllowed: *by* is no administrator of *area*.
        UnknownArea: *area* does not exist.
        GrantTaken: *grant* already stands for another role.
        AlreadyAppointed: a role is still held, or will be.
    """
    level_of(area)
    name = written_name(name)
    wanted = _wanted(grant, role, area, from_on, until_on)
    require(by, ADMINISTRATORS, area=area, on=today)
    if not place.added:
        raise UnknownArea
    return _appointed(state, wanted, staff=staff, name=name, today=today)


def found_administrator(
    state: Staff,
    place: Area,
    *,
    staff: str,
    grant: str,
    name: str,
    area: str,
    today: date,
) -> list[Event]:
    """Make *name* an administrator of *area*, and the district itself where it is new.

    The one appointment that no administrator makes: whoever runs the service does, at the
    machine, as `system`. It gives no other role, and adds no area but a district.

    Raises:
        BadAreaCode: *area* is not an administrative code.
        BadName: *name* cannot be written.
        UnknownArea: *area* is a street or a community that does not exist.
        GrantTaken: *grant* already stands for another role.
        AlreadyAppointed: a role is still held, or will be.
    """
    level = level_of(area)
    name = written_name(name)
    if not place.added and level != "district":
        raise UnknownArea
    wanted = Grant(grant, "administrator", area, today)
    appointed = _appointed(state, wanted, staff=staff, name=name, today=today)
    if place.added or not appointed:
        return appointed
    return [AreaAdded(code=area), *appointed]


def grant_role(
    state: Staff,
    by: Staff,
    place: Area,
    *,
    staff: str,
    grant: str,
    role: Role,
    area: str,
    from_on: date,
    until_on: date | None,
    today: date,
) -> list[Event]:
    """Give a further role to somebody who is, or was, a member of staff.

    Raises:
        BadAreaCode: *area* is not an administrative code.
        GrantEndsBeforeStart: *until_on* is before *from_on*.
        NotAllowed: *by* is no administrator of *area*.
        UnknownStaff: nobody was appointed under this id.
        UnknownArea: *area* does not exist.
        GrantTaken: *grant* already stands for another role.
    """
    level_of(area)
    wanted = _wanted(grant, role, area, from_on, until_on)
    require(by, ADMINISTRATORS, area=area, on=today)
    if not state.grants:
        raise UnknownStaff
    if not place.added:
        raise UnknownArea
    return [] if _already_given(state, wanted) else [_granted(staff, wanted)]


def end_role(
    state: Staff, by: Staff, *, staff: str, grant: str, on: date, today: date
) -> list[Event]:
    """End one grant, so that *on* is the first day without it.

    Raises:
        UnknownGrant: there is no such grant.
        NotAllowed: *by* is no administrator of the grant's area.
    """
    found = next((given for given in state.grants if given.grant == grant), None)
    if found is None:
        raise UnknownGrant
    require(by, ADMINISTRATORS, area=found.area, on=today)
    return [RoleEnded(staff=staff, grant=grant, on=on)] if found.lasts_to(on) else []


def relieve(
    state: Staff, by: Staff, *, staff: str, on: date, reason: str | None, today: date
) -> list[Event]:
    """End every role of *staff*, so that *on* is the first day without any.

    Raises:
        UnknownStaff: nobody was appointed under this id.
        BadReason: *reason* is blank or too long.
        NotAllowed: *by* is no administrator of every area in which a role would end, or ended.
    """
    if not state.grants:
        raise UnknownStaff
    if reason is not None and not 1 <= len(reason.strip()) <= _LONGEST_REASON:
        raise BadReason
    ending = [given for given in state.grants if given.lasts_to(on)]
    for given in ending or state.grants:
        require(by, ADMINISTRATORS, area=given.area, on=today)
    if not ending:
        return []
    relieved = StaffRelieved(staff=staff, on=on)
    if reason is None:
        return [relieved]
    return [relieved, ReliefExplained(staff=staff, reason=reason.strip())]


def relieve_forgotten(state: Staff, *, staff: str, today: date) -> list[Event]:
    """End every role of somebody who was forgotten; nobody is asked, for nobody may keep them."""
    if not any(given.lasts_to(today) for given in state.grants):
        return []
    return [StaffRelieved(staff=staff, on=today)]


def _wanted(grant: str, role: Role, area: str, from_on: date, until_on: date | None) -> Grant:
    if until_on is not None and until_on < from_on:
        raise GrantEndsBeforeStart
    return Grant(grant, role, area, from_on, until_on)


def _already_given(state: Staff, wanted: Grant) -> bool:
    """Whether *wanted* is in the past of *state*, under its own id or, still whole, another."""
    for given in state.grants:
        facts = msgspec.structs.replace(given, grant=wanted.grant, ended_on=None)
        if given.grant == wanted.grant and facts != wanted:
            raise GrantTaken
        if facts == wanted and (given.grant == wanted.grant or given.ended_on is None):
            return True
    return False


def _appointed(state: Staff, wanted: Grant, *, staff: str, name: str, today: date) -> list[Event]:
    if _already_given(state, wanted):
        return []
    if any(given.lasts_to(today) for given in state.grants):
        raise AlreadyAppointed
    return [_granted(staff, wanted), StaffNamed(staff=staff, name=name)]


def _granted(staff: str, wanted: Grant) -> Event:
    return RoleGranted(
        staff=staff,
        grant=wanted.grant,
        role=wanted.role,
        area=wanted.area,
        from_on=wanted.from_on,
        until_on=wanted.until_on,
    )

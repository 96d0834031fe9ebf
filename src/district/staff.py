"""Staff: who holds which role where, and from when until when.

Shapes: stream `staff-<uuid>`; a grant is one role in one area (an administrative code).
Units: civil days in the rule's time zone. `until_on` is the last day of a grant; `on` of an end
or a relief is the first day without it.
"""

from collections.abc import Collection
from datetime import date

import msgspec

from district.area_codes import covers
from district.event import Event, Forbidden
from district.roles import Role


def staff_stream(staff: str) -> str:
    """The stream of this member of staff."""
    return f"staff-{staff}"


class StaffEvent(Event, frozen=True, kw_only=True):
    """Something that happened to a member of staff."""

    staff: str

    @property
    def stream(self) -> str:
        """The stream of the member of staff."""
        return staff_stream(self.staff)


class RoleGranted(StaffEvent, frozen=True, kw_only=True, tag="staff.role_granted"):
    """The member of staff received a role in an area; the first grant is the appointment."""

    grant: str
    role: Role
    area: str
    from_on: date
    until_on: date | None = None


class RoleEnded(StaffEvent, frozen=True, kw_only=True, tag="staff.role_ended"):
    """One grant was ended before its time."""

    grant: str
    on: date


class StaffRelieved(StaffEvent, frozen=True, kw_only=True, tag="staff.relieved"):
    """Every grant made so far was ended."""

    on: date


class StaffNamed(StaffEvent, frozen=True, kw_only=True, tag="staff.named"):
    """The member of staff's name became known; sealed under their own key."""

    name: str

    @property
    def holder(self) -> str:
        """Whose key seals this event."""
        return self.staff


class ReliefExplained(StaffEvent, frozen=True, kw_only=True, tag="staff.relief_explained"):
    """Why the member of staff was relieved, in words; sealed under their own key."""

    reason: str

    @property
    def holder(self) -> str:
        """Whose key seals this event."""
        return self.staff


class Grant(msgspec.Struct, frozen=True):
    """One role in one area, and its days."""

    grant: str
    role: Role
    area: str
    from_on: date
    until_on: date | None = None
    ended_on: date | None = None

    def lasts_to(self, on: date) -> bool:
        """Whether *on* comes before the end of this grant, begun or not."""
        return (self.until_on is None or on <= self.until_on) and (
            self.ended_on is None or on < self.ended_on
        )

    def in_force(self, on: date) -> bool:
        """Whether this grant is held on *on*."""
        return self.from_on <= on and self.lasts_to(on)

    def ending(self, on: date) -> "Grant":
        """This grant ended on *on*, unless it ended earlier."""
        ended_on = on if self.ended_on is None else min(on, self.ended_on)
        return msgspec.structs.replace(self, ended_on=ended_on)


class Staff(msgspec.Struct, frozen=True):
    """The grants that a member of staff was ever given; none for somebody unknown."""

    grants: tuple[Grant, ...] = ()


def evolve(state: Staff, event: Event) -> Staff:
    """*state* after *event*."""
    match event:
        case RoleGranted():
            given = Grant(event.grant, event.role, event.area, event.from_on, event.until_on)
            others = tuple(grant for grant in state.grants if grant.grant != event.grant)
            return Staff((*others, given))
        case RoleEnded():
            return Staff(
                tuple(
                    grant.ending(event.on) if grant.grant == event.grant else grant
                    for grant in state.grants
                )
            )
        case StaffRelieved():
            return Staff(tuple(grant.ending(event.on) for grant in state.grants))
        case _:
            return state


class NotAllowed(Forbidden):
    """None of your roles allows this here."""

    zh = "您的角色在此区域无权办理。"


def roles_on(staff: Staff, on: date) -> tuple[Grant, ...]:
    """The grants that are held on *on*."""
    return tuple(grant for grant in staff.grants if grant.in_force(on))


def holds(staff: Staff, roles: Collection[Role], *, area: str, on: date) -> bool:
    """Whether *staff* holds one of *roles* on *on* for *area* or for an area around it."""
    return any(
        grant.role in roles and grant.in_force(on) and covers(grant.area, area)
        for grant in staff.grants
    )


def require(staff: Staff, roles: Collection[Role], *, area: str, on: date) -> None:
    """Go on only if *staff* holds one of *roles* on *on* for *area*.

    Raises:
        NotAllowed: no such grant; no grant at all means nothing is allowed.
    """
    if not holds(staff, roles, area=area, on=on):
        raise NotAllowed

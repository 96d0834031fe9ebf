"""Sign-ins: opening and resetting them at a desk, and choosing a password of one's own."""

from typing import Annotated, NamedTuple

import msgspec

from api.acts import Act, command
from api.refusals import WrongPassword
from api.requests import Body, Password, Uuid
from district.event import NotFound
from district.sign_ins import (
    Kind,
    SignIn,
    UnknownSignIn,
    choose_password,
    open_sign_in,
    require_sign_in_desk,
    reset_password,
    sign_in_name,
    sign_in_stream,
)
from district.staff import NotAllowed, Staff, staff_stream
from journal.command import CredentialPut, Decided
from timebank.recipients import Recipient
from timebank.volunteers import Volunteer

SignInName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class OpenSignIn(Body, frozen=True, kw_only=True):
    """For whom: a volunteer, a recipient, or a guardian who speaks for *recipient*."""

    id: Uuid
    person: Uuid
    recipient: Uuid | None = None
    name: SignInName | None = None


class ResetSignIn(Body, frozen=True, kw_only=True):
    """For a guardian, the recipient for whom they speak."""

    recipient: Uuid | None = None


class ChoosePassword(Body, frozen=True, kw_only=True):
    """The password that worked so far, and the one that shall."""

    old: Password
    new: Password


class Owner(NamedTuple):
    """What a desk has to know of a person before it touches their sign-in."""

    kind: Kind
    areas: tuple[str, ...]
    name: str = ""


class SignInOwnerNotFound(NotFound):
    """There is no such volunteer, recipient or guardian."""

    zh = "没有该志愿者、服务对象或监护人。"


@command("sign_in.open")
def open_(body: OpenSignIn, act: Act) -> Decided:
    """Open a sign-in; the answer has to carry a one-time password."""
    owner = _owner(act, body.person, body.recipient)
    _require_desk(act, owner)
    name = sign_in_name(body.name or owner.name or f"{owner.kind[0]}-{body.id[-12:]}")
    events = open_sign_in(
        act.read(sign_in_stream(name)), name=name, person=body.person, kind=owner.kind
    )
    return Decided(events, {"sign_in": name}, status=201)


@command("sign_in.reset", stream=lambda _, name: sign_in_stream(sign_in_name(name)))
def reset(body: ResetSignIn, act: Act, *, name: str) -> Decided:
    """Hand out a new one-time password."""
    name = sign_in_name(name)
    state: SignIn = act.read(sign_in_stream(name))
    if state.person is None:
        raise UnknownSignIn
    if state.kind == "staff":
        staff: Staff = act.read(staff_stream(state.person))
        owner = Owner("staff", tuple({grant.area for grant in staff.grants}))
    else:
        owner = _owner(act, state.person, body.recipient)
    _require_desk(act, owner)
    return Decided(reset_password(state, name=name), {"sign_in": name})


@command("sign_in.choose_password", stream=lambda _, name, **__: sign_in_stream(name))
def choose(
    body: ChoosePassword, act: Act, *, name: str, proven: int | None, verifier: str
) -> Decided:
    """Take a new password; *proven* is the generation of the old one, None where it was wrong.

    Raises:
        WrongPassword: it was wrong. Said only here, so that a repeat is answered by its receipt.
    """
    del body
    if proven is None:
        raise WrongPassword
    state: SignIn = act.read(sign_in_stream(name))
    events = choose_password(state, name=name, proven=proven)
    return Decided(events, beside=[CredentialPut(name, verifier, state.generation + 1)])


def _owner(act: Act, person: str, recipient: str | None) -> Owner:
    """Whose desk looks after *person*, who may speak for *recipient*.

    Raises:
        SignInOwnerNotFound: they are none of those who get their sign-in at a desk.
    """
    if act.read(f"person-{person}").forgotten:
        raise SignInOwnerNotFound
    volunteer: Volunteer = act.read(f"volunteer-{person}")
    if volunteer.volunteer_no:
        return Owner("volunteer", (volunteer.community,), volunteer.volunteer_no)
    served: Recipient = act.read(f"recipient-{recipient or person}")
    if recipient is None and served.is_registered:
        return Owner("recipient", (served.community,))
    if person in served.proxies:
        return Owner("guardian", (served.community,))
    raise SignInOwnerNotFound


def _require_desk(act: Act, owner: Owner) -> None:
    """Go on only if the caller's desk covers every area of *owner*.

    Raises:
        NotAllowed: it does not, or nobody's desk could.
    """
    if not owner.areas:
        raise NotAllowed
    for area in owner.areas:
        require_sign_in_desk(act.staff, kind=owner.kind, area=area, today=act.today)

"""Sign-ins: under which name a person signs in, and which of their passwords is the valid one.

No password and nothing made from one is here. `generation` counts the passwords that a sign-in
has had: an issued one is derived from name and generation outside, a chosen one has its verifier
in a row beside the events. A token made under an older generation is dead.

Shapes: stream `sign_in-<uuid from the name>`. A name is a label that the service hands out
(`worker-1`, a volunteer's number), never a person's phone or identity number, so it stays clear.
"""

import re
import unicodedata
from datetime import date
from typing import Literal

import msgspec

from district.event import Event, Malformed, NotFound, Refused, id_of
from district.index_terms import reads_as_identity_number, reads_as_phone
from district.roles import ADMINISTRATORS, SIGN_IN_DESKS
from district.staff import Staff, require

Kind = Literal["staff", "volunteer", "recipient", "guardian"]

# Volunteers' numbers are names too; some of them begin as a landline's number does.
_VOLUNTEER_NO = re.compile(r"[0-9]{12}", re.ASCII)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?", re.ASCII)


class SignInEvent(Event, frozen=True, kw_only=True):
    """Something that happened to a sign-in."""

    sign_in: str

    @property
    def stream(self) -> str:
        """The stream of the sign-in."""
        return f"sign_in-{self.sign_in}"


class SignInOpened(SignInEvent, frozen=True, kw_only=True, tag="sign_in.opened"):
    """The person may sign in under this name."""

    name: str
    person: str
    kind: Kind


class PasswordIssued(SignInEvent, frozen=True, kw_only=True, tag="sign_in.password_issued"):
    """A one-time password was handed out; every earlier password is void."""

    generation: int


class PasswordChosen(SignInEvent, frozen=True, kw_only=True, tag="sign_in.password_chosen"):
    """The person chose a password of their own; every earlier password is void."""

    generation: int


class SignInClosed(SignInEvent, frozen=True, kw_only=True, tag="sign_in.closed"):
    """Nobody signs in under this name any more, nor ever will."""


class SignIn(msgspec.Struct, frozen=True):
    """Whose sign-in it is and which password counts; nobody's while *person* is None."""

    person: str | None = None
    kind: Kind = "staff"
    generation: int = 0
    one_time: bool = False
    closed: bool = False


def evolve(state: SignIn, event: Event) -> SignIn:
    """*state* after *event*."""
    match event:
        case SignInOpened():
            return msgspec.structs.replace(state, person=event.person, kind=event.kind)
        case PasswordIssued():
            return msgspec.structs.replace(state, generation=event.generation, one_time=True)
        case PasswordChosen():
            return msgspec.structs.replace(state, generation=event.generation, one_time=False)
        case SignInClosed():
            return msgspec.structs.replace(state, closed=True)
        case _:
            return state


class BadSignInName(Malformed):
    """A sign-in name has 1 to 64 letters a-z, digits, dots, hyphens or underscores."""

    zh = "登录名应为1至64位字母、数字、点、连字符或下划线。"


class SignInNameTellsWho(Malformed):
    """A sign-in name must not be a phone number or an identity number."""

    zh = "登录名不得使用手机号、电话号码或身份证号。"


class UnknownSignIn(NotFound):
    """There is no sign-in under this name."""

    zh = "没有此登录名。"


class SignInNameTaken(Refused):
    """This sign-in name is taken."""

    zh = "此登录名已被使用。"


class SignInIsClosed(Refused):
    """This sign-in is closed."""

    zh = "此登录名已停用。"


class PasswordMovedOn(Refused):
    """The password was changed in the meantime; sign in again."""

    zh = "密码已被更改,请重新登录。"


def sign_in_name(text: str) -> str:
    """The one spelling of the sign-in name *text*: narrow, small letters, no blanks around.

    Raises:
        BadSignInName: it holds other characters, or is blank or too long.
        SignInNameTellsWho: it reads as a phone or an identity number.
    """
    name = unicodedata.normalize("NFKC", text).strip().lower()
    if _NAME.fullmatch(name) is None:
        raise BadSignInName
    if _VOLUNTEER_NO.fullmatch(name):
        return name
    digits = re.sub(r"[._-]", "", name)
    if reads_as_phone(digits) or reads_as_identity_number(digits):
        raise SignInNameTellsWho
    return name


def sign_in_id(name: str) -> str:
    """The lasting id of the sign-in under *name*, in its one spelling."""
    return id_of("sign_in", name)


def sign_in_stream(name: str) -> str:
    """The stream of the sign-in under *name*, in its one spelling."""
    return f"sign_in-{sign_in_id(name)}"


def require_sign_in_desk(by: Staff, *, kind: Kind, area: str, today: date) -> None:
    """Go on only if *by* may open, reset or close sign-ins of *kind* for people of *area*.

    Raises:
        NotAllowed: *by* is no administrator, or for anyone but staff no desk, of *area*.
    """
    roles = ADMINISTRATORS if kind == "staff" else SIGN_IN_DESKS
    require(by, roles, area=area, on=today)


def open_sign_in(
    state: SignIn, *, name: str, person: str, kind: Kind, chosen: bool = False
) -> list[Event]:
    """Let *person* sign in under *name*, with a one-time password unless they have *chosen* one.

    A name is never used again, not even for the same person: old records would become unclear.

    Raises:
        BadSignInName: *name* is not in its one spelling.
        SignInNameTellsWho: *name* reads as a phone or an identity number.
        SignInNameTaken: *name* is or was somebody's.
    """
    if sign_in_name(name) != name:
        raise BadSignInName
    if state.person is not None:
        if (state.person, state.kind, state.closed) == (person, kind, False):
            return []
        raise SignInNameTaken
    sign_in = sign_in_id(name)
    opened = SignInOpened(sign_in=sign_in, name=name, person=person, kind=kind)
    if chosen:
        return [opened, PasswordChosen(sign_in=sign_in, generation=1)]
    return [opened, PasswordIssued(sign_in=sign_in, generation=1)]


def reset_password(state: SignIn, *, name: str) -> list[Event]:
    """Hand out a new one-time password.

    Asking again hands out another: the first may have been lost. A retry of one request is
    answered by its receipt.

    Raises:
        UnknownSignIn: nobody signs in under *name*.
        SignInIsClosed: nobody does any more.
    """
    _require_open(state)
    return [PasswordIssued(sign_in=sign_in_id(name), generation=state.generation + 1)]


def choose_password(state: SignIn, *, name: str, proven: int) -> list[Event]:
    """Take the person's own new password, given that they knew the one of generation *proven*.

    Passwords are checked before the decision, which takes long; meanwhile another may have come.

    Raises:
        UnknownSignIn: nobody signs in under *name*.
        SignInIsClosed: nobody does any more.
        PasswordMovedOn: *proven* is not the valid generation any more.
    """
    _require_open(state)
    if proven != state.generation:
        raise PasswordMovedOn
    return [PasswordChosen(sign_in=sign_in_id(name), generation=state.generation + 1)]


def close_sign_in(state: SignIn, *, name: str) -> list[Event]:
    """Let nobody sign in under *name* any more.

    Raises:
        UnknownSignIn: nobody signs in under *name*.
    """
    if state.person is None:
        raise UnknownSignIn
    return [] if state.closed else [SignInClosed(sign_in=sign_in_id(name))]


def _require_open(state: SignIn) -> None:
    if state.person is None:
        raise UnknownSignIn
    if state.closed:
        raise SignInIsClosed

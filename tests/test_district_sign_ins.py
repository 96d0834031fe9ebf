"""Sign-ins: names, and which password counts."""

from collections.abc import Callable
from datetime import date
from functools import reduce

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from district.event import Event, Refused
from district.roles import Role
from district.sign_ins import (
    BadSignInName,
    Kind,
    PasswordChosen,
    PasswordIssued,
    PasswordMovedOn,
    SignIn,
    SignInClosed,
    SignInIsClosed,
    SignInNameTaken,
    SignInNameTellsWho,
    SignInOpened,
    UnknownSignIn,
    choose_password,
    close_sign_in,
    evolve,
    open_sign_in,
    require_sign_in_desk,
    reset_password,
    sign_in_id,
    sign_in_name,
    sign_in_stream,
)
from district.staff import Grant, NotAllowed, Staff

NAME = "worker-1"
ID = sign_in_id(NAME)
OPENED = SignInOpened(sign_in=ID, name=NAME, person="p1", kind="staff")
ISSUED = PasswordIssued(sign_in=ID, generation=1)
CLOSED = SignInClosed(sign_in=ID)
NONE = SignIn()
# The wide forms of the printable ASCII characters, as Chinese keyboards type them.
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def after(*events: Event) -> SignIn:
    """The sign-in after *events*."""
    return reduce(evolve, events, SignIn())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("admin", "admin"),
        ("worker-1", "worker-1"),
        (" Recipient-17 ", "recipient-17"),
        ("visitor-2".translate(WIDE), "visitor-2"),
        ("V330102001000017", "v330102001000017"),
        ("330102000123", "330102000123"),
        ("station_3.b", "station_3.b"),
        ("7", "7"),
        ("a" * 64, "a" * 64),
    ],
)
def test_a_name_has_one_spelling(text: str, name: str) -> None:
    """Wide letters, capitals and blanks around do not make another name."""
    assert sign_in_name(text) == name
    assert sign_in_name(name) == name


@pytest.mark.parametrize(
    "text", ["", " ", "-", "a-", ".a", "two words", "王芳", "a@b", "a/b", "a\n-b", "ß", "a" * 65]
)
def test_a_name_of_other_characters_is_refused(text: str) -> None:
    """Names are typed on phones, and stand in addresses."""
    with pytest.raises(BadSignInName):
        sign_in_name(text)


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "138-0013-8000",
        "8613800138000",
        "0571-88888888",
        "11010519491231002X",
        "110105-19491231-002x",
        "110105491231002",
    ],
)
def test_a_name_that_tells_who_it_is_is_refused(text: str) -> None:
    """A name stands clear in the book for ever."""
    with pytest.raises(SignInNameTellsWho):
        sign_in_name(text)


@given(st.from_regex(r"[0-9]{12}", fullmatch=True).filter(str.isascii))
@example("057188888888")
@example("861380013800")
def test_every_volunteer_number_is_a_name(number: str) -> None:
    """Twelve digits, whatever they begin with."""
    assert sign_in_name(number) == number


def test_the_stream_of_a_sign_in_never_changes() -> None:
    """Streams are stored for ever; another name for one would lose its past."""
    assert sign_in_stream("admin") == "sign_in-e07c61ae-a09e-5780-86e0-88e049937411"
    assert OPENED.stream == sign_in_stream(NAME)


def test_a_sign_in_is_opened_with_a_one_time_password() -> None:
    """It must be changed at the first use."""
    events = open_sign_in(NONE, name=NAME, person="p1", kind="staff")
    assert events == [OPENED, ISSUED]
    assert after(*events) == SignIn("p1", "staff", generation=1, one_time=True)


def test_who_registers_with_a_password_needs_no_other() -> None:
    """A volunteer may choose one at once."""
    events = open_sign_in(NONE, name=NAME, person="p1", kind="volunteer", chosen=True)
    assert after(*events) == SignIn("p1", "volunteer", generation=1, one_time=False)


def test_opening_again_does_nothing() -> None:
    """For the same person and kind, whatever became of the password since."""
    state = after(OPENED, ISSUED, PasswordChosen(sign_in=ID, generation=2))
    assert open_sign_in(state, name=NAME, person="p1", kind="staff") == []


def opening(state: SignIn, *, name: str = NAME, person: str = "p1", kind: Kind = "staff") -> object:
    """Open a sign-in for staff."""
    return open_sign_in(state, name=name, person=person, kind=kind)


@pytest.mark.parametrize(
    ("refusal", "ask"),
    [
        (BadSignInName, lambda: opening(NONE, name="Worker-1")),
        (BadSignInName, lambda: opening(NONE, name="王芳")),
        (SignInNameTellsWho, lambda: opening(NONE, name="13800138000")),
        (SignInNameTaken, lambda: opening(after(OPENED, ISSUED), person="p2")),
        (SignInNameTaken, lambda: opening(after(OPENED, ISSUED), kind="volunteer")),
        (SignInNameTaken, lambda: opening(after(OPENED, ISSUED, CLOSED))),
        (SignInNameTaken, lambda: opening(after(OPENED, ISSUED, CLOSED), person="p2")),
    ],
)
def test_opening_is_refused(refusal: type[Refused], ask: Callable[[], object]) -> None:
    """One name, one person, for ever."""
    with pytest.raises(refusal):
        ask()


def test_a_reset_hands_out_the_next_password() -> None:
    """Two resets are two passwords; the last one counts."""
    first = reset_password(after(OPENED, ISSUED), name=NAME)
    assert first == [PasswordIssued(sign_in=ID, generation=2)]
    state = after(OPENED, ISSUED, *first)
    assert reset_password(state, name=NAME) == [PasswordIssued(sign_in=ID, generation=3)]
    assert state.one_time


def test_a_person_chooses_a_password() -> None:
    """The one-time password is void from then on."""
    events = choose_password(after(OPENED, ISSUED), name=NAME, proven=1)
    assert events == [PasswordChosen(sign_in=ID, generation=2)]
    assert not after(OPENED, ISSUED, *events).one_time


@pytest.mark.parametrize(
    ("refusal", "ask"),
    [
        (UnknownSignIn, lambda: reset_password(NONE, name=NAME)),
        (SignInIsClosed, lambda: reset_password(after(OPENED, ISSUED, CLOSED), name=NAME)),
        (UnknownSignIn, lambda: choose_password(NONE, name=NAME, proven=0)),
        (
            SignInIsClosed,
            lambda: choose_password(after(OPENED, ISSUED, CLOSED), name=NAME, proven=1),
        ),
        (PasswordMovedOn, lambda: choose_password(after(OPENED, ISSUED), name=NAME, proven=0)),
        (UnknownSignIn, lambda: close_sign_in(NONE, name=NAME)),
    ],
)
def test_a_password_is_refused(refusal: type[Refused], ask: Callable[[], list[Event]]) -> None:
    """An old password, proven just before a reset came, changes nothing."""
    with pytest.raises(refusal):
        ask()


def test_a_sign_in_is_closed_once() -> None:
    """Closing it again does nothing."""
    assert close_sign_in(after(OPENED, ISSUED), name=NAME) == [CLOSED]
    assert close_sign_in(after(OPENED, ISSUED, CLOSED), name=NAME) == []


@pytest.mark.parametrize(
    ("role", "area", "kind", "allowed"),
    [
        ("administrator", "330102", "staff", True),
        ("administrator", "330103", "staff", False),
        ("station_manager", "330102001", "volunteer", True),
        ("station_manager", "330102002", "volunteer", False),
        ("child_director", "330102001001", "guardian", True),
        ("station_manager", "330102001", "staff", False),
        ("auditor", "330102", "volunteer", False),
        ("fair_steward", "330102", "recipient", False),
    ],
)
def test_staff_of_the_area_hand_out_sign_ins(
    role: Role,
    area: str,
    kind: Kind,
    allowed: bool,  # noqa: FBT001 - a table's outcome
) -> None:
    """For staff only administrators do; auditors and stewards never."""
    by = Staff((Grant("g", role, area, date(2026, 1, 1)),))
    today = date(2026, 5, 13)
    if allowed:
        require_sign_in_desk(by, kind=kind, area="330102001001", today=today)
    else:
        with pytest.raises(NotAllowed):
            require_sign_in_desk(by, kind=kind, area="330102001001", today=today)

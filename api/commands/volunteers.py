"""Volunteers: registering, and proving who they are."""

import hashlib
from datetime import date
from typing import Literal

from api.acts import Act, command
from api.commands.desks import STATION_DESK
from api.requests import AreaCode, Body, Code, Password, Text, Time, Uuid
from district.index_terms import identity_term, phone_term
from district.sign_ins import open_sign_in, sign_in_stream
from district.staff import staff_stream
from journal.command import Beside, CredentialPut, Decided
from timebank.event import IdTaken
from timebank.standing import leave, reinstate, suspend
from timebank.volunteer_numbers import SERIALS, volunteer_no
from timebank.volunteers import Guardian, Volunteer, VolunteerNotFound, register, verify_identity


class GuardianBody(Body, frozen=True, kw_only=True):
    """Who consents for a minor."""

    name: Text
    relation: Code
    phone: Text


class Consent(Body, frozen=True, kw_only=True):
    """To which notice the volunteer consented, and when; a minor's guardian does."""

    version: Text
    at: Time
    guardian: GuardianBody | None = None


class RegisterVolunteer(Body, frozen=True, kw_only=True):
    """Someone who wants to serve."""

    id: Uuid
    name: Text
    phone: Text
    sex: Literal["female", "male", "unknown"]
    birth_date: date
    community: AreaCode
    skills: tuple[Text, ...] = ()
    consent: Consent
    password: Password | None = None


class VerifyIdentity(Body, frozen=True, kw_only=True):
    """How an office saw who the volunteer is; the document's number is sealed."""

    method: Code
    id_type: Literal["resident_id", "passport", "residence_permit"] | None = None
    id_number: Text | None = None


class Reason(Body, frozen=True, kw_only=True):
    """Why, as a code."""

    reason_code: Code


@command("volunteer.register", stream="volunteer-{body.id}", address="/v1/volunteers/{body.id}")
def register_volunteer(body: RegisterVolunteer, act: Act, *, verifier: str | None) -> Decided:
    """Register a volunteer with a number and a sign-in of their own.

    *verifier* is made from the password that they chose; without one the answer has to carry a
    one-time password, which the service derives.
    """
    act.require_area(body.community)
    if act.read(f"person-{body.id}").forgotten:
        raise IdTaken
    stream = f"volunteer-{body.id}"
    before: Volunteer = act.read(stream)
    if not before.volunteer_no and not act.holds(STATION_DESK, body.community):
        _refuse_anothers_id(act, body.id)
    number = before.volunteer_no or _free_number(act, body.id)
    phone = phone_term(body.phone)
    guardian = body.consent.guardian
    events = register(
        before,
        volunteer=body.id,
        volunteer_no=number,
        name=body.name,
        phone=body.phone,
        sex=body.sex,
        birth_date=body.birth_date,
        community=body.community,
        skills=body.skills,
        consent_version=body.consent.version,
        consented_at=body.consent.at,
        guardian=Guardian(**guardian.plain()) if guardian else None,
        same_person=_volunteers(act, act.found("phone", phone)),
        now=act.now,
        today=act.today,
    )
    beside: list[Beside] = []
    decided: list[object] = [*events]
    if events:
        signs_in = open_sign_in(
            act.read(sign_in_stream(number)),
            name=number,
            person=body.id,
            kind="volunteer",
            chosen=verifier is not None,
        )
        beside.append(act.findable("phone", phone, body.id))
        if verifier is not None:
            beside.append(CredentialPut(number, verifier, 1))
        decided += signs_in
    answer = {"id": body.id, "volunteer_no": number, "sign_in": number}
    return Decided(decided, answer, status=201, beside=beside)


@command("volunteer.verify_identity", stream="volunteer-{volunteer}")
def verify(body: VerifyIdentity, act: Act, *, volunteer: str) -> Decided:
    """Record that a desk of the volunteer's community saw who they are."""
    state = _at_own_desk(act, volunteer)
    beside: list[Beside] = []
    same: tuple[str, ...] = ()
    if body.id_type is not None and body.id_number is not None:
        number = identity_term(body.id_number, id_type=body.id_type)
        same = _volunteers(act, act.found("id_number", number))
        beside.append(act.findable("id_number", number, volunteer))
    events = verify_identity(
        state,
        volunteer=volunteer,
        method=body.method,
        id_type=body.id_type,
        id_number=body.id_number,
        same_person=same,
    )
    return Decided(events, {"id": volunteer}, beside=beside if events else ())


@command("volunteer.suspend", stream="volunteer-{volunteer}")
def suspend_volunteer(body: Reason, act: Act, *, volunteer: str) -> Decided:
    """Keep a volunteer from new orders for now."""
    state = _at_own_desk(act, volunteer)
    return Decided(suspend(state, volunteer=volunteer, reason_code=body.reason_code))


@command("volunteer.reinstate", stream="volunteer-{volunteer}")
def reinstate_volunteer(body: Reason, act: Act, *, volunteer: str) -> Decided:
    """End a suspension."""
    del body
    return Decided(reinstate(_at_own_desk(act, volunteer), volunteer=volunteer))


@command("volunteer.let_go", stream="volunteer-{volunteer}")
def let_go(body: Reason, act: Act, *, volunteer: str) -> Decided:
    """Let a volunteer leave, at their own wish or a desk's."""
    state: Volunteer = act.read(f"volunteer-{volunteer}")
    if act.by != volunteer:
        state = _at_own_desk(act, volunteer)
    return Decided(leave(state, volunteer=volunteer, reason_code=body.reason_code))


def _refuse_anothers_id(act: Act, person: str) -> None:
    """Clients make the ids: one that already names somebody would make them that somebody."""
    if act.read(f"recipient-{person}").is_registered or act.read(staff_stream(person)).grants:
        raise IdTaken


def _at_own_desk(act: Act, volunteer: str) -> Volunteer:
    state: Volunteer = act.read(f"volunteer-{volunteer}")
    if not state.volunteer_no:
        raise VolunteerNotFound
    act.require(STATION_DESK, state.community)
    return state


def _volunteers(act: Act, people: tuple[str, ...]) -> tuple[str, ...]:
    """Those of *people* who are volunteers: a recipient may share a volunteer's phone."""
    return tuple(p for p in people if act.read(f"volunteer-{p}").volunteer_no)


def _free_number(act: Act, volunteer: str) -> str:
    """A number that says nothing about the volunteer and that nobody has or had."""
    attempt = 0
    while True:
        digest = hashlib.sha256(f"{volunteer}/{attempt}".encode()).digest()
        number = volunteer_no(int.from_bytes(digest[:8]) % SERIALS)
        if act.read(sign_in_stream(number)).person is None:
            return number
        attempt += 1

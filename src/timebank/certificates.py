"""Certificates (志愿服务记录证明): frozen when they are issued, numbered, revoked or replaced.

Units: whole minutes of service. Source: Measures on volunteer service records and certificates
(Ministry of Civil Affairs order 67, 2021): time, content and recording unit, free of charge, to be
checked by anyone.
"""

from collections.abc import Iterable
from datetime import date

import msgspec

from timebank.codes import CERTIFICATE_NUMBER_CHARACTERS, read_code
from timebank.event import Event, IdTaken, Malformed, NotFound, Refused
from timebank.volunteers import Volunteer, VolunteerNotFound


class CertificateEvent(Event, frozen=True, kw_only=True):
    """Something that happened to one certificate."""

    certificate: str

    @property
    def stream(self) -> str:
        """Each certificate has its own stream."""
        return f"certificate-{self.certificate}"


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """How long the volunteer served in one category."""

    category: str
    minutes: int


class CertificateIssued(CertificateEvent, frozen=True, kw_only=True, tag="certificate.issued"):
    """What is certified, as it stood: a later correction issues another certificate."""

    number: str
    volunteer: str
    from_on: date
    to_on: date
    minutes: int
    contents: tuple[Content, ...]
    recording_unit: str
    issued_on: date


class HolderNamed(CertificateEvent, frozen=True, kw_only=True, tag="certificate.holder_named"):
    """The name on the certificate: sealed under the volunteer's own key."""

    holder: str
    name: str


class CertificateRevoked(CertificateEvent, frozen=True, kw_only=True, tag="certificate.revoked"):
    """The certificate is no longer valid."""

    reason_code: str


class CertificateReplaced(CertificateEvent, frozen=True, kw_only=True, tag="certificate.replaced"):
    """Another certificate holds in its place."""

    by: str


class Certificate(msgspec.Struct, frozen=True):
    """Whose it is, for which days, and whether it still holds."""

    number: str = ""
    volunteer: str = ""
    from_on: date | None = None
    to_on: date | None = None
    revoked: bool = False
    replaced_by: str | None = None


class CertificateNotFound(NotFound):
    """There is no such certificate."""

    zh = "没有该证明。"


class PeriodMalformed(Malformed):
    """A certificate is about days that have come, the first not after the last."""

    zh = "证明的起止日期有误,且不得晚于今天。"


class NothingToCertify(Refused):
    """There is no service on record in that period."""

    zh = "该时段没有可证明的服务记录。"


class CertificateIsRevoked(Refused):
    """The certificate was revoked."""

    zh = "该证明已撤销。"


def evolve(state: Certificate, event: Event) -> Certificate:
    """Fold one event into the certificate."""
    match event:
        case CertificateIssued():
            return Certificate(event.number, event.volunteer, event.from_on, event.to_on)
        case CertificateRevoked():
            return msgspec.structs.replace(state, revoked=True)
        case CertificateReplaced():
            return msgspec.structs.replace(state, replaced_by=event.by)
        case _:
            return state


def status(state: Certificate) -> str:
    """Say what a check of the certificate shows."""
    if state.revoked:
        return "revoked"
    return "valid" if state.replaced_by is None else "replaced"


def issue(
    state: Certificate,
    person: Volunteer,
    *,
    certificate: str,
    number: str,
    volunteer: str,
    name: str,
    from_on: date,
    to_on: date,
    services: Iterable[tuple[str, int]],
    recording_unit: str,
    today: date,
) -> list[Event]:
    """Certify *services*, each a category and its minutes, of the days from *from_on* to *to_on*.

    Raises:
        VolunteerNotFound: nobody is registered under this id.
        PeriodMalformed: the days are the wrong way round, or have not come.
        IdTaken: this id already is another certificate.
        NothingToCertify: not one minute.
        CodeMalformed: the number was written wrongly.
    """
    if not person.volunteer_no:
        raise VolunteerNotFound
    if from_on > to_on or to_on > today:
        raise PeriodMalformed
    if state.number:
        if (state.volunteer, state.from_on, state.to_on) != (volunteer, from_on, to_on):
            raise IdTaken
        return []
    by_category: dict[str, int] = {}
    for category, minutes in services:
        by_category[category] = by_category.get(category, 0) + minutes
    contents = tuple(
        Content(category=category, minutes=minutes)
        for category, minutes in sorted(by_category.items())
        if minutes > 0
    )
    if not contents:
        raise NothingToCertify
    return [
        CertificateIssued(
            certificate=certificate,
            number=read_code(number, CERTIFICATE_NUMBER_CHARACTERS),
            volunteer=volunteer,
            from_on=from_on,
            to_on=to_on,
            minutes=sum(content.minutes for content in contents),
            contents=contents,
            recording_unit=recording_unit,
            issued_on=today,
        ),
        HolderNamed(certificate=certificate, holder=volunteer, name=name),
    ]


def revoke(state: Certificate, *, certificate: str, reason_code: str) -> list[Event]:
    """Take the certificate out of force; its number goes on answering, as revoked.

    Raises:
        CertificateNotFound: nobody issued it.
    """
    if not state.number:
        raise CertificateNotFound
    if state.revoked:
        return []
    return [CertificateRevoked(certificate=certificate, reason_code=reason_code)]


def replace(state: Certificate, new: Certificate, *, certificate: str, by: str) -> list[Event]:
    """Let the certificate *by*, whose state *new* is, hold in place of this one.

    Raises:
        CertificateNotFound: one of the two was never issued, or they are different people's.
        CertificateIsRevoked: this one is not in force, or the new one is not.
        IdTaken: another certificate has replaced it.
    """
    if not state.number or not new.number or state.volunteer != new.volunteer:
        raise CertificateNotFound
    if certificate == by:
        raise IdTaken
    if state.replaced_by is not None:
        if state.replaced_by != by:
            raise IdTaken
        return []
    if state.revoked or new.revoked:
        raise CertificateIsRevoked
    return [CertificateReplaced(certificate=certificate, by=by)]

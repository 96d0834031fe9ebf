"""Certificates: frozen when issued, revoked, replaced."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.purses import Purses, entry
from tests.serving import OTHER, VOLUNTEER
from timebank.certificates import (
    Certificate,
    CertificateIsRevoked,
    CertificateIssued,
    CertificateNotFound,
    CertificateReplaced,
    CertificateRevoked,
    Content,
    HolderNamed,
    NothingToCertify,
    PeriodMalformed,
    issue,
    replace,
    revoke,
    status,
)
from timebank.codes import CodeMalformed, certificate_number
from timebank.event import Event, IdTaken, Refused
from timebank.volunteers import Volunteer, VolunteerNotFound

CERT = entry("certificate")
NEW = entry("the next certificate")
FIRST, LAST, TODAY = date(2025, 1, 1), date(2025, 3, 31), date(2025, 4, 2)
SOMEBODY = Volunteer(volunteer_no="000000000002", community="330102001001")


def certify(state: Certificate | None = None, **facts: Any) -> list[Event]:
    """Decide to certify the first quarter."""
    said: dict[str, Any] = {
        "certificate": CERT,
        "number": certificate_number(123_456_789),
        "volunteer": VOLUNTEER,
        "name": "王芳",
        "from_on": FIRST,
        "to_on": LAST,
        "services": [("reading", 95), ("accompany", 600), ("reading", 25), ("empty", 0)],
        "recording_unit": "城东时光益站",
        "today": TODAY,
        **facts,
    }
    return issue(state or Certificate(), said.pop("person", SOMEBODY), **said)


def issued(*more: Event, certificate: str = CERT, **facts: Any) -> Certificate:
    """Give the state of a certificate."""
    book = Purses()
    book.add(certify(certificate=certificate, **facts))
    book.add(more)
    state: Certificate = book(f"certificate-{certificate}")
    return state


def test_what_is_certified_is_frozen() -> None:
    """720 minutes, by category; the name is sealed under the volunteer's own key."""
    event, named = certify()
    assert event == CertificateIssued(
        certificate=CERT,
        number=certificate_number(123_456_789),
        volunteer=VOLUNTEER,
        from_on=FIRST,
        to_on=LAST,
        minutes=720,
        contents=(
            Content(category="accompany", minutes=600),
            Content(category="reading", minutes=120),
        ),
        recording_unit="城东时光益站",
        issued_on=TODAY,
    )
    assert named == HolderNamed(certificate=CERT, holder=VOLUNTEER, name="王芳")


def test_issuing_again_does_nothing() -> None:
    """Whatever was served since, or however the number would be: it is frozen."""
    assert certify(issued(), services=[("reading", 9_999)]) == []
    assert certify(issued(), number=certificate_number(5)) == []


def test_a_certificate_is_revoked_once() -> None:
    """Its number goes on answering, as revoked."""
    (event,) = revoke(issued(), certificate=CERT, reason_code="mistake")
    assert isinstance(event, CertificateRevoked)
    gone = issued(event)
    assert status(gone) == "revoked"
    assert revoke(gone, certificate=CERT, reason_code="mistake") == []


def test_another_certificate_takes_its_place() -> None:
    """After a correction; the old number names the new one."""
    old, new = issued(), issued(certificate=NEW, number=certificate_number(7))
    (event,) = replace(old, new, certificate=CERT, by=NEW)
    assert isinstance(event, CertificateReplaced)
    after = issued(event)
    assert (status(old), status(after), after.replaced_by) == ("valid", "replaced", NEW)
    assert replace(after, new, certificate=CERT, by=NEW) == []


REVOKED = CertificateRevoked(certificate=CERT, reason_code="x")
REPLACED = CertificateReplaced(certificate=CERT, by=NEW)


@pytest.mark.parametrize(
    ("decide", "refusal"),
    [
        (lambda: certify(person=Volunteer()), VolunteerNotFound),
        (lambda: certify(from_on=LAST, to_on=FIRST), PeriodMalformed),
        (lambda: certify(to_on=TODAY + timedelta(days=1)), PeriodMalformed),
        (lambda: certify(issued(), from_on=date(2024, 1, 1)), IdTaken),
        (lambda: certify(issued(), volunteer=OTHER), IdTaken),
        (lambda: certify(services=[]), NothingToCertify),
        (lambda: certify(services=[("reading", 0)]), NothingToCertify),
        (lambda: certify(number="0000-0000-0003"), CodeMalformed),
        (lambda: revoke(Certificate(), certificate=CERT, reason_code="x"), CertificateNotFound),
        (lambda: replace(Certificate(), issued(), certificate=CERT, by=NEW), CertificateNotFound),
        (lambda: replace(issued(), Certificate(), certificate=CERT, by=NEW), CertificateNotFound),
        (
            lambda: replace(
                issued(), issued(certificate=NEW, volunteer=OTHER), certificate=CERT, by=NEW
            ),
            CertificateNotFound,
        ),
        (lambda: replace(issued(), issued(), certificate=CERT, by=CERT), IdTaken),
        (
            lambda: replace(issued(REPLACED), issued(), certificate=CERT, by=entry("third")),
            IdTaken,
        ),
        (
            lambda: replace(issued(REVOKED), issued(), certificate=CERT, by=NEW),
            CertificateIsRevoked,
        ),
        (
            lambda: replace(issued(), issued(REVOKED), certificate=CERT, by=NEW),
            CertificateIsRevoked,
        ),
    ],
)
def test_what_may_not_be_certified(decide: Any, refusal: type[Refused]) -> None:
    """Each rule refuses by its own name."""
    with pytest.raises(refusal):
        decide()

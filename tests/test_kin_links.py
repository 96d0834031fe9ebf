"""Kin links: proposed by one, seen by an office, ended by either."""

from typing import Any

import pytest

from tests.purses import CLERK_IDS, LINK, Purses
from tests.serving import OTHER, RECIPIENT, VOLUNTEER
from timebank.event import Event, IdTaken, Refused
from timebank.kin_links import (
    KinLink,
    KinLinkEnded,
    KinLinkHasEnded,
    KinLinkNotFound,
    KinLinkProposed,
    KinLinkVerified,
    KinshipEvidenced,
    OwnKin,
    OwnKinLink,
    UnknownRelation,
    end,
    propose,
    verify,
)


def say(state: KinLink, **facts: Any) -> list[Event]:
    """Decide a proposal."""
    usual: dict[str, Any] = {
        "kin_link": LINK,
        "person": VOLUNTEER,
        "relative": OTHER,
        "relation": "parent",
    }
    return propose(state, **usual | facts)


def linked(*, verified: bool = True, ended: bool = False) -> KinLink:
    """Give the state of a link."""
    return KinLink(VOLUNTEER, OTHER, "parent", verified, ended)


def test_a_link_is_proposed_with_its_evidence_sealed() -> None:
    """What shows the kinship is words, under the person's key."""
    proposed, evidenced = say(KinLink(), evidence="户口簿")
    assert isinstance(proposed, KinLinkProposed)
    assert evidenced == KinshipEvidenced(kin_link=LINK, holder=VOLUNTEER, evidence="户口簿")
    assert say(linked(verified=False)) == []


def test_an_office_verifies_once() -> None:
    """A second look changes nothing."""
    (event,) = verify(linked(verified=False), kin_link=LINK, by=CLERK_IDS)
    assert isinstance(event, KinLinkVerified)
    assert verify(linked(), kin_link=LINK, by=CLERK_IDS) == []


def test_a_link_ends_once() -> None:
    """What was given stays given."""
    (event,) = end(linked(), kin_link=LINK, reason_code="divorced")
    assert isinstance(event, KinLinkEnded)
    assert end(linked(ended=True), kin_link=LINK, reason_code="divorced") == []


def test_the_fold_follows() -> None:
    """Proposed, verified, ended."""
    book = Purses()
    assert book.link() == linked()
    book.add(end(book(f"kin_link-{LINK}"), kin_link=LINK, reason_code="died"))
    assert book(f"kin_link-{LINK}") == linked(ended=True)


@pytest.mark.parametrize(
    ("decide", "refusal"),
    [
        (lambda: say(KinLink(), relation="friend"), UnknownRelation),
        (lambda: say(KinLink(), relative=VOLUNTEER), OwnKin),
        (lambda: say(linked(), relative=RECIPIENT), IdTaken),
        (lambda: say(linked(), relation="child"), IdTaken),
        (lambda: verify(KinLink(), kin_link=LINK, by=CLERK_IDS), KinLinkNotFound),
        (lambda: verify(linked(ended=True), kin_link=LINK, by=CLERK_IDS), KinLinkHasEnded),
        (
            lambda: verify(linked(verified=False), kin_link=LINK, by=frozenset({VOLUNTEER})),
            OwnKinLink,
        ),
        (lambda: verify(linked(verified=False), kin_link=LINK, by=frozenset({OTHER})), OwnKinLink),
        (lambda: end(KinLink(), kin_link=LINK, reason_code="x"), KinLinkNotFound),
    ],
)
def test_what_may_not_be_linked(decide: Any, refusal: type[Refused]) -> None:
    """Each rule refuses by its own name; nobody verifies their own kinship."""
    with pytest.raises(refusal):
        decide()

"""Gifts to verified kin and donations to pools."""

from datetime import timedelta
from typing import Any

import pytest

from tests.purses import LINK, Purses, entry, sheet
from tests.serving import DAY, OTHER, RECIPIENT, VOLUNTEER
from timebank.event import Event, IdTaken, Refused
from timebank.giving import OwnGift, donate, give
from timebank.kin_links import (
    KinLink,
    KinLinkEnded,
    KinLinkNotFound,
    NotVerifiedKin,
    RelationNotAllowed,
    propose,
)
from timebank.pools import AboveBalanceCap, PoolNotFound, PoolReceived
from timebank.postings import LotsReceived, PointsDonated, PointsGifted
from timebank.spending import MinutesMalformed, NotEnoughPoints

GIFT = entry("gift")
SOON = DAY + timedelta(days=30)
LATE = DAY + timedelta(days=60)


def kin(relation: str = "parent") -> tuple[Purses, KinLink]:
    """Somebody with lots of 120 and 300 minutes, and their parent, or what else is said."""
    book = Purses()
    book.carry(120, SOON)
    book.carry(300, LATE)
    return book, book.link(relation=relation)


def present(book: Purses, link: KinLink, **facts: Any) -> list[Event]:
    """Decide a gift of 200 minutes to the relative."""
    said: dict[str, Any] = {
        "person": VOLUNTEER,
        "to": OTHER,
        "kin_link": LINK,
        "entry": GIFT,
        "minutes": 200,
        "today": DAY,
        **facts,
    }
    rules = said.pop("rules", sheet())
    return give(book.purse(said["person"]), book.purse(said["to"]), link, rules, **said)


def offering(book: Purses, **facts: Any) -> list[Event]:
    """Decide a donation of 200 minutes."""
    said: dict[str, Any] = {
        "person": VOLUNTEER,
        "pool": "relief",
        "entry": GIFT,
        "minutes": 200,
        "today": DAY,
        **facts,
    }
    return donate(book.purse(), **said)


def test_a_gift_is_posted_by_the_giver_and_received_in_the_same_step() -> None:
    """200 of 120 + 300: two lots arrive with the last days that they had."""
    book, link = kin()
    gifted, received = book.add(present(book, link))
    assert isinstance(gifted, PointsGifted)
    assert isinstance(received, LotsReceived)
    assert (gifted.stream, received.stream) == (f"purse-{VOLUNTEER}", f"purse-{OTHER}")
    assert received.posting == gifted.entry == GIFT
    assert [(lot.minutes, lot.valid_until) for lot in received.lots] == [(120, SOON), (80, LATE)]
    assert {lot.lot for lot in received.lots}.isdisjoint(lot.lot for lot in gifted.lots)
    assert (book.purse().balance_minutes, book.purse(OTHER).balance_minutes) == (220, 200)
    assert book.accounts[f"available:{OTHER}"] == 200


def test_giving_again_does_nothing() -> None:
    """The same entry of the same minutes was made; of other minutes it is taken."""
    book, link = kin()
    book.add(present(book, link))
    assert present(book, link) == []
    with pytest.raises(IdTaken):
        present(book, link, minutes=100)


@pytest.mark.parametrize(
    ("relation", "there", "back"),
    [
        ("spouse", True, True),
        ("parent", True, True),
        ("child", True, True),
        ("grandparent", True, False),
        ("grandchild", False, True),
        ("sibling", False, False),
    ],
)
def test_the_rules_name_what_the_receiver_is(relation: str, *, there: bool, back: bool) -> None:
    """By the proposed rules one gives to spouse, parents, grandparents and children."""
    book, link = kin(relation)
    book.carry(200, person=OTHER)
    for allowed, giver, to in ((there, VOLUNTEER, OTHER), (back, OTHER, VOLUNTEER)):
        if allowed:
            assert present(book, link, person=giver, to=to)
        else:
            with pytest.raises(RelationNotAllowed):
                present(book, link, person=giver, to=to)


def test_a_donation_enters_the_pool() -> None:
    """200 minutes leave the purse for the pool, whose own stream knows."""
    book, _ = kin()
    donated, received = book.add(offering(book))
    assert isinstance(donated, PointsDonated)
    assert received == PoolReceived(pool="relief", posting=GIFT, minutes=200)
    assert book.pool("relief").balance_minutes == book.accounts["pool:relief"] == 200
    assert offering(book) == []


def unverified() -> KinLink:
    """Somebody said so, no office saw it."""
    book = Purses()
    facts: dict[str, Any] = {"kin_link": LINK, "person": VOLUNTEER, "relative": OTHER}
    book.add(propose(KinLink(), relation="parent", **facts))
    state: KinLink = book(f"kin_link-{LINK}")
    return state


def ended() -> KinLink:
    """It was true once."""
    book, _ = kin()
    book.add([KinLinkEnded(kin_link=LINK, reason_code="divorced")])
    state: KinLink = book(f"kin_link-{LINK}")
    return state


@pytest.mark.parametrize(
    ("link", "facts", "refusal"),
    [
        (None, {"to": VOLUNTEER}, OwnGift),
        (KinLink(), {}, KinLinkNotFound),
        (unverified(), {}, NotVerifiedKin),
        (ended(), {}, NotVerifiedKin),
        (None, {"to": RECIPIENT}, NotVerifiedKin),
        (None, {"minutes": 421}, NotEnoughPoints),
        (None, {"minutes": 301, "today": SOON + timedelta(days=1)}, NotEnoughPoints),
        (None, {"minutes": 0}, MinutesMalformed),
        (None, {"rules": sheet(balance_cap_minutes=199)}, AboveBalanceCap),
    ],
)
def test_what_may_not_be_given(
    link: KinLink | None, facts: dict[str, Any], refusal: type[Refused]
) -> None:
    """Each rule of giving refuses by its own name."""
    book, real = kin()
    with pytest.raises(refusal):
        present(book, link or real, **facts)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"pool": "slush"}, PoolNotFound),
        ({"minutes": 421}, NotEnoughPoints),
        ({"minutes": 0}, MinutesMalformed),
    ],
)
def test_what_may_not_be_donated(facts: dict[str, Any], refusal: type[Refused]) -> None:
    """Each rule of donating refuses by its own name."""
    with pytest.raises(refusal):
        offering(kin()[0], **facts)

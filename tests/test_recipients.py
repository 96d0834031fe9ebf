"""Recipients: what counts stays clear, what describes them is sealed, others may speak for them."""

from datetime import date

import pytest

from tests.serving import COMMUNITY, PROXY, RECIPIENT, Past
from timebank.event import Event, IdTaken
from timebank.recipients import (
    OwnProxy,
    ProxyNamed,
    Recipient,
    RecipientDescribed,
    RecipientNotFound,
    RecipientRegistered,
    name_proxy,
    register_recipient,
)


def registered() -> Recipient:
    """The recipient with a daughter as proxy."""
    past = Past()
    past.register_recipient()
    state: Recipient = past.state("recipient", RECIPIENT)
    return state


def again(state: Recipient, community: str = COMMUNITY, proxy: str = PROXY) -> list[Event]:
    """Register under the same id."""
    return register_recipient(
        state,
        recipient=RECIPIENT,
        name="张秀英",
        birth_date=date(1940, 2, 3),
        community=community,
        address="一号楼二单元",
        categories=("living_alone",),
        legal_basis="consent",
        proxies=((proxy, "child"),),
    )


def test_a_recipient_is_registered_described_and_spoken_for() -> None:
    """Category and community stay clear; name and address are sealed under the recipient's key."""
    assert again(Recipient()) == [
        RecipientRegistered(
            recipient=RECIPIENT,
            community=COMMUNITY,
            categories=("living_alone",),
            legal_basis="consent",
        ),
        described := RecipientDescribed(
            recipient=RECIPIENT,
            name="张秀英",
            birth_date=date(1940, 2, 3),
            address="一号楼二单元",
        ),
        ProxyNamed(recipient=RECIPIENT, person=PROXY, relation="child"),
    ]
    assert described.holder == RECIPIENT


def test_registering_or_naming_again_does_nothing() -> None:
    """A retry is free; a proxy with another relation is news."""
    state = registered()
    assert again(state) == []
    assert name_proxy(state, recipient=RECIPIENT, person=PROXY, relation="child") == []
    assert name_proxy(state, recipient=RECIPIENT, person=PROXY, relation="neighbour") == [
        ProxyNamed(recipient=RECIPIENT, person=PROXY, relation="neighbour")
    ]


def test_what_makes_no_sense_is_refused() -> None:
    """One id one recipient; nobody is their own proxy; a stranger has none."""
    with pytest.raises(IdTaken):
        again(registered(), community="330102002001")
    with pytest.raises(OwnProxy):
        again(Recipient(), proxy=RECIPIENT)
    with pytest.raises(RecipientNotFound):
        name_proxy(Recipient(), recipient=RECIPIENT, person=PROXY, relation="child")

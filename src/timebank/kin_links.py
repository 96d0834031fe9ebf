"""Kin links (亲情绑定): who is family, as an office has seen, may give each other points.

Shapes: `relation` says what the relative is to the person: a `parent` is the person's parent.
"""

import msgspec

from timebank.event import Event, Forbidden, IdTaken, Malformed, NotFound, Refused
from timebank.rules import Points

SEEN_FROM_THE_OTHER_SIDE = {
    "spouse": "spouse",
    "parent": "child",
    "child": "parent",
    "grandparent": "grandchild",
    "grandchild": "grandparent",
    "sibling": "sibling",
}


class KinLinkEvent(Event, frozen=True, kw_only=True):
    """Something that happened to one kin link."""

    kin_link: str

    @property
    def stream(self) -> str:
        """Each kin link has its own stream."""
        return f"kin_link-{self.kin_link}"


class KinLinkProposed(KinLinkEvent, frozen=True, kw_only=True, tag="kin_link.proposed"):
    """Somebody said that two people are kin."""

    person: str
    relative: str
    relation: str


class KinshipEvidenced(KinLinkEvent, frozen=True, kw_only=True, tag="kin_link.evidenced"):
    """What shows that they are kin: sealed under the person's key."""

    holder: str
    evidence: str


class KinLinkVerified(KinLinkEvent, frozen=True, kw_only=True, tag="kin_link.verified"):
    """An office saw that they are kin."""


class KinLinkEnded(KinLinkEvent, frozen=True, kw_only=True, tag="kin_link.ended"):
    """The link holds no longer."""

    reason_code: str


class KinLink(msgspec.Struct, frozen=True):
    """Who is what to whom, and whether that is seen and still holds."""

    person: str = ""
    relative: str = ""
    relation: str = ""
    verified: bool = False
    ended: bool = False


class KinLinkNotFound(NotFound):
    """There is no such kin link."""

    zh = "没有该亲情绑定。"


class UnknownRelation(Malformed):
    """The relation is none that this software knows."""

    zh = "亲属关系无效。"


class OwnKin(Refused):
    """Nobody is their own kin."""

    zh = "本人不能与自己建立亲情绑定。"


class OwnKinLink(Forbidden):
    """Nobody verifies their own kin link."""

    zh = "不得核验自己的亲情绑定。"


class KinLinkHasEnded(Refused):
    """The kin link has ended."""

    zh = "亲情绑定已解除。"


class NotVerifiedKin(Refused):
    """The two are not linked as verified kin."""

    zh = "双方没有已核验的亲情绑定。"


class RelationNotAllowed(Refused):
    """The rules do not allow gifts to this kind of kin."""

    zh = "规则不允许向该亲属关系转赠。"


def evolve(state: KinLink, event: Event) -> KinLink:
    """Fold one event into the link."""
    match event:
        case KinLinkProposed():
            return KinLink(event.person, event.relative, event.relation)
        case KinLinkVerified():
            return msgspec.structs.replace(state, verified=True)
        case KinLinkEnded():
            return msgspec.structs.replace(state, ended=True)
        case _:
            return state


def propose(
    state: KinLink,
    *,
    kin_link: str,
    person: str,
    relative: str,
    relation: str,
    evidence: str | None = None,
) -> list[Event]:
    """Say that *relative* is the *relation* of *person*.

    Raises:
        UnknownRelation: a word that no rule could mean.
        OwnKin: both are the same person.
        IdTaken: this id already is another link.
    """
    if relation not in SEEN_FROM_THE_OTHER_SIDE:
        raise UnknownRelation
    if person == relative:
        raise OwnKin
    if state.person:
        if (state.person, state.relative, state.relation) != (person, relative, relation):
            raise IdTaken
        return []
    events: list[Event] = [
        KinLinkProposed(kin_link=kin_link, person=person, relative=relative, relation=relation)
    ]
    if evidence is not None:
        events.append(KinshipEvidenced(kin_link=kin_link, holder=person, evidence=evidence))
    return events


def verify(state: KinLink, *, kin_link: str, by: frozenset[str]) -> list[Event]:
    """Record that an office saw the kinship; *by* holds every id of the human who says so.

    Raises:
        KinLinkNotFound: nobody proposed it.
        KinLinkHasEnded: it holds no longer.
        OwnKinLink: the one who verifies is one of the two.
    """
    if not state.person:
        raise KinLinkNotFound
    if state.ended:
        raise KinLinkHasEnded
    if state.verified:
        return []
    if by & {state.person, state.relative}:
        raise OwnKinLink
    return [KinLinkVerified(kin_link=kin_link)]


def end(state: KinLink, *, kin_link: str, reason_code: str) -> list[Event]:
    """End the link; what was given stays given.

    Raises:
        KinLinkNotFound: nobody proposed it.
    """
    if not state.person:
        raise KinLinkNotFound
    if state.ended:
        return []
    return [KinLinkEnded(kin_link=kin_link, reason_code=reason_code)]


def must_allow(state: KinLink, points: Points, *, giver: str, to: str) -> None:
    """Refuse a gift that the link and the rules do not cover.

    The rules name what the receiver must be to the giver, whichever of the two proposed the link.

    Raises:
        KinLinkNotFound: nobody proposed the link.
        NotVerifiedKin: it links others, is not verified, or has ended.
        RelationNotAllowed: the sheet does not name what the receiver is to the giver.
    """
    if not state.person:
        raise KinLinkNotFound
    if not state.verified or state.ended or {giver, to} != {state.person, state.relative}:
        raise NotVerifiedKin
    relation = state.relation if giver == state.person else _other_side(state.relation)
    if relation not in points.gift_relations:
        raise RelationNotAllowed


def _other_side(relation: str) -> str:
    return SEEN_FROM_THE_OTHER_SIDE.get(relation, "")

"""Fairs (公益集市): when one is open, its stalls (摊位), who tends them, and their counts."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from timebank.event import Event, IdTaken, Instant, Malformed, NotFound, Refused


class FairEvent(Event, frozen=True, kw_only=True):
    """Something that happened to one fair."""

    fair: str

    @property
    def stream(self) -> str:
        """Each fair has its own stream."""
        return f"fair-{self.fair}"


class FairAnnounced(FairEvent, frozen=True, kw_only=True, tag="fair.announced"):
    """A fair will be held in a community."""

    title: str
    community: str
    opens_at: Instant
    closes_at: Instant


class StallAdded(FairEvent, frozen=True, kw_only=True, tag="fair.stall_added"):
    """The fair has a stall, tended by these stewards."""

    stall: str
    title: str
    stewards: tuple[str, ...]


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many pieces of an offer must lie on a stall's table by the book, and how many do."""

    offer: str
    expected: int
    left: int


class StallReconciled(FairEvent, frozen=True, kw_only=True, tag="fair.stall_reconciled"):
    """What is left on a stall was counted and compared with the book."""

    stall: str
    counts: tuple[Count, ...]


class StallNoted(FairEvent, frozen=True, kw_only=True, tag="fair.stall_noted"):
    """What the stewards had to say about a count: sealed under the fair's own key."""

    stall: str
    note: str

    @property
    def holder(self) -> str:
        """The fair's own key."""
        return self.fair


class FairClosed(FairEvent, frozen=True, kw_only=True, tag="fair.closed"):
    """The fair is over and every stall is reconciled."""


class Stall(msgspec.Struct, frozen=True):
    """Who tends the stall, and the last count of what was left, if there was one."""

    title: str
    stewards: tuple[str, ...]
    counts: tuple[Count, ...] | None = None


class Fair(msgspec.Struct, frozen=True):
    """When the fair is open, its stalls, and whether it is over."""

    title: str = ""
    community: str = ""
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    stalls: Mapping[str, Stall] = {}
    closed: bool = False


class FairNotFound(NotFound):
    """There is no such fair."""

    zh = "没有该集市。"


class StallNotFound(NotFound):
    """The fair has no such stall."""

    zh = "该集市没有此摊位。"


class FairEndsBeforeStart(Malformed):
    """A fair must close after it opens."""

    zh = "集市结束时间必须晚于开始时间。"


class FairIsOver(Refused):
    """The fair is over."""

    zh = "集市已结束。"


class StallsNotReconciled(Refused):
    """A stall of the fair has not been reconciled yet."""

    zh = "还有摊位未完成对账。"


def evolve(state: Fair, event: Event) -> Fair:
    """Fold one event into the fair."""
    match event:
        case FairAnnounced():
            return Fair(event.title, event.community, event.opens_at, event.closes_at)
        case StallAdded():
            stall = Stall(event.title, event.stewards)
            return msgspec.structs.replace(state, stalls={**state.stalls, event.stall: stall})
        case StallReconciled():
            stall = state.stalls.get(event.stall, Stall("", ()))
            stall = msgspec.structs.replace(stall, counts=event.counts)
            return msgspec.structs.replace(state, stalls={**state.stalls, event.stall: stall})
        case FairClosed():
            return msgspec.structs.replace(state, closed=True)
        case _:
            return state


def announce(
    state: Fair, *, fair: str, title: str, community: str, opens_at: datetime, closes_at: datetime
) -> list[Event]:
    """Announce a fair.

    Raises:
        FairEndsBeforeStart: it would close before it opens.
        IdTaken: this id already is another fair.
    """
    if closes_at <= opens_at:
        raise FairEndsBeforeStart
    if state.opens_at is not None:
        now = (state.title, state.community, state.opens_at, state.closes_at)
        if now != (title, community, opens_at, closes_at):
            raise IdTaken
        return []
    return [
        FairAnnounced(
            fair=fair, title=title, community=community, opens_at=opens_at, closes_at=closes_at
        )
    ]


def add_stall(
    state: Fair, *, fair: str, stall: str, title: str, stewards: tuple[str, ...]
) -> list[Event]:
    """Add a stall.

    Raises:
        FairNotFound: nobody announced the fair.
        FairIsOver: it was closed.
        IdTaken: this id already is another stall of the fair.
    """
    must_be_on(state)
    there = state.stalls.get(stall)
    if there is not None:
        if (there.title, there.stewards) != (title, stewards):
            raise IdTaken
        return []
    return [StallAdded(fair=fair, stall=stall, title=title, stewards=stewards)]


def close(state: Fair, *, fair: str) -> list[Event]:
    """Close the fair: nothing is reserved any more, and what is not handed over lapses.

    Raises:
        FairNotFound: nobody announced the fair.
        StallsNotReconciled: a stall has not been counted.
    """
    if state.opens_at is None:
        raise FairNotFound
    if state.closed:
        return []
    if any(stall.counts is None for stall in state.stalls.values()):
        raise StallsNotReconciled
    return [FairClosed(fair=fair)]


def must_be_on(state: Fair) -> None:
    """Refuse for a fair that was never announced or is closed.

    Raises:
        FairNotFound: nobody announced it.
        FairIsOver: it was closed.
    """
    if state.opens_at is None:
        raise FairNotFound
    if state.closed:
        raise FairIsOver


def is_settled(state: Fair, stall: str | None) -> bool:
    """Say whether no hand-over of *stall*, or of any stall if it is None, can still come in."""
    if state.closed:
        return True
    stalls = state.stalls.values() if stall is None else [state.stalls[stall]]
    return bool(stalls) and all(each.counts is not None for each in stalls)

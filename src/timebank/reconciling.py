"""A stall's reckoning (对账): what lies on the table is compared with what the book expects."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from timebank.event import Event, Malformed
from timebank.fairs import Count, Fair, StallNoted, StallNotFound, StallReconciled, must_be_on
from timebank.ids import derived
from timebank.offering import NotAtThisFair
from timebank.offers import Offer, ShortfallRecorded, StockMoved


class CountMalformed(Malformed):
    """Each offer is counted once, and what is left is zero or more."""

    zh = "每个可兑换项只盘点一次,剩余数量不能为负。"


def reconcile(
    state: Fair,
    offers: Mapping[str, Offer],
    *,
    fair: str,
    stall: str,
    left: Sequence[tuple[str, int]],
    at: datetime,
    note: str | None = None,
) -> list[Event]:
    """Compare what is *left* of each offer with the book, and bring the book to what is there.

    Pieces that are missing become a shortfall for somebody to look into; pieces too many are
    counted in. *offers* are the states of the offers that were counted.

    Raises:
        FairNotFound: nobody announced the fair.
        FairIsOver: it was closed.
        StallNotFound: the fair has no such stall.
        CountMalformed: an offer was counted twice, or fewer than zero pieces.
        NotAtThisFair: an offer belongs elsewhere.
    """
    must_be_on(state)
    there = state.stalls.get(stall)
    if there is None:
        raise StallNotFound
    if len({offer for offer, _ in left}) < len(left) or any(count < 0 for _, count in left):
        raise CountMalformed
    if any(offers[offer].fair != fair for offer, _ in left):
        raise NotAtThisFair
    counts = tuple(
        Count(offer=offer, expected=expected(offers[offer], stall), left=count)
        for offer, count in left
    )
    if there.counts == counts and all(count.expected == count.left for count in counts):
        return []
    events: list[Event] = [StallReconciled(fair=fair, stall=stall, counts=counts)]
    if note is not None:
        events.append(StallNoted(fair=fair, stall=stall, note=note))
    for count in counts:
        events += _difference(count, stall=stall, at=at)
    return events


def expected(offer: Offer, stall: str) -> int:
    """Say how many pieces must lie on the stall's table: promised ones do until they leave."""
    return offer.of(stall).there


def _difference(count: Count, *, stall: str, at: datetime) -> list[Event]:
    missing = count.expected - count.left
    if missing > 0:
        return [ShortfallRecorded(offer=count.offer, quantity=missing, at=at, stall=stall)]
    if missing < 0:
        movement = derived("count", count.offer, stall, at.isoformat())
        return [
            StockMoved(
                offer=count.offer, movement=movement, change=-missing, reason="count", stall=stall
            )
        ]
    return []

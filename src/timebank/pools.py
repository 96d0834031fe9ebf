"""Pools (捐赠池、救助池): points that members gave, for orders and for those in need.

Units: whole credit minutes. Every entry that touches a pool has its event in the pool's own stream,
in the same transaction, so a decision that reads this one stream knows the balance: what is not
set aside for published orders is free, and nothing else may be promised or granted.
"""

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from timebank.accounts import Posting, available, pool_account
from timebank.event import Event, NotFound, Refused
from timebank.ids import derived
from timebank.lots import Lot, last_day
from timebank.postings import LotsReceived, explained
from timebank.purse import Purse
from timebank.rules import Sheet
from timebank.spending import MinutesMalformed, is_repeat

POOLS = ("donation", "relief")


def pool_stream(pool: str) -> str:
    """Name the stream of a pool."""
    return f"pool-{derived('pool', pool)}"


class PoolEvent(Event, frozen=True, kw_only=True):
    """Something that happened to one pool."""

    pool: str

    @property
    def stream(self) -> str:
        """Each pool has its own stream."""
        return pool_stream(self.pool)


class PoolReceived(PoolEvent, frozen=True, kw_only=True, tag="pool.received"):
    """Points came in by an entry of somebody's purse."""

    posting: str
    minutes: int


class PoolReserved(PoolEvent, frozen=True, kw_only=True, tag="pool.reserved"):
    """So much in all is set aside for an order."""

    order: str
    minutes: int


class PoolReleased(PoolEvent, frozen=True, kw_only=True, tag="pool.released"):
    """What was still set aside for an order is free again."""

    order: str


class PoolPaid(PoolEvent, frozen=True, kw_only=True, tag="pool.paid"):
    """Those who served on an order earned from the pool; the postings are in their purses."""

    order: str
    minutes: int
    postings: tuple[str, ...]


class PoolGranted(Posting, frozen=True, kw_only=True, tag="pool.granted"):
    """Points went to a member, whose purse names this entry in `purse.lots_received`."""

    pool: str

    @property
    def stream(self) -> str:
        """The pool pays, so the posting is in its stream."""
        return pool_stream(self.pool)


class Pool(msgspec.Struct, frozen=True):
    """What the pool holds, and what of it is set aside for each order."""

    balance_minutes: int = 0
    reserved: Mapping[str, int] = {}

    @property
    def free_minutes(self) -> int:
        """What may still be promised."""
        return self.balance_minutes - sum(self.reserved.values())


class PoolNotFound(NotFound):
    """There is no such pool."""

    zh = "没有该积分池。"


class NotEnoughInPool(Refused):
    """The pool has fewer free points than that."""

    zh = "该积分池可用积分不足。"


class AboveBalanceCap(Refused):
    """The account would hold more than the rules allow."""

    zh = "将超过积分存储上限。"


def evolve(state: Pool, event: Event) -> Pool:
    """Fold one event into the pool."""
    match event:
        case PoolReceived():
            return Pool(state.balance_minutes + event.minutes, state.reserved)
        case PoolGranted():
            return Pool(state.balance_minutes - event.minutes, state.reserved)
        case PoolReserved():
            return Pool(state.balance_minutes, {**state.reserved, event.order: event.minutes})
        case PoolReleased():
            return Pool(state.balance_minutes, _without(state, event.order))
        case PoolPaid():
            left = state.reserved.get(event.order, 0) - event.minutes
            reserved = _without(state, event.order)
            if left > 0:
                reserved[event.order] = left
            return Pool(state.balance_minutes - event.minutes, reserved)
        case _:
            return state


def must_exist(pool: str) -> None:
    """Refuse a pool that nobody set up.

    Raises:
        PoolNotFound: the name stands for none.
    """
    if pool not in POOLS:
        raise PoolNotFound


def reserve(state: Pool, *, pool: str, order: str, minutes: int) -> list[Event]:
    """Set *minutes* in all aside for a published order; asking again with more or less resizes it.

    Raises:
        PoolNotFound: the name stands for none.
        MinutesMalformed: nothing would be set aside.
        NotEnoughInPool: less is free.
    """
    must_exist(pool)
    if minutes < 1:
        raise MinutesMalformed
    before = state.reserved.get(order, 0)
    if before == minutes:
        return []
    if minutes - before > state.free_minutes:
        raise NotEnoughInPool
    return [PoolReserved(pool=pool, order=order, minutes=minutes)]


def release(state: Pool, *, pool: str, order: str) -> list[Event]:
    """Free what an order that is over did not need."""
    if order not in state.reserved:
        return []
    return [PoolReleased(pool=pool, order=order)]


def pay(state: Pool, *, pool: str, order: str, postings: Iterable[Event]) -> list[Event]:
    """Take from the pool what others earned by *postings* from what is set aside for the order.

    Raises:
        NotEnoughInPool: less was set aside.
    """
    own = pool_account(pool)
    paid = [each for each in postings if isinstance(each, Posting) and each.debit == own]
    minutes = sum(posting.minutes for posting in paid)
    if minutes < 1:
        return []
    if minutes > state.reserved.get(order, 0):
        raise NotEnoughInPool
    entries = tuple(posting.entry for posting in paid if posting.minutes)
    return [PoolPaid(pool=pool, order=order, minutes=minutes, postings=entries)]


def grant(
    state: Pool,
    purse: Purse,
    sheet: Sheet,
    *,
    pool: str,
    to: str,
    entry: str,
    minutes: int,
    today: date,
    reason: str | None = None,
) -> list[Event]:
    """Give points of a pool to a member in need, as one new lot; *purse* is theirs.

    Raises:
        PoolNotFound: the name stands for none.
        MinutesMalformed: nothing would move.
        IdTaken: the entry was made with other minutes.
        NotEnoughInPool: less is free.
        AboveBalanceCap: the member would hold more than the sheet allows.
    """
    must_exist(pool)
    if minutes < 1:
        raise MinutesMalformed
    if is_repeat(purse, entry, minutes):
        return []
    if minutes > state.free_minutes:
        raise NotEnoughInPool
    must_have_room(purse, sheet, minutes)
    lot = Lot(
        lot=derived("lot", entry), minutes=minutes, on=today, valid_until=last_day(sheet, today)
    )
    return [
        PoolGranted(
            pool=pool,
            entry=entry,
            debit=pool_account(pool),
            credit=available(to),
            minutes=minutes,
        ),
        LotsReceived(person=to, posting=entry, lots=(lot,)),
        *explained(person=to, posting=entry, reason=reason),
    ]


def must_have_room(purse: Purse, sheet: Sheet, minutes: int) -> None:
    """Refuse what would lift a purse above the balance cap.

    Raises:
        AboveBalanceCap: available and held points would come to more.
    """
    holds = purse.balance_minutes + purse.held_minutes
    if holds + minutes > sheet.points.balance_cap_minutes:
        raise AboveBalanceCap


def _without(state: Pool, order: str) -> dict[str, int]:
    return {each: minutes for each, minutes in state.reserved.items() if each != order}

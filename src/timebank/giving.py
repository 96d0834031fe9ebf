"""Giving points away: to verified kin (转赠), or to a pool (捐赠)."""

from datetime import date

import msgspec

from timebank.accounts import available, pool_account
from timebank.event import Event, Refused
from timebank.ids import derived
from timebank.kin_links import KinLink, must_allow
from timebank.lots import Lot
from timebank.pools import PoolReceived, must_exist, must_have_room
from timebank.postings import LotsReceived, PointsDonated, PointsGifted
from timebank.purse import Purse
from timebank.rules import Sheet
from timebank.spending import is_repeat, spendable


class OwnGift(Refused):
    """Nobody gives points to themselves."""

    zh = "不能转赠给自己。"


def give(
    state: Purse,
    receiver: Purse,
    link: KinLink,
    sheet: Sheet,
    *,
    person: str,
    to: str,
    kin_link: str,
    entry: str,
    minutes: int,
    today: date,
) -> list[Event]:
    """Give points to kin, oldest lots first; each part stays a lot with the same last day.

    Raises:
        OwnGift: giver and receiver are the same.
        IdTaken: the entry was made with other minutes.
        KinLinkNotFound: nobody proposed the link.
        NotVerifiedKin: the link is not theirs, not verified or has ended.
        RelationNotAllowed: the sheet does not name what the receiver is to the giver.
        MinutesMalformed: nothing would move.
        NotEnoughPoints: the giver has less that has not expired.
        AboveBalanceCap: the receiver would hold more than the sheet allows.
    """
    if person == to:
        raise OwnGift
    if is_repeat(state, entry, minutes):
        return []
    must_allow(link, sheet.points, giver=person, to=to)
    lots = spendable(state, minutes=minutes, today=today)
    must_have_room(receiver, sheet, minutes)
    return [
        PointsGifted(
            person=person,
            entry=entry,
            debit=available(person),
            credit=available(to),
            minutes=minutes,
            lots=lots,
            kin_link=kin_link,
        ),
        LotsReceived(person=to, posting=entry, lots=tuple(_renamed(lot, entry) for lot in lots)),
    ]


def donate(
    state: Purse, *, person: str, pool: str, entry: str, minutes: int, today: date
) -> list[Event]:
    """Give points to a pool, oldest lots first; in the pool they do not expire.

    Raises:
        PoolNotFound: there is no such pool.
        IdTaken: the entry was made with other minutes.
        MinutesMalformed: nothing would move.
        NotEnoughPoints: the giver has less that has not expired.
    """
    must_exist(pool)
    if is_repeat(state, entry, minutes):
        return []
    lots = spendable(state, minutes=minutes, today=today, donating=True)
    return [
        PointsDonated(
            person=person,
            entry=entry,
            debit=available(person),
            credit=pool_account(pool),
            minutes=minutes,
            lots=lots,
        ),
        PoolReceived(pool=pool, posting=entry, minutes=minutes),
    ]


def _renamed(lot: Lot, entry: str) -> Lot:
    """Give the receiver's own lot for a part of the giver's, found again from both ids."""
    return msgspec.structs.replace(lot, lot=derived("lot", entry, lot.lot))

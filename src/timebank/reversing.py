"""Reversals (冲正、追回): one new entry undoes an earlier one, and says whose fault it was.

Units: whole credit minutes. What the member still has is taken, the very lot of the entry first,
then the others in the order of spending. What is missing becomes a visible debt where the member
was at fault; where the office was, the office bears it: account `adjustment`, never a debt.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import date

from timebank.accounts import ADJUSTMENT, Posting, available, debt, member_of
from timebank.event import Event, Malformed, Refused
from timebank.holding import arrived
from timebank.ids import derived
from timebank.lots import Lot, first, is_over, last_day, total, without
from timebank.pools import PoolGranted, PoolReceived
from timebank.postings import (
    BalanceCarriedOver,
    LotsReceived,
    PointsAdded,
    PointsGifted,
    PointsReversed,
    ShortfallBorne,
    TakenBack,
    explained,
)
from timebank.purse import DebtRepaid, PointsEarned, Purse
from timebank.rules import Sheet

MEMBER = "member"
OFFICE = "office"


class UnknownFault(Malformed):
    """A reversal says whether the member or the office was at fault."""

    zh = "冲正须说明是志愿者还是机构的责任。"


class NotReversible(Refused):
    """Only an entry that brought points to a member can be reversed."""

    zh = "只能冲正使积分入账的记录;冻结请解冻,兑换请退货。"


class AlreadyReversed(Refused):
    """This entry has been reversed."""

    zh = "该笔记录已冲正。"


class RecordCorrected(Refused):
    """The service record was corrected to less; correct it again instead of reversing it."""

    zh = "该服务记录已更正减少,请再次更正,不能冲正。"


def getter_of(posting: Posting) -> str:
    """Name the person whose purse a reversal of *posting* takes from.

    Raises:
        NotReversible: the entry brought nobody anything.
    """
    match posting:
        case PointsEarned() | DebtRepaid() | BalanceCarriedOver() | PointsAdded():
            return posting.person
        case PointsGifted() | PoolGranted():
            return member_of(posting.credit) or ""
        case _:
            raise NotReversible


def giver_of(posting: Posting) -> str | None:
    """Name the person to whose purse a reversal of *posting* gives back, if it was a person's."""
    return member_of(posting.debit)


def reverse(
    state: Purse,
    giver: Purse | None,
    sheet: Sheet,
    *,
    posting: Posting,
    entry: str,
    fault: str,
    today: date,
    reason: str | None = None,
) -> list[Event]:
    """Undo *posting*, as it stands in the book; *state* and *giver* are the purses of the two.

    Points of a gift go back to the giver's lots; points that a recipient had paid for a service go
    back as one new lot; a pool gets its points back; all other accounts just take them.

    Raises:
        UnknownFault: neither the member nor the office.
        NotReversible: the entry brought nobody anything.
        AlreadyReversed: another entry has undone it.
        RecordCorrected: a correction has already taken part of it back.
    """
    must_name_fault(fault)
    person = getter_of(posting)
    undone_by = state.undone.get(posting.entry)
    if undone_by is not None:
        if undone_by != entry:
            raise AlreadyReversed
        return []
    if isinstance(posting, PointsEarned | DebtRepaid) and posting.record in state.undone:
        raise RecordCorrected
    back = _back(posting.debit)
    lots = taken(state, lots=_made_by(posting), minutes=posting.minutes, today=today)
    service = posting if isinstance(posting, PointsEarned | DebtRepaid) else None
    undone = PointsReversed(
        person=person,
        entry=entry,
        debit=available(person),
        credit=back,
        minutes=total(lots),
        lots=lots,
        fault=fault,
        reverses=posting.entry,
        record=service.record if service else None,
        order=service.order if service else None,
        on=service.on if service else None,
        brought_minutes=brought_by(service) if service else None,
    )
    events: list[Event] = [undone, *shortfall(undone, minutes=posting.minutes)]
    own = posting.lots if isinstance(posting, PointsGifted) else None
    events += returned(events, giver, sheet, back=back, entry=entry, today=today, own=own)
    return events + explained(person=person, posting=entry, reason=reason)


def must_name_fault(fault: str) -> None:
    """Refuse a fault that is nobody's.

    Raises:
        UnknownFault: neither the member nor the office.
    """
    if fault not in {MEMBER, OFFICE}:
        raise UnknownFault


def taken(state: Purse, *, lots: AbstractSet[str], minutes: int, today: date) -> tuple[Lot, ...]:
    """Choose what to take back: *lots* first, even if over, then others in the order of spending.

    Of the others only those that are not over: points that nobody could spend settle nothing.
    """
    own = first((each for each in state.lots if each.lot in lots), minutes)
    others = (each for each in without(state.lots, own) if not is_over(each, today))
    return (*own, *first(others, minutes - total(own)))


def brought_by(entry: PointsEarned | DebtRepaid) -> int:
    """Give what a service's entry counts against the cap of its day."""
    over = entry.over_balance_cap_minutes if isinstance(entry, PointsEarned) else 0
    return entry.minutes + over


def shortfall(taken: TakenBack, *, minutes: int) -> list[ShortfallBorne]:
    """Post what of *minutes* could not be taken: as the member's debt, or as the office's loss."""
    missing = minutes - taken.minutes
    if missing < 1:
        return []
    return [
        ShortfallBorne(
            person=taken.person,
            entry=derived("shortfall", taken.entry),
            debit=debt(taken.person) if taken.fault == MEMBER else ADJUSTMENT,
            credit=taken.credit,
            minutes=missing,
            posting=taken.entry,
            record=taken.record,
            order=taken.order,
        )
    ]


def returned(
    events: Sequence[Event],
    giver: Purse | None,
    sheet: Sheet,
    *,
    back: str,
    entry: str,
    today: date,
    own: tuple[Lot, ...] | None = None,
) -> list[Event]:
    """Give what *events* mean to those that they give points back to: a pool, or a person.

    A person gets *own* lots back, or one new lot where what they had paid with is not known.
    """
    postings = [each for each in events if isinstance(each, Posting) and each.minutes]
    kind, _, name = back.partition(":")
    if kind == "pool":
        return [PoolReceived(pool=name, posting=e.entry, minutes=e.minutes) for e in postings]
    minutes = sum(posting.minutes for posting in postings)
    if kind != "available" or minutes < 1:
        return []
    assert giver is not None, "points go back to a purse that nobody read"
    new = Lot(
        lot=derived("lot", entry), minutes=minutes, on=today, valid_until=last_day(sheet, today)
    )
    lots = (new,) if own is None else own
    received = LotsReceived(person=name, posting=entry, lots=lots)
    return [received, *arrived(giver, lots, person=name, cause=entry, today=today)]


def _back(debit: str) -> str:
    """Name the account that gets points back that *debit* gave; a hold is long over."""
    kind, _, person = debit.partition(":")
    return available(person) if kind == "held" else debit


def _made_by(posting: Posting) -> set[str]:
    """Name the lots that an entry made."""
    match posting:
        case PointsEarned():
            return {posting.entry}
        case PointsGifted():
            return {derived("lot", posting.entry, lot.lot) for lot in posting.lots}
        case _:
            return {derived("lot", posting.entry)}

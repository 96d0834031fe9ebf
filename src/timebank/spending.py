"""Choosing the lots that pay, and knowing an entry that was made before."""

from datetime import date

from timebank.event import IdTaken, Malformed, Refused
from timebank.lots import Lot, first, is_over, total
from timebank.purse import Purse


class NotEnoughPoints(Refused):
    """The account holds fewer points than that."""

    zh = "可用积分不足。"


class MinutesMalformed(Malformed):
    """An entry moves at least one minute."""

    zh = "积分数额须至少为一分钟。"


def spendable(
    state: Purse, *, minutes: int, today: date, donating: bool = False
) -> tuple[Lot, ...]:
    """Choose the parts of lots that pay *minutes*, in the order of spending.

    Raises:
        MinutesMalformed: nothing would move.
        NotEnoughPoints: what has not expired, and may be used for this, is less.
    """
    if minutes < 1:
        raise MinutesMalformed
    good = (lot for lot in state.lots if not is_over(lot, today))
    parts = first((lot for lot in good if donating or not lot.donated_only), minutes)
    if total(parts) < minutes:
        raise NotEnoughPoints
    return parts


def is_repeat(state: Purse, entry: str, minutes: int) -> bool:
    """Say whether the entry was made before.

    Raises:
        IdTaken: it was, but with other minutes.
    """
    before = state.known.get(entry)
    if before is not None and before != minutes:
        raise IdTaken
    return before is not None

"""Month ends: each purse asserts what it holds, and a replay checks that it did.

Units: whole credit minutes. The check does not use the fold of lots and holds: it adds up debits
and credits, so that two ways of counting have to agree with what was asserted.
"""

from collections.abc import Iterable
from datetime import date

import msgspec

from timebank.accounts import accounts, available, debt, held
from timebank.event import Event
from timebank.lots import total
from timebank.postings import BalanceConfirmed, HoldPaid, LotsReceived
from timebank.purse import Purse


class Standing(msgspec.Struct, frozen=True):
    """What a purse holds and owes."""

    available_minutes: int = 0
    held_minutes: int = 0
    debt_minutes: int = 0


def confirm_balance(state: Purse, *, person: str, on: date) -> list[Event]:
    """Assert what the purse holds, for the month that ended *on*, if anything moved since the last.

    The figures are those of this place in the stream, whenever the timer came to write them.
    """
    if not state.unconfirmed:
        return []
    return [
        BalanceConfirmed(
            person=person,
            on=on,
            available_minutes=state.balance_minutes,
            held_minutes=state.held_minutes,
            debt_minutes=state.debt_minutes,
        )
    ]


def standing(events: Iterable[Event], person: str) -> Standing:
    """Add up the purse of *person* from the events of its stream, entry by entry."""
    sums: dict[str, int] = {}
    for event in events:
        _add_up(sums, event)
    return _of(sums, person)


def contradictions(events: Iterable[Event]) -> list[BalanceConfirmed]:
    """Give the assertions of one purse's stream that its entries do not bear out."""
    sums: dict[str, int] = {}
    wrong = []
    for event in events:
        if isinstance(event, BalanceConfirmed) and _asserted(event) != _of(sums, event.person):
            wrong.append(event)
        _add_up(sums, event)
    return wrong


def _of(sums: dict[str, int], person: str) -> Standing:
    has, kept, owes = (
        sums.get(name, 0) for name in (available(person), held(person), debt(person))
    )
    return Standing(has, kept, -owes)


def _asserted(event: BalanceConfirmed) -> Standing:
    return Standing(event.available_minutes, event.held_minutes, event.debt_minutes)


def _add_up(sums: dict[str, int], event: Event) -> None:
    for account, change in _changes(event):
        sums[account] = sums.get(account, 0) + change


def _changes(event: Event) -> list[tuple[str, int]]:
    """Give what *event* changes, with the purse's side of entries that others' streams post."""
    match event:
        case LotsReceived():
            return [(available(event.person), total(event.lots))]
        case HoldPaid():
            return [(held(event.person), -total(event.lots))]
        case _:
            return accounts(event)

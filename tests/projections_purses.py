"""What people do with points, at random, by the real rules."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tests.serving import SHEET
from timebank import adjusting, balances, giving, holding, kin_links, pools, reversing
from timebank.accounts import Posting
from timebank.ids import derived
from timebank.postings import HoldPosted
from timebank.rules import PROPOSED_POINTS, Sheet

if TYPE_CHECKING:
    from tests.projections_district import District

TODAY = date(2025, 3, 1)
RULES = Sheet(sheet=SHEET, effective_from=date(2025, 1, 1), points=PROPOSED_POINTS)


def deal(told: District, who: int, what: int) -> None:
    """Try one of the things that are done with points."""
    person, other = (str(UUID(int=(1 << 64) + number % 4)) for number in (who, who + 1))
    facts: dict[str, Any] = {
        "person": person,
        "entry": str(UUID(int=(21 << 64) + len(told.past.recorded))),
        "minutes": 10 * (what + 1),
        "today": TODAY,
    }
    told.do(DEALS[(5 * what + len(told.past.recorded)) % len(DEALS)](told, facts, person, other))


def link_of(person: str) -> str:
    """Name the kin link of a person with the next."""
    return derived("test", "link", person)


def _carry(told: District, facts: dict[str, Any], person: str, _: str) -> Any:
    rest = {name: facts[name] for name in ("person", "entry", "minutes")}
    until = TODAY + timedelta(days=facts["minutes"] - 30)
    state = told.state(f"purse-{person}")
    return lambda: adjusting.carry_over(state, **rest, on=TODAY, valid_until=until, source="0" * 64)


def _add(told: District, facts: dict[str, Any], person: str, _: str) -> Any:
    return lambda: adjusting.add(told.state(f"purse-{person}"), RULES, reason="Secret", **facts)


def _deduct(told: District, facts: dict[str, Any], person: str, _: str) -> Any:
    return lambda: adjusting.deduct(told.state(f"purse-{person}"), **facts)


def _hold(told: District, facts: dict[str, Any], person: str, _: str) -> Any:
    rest = {name: facts[name] for name in ("person", "minutes", "today")}
    state = told.state(f"purse-{person}")
    return lambda: holding.hold(state, hold=facts["entry"], redemption=facts["entry"], **rest)


def _post(told: District, facts: dict[str, Any], person: str, _: str) -> Any:
    state = told.state(f"purse-{person}")
    name = next(iter(state.holds), "")
    spent = facts["minutes"] // 10
    return lambda: holding.post(state, person=person, hold=name, minutes=spent, today=TODAY)


def _release(told: District, facts: dict[str, Any], person: str, _: str) -> Any:
    state = told.state(f"purse-{person}")
    name, later = next(iter(state.holds), ""), TODAY + timedelta(days=facts["minutes"])
    return lambda: holding.release(state, person=person, hold=name, reason="voided", today=later)


def _expire(told: District, facts: dict[str, Any], person: str, _: str) -> Any:
    later = TODAY + timedelta(days=facts["minutes"] // 2)
    return lambda: holding.expire(told.state(f"purse-{person}"), person=person, today=later)


def _link(told: District, _: dict[str, Any], person: str, other: str) -> Any:
    link = link_of(person)
    state = told.state(f"kin_link-{link}")
    if state.person:
        return lambda: kin_links.verify(state, kin_link=link, by=frozenset())
    return lambda: kin_links.propose(
        state, kin_link=link, person=person, relative=other, relation="spouse"
    )


def _give(told: District, facts: dict[str, Any], person: str, other: str) -> Any:
    link = link_of(person)
    giver, receiver = told.state(f"purse-{person}"), told.state(f"purse-{other}")
    kin = told.state(f"kin_link-{link}")
    return lambda: giving.give(giver, receiver, kin, RULES, to=other, kin_link=link, **facts)


def _donate(told: District, facts: dict[str, Any], person: str, _: str) -> Any:
    return lambda: giving.donate(told.state(f"purse-{person}"), pool="relief", **facts)


def _grant(told: District, facts: dict[str, Any], person: str, _: str) -> Any:
    rest = {name: facts[name] for name in ("entry", "minutes", "today")}
    states = told.state(pools.pool_stream("relief")), told.state(f"purse-{person}")
    return lambda: pools.grant(*states, RULES, pool="relief", to=person, **rest)


def _reverse(told: District, facts: dict[str, Any], _: str, __: str) -> Any:
    found = [each.event for each in told.past.recorded if isinstance(each.event, Posting)]
    found = [posting for posting in found if not isinstance(posting, HoldPosted)]
    if not found:
        return list
    posting = found[-facts["minutes"] % len(found)]

    def decide() -> Any:
        payer = reversing.giver_of(posting)
        return reversing.reverse(
            told.state(f"purse-{reversing.getter_of(posting)}"),
            told.state(f"purse-{payer}") if payer else None,
            RULES,
            posting=posting,
            entry=facts["entry"],
            fault=("member", "office")[facts["minutes"] // 10 % 2],
            today=TODAY,
        )

    return decide


def _confirm(told: District, _: dict[str, Any], person: str, __: str) -> Any:
    state = told.state(f"purse-{person}")
    return lambda: balances.confirm_balance(state, person=person, on=TODAY)


DEALS = (
    _carry,
    _add,
    _deduct,
    _hold,
    _post,
    _release,
    _expire,
    _link,
    _give,
    _donate,
    _grant,
    _reverse,
    _confirm,
)

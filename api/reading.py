"""Who may read what, and opening sealed words for those who may.

Deny by default: one reads what is one's own, or what a role covers in the area that it belongs to.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

import structlog

from api.acts import ZONE
from api.requests import JsonRequest
from district.calendar import civil_day
from district.roles import Role
from district.staff import Grant, NotAllowed, Staff, holds, roles_on, staff_stream
from journal.book import Book
from journal.forms import Sealed, Tombstone
from journal.vault import HolderUnknown
from journal.wrapping import WrappingKeyGone

log = structlog.get_logger("api")


def staff_of(request: JsonRequest) -> Staff:
    """The caller's grants, at most a second old; none for who is not on the staff."""
    caller = request.caller
    if caller.kind != "staff":
        return Staff()
    state: Staff = request.service.book.recent(staff_stream(caller.person))
    return state


def may_read(request: JsonRequest, roles: Collection[Role], area: str) -> bool:
    """Whether the caller holds one of *roles* today for *area*."""
    today = civil_day(request.service.clock(), ZONE)
    return holds(staff_of(request), roles, area=area, on=today)


def require_reader(
    request: JsonRequest, roles: Collection[Role], area: str | None, *own: str | None
) -> None:
    """Go on only if the caller is one of *own*, or holds one of *roles* for *area*.

    What is not there has no area (None): that is told only to who holds one of *roles* at all.

    Raises:
        NotAllowed: neither.
    """
    if request.caller.person in own:
        return
    if not (_roles_today(request, roles) if area is None else may_read(request, roles, area)):
        raise NotAllowed


def area_to_read(request: JsonRequest, roles: Collection[Role], asked: str | None) -> str:
    """The area whose things the caller may list: the one *asked* for, or their widest.

    Raises:
        NotAllowed: no role of theirs covers it.
    """
    if asked is not None:
        require_reader(request, roles, asked)
        return asked
    areas = [grant.area for grant in _roles_today(request, roles)]
    if not areas:
        raise NotAllowed
    return min(areas, key=len)


def _roles_today(request: JsonRequest, roles: Collection[Role]) -> list[Grant]:
    """The caller's grants of *roles* that are in force."""
    today = civil_day(request.service.clock(), ZONE)
    return [grant for grant in roles_on(staff_of(request), today) if grant.role in roles]


async def opened(book: Book, positions: Sequence[int | None]) -> list[Any]:
    """The sealed events at *positions*, opened; None where there is none or it was forgotten."""
    return await asyncio.to_thread(lambda: [_opened(book, position) for position in positions])


def _opened(book: Book, position: int | None) -> Any:
    recorded = book.at(position) if position else None
    if recorded is None:
        return None
    try:
        words = book.opened(recorded)
    except (HolderUnknown, WrappingKeyGone):
        # A restored book may be older than the change of the wrapping key: `doctor` says so.
        log.warning("words cannot be opened", position=position)
        return None
    return None if isinstance(words, Sealed | Tombstone) else words

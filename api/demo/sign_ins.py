"""The sign-ins of the demonstration district, which all share one password.

No other part of the service makes an account whose password is known.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from api.founding import SYSTEM
from district.sign_ins import Kind, choose_password, open_sign_in, sign_in_stream
from journal.book import Book
from journal.command import Command, CredentialPut, Decided, Reading

Deciding = Callable[[Reading, datetime], Decided]
NewId = Callable[[], str]


async def choose_passwords(book: Book, new_id: NewId, names: Sequence[str], verifier: str) -> None:
    """Give sign-ins that have a one-time password the shared one."""

    def deciding(name: str) -> Deciding:
        def decide(read: Reading, now: datetime) -> Decided:
            del now
            state = read(sign_in_stream(name))
            events = choose_password(state, name=name, proven=state.generation)
            return Decided(events, beside=[CredentialPut(name, verifier, state.generation + 1)])

        return decide

    await _as_system(book, new_id, [deciding(name) for name in names])


async def open_sign_ins(
    book: Book, new_id: NewId, signs_in: Sequence[tuple[str, str, Kind]], verifier: str
) -> None:
    """Open sign-ins (name, person, kind) with the shared password."""

    def deciding(name: str, person: str, kind: Kind) -> Deciding:
        def decide(read: Reading, now: datetime) -> Decided:
            del now
            state = read(sign_in_stream(name))
            events = open_sign_in(state, name=name, person=person, kind=kind, chosen=True)
            return Decided(events, beside=[CredentialPut(name, verifier, 1)])

        return decide

    await _as_system(book, new_id, [deciding(*one) for one in signs_in])


async def _as_system(book: Book, new_id: NewId, decisions: Sequence[Deciding]) -> None:
    await asyncio.gather(
        *(
            book.submit(Command(id=new_id(), caller=SYSTEM, digest=b"", decide=decide))
            for decide in decisions
        )
    )

"""Forgetting a person: the key goes first, then the book says so."""

from datetime import datetime
from uuid import UUID, uuid4

from api.founding import SYSTEM
from journal.book import Book
from journal.command import Command, Decided, IndexDrop, Outcome, Reading
from journal.events import PersonForgotten
from journal.vault import Vault


async def forget(book: Book, vault: Vault, *, person: str, reason_code: str) -> Outcome:
    """Destroy *person*'s key and their rows of the blind index, and record that it was done.

    Asking again completes what a crash left undone.

    Raises:
        ValueError: *person* is no id.
    """
    person = str(UUID(person))
    vault.forget(person)

    def decide(read: Reading, now: datetime) -> Decided:
        del now
        if read(f"person-{person}").forgotten:
            return Decided(beside=[IndexDrop(person)])
        event = PersonForgotten(person=person, reason_code=reason_code)
        return Decided([event], beside=[IndexDrop(person)])

    return await book.submit(
        Command(
            id=str(uuid4()), caller=SYSTEM, digest=b"", decide=decide, target=f"person-{person}"
        )
    )

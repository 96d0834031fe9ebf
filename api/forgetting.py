"""Forgetting a person: their key goes first, then the book says so and closes every door of theirs.

Hours, points and proofs stay. Asking again completes what a crash left undone, and the list of the
forgotten that is kept outside the book is gone through again at each start: a restored copy still
knows them.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from api.acts import ZONE
from api.doors import Doors
from api.founding import SYSTEM
from api.tokens import ACCESS_SECONDS
from district.appointments import relieve_forgotten
from district.calendar import civil_day
from district.event import NotFound
from district.sign_ins import close_sign_in, sign_in_stream
from district.staff import Staff, staff_stream
from journal.book import Book
from journal.command import Command, Decided, IndexDrop, Outcome, Reading
from journal.events import PersonForgotten
from journal.forgotten import Forgotten
from journal.vault import Vault
from timebank.recipients import Recipient
from timebank.standing import leave
from timebank.volunteers import Volunteer

AGAIN = "forgotten_before"


class NobodyToForget(NotFound):
    """Nobody has this id."""

    zh = "没有此编号的人员。"


class Forgetting:
    """Forgets people of one book."""

    def __init__(
        self, book: Book, vault: Vault, doors: Doors, clock: Callable[[], datetime]
    ) -> None:
        self.book = book
        self.vault = vault
        self.doors = doors
        self.clock = clock

    async def forget(self, person: str, *, reason_code: str) -> Outcome:
        """Destroy *person*'s key, what finds them and every way in, and record that it was done.

        Raises:
            ValueError: *person* is no id.
            NobodyToForget: it is nobody's.
        """
        person = str(UUID(person))
        names = self._sign_ins(person)
        if not names and not self._is_known(person):
            raise NobodyToForget
        self.vault.forget(person)
        outcome = await self._record(person, names, reason_code)
        self.book.store.scrub()
        now = int(self.clock().timestamp())
        self.doors.end_person(person, now=now, until=now + ACCESS_SECONDS)
        return outcome

    async def again(self, listed: Iterable[Forgotten]) -> int:
        """Forget again whoever is listed but known to this book; how many those were."""
        open_still = [
            holder
            for holder in dict.fromkeys(entry.holder for entry in listed)
            if not self.book.state(f"person-{holder}").forgotten and self._is_known(holder)
        ]
        for person in open_still:
            await self.forget(person, reason_code=AGAIN)
        return len(open_still)

    async def _record(self, person: str, names: list[str], reason_code: str) -> Outcome:
        stream = f"person-{person}"

        def decide(read: Reading, now: datetime) -> Decided:
            events: list[Any] = [] if read(stream).forgotten else [_forgotten(person, reason_code)]
            for name in names:
                events += close_sign_in(read(sign_in_stream(name)), name=name)
            volunteer: Volunteer = read(f"volunteer-{person}")
            if volunteer.volunteer_no and not volunteer.left:
                events += leave(volunteer, volunteer=person, reason_code="forgotten")
            staff: Staff = read(staff_stream(person))
            events += relieve_forgotten(staff, staff=person, today=civil_day(now, ZONE))
            return Decided(events, beside=[IndexDrop(person)])

        command = Command(id=str(uuid4()), caller=SYSTEM, digest=b"", decide=decide, target=stream)
        return await self.book.submit(command)

    def _sign_ins(self, person: str) -> list[str]:
        """The names under which *person* signs in, or did."""
        opened = (recorded.event for recorded in self.book.tagged("sign_in.opened"))
        return [event.name for event in opened if event.person == person]

    def _is_known(self, person: str) -> bool:
        """Whether *person* is, or was, a volunteer, a recipient or a member of staff."""
        volunteer: Volunteer = self.book.state(f"volunteer-{person}")
        recipient: Recipient = self.book.state(f"recipient-{person}")
        staff: Staff = self.book.state(staff_stream(person))
        return bool(volunteer.volunteer_no or recipient.is_registered or staff.grants)


def _forgotten(person: str, reason_code: str) -> PersonForgotten:
    return PersonForgotten(person=person, reason_code=reason_code)

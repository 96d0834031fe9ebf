"""Beginning a book: its first event, the working days that are known, its first administrator."""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID, uuid4

import chinese_calendar

from api.acts import ZONE
from district.appointments import found_administrator
from district.area_codes import area_stream
from district.calendar import CALENDAR_STREAM, civil_day, declare_calendar
from district.event import Refused
from district.sign_ins import open_sign_in, reset_password, sign_in_name, sign_in_stream
from district.staff import staff_stream
from journal.book import Book
from journal.command import Command, Decided, Outcome, Reading
from journal.events import Founded
from journal.log_rows import found_log

SYSTEM = "system"
NewId = Callable[[], UUID | str]
FIRST_YEAR = 2024


class AlreadyFounded(Refused):
    """This book has already begun."""

    zh = "此账本已建立。"


async def found(book: Book, *, origin: str, demonstration: bool, new_id: NewId = uuid4) -> Outcome:
    """Begin the empty *book* and declare the working days known today.

    Raises:
        AlreadyFounded: the book has events.
    """
    if book.head():
        raise AlreadyFounded
    name = str(new_id())

    def begin(read: Reading, now: datetime) -> Decided:
        del read, now
        return Decided([Founded(book=name, origin=origin, demonstration=demonstration)])

    await _submit(book, begin, new_id)
    with book.store.write() as c:
        found_log(book.store, c, origin)
    return await _submit(book, _declare_working_days, new_id)


def origin(book: Book) -> str:
    """The log's name, under which *book* was founded; nothing for an empty book."""
    first = book.at(1)
    return first.event.origin if first is not None and isinstance(first.event, Founded) else ""


def is_demonstration(book: Book) -> bool:
    """Whether *book* was founded as a demonstration; no to an empty one."""
    first = book.at(1)
    return first is not None and isinstance(first.event, Founded) and first.event.demonstration


async def create_administrator(
    book: Book, name: str, area: str, new_id: NewId = uuid4
) -> tuple[str, int]:
    """Make *name* an administrator of *area*; the sign-in and its password's generation.

    Raises:
        Refused: the name or the area is wrong, or the name is taken.
    """
    sign_in = sign_in_name(name)
    person, grant = str(new_id()), str(new_id())

    def decide(read: Reading, now: datetime) -> Decided:
        appointed = found_administrator(
            read(staff_stream(person)),
            read(area_stream(area)),
            staff=person,
            grant=grant,
            name=name,
            area=area,
            today=civil_day(now, ZONE),
        )
        state = read(sign_in_stream(sign_in))
        opened = open_sign_in(state, name=sign_in, person=person, kind="staff")
        return Decided([*appointed, *opened], {"generation": 1})

    outcome = await _submit(book, decide, new_id)
    return sign_in, outcome.answer["generation"]


async def reset_administrator(book: Book, name: str) -> tuple[str, int]:
    """Give *name* a new one-time password; the sign-in and the password's generation.

    Raises:
        Refused: there is no such sign-in.
    """
    sign_in = sign_in_name(name)

    def decide(read: Reading, now: datetime) -> Decided:
        del now
        state = read(sign_in_stream(sign_in))
        events = reset_password(state, name=sign_in)
        return Decided(events, {"generation": state.generation + 1})

    outcome = await _submit(book, decide, uuid4)
    return sign_in, outcome.answer["generation"]


def _declare_working_days(read: Reading, now: datetime) -> Decided:
    """The State Council's days off and worked weekends, as far as they have been declared."""
    del now
    known = read(CALENDAR_STREAM)
    off, on = chinese_calendar.holidays, chinese_calendar.workdays
    years = range(FIRST_YEAR, max(day.year for day in off) + 1)
    events = [
        event
        for year in years
        for event in declare_calendar(
            known, year=year, holidays=_of(off, year), workdays=_of(on, year)
        )
    ]
    return Decided(events)


def _of(days: dict[date, str], year: int) -> list[date]:
    return [day for day in days if day.year == year]


async def _submit(
    book: Book, decide: Callable[[Reading, datetime], Decided], new_id: NewId
) -> Outcome:
    return await book.submit(Command(id=str(new_id()), caller=SYSTEM, digest=b"", decide=decide))

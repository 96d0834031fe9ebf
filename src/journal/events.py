"""The events that the book itself records: its founding, going on after a restore, forgetting."""

from collections.abc import Mapping

import msgspec

from journal.forms import Fold


class BookEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="tag"):
    """An event of the book's own stream; `book` is the uuid made when it was founded."""

    book: str

    @property
    def stream(self) -> str:
        """The one stream of the book itself."""
        return f"book-{self.book}"


class Founded(BookEvent, frozen=True, kw_only=True, tag="book.founded"):
    """The book began; always position 1. A demonstration book is marked here, for ever."""

    origin: str
    demonstration: bool


class Resumed(BookEvent, frozen=True, kw_only=True, tag="book.resumed"):
    """Writing goes on from a restored copy: a new log begins with this event.

    `abandoned` is the last checkpoint (a signed note) of the log that was given up, `old_size` and
    `old_root` (hex) what of it the restored copy still holds, `lost_after` that copy's head.
    """

    epoch: int
    origin: str
    old_origin: str
    old_size: int
    old_root: str
    abandoned: str
    lost_after: int
    reason: str


class PersonForgotten(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="tag", tag="person.forgotten"
):
    """The key of a person's sealed words was destroyed; counts and proofs stay."""

    person: str
    reason_code: str

    @property
    def stream(self) -> str:
        """The stream that tells whether a person is forgotten."""
        return f"person-{self.person}"


class BookState(msgspec.Struct, frozen=True):
    """How often the book was resumed, and whether it is a demonstration."""

    epoch: int = 0
    demonstration: bool = False


class PersonState(msgspec.Struct, frozen=True):
    """Whether a person's words are gone."""

    forgotten: bool = False


def evolve_book(state: BookState, event: object) -> BookState:
    """Fold the book's own stream."""
    match event:
        case Founded():
            return BookState(demonstration=event.demonstration)
        case Resumed():
            return msgspec.structs.replace(state, epoch=event.epoch)
        case _:
            return state


def evolve_person(state: PersonState, event: object) -> PersonState:
    """Fold the forgetting of one person."""
    return PersonState(forgotten=True) if isinstance(event, PersonForgotten) else state


CLEAR = (Founded, Resumed, PersonForgotten)
FOLDS: Mapping[str, Fold] = {
    "book": Fold(BookState(), evolve_book),
    "person": Fold(PersonState(), evolve_person),
}

"""A small set of forms to exercise the book with: a counter, and words said about someone."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from journal.command import Command, Decided, Reading
from journal.events import CLEAR as BOOK_CLEAR
from journal.events import FOLDS as BOOK_FOLDS
from journal.forms import Fold, Forms


class CountedUp(msgspec.Struct, frozen=True, kw_only=True, tag_field="tag", tag="test.counted_up"):
    """A counter went up by `step`."""

    counter: str
    step: int

    @property
    def stream(self) -> str:
        """The counter's stream."""
        return f"counter-{self.counter}"


class WordsSaid(msgspec.Struct, frozen=True, kw_only=True, tag_field="tag", tag="test.words_said"):
    """Words about a person."""

    counter: str
    holder: str
    words: str

    @property
    def stream(self) -> str:
        """The counter's stream."""
        return f"counter-{self.counter}"


class Total(msgspec.Struct, frozen=True):
    """What a counter stands at."""

    total: int = 0


class TooMuch(Exception):
    """The counter may not go beyond its limit."""


def evolve(state: Total, event: object) -> Total:
    """Add the step."""
    return Total(state.total + event.step) if isinstance(event, CountedUp) else state


FORMS = Forms(
    clear=(CountedUp, *BOOK_CLEAR),
    sealed=(WordsSaid,),
    folds={"counter": Fold(Total(), evolve), **BOOK_FOLDS},
)


def uuid(n: int) -> str:
    """A small readable uuid."""
    return str(UUID(int=n))


def counter(n: int) -> str:
    """The stream of counter *n*."""
    return f"counter-{uuid(n)}"


def count_up(
    key: int, n: int = 1, step: int = 1, *, limit: int = 10**9, words: str = "", caller: str = "c"
) -> Command:
    """A command that moves counter *n* by *step*, up to *limit*; 0 finds nothing to do."""
    name = uuid(n)

    def decide(read: Reading, now: datetime) -> Decided:
        del now
        total = read(counter(n)).total
        if total + step > limit:
            raise TooMuch
        events: list[Any] = [CountedUp(counter=name, step=step)] if step else []
        if words:
            events.append(WordsSaid(counter=name, holder=name, words=words))
        return Decided(events=events, answer={"total": total + step})

    return Command(
        id=uuid(key),
        caller=caller,
        digest=f"{n} {step} {limit} {words}".encode(),
        decide=decide,
        reads=(counter(n),),
        target=counter(n),
    )

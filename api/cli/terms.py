"""What the commands share: settings from the environment, refusals in words, progress bars."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Never

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from api.log import refuse_fork
from api.settings import Settings, read
from journal.book import Book
from journal.fork import ForkDetected

CANNOT = 2


def settings() -> Settings:
    """The settings of this run.

    Raises:
        BadSetting: a variable is wrong, or one that is needed is missing.
    """
    return read(os.environ)


def say(line: str) -> None:
    """Print *line* for whoever asked."""
    click.echo(line)


def cannot(why: str) -> Never:
    """End with one clear line and exit 2: it cannot be done this way."""
    click.echo(f"timebank: {why}", err=True)
    raise SystemExit(CANNOT)


def sentence(refusal: Exception) -> str:
    """What *refusal* says to the user: its own words, or its class's sentence."""
    return str(refusal) or (type(refusal).__doc__ or "").partition("\n")[0]


def must_be_writable(book: Book, facts: Settings) -> None:
    """Go on only if *book* is the one whose log was signed last, not an older copy of it."""
    try:
        refuse_fork(book, facts)
    except ForkDetected as fork:
        cannot(f"this book is open for reading only: {fork.why}")


def must_be_begun(book: Book, facts: Settings) -> None:
    """Go on only if there is a book."""
    if not book.head():
        cannot(f"there is no book in {facts.home} yet: run timebank init, or timebank demo")


def bars() -> Progress:
    """Progress bars with estimates, on standard error."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """One progress bar; call what it gives with (done, total)."""
    with bars() as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)

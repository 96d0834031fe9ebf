"""`timebank verify` and `timebank replay`: proving what the book says."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from api.cli.terms import cannot, must_be_begun, progress, say, settings
from api.log import last_checkpoint, verifier_key
from api.opening import opened
from journal.book import Book
from journal.checkpoint import MalformedCheckpoint
from journal.flaws import Flaw
from journal.forms import Recorded, kind_of
from journal.last_checkpoint import LastCheckpointUnreadable
from journal.notes import MalformedNote, NotSigned
from journal.verify import verify as verify_book

PAGE = 1_000


@click.command()
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A checkpoint kept elsewhere, to compare the book with.",
)
def verify(checkpoint: Path | None) -> None:
    """Check every leaf, tile, checkpoint and link of the book."""
    facts = settings()
    witnessed = checkpoint.read_bytes() if checkpoint else None
    with opened(facts) as (book, _):
        must_be_begun(book, facts)
        try:
            with progress("verifying") as show:
                found = verify_book(
                    book.store,
                    verifier_key(facts),
                    last=last_checkpoint(facts),
                    checkpoint=witnessed,
                    on_progress=show,
                )
        except (MalformedNote, MalformedCheckpoint, NotSigned, LastCheckpointUnreadable) as wrong:
            cannot(f"a checkpoint cannot be trusted: {type(wrong).__name__}: {wrong}")
    if isinstance(found, Flaw):
        upto = f" to {found.until}" if found.until else ""
        say(f"NOT SOUND at position {found.position}{upto}: {found.what}")
        sys.exit(1)
    say(f"sound: {msgspec.json.encode(found).decode()}")


@click.command()
@click.option("--as-of", "as_of", default=None, help="A position, or an RFC 3339 time.")
@click.option("--stream", default=None, help="One stream, as KIND-UUID.")
@click.option("--person", default=None, help="All streams of one person, by id.")
def replay(as_of: str | None, stream: str | None, person: str | None) -> None:
    """Print state or history as it stood."""
    facts = settings()
    with opened(facts) as (book, _):
        must_be_begun(book, facts)
        position = _position(book, as_of)
        say(f"as of position {position}")
        if stream is not None:
            _show_stream(book, stream, position)
        elif person is not None:
            for kind in book.forms.folds:
                if book.stream(f"{kind}-{person}", position):
                    _show_stream(book, f"{kind}-{person}", position)
        else:
            _show_all(book, position)


def _position(book: Book, as_of: str | None) -> int:
    if as_of is None:
        return book.head()
    if as_of.isdigit():
        return book.end_of_command(int(as_of))
    try:
        instant = datetime.fromisoformat(as_of)
    except ValueError:
        cannot("--as-of takes a position or an RFC 3339 time")
    if instant.tzinfo is None:
        cannot("--as-of: a time needs its offset, as in 2026-05-13T12:00:00+08:00")
    return book.position_at(instant)


def _show_stream(book: Book, name: str, position: int) -> None:
    if kind_of(name) not in book.forms.folds:
        cannot(f"there is no kind of stream like {name}")
    for recorded in book.stream(name, position):
        say(_line(recorded))
    say(f"{name} = {msgspec.json.encode(book.state(name, position)).decode()}")


def _show_all(book: Book, position: int) -> None:
    after = 0
    while page := book.events_after(after, PAGE, position):
        for recorded in page:
            say(_line(recorded))
        after = page[-1].position


def _line(recorded: Recorded) -> str:
    event: Any = recorded.event
    facts = msgspec.json.encode(event, order="sorted").decode()
    at = recorded.recorded_at.isoformat()
    return f"{recorded.position} {at} {recorded.tag} v{recorded.version} by={recorded.by} {facts}"

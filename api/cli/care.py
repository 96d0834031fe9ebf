"""`timebank backup`, `restore`, `forget`, `doctor`: looking after a book."""

import asyncio
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from api.cli.terms import (
    cannot,
    must_be_begun,
    must_be_writable,
    progress,
    say,
    sentence,
    settings,
)
from api.clock import Clock
from api.doors import open_doors
from api.forgetting import Forgetting, NobodyToForget
from api.founding import SYSTEM, is_demonstration
from api.log import last_checkpoint, refuse_fork, verifier_key
from api.opening import Opened, opened
from api.service import BookSource
from api.settings import Settings
from journal.backup import BackupBroken, NotEmpty
from journal.backup import backup as copy_book
from journal.backup import restore as take_book
from journal.book import Book
from journal.fork import ForkDetected
from journal.resume import LostAfterBeyondEnd, NothingToResume
from journal.vault import Vault
from projections.catalogue import open_views
from projections.catchup import CatchUp
from projections.rebuild import start_over

FREE_BYTES = 1 << 30
CATCH_UP = 5_000


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def backup(folder: Path) -> None:
    """Copy the book, as of now, into the new FOLDER; keys are never part of it."""
    facts = settings()
    with opened(facts) as (book, vault):
        must_be_begun(book, facts)
        try:
            with progress("copying") as show:
                manifest = copy_book(book.store, vault, folder, show)
        except NotEmpty as refusal:
            cannot(str(refusal))
    say(f"{folder} holds the book up to position {manifest.position}.")
    say(f"Keep the keys of {facts.keys.directory} somewhere else: without them it cannot be read.")
    say("After a change of the wrapping key (timebank forget) only newer backups can be opened.")


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True))
@click.option("--resume", is_flag=True, help="Go on writing from the restored copy.")
@click.option("--lost-after", type=int, help="The last position that was not lost.")
@click.option("--reason", help="Why the longer history is given up; kept for ever.")
def restore(folder: Path | None, resume: bool, lost_after: int | None, reason: str | None) -> None:  # noqa: FBT001 - click's flag
    """Take the book in FOLDER into an empty place, for reading; go on from it by --resume."""
    facts = settings()
    if folder is None and not resume:
        cannot("name the FOLDER of a backup, or go on from a restored book by --resume")
    if resume and (lost_after is None or not reason):
        cannot("--resume needs --lost-after POSITION and --reason TEXT")
    with opened(facts) as (book, vault):
        if folder is not None:
            _take(folder, book, vault)
        if resume and lost_after is not None and reason:
            must_be_begun(book, facts)
            _resume(book, facts, lost_after, reason)
        _show_anew(book, facts)
    if not resume:
        say("To write again: timebank restore --resume --lost-after POSITION --reason TEXT")


def _take(folder: Path, book: Book, vault: Vault) -> None:
    try:
        with progress("restoring") as show:
            restored = take_book(folder, book.store, vault, show)
    except (BackupBroken, NotEmpty) as refusal:
        cannot(str(refusal))
    say(f"restored up to position {restored.position}; it is open for reading only")
    if restored.unreadable:
        say(
            f"The words of {restored.unreadable} people cannot be opened: the wrapping key was"
            " changed after this backup. A newer backup has their keys."
        )


def _resume(book: Book, facts: Settings, lost_after: int, reason: str) -> None:
    last, key = last_checkpoint(facts), verifier_key(facts)
    try:
        resumed = book.resume(last, key, lost_after=lost_after, reason=reason, by=SYSTEM)
    except (NothingToResume, LostAfterBeyondEnd) as refusal:
        cannot(sentence(refusal))
    say(f"The log goes on as {resumed.origin}, from position {resumed.first_position}.")
    say("Restart every process of this service.")


def _show_anew(book: Book, facts: Settings) -> None:
    """Let the views start over: what they showed may have happened after the restored copy."""
    views = open_views(facts.database_url, facts.home)
    try:
        start_over(views)
        worker = CatchUp(views, BookSource(book), batch=CATCH_UP)
        with progress("views") as show:
            while worker.run_once():
                done = min(view.position for view in views.standing().values())
                show(done, book.head())
    finally:
        views.close()


@click.command()
@click.argument("person")
@click.option("--reason", default="own_wish", help="A code, kept for ever.")
def forget(person: str, reason: str) -> None:
    """Destroy the key of PERSON's words, then change the wrapping key."""
    facts = settings()
    clock = Clock(facts.clock)
    with opened(facts, clock) as (book, vault), closing(open_doors(facts)) as doors:
        must_be_begun(book, facts)
        clock.must_suit(demonstration=is_demonstration(book))
        must_be_writable(book, facts)
        book.start()
        forgetting = Forgetting(book, vault, doors, clock)
        try:
            asyncio.run(forgetting.forget(person, reason_code=reason))
        except (ValueError, NobodyToForget):
            cannot(f"nobody here has the id {person}")
        say(f"forgotten: {person}")
        if vault.rotation_due() is not None:
            _rotate(vault)


def _rotate(vault: Vault) -> None:
    """Change the wrapping key, which makes every forgetting before it final."""
    with progress("wrapping the other keys again") as show:
        rotated = vault.rotate(lambda _, done, total: show(done, total))
    say(f"{rotated.wrapped} other keys are wrapped by key {rotated.number}; the old one is gone.")
    say("Make a new backup: older ones cannot be opened any more.")


@click.command()
def doctor() -> None:
    """Say what is well and what is not; exit 1 if anything is not."""
    ill = 0
    facts = settings()
    with opened(facts) as parts:
        for what, look in _looks(parts):
            try:
                say(f"ok    {what}: {look()}")
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what doctor is for
                ill += 1
                say(f"NOT   {what}: {sentence(error)}")
    sys.exit(1 if ill else 0)


def _looks(parts: Opened) -> Iterator[tuple[str, Callable[[], str]]]:
    facts = settings()

    def store() -> str:
        must_be_begun(parts.book, facts)
        return f"{facts.database_url.partition('://')[0]}, {parts.book.head()} events"

    def log() -> str:
        try:
            refuse_fork(parts.book, facts)
        except ForkDetected as fork:
            raise RuntimeError(f"open for reading only: {fork.why}") from fork
        return f"{facts.origin}, last checkpoint beside {facts.last_checkpoint}"

    def vault() -> str:
        number = parts.vault.check()
        due = parts.vault.rotation_due()
        if due is not None and due < datetime.now(UTC):
            raise RuntimeError("the wrapping key must be changed now: run timebank forget again")
        opens = f"{number} keys open"
        return opens if due is None else f"{opens}; the wrapping key must change by {due}"

    def keys() -> str:
        loose = [
            path.name
            for path in facts.keys.directory.glob("*")
            if path.is_file() and path.stat().st_mode & 0o077
        ]
        if loose:
            raise RuntimeError(f"readable by others: {', '.join(loose)}")
        return str(facts.keys.directory)

    def disk() -> str:
        free = shutil.disk_usage(facts.home).free
        if free < FREE_BYTES:
            raise RuntimeError(f"only {free >> 20} MiB are free in {facts.home}")
        return f"{free >> 30} GiB free in {facts.home}"

    yield "store", store
    yield "log", log
    yield "vault", vault
    yield "keys", keys
    yield "disk", disk

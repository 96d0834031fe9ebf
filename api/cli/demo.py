"""`timebank demo`: the demonstration district, played into an empty home."""

import asyncio
import secrets
from datetime import UTC, date, datetime

import click
from rich.progress import Progress, TaskID

from api.acts import Acts
from api.cli.terms import bars, cannot, say, settings
from api.demo.district import CHINA, last_full_month
from api.demo.play import PlayedClock, Player
from api.log import last_checkpoint, signing_key
from api.opening import opened
from api.passwords import Passwords
from api.service import BookSource
from api.settings import Settings
from journal.blind import BlindIndex
from journal.book import Book
from journal.signer import Signer
from projections.catalogue import open_views
from projections.catchup import CatchUp

CATCH_UP = 5_000


@click.command()
@click.option("--scale", type=click.FloatRange(0.001, 1000), default=1.0, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="Last day; default: the last day of the last full month.",
)
def demo(scale: float, seed: int, until: datetime | None) -> None:
    """Play the demonstration district into an empty home."""
    facts = settings()
    today = (datetime.now(UTC) + CHINA).date()
    last = until.date() if until else last_full_month(today)
    if last >= today:
        cannot("--until must be a day that is over")
    password = facts.demo_password or secrets.token_urlsafe(9)
    clock = PlayedClock()
    with opened(facts, clock) as (book, _):
        if book.head():
            cannot(f"there is a book in {facts.home} already; a demonstration needs an empty home")
        with bars() as shown:
            asyncio.run(
                _play(book, facts, clock, shown, password, until=last, scale=scale, seed=seed)
            )
            _catch_up(book, facts, shown)
        _sign(book, facts, clock)
        say(f"{book.head()} events, up to {last}.")
    say("Sign in as admin, officer-1, station-1, visitor-1, volunteer-1, recipient-1, auditor, …")
    if facts.demo_password is None:
        say(f"All share the password {password} (shown once; TIMEBANK_DEMO_PASSWORD sets another)")


async def _play(
    book: Book,
    facts: Settings,
    clock: PlayedClock,
    shown: Progress,
    password: str,
    *,
    until: date,
    scale: float,
    seed: int,
) -> None:
    """Play into *book*, showing how far each part has come."""
    tasks: dict[str, TaskID] = {}

    def show(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = shown.add_task(what)
        shown.update(tasks[what], completed=done, total=total)

    passwords = Passwords()
    verifier = await passwords.verifier(password)
    passwords.close()
    acts = Acts(book, BlindIndex(facts.keys), facts.keys.derive("receipts"))
    player = Player(book, acts, clock, seed=seed, verifier=verifier, on_progress=show)
    book.start()
    await player.play(until=until, scale=scale, origin=facts.origin)


def _catch_up(book: Book, facts: Settings, shown: Progress) -> None:
    """Bring the views up to the end of the book."""
    views = open_views(facts.database_url, facts.home)
    try:
        worker = CatchUp(views, BookSource(book), batch=CATCH_UP)
        task = shown.add_task("views", total=book.head())
        while worker.run_once():
            at = min(view.position for view in views.standing().values())
            shown.update(task, completed=at)
    finally:
        views.close()


def _sign(book: Book, facts: Settings, clock: PlayedClock) -> None:
    """Sign the log up to the end of the book."""
    signer = Signer(book.store, signing_key(facts), last_checkpoint(facts), clock)
    try:
        while signer.step() is not None:
            pass
    finally:
        signer.stop()

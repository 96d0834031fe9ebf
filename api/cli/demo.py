"""`timebank demo`: the demonstration district, played into an empty home."""

import asyncio
import os
import secrets
from datetime import UTC, date, datetime
from typing import Any

import click
from journal.blind import BlindIndex
from journal.signer import Signer
from projections.catchup import CatchUp
from rich.progress import Progress

from api.acts import Acts
from api.cli.terms import bars, cannot, say, settings
from api.demo.district import CHINA, last_full_month, moment
from api.demo.play import PlayedClock, Player
from api.log import last_checkpoint, signing_key
from api.opening import opened, opened_views
from api.passwords import Passwords

MINUTES_A_DAY = 24 * 60


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
    clock = PlayedClock(moment(last, 0))
    with opened(facts, clock) as (book, vault):
        if book.head():
            cannot(f"there is a book in {facts.home} already; a demonstration needs an empty home")
        with bars() as shown:
            asyncio.run(_play(book, facts, clock, shown, password, last, scale=scale, seed=seed))
        events = book.head()
        people = vault.check()
    say(f"{events} events up to {last}; the words of {people} people and homes are sealed.")
    say("Sign in as admin, officer-1, station-1, volunteer-1, recipient-1, auditor, ...")
    if facts.demo_password is None:
        say(f"All share the password {password} (shown only now; set TIMEBANK_DEMO_PASSWORD to choose)")


async def _play(
    book: Any,  # noqa: ANN401
    facts: Any,  # noqa: ANN401
    clock: PlayedClock,
    shown: Progress,
    password: str,
    last: date,
    *,
    scale: float,
    seed: int,
) -> None: ...

"""`timebank init` and `timebank admin`: beginning a book, and who may administer it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import TypeVar

import click

from api.accounts import Accounts
from api.cli.terms import cannot, must_be_begun, must_be_writable, say, sentence, settings
from api.clock import Clock
from api.doors import open_doors
from api.founding import (
    create_administrator,
    found,
    is_demonstration,
    reset_administrator,
)
from api.opening import opened
from api.passwords import Passwords
from api.tokens import ACCESS_SECONDS
from district.event import Refused
from journal.book import Book

T = TypeVar("T")


@click.command()
def init() -> None:
    """Begin an empty book (or the schemas of one in PostgreSQL)."""
    facts = settings()

    async def begin(book: Book) -> None:
        await found(book, origin=facts.origin, demonstration=False)

    with opened(facts) as (book, _):
        _write(book, begin)
        say(f"A new book begins in {facts.home}. Next: timebank admin create NAME --area CODE")


@click.group()
def admin() -> None:
    """Administrators, made at the machine."""


@admin.command("create")
@click.argument("name")
@click.option("--area", required=True, help="Administrative code, 6, 9 or 12 digits.")
def admin_create(name: str, area: str) -> None:
    """Appoint an administrator and print a one-time password, once."""
    _hand_out(lambda book: create_administrator(book, name, area))


@admin.command("reset")
@click.argument("name")
def admin_reset(name: str) -> None:
    """Print a new one-time password for NAME, once."""
    _hand_out(lambda book: reset_administrator(book, name))


def _hand_out(make: Callable[[Book], Awaitable[tuple[str, int]]]) -> None:
    facts = settings()
    clock = Clock(facts.clock)
    with opened(facts, clock) as (book, _):
        must_be_begun(book, facts)
        if is_demonstration(book):
            cannot("this is a demonstration book; real administrators belong into a real one")
        clock.must_suit(demonstration=False)
        must_be_writable(book, facts)
        sign_in, generation = _write(book, make)
        key = facts.keys.derive("one-time-passwords")
        password = Accounts(book, key, Passwords()).one_time_password(sign_in, generation)
        with closing(open_doors(facts)) as doors:
            now = int(clock().timestamp())
            doors.end_all(sign_in, now=now, until=now + ACCESS_SECONDS)
    say(f"sign-in            {sign_in}")
    say(f"one-time password  {password}")
    say("It is shown only now; it must be changed at the first sign-in.")


def _write(book: Book, make: Callable[[Book], Awaitable[T]]) -> T:
    async def run() -> T:
        return await make(book)

    book.start()
    try:
        return asyncio.run(run())
    except Refused as refusal:
        cannot(sentence(refusal))

"""Opening what a service is made of, from its settings."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import district
import timebank
from api.settings import Settings, forgotten_list
from journal import events as book_events
from journal.book import Book
from journal.forgotten import ForgottenList
from journal.forms import Forms
from journal.vault import Vault, open_vault

FORMS = Forms(
    clear=(*book_events.CLEAR, *district.CLEAR, *timebank.CLEAR),
    sealed=(*district.SEALED, *timebank.SEALED),
    folds={**book_events.FOLDS, **district.FOLDS, **timebank.FOLDS},
)
"""Every event of every book of ours."""


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


class Opened(NamedTuple):
    """A book and its vault."""

    book: Book
    vault: Vault


@contextmanager
def opened(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Iterator[Opened]:
    """The book and the vault of *settings*, closed afterwards; nothing is written by opening."""
    vault = open_vault(
        settings.database_url,
        settings.home,
        settings.keys,
        forgotten=ForgottenList(forgotten_list(settings)),
        clock=clock,
    )
    try:
        book = Book(settings.database_url, FORMS, vault, clock=clock)
        try:
            yield Opened(book, vault)
        finally:
            book.close()
    finally:
        vault.close()

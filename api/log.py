"""The transparency log of the service: its key, its name, and its last checkpoint outside."""

from api.settings import Settings
from journal.book import Book
from journal.fork import check_fork
from journal.last_checkpoint import LastCheckpoint
from journal.log_rows import LogRows
from journal.notes import SigningKey, VerifierKey


def signing_key(settings: Settings) -> SigningKey:
    """The key that signs this log's checkpoints."""
    return SigningKey(settings.origin, settings.keys.log)


def verifier_key(settings: Settings) -> VerifierKey:
    """The key by which anyone checks them."""
    return signing_key(settings).verifier


def last_checkpoint(settings: Settings) -> LastCheckpoint:
    """The store of the last checkpoint, outside the database."""
    return LastCheckpoint(settings.last_checkpoint, verifier_key(settings))


def refuse_fork(book: Book, settings: Settings) -> None:
    """Pass in silence where *book* is the one whose log was signed last.

    Raises:
        ForkDetected: it is older, or another: it must not be written.
    """
    with book.store.read() as c:
        check_fork(LogRows(book.store, c), last_checkpoint(settings))

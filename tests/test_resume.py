"""An older copy is refused for writing; going on from it is an explicit act that both logs show."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import metamorphic_log as outside
import pytest

from journal import proofs
from journal.checkpoint import Checkpoint, read_checkpoint
from journal.flaws import Flaw
from journal.fork import ForkDetected, check_fork
from journal.last_checkpoint import LastCheckpoint, LastCheckpointUnreadable
from journal.log_rows import LogRows
from journal.resume import LostAfterBeyondEnd, NothingToResume
from journal.verify import Sound
from tests.log_books import KEY, LogBook
from tests.servers import Postgres

Restore = Callable[[], LogBook]


@pytest.fixture
def shop(book_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator["Shop"]:
    """A book on each store, with means to back it up and restore it."""
    postgres = None
    if not book_url.startswith("sqlite"):
        postgres = request.getfixturevalue("postgres")
    made = Shop(book_url, tmp_path, postgres)
    yield made
    made.close()


class Shop:
    """Opens a book and its copies; all share one store outside the database."""

    def __init__(self, url: str, folder: Path, postgres: Postgres | None) -> None:
        self.folder = folder
        self.postgres = postgres
        self.books: list[LogBook] = []
        self.databases: list[str] = []
        self.book = self.open(url)

    def open(self, url: str, outside_name: str = "outside") -> LogBook:
        """The book at *url*, as a process sees it that knows the store *outside_name*."""
        book = LogBook(url, self.folder / outside_name)
        self.books.append(book)
        return book

    def backup(self) -> str:
        """A copy of the book as it stands; gives its address."""
        if self.postgres is None:
            path = self.folder / f"backup-{len(self.books)}.db"
            with sqlite3.connect(self.folder / "book.db") as source, sqlite3.connect(path) as copy:
                source.backup(copy)
            return f"sqlite:///{path}"
        self.book.close()
        name = self.postgres.create_database(self.book.url.rpartition("/")[2])
        self.databases.append(name)
        self.book = self.open(self.book.url)
        return self.postgres.url(name)

    def close(self) -> None:
        """Close all books and drop the copies."""
        for book in self.books:
            book.close()
        for name in self.databases:
            assert self.postgres is not None
            self.postgres.drop_database(name)


def check(book: LogBook) -> None:
    """What the service does when it opens a book."""
    with book.recorder.read() as c:
        check_fork(LogRows(book.recorder, c), book.last)


def test_a_book_that_agrees_with_its_last_checkpoint_may_be_written(shop: Shop) -> None:
    """New, grown, signed, unsigned: nothing to say, and nothing to resume."""
    check(shop.book)
    shop.book.grow(3, 300)
    shop.book.write(5)
    check(shop.book)
    with pytest.raises(NothingToResume):
        shop.book.resume(lost_after=1)


def test_an_older_copy_is_refused(shop: Shop) -> None:
    """The store outside knows a longer history; its signer signs nothing."""
    shop.book.grow(20)
    url = shop.backup()
    shop.book.grow(5)
    shop.book.signer.stop()
    copy = shop.open(url)
    with pytest.raises(ForkDetected) as refused:
        check(copy)
    assert refused.value.last is not None
    assert refused.value.found is not None
    assert refused.value.last.size > refused.value.found.size
    copy.write(1)
    with pytest.raises(ForkDetected):
        copy.signer.step()
    assert isinstance(copy.verify(), Flaw)


def test_another_history_of_the_same_length_is_refused(shop: Shop) -> None:
    """As long or longer, but not the one that was signed."""
    shop.book.grow(20)
    url = shop.backup()
    shop.book.grow(5)
    shop.book.signer.stop()
    copy = shop.open(url)
    copy.random.seed(99)
    copy.write(40)
    with pytest.raises(ForkDetected):
        check(copy)


def test_a_copy_on_a_fresh_machine_is_refused(shop: Shop) -> None:
    """Nobody there knows what was signed since."""
    shop.book.grow(20)
    copy = shop.open(shop.backup(), "another machine")
    with pytest.raises(ForkDetected) as refused:
        check(copy)
    assert refused.value.last is None
    copy.resume(lost_after=1)
    check(copy)
    copy.grow(3)
    assert isinstance(copy.verify(), Sound)


def test_a_damaged_store_outside_is_a_reason_to_refuse(shop: Shop) -> None:
    """Whatever it said is not known any more."""
    shop.book.grow(20)
    shop.book.last.path.write_bytes(b"x")
    with pytest.raises(ForkDetected):
        check(shop.book)
    with pytest.raises(LastCheckpointUnreadable):
        shop.book.verify()


def test_resuming_opens_a_new_log_that_names_the_old(shop: Shop) -> None:
    """Old size and root, the abandoned checkpoint as evidence; both logs satisfy an outsider."""
    shop.book.grow(100, 50)
    url = shop.backup()
    head = shop.book.recorder.max_notification_id() or 0
    old_note = shop.book.reader.checkpoint()
    shop.book.grow(5)
    abandoned = shop.book.reader.checkpoint()
    shop.book.signer.stop()

    copy = shop.open(url)
    with pytest.raises(LostAfterBeyondEnd):
        copy.resume(lost_after=head + 1)
    copy.resume(lost_after=head)
    check(copy)
    assert isinstance(copy.verify(), Sound)
    copy.grow(3, 150)
    check(copy)
    assert isinstance(copy.verify(), Sound)

    (epoch,) = copy.query("SELECT * FROM log_epochs WHERE epoch = 1")
    assert epoch["first_position"] == head + 1
    assert epoch["abandoned"] == abandoned
    new = outside.checkpoint_verify(copy.reader.checkpoint().decode(), copy.reader.key_lines())
    assert new.origin == "example.org/book/epoch-1"
    assert new.size == (copy.recorder.max_notification_id() or 0) - head
    old = outside.checkpoint_verify(copy.reader.checkpoint(0).decode(), copy.reader.key_lines())
    assert (old.size, copy.reader.checkpoint(0)) == (epoch["old_size"], old_note)

    first = copy.reader.proof(head + 1, copy.reader.opening(head + 1))
    assert first.index == 0
    opening = proofs.unpack_opening(first.extra or b"")
    assert b'"tag":"book.resumed"' in opening.stored
    proofs.check_inclusion(first, opening, KEY.verifier)
    before = copy.reader.proof(head, copy.reader.opening(head))
    seen = proofs.check_inclusion(before, proofs.unpack_opening(before.extra or b""), KEY.verifier)
    assert seen.origin == "example.org/book"
    assert isinstance(copy.verify(old_note), Sound)


def test_what_was_given_up_is_not_of_this_book_any_more(shop: Shop) -> None:
    """A checkpoint of the lost part, shown by a third party, is a flaw at the resumption."""
    shop.book.grow(20)
    url = shop.backup()
    shop.book.grow(5)
    lost = shop.book.reader.checkpoint()
    shop.book.signer.stop()
    copy = shop.open(url)
    head = copy.recorder.max_notification_id() or 0
    copy.resume(lost_after=head)
    copy.grow(3)
    flaw = copy.verify(lost)
    assert isinstance(flaw, Flaw)
    assert flaw.position == head + 1


def test_an_older_copy_of_a_resumed_book_is_refused_too(shop: Shop) -> None:
    """It may be resumed once more; the third log follows the second."""
    shop.book.grow(20)
    url = shop.backup()
    shop.book.grow(5)
    shop.book.signer.stop()
    copy = shop.open(url)
    copy.resume(lost_after=1)
    copy.grow(3)
    copy.signer.stop()
    shop.book.close()
    again = shop.open(shop.book.url)
    with pytest.raises(ForkDetected):
        check(again)
    with pytest.raises(ForkDetected):
        again.signer.step()


def test_the_files_outside_survive_and_never_mix(tmp_path: Path) -> None:
    """Announced is known at once; confirmed is what the database has."""
    last = LastCheckpoint(tmp_path / "deep" / "last", KEY.verifier)
    assert last.latest() is None
    note = Checkpoint(KEY.verifier.name, 1, bytes(32)).signed(KEY)
    last.announce(note)
    latest = last.latest()
    assert latest is not None
    assert (latest.note, last.confirmed()) == (note, None)
    last.confirm()
    assert last.confirmed() == last.latest() == latest
    assert read_checkpoint(note) == latest.checkpoint
    shutil.rmtree(tmp_path / "deep")
    assert last.latest() is None

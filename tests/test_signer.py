"""The signer: in time, one at a time, only what is safe, and nothing lost or forked by a crash."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import metamorphic_log as outside
import pytest

from journal.checkpoint import read_checkpoint
from journal.fork import ForkDetected
from journal.log_rows import LogRows
from journal.proofs import consistency
from journal.signer import PORTION
from journal.standby import NoStandby
from journal.verify import Sound
from tests.log_books import KEY, LogBook
from tests.servers import Home, Postgres


@pytest.fixture
def book(book_url: str, tmp_path: Path) -> Iterator[LogBook]:
    """An empty book on each store."""
    made = LogBook(book_url, tmp_path / "outside")
    yield made
    made.close()


def test_a_checkpoint_covers_what_was_committed(book: LogBook) -> None:
    """Size and root are those of the leaves; an outside verifier accepts the note."""
    head = book.write(120)
    checkpoint = book.signer.step()
    assert checkpoint is not None
    assert checkpoint.size == head
    note = book.reader.checkpoint()
    seen = outside.checkpoint_verify(note.decode(), [book.reader.key_line()])
    assert (seen.origin, seen.size, seen.root) == (KEY.verifier.name, head, checkpoint.root)
    assert book.signer.step() is None


def test_each_checkpoint_extends_the_one_before_to_an_outside_verifier(book: LogBook) -> None:
    """Consistency proofs made from tiles and leaves, over sizes on both sides of a tile's end."""
    notes = []
    for commands in (1, 100, 30, 200, 1, 90):
        book.grow(commands)
        notes.append(book.reader.checkpoint())
    sizes = [read_checkpoint(note).size for note in notes]
    assert max(sizes) > 512
    with book.recorder.read() as c:
        log = LogRows(book.recorder, c)
        (epoch,) = log.epochs()
        for old, new in pairwise(notes):
            before, after = read_checkpoint(old).size, read_checkpoint(new).size
            proof = list(consistency(before, after, log.subtree(epoch, after)))
            keys = [book.reader.key_line()]
            outside.checkpoint_verify_consistency(old.decode(), new.decode(), keys, proof)


def test_a_signer_that_starts_anew_goes_on_where_the_last_stopped(book: LogBook) -> None:
    """It reads the open tiles from the store; the root is that of all leaves."""
    for commands in (90, 100, 33, 300):
        book.write(commands)
        fresh = book.new_signer()
        book.signer.stop()
        book.signer = fresh
        assert fresh.step() is not None
    assert isinstance(book.verify(), Sound)


def test_the_thread_signs_within_two_seconds_of_a_commit(book: LogBook) -> None:
    """Woken or not: commits of other processes wake nobody here."""
    book.signer.start()
    for wakes in (True, False, True):
        head = book.write(3)
        if wakes:
            book.signer.wake(head)
        until = time.monotonic() + 2
        while (book.query("SELECT max(size) AS size FROM log_checkpoints")[0]["size"] or 0) < head:
            assert time.monotonic() < until, "not signed in time"
            time.sleep(0.01)
    book.signer.stop()
    assert isinstance(book.verify(), Sound)


def test_a_long_backlog_is_signed_in_portions(
    book: LogBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No transaction grows without bound."""
    monkeypatch.setattr("journal.signer.PORTION", 100)
    head = book.write(150)
    sizes = []
    while (checkpoint := book.signer.step()) is not None:
        sizes.append(checkpoint.size)
    assert sizes == [*range(100, head, 100), head]
    assert isinstance(book.verify(), Sound)
    assert PORTION > 1000


def test_only_one_signs_until_it_lets_go(book: LogBook) -> None:
    """The lease passes on when its holder stops."""
    book.grow(3)
    other = LogBook(book.url, book.last.path.parent)
    head = other.write(3)
    assert other.signer.step() is None
    book.signer.stop()
    checkpoint = other.signer.step()
    assert checkpoint is not None
    assert checkpoint.size == head
    other.close()


def sign_and_hang(url: str, folder: str) -> None:
    """A process that holds the lease and does not come back."""
    book = LogBook(url, Path(folder))
    book.grow(2)
    sys.stdout.write("signed\n")
    sys.stdout.flush()
    time.sleep(60)


def test_a_killed_signer_leaves_the_lease_to_others(book: LogBook) -> None:
    """At once, not after a timeout."""
    program = (
        "import sys; from tests.test_signer import sign_and_hang; sign_and_hang(*sys.argv[1:])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, book.url, str(book.last.path.parent)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"signed\n"
        again = LogBook(book.url, book.last.path.parent)
        head = again.write(1)
        assert again.signer.step() is None
        child.send_signal(signal.SIGKILL)
        child.wait()
        until = time.monotonic() + 2
        while (checkpoint := again.signer.step()) is None:
            assert time.monotonic() < until
            time.sleep(0.02)
        assert checkpoint.size == head
        assert isinstance(again.verify(), Sound)
        again.close()


@pytest.mark.parametrize("moment", ["announce", "before commit", "confirm"])
def test_a_crash_at_any_point_of_signing_forks_nothing(
    book: LogBook, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Outside first, then the database, then confirmed: whatever was signed is extended."""
    book.grow(100, 20)

    class Crash(BaseException):
        """The process ends here."""

    def crash(*_: object) -> None:
        raise Crash

    target = {
        "announce": "journal.last_checkpoint.LastCheckpoint.announce",
        "before commit": "journal.signer.store_checkpoint",
        "confirm": "journal.last_checkpoint.LastCheckpoint.confirm",
    }[moment]
    book.write(40)
    with monkeypatch.context() as patched:
        patched.setattr(target, crash)
        with pytest.raises(Crash):
            book.signer.step()
    assert isinstance(book.verify(), Sound)
    announced = book.last.latest()
    assert announced is not None
    book.signer.stop()
    book.signer = book.new_signer()
    head = book.write(1)
    checkpoint = book.signer.step()
    assert checkpoint is not None
    assert checkpoint.size == head > announced.checkpoint.size
    assert isinstance(book.verify(announced.note), Sound)


def test_a_signer_does_not_go_below_what_was_announced(
    book: LogBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a crash the first signature reaches at least as far, whatever the portion."""
    book.grow(10)
    monkeypatch.setattr("journal.signer.store_checkpoint", lambda *_: 1 / 0)
    head = book.write(50)
    with pytest.raises(ZeroDivisionError):
        book.signer.step()
    monkeypatch.undo()
    monkeypatch.setattr("journal.signer.PORTION", 7)
    checkpoint = book.signer.step()
    assert checkpoint is not None
    assert checkpoint.size == head


def test_a_changed_table_stops_the_signer(book: LogBook) -> None:
    """It signs nothing that would not contain what was signed before."""
    book.grow(50)
    book.attack(("UPDATE stored_events SET leaf = nonce WHERE notification_id = ?", (7,)))
    book.write(1)
    told: list[ForkDetected] = []
    book.signer.stop()
    book.signer = book.new_signer()
    book.signer._on_fork = told.append
    book.signer.start()
    until = time.monotonic() + 3
    while not told:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert told[0].last is not None


def test_sqlite_has_no_standby_to_wait_for(tmp_path: Path) -> None:
    """A setting that cannot be kept is refused at once."""
    with pytest.raises(NoStandby):
        LogBook(f"sqlite:///{tmp_path}/book.db", tmp_path, sign_after="standby")


def test_with_a_standby_only_what_it_has_flushed_is_signed(home: Home, tmp_path: Path) -> None:
    """No standby: nothing is signed. Connected: all of it. Gone: nothing new."""
    primary = Postgres.fresh(home, "signed-primary", durable=True)
    name = primary.create_database()
    book = LogBook(primary.url(name, "postgres"), tmp_path, sign_after="standby")
    book.write(20)
    assert book.signer.step() is None
    standby = primary.standby(home, "signed-standby")
    until = time.monotonic() + 10
    head = book.write(1)
    while (checkpoint := book.signer.step()) is None or checkpoint.size < head:
        assert time.monotonic() < until
        time.sleep(0.05)
    standby.stop()
    book.write(1)
    time.sleep(0.2)
    assert book.signer.step() is None
    assert isinstance(book.verify(), Sound)
    book.close()
    primary.stop()

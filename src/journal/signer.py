"""The signer: turns committed events into tiles and signed checkpoints, off the write path.

One per process, one at work at a time (`journal.lease`). What it signs is kept outside the
database first, then in the database, which publishes it; so a crash at any point can only leave
a signature that the next step extends.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec

from journal.checkpoint import Checkpoint
from journal.fork import ForkDetected, check_fork
from journal.forms import micros
from journal.history import Signed, sealed
from journal.last_checkpoint import LastCheckpoint
from journal.lease import FileLease, Lease, SessionLease
from journal.log_rows import Epoch, LogRows, found_log, store_checkpoint, store_tiles
from journal.notes import SigningKey
from journal.postgres import PostgresBookRecorder
from journal.recorder import STORE_ERRORS, Recorder
from journal.standby import Standby
from journal.tiles import Edge, Tile

SignAfter = Literal["local", "standby"]

PORTION = 65_536
IDLE_SECONDS = 1.0
PAUSE_SECONDS = 0.5

log = logging.getLogger(__name__)


class _Place(msgspec.Struct):
    """How far the signer is: the edge of the tree, and the tiles and row that it goes on from."""

    epoch: Epoch
    edge: Edge
    before: Signed | None
    floor: int
    tiles: list[Tile] = msgspec.field(default_factory=list)


class Signer:
    """Signs what is safe, and never below or beside what was signed before."""

    def __init__(
        self,
        recorder: Recorder,
        key: SigningKey,
        last: LastCheckpoint,
        clock: Callable[[], datetime],
        *,
        sign_after: SignAfter = "local",
        on_fork: Callable[[ForkDetected], None] = lambda fork: None,  # noqa: ARG005
    ) -> None:
        self._recorder = recorder
        self._key = key
        self._last = last
        self._clock = clock
        self._on_fork = on_fork
        self._standby = Standby(recorder) if sign_after == "standby" else None
        self._lease = _lease_for(recorder, last)
        self._place: _Place | None = None
        self._caught_up = True
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-signer", daemon=True)

    def start(self) -> None:
        """Begin to sign in the background."""
        self._thread.start()

    def wake(self, position: int = 0) -> None:  # noqa: ARG002 - called as a commit listener
        """Look soon: something was committed."""
        self._woken.set()

    def stop(self) -> None:
        """Sign no more, and let another process sign."""
        self._stopping.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()
        self._lease.release()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.wait(IDLE_SECONDS)
            self._woken.clear()
            try:
                while not self._stopping.is_set() and self.step() is not None:
                    self._stopping.wait(PAUSE_SECONDS if self._caught_up else 0)
            except ForkDetected as fork:
                self._on_fork(fork)
                return
            except STORE_ERRORS:
                log.warning("the log could not be signed; trying again", exc_info=True)
                self._stopping.wait(IDLE_SECONDS)

    def step(self) -> Checkpoint | None:
        """Sign the next portion of what is safe; None where there is nothing to sign for us.

        Raises:
            ForkDetected: the book is not the one whose log was signed before.
        """
        if not self._lease.held():
            self._place = None
            return None
        try:
            return self._step()
        except BaseException:
            self._place = None
            raise

    def _step(self) -> Checkpoint | None:
        self._recorder.settle()
        safe = None if self._standby is None else self._standby.safe_head()
        with self._recorder.read() as c:
            rows = LogRows(self._recorder, c)
            place = self._take_up(rows)
            if place is None:
                return None
            head = rows.head() if safe is None else safe
            size = head - place.epoch.first_position + 1
            self._caught_up = size - place.edge.size <= PORTION
            # The first step after a crash must reach what was announced, in one signature.
            size = min(size, max(place.edge.size + PORTION, place.floor))
            if size < place.floor or size <= place.edge.size:
                return None
            leaves = rows.leaves(place.epoch, place.edge.size, size)
        place.tiles += place.edge.extend(leaves)
        checkpoint = Checkpoint(place.epoch.origin, size, place.edge.root())
        return checkpoint if self._publish(place, checkpoint) else None

    def _take_up(self, rows: LogRows) -> _Place | None:
        """Where to go on: what we remember, unless the table says that it is not the latest."""
        latest = rows.latest()
        place = self._place
        if place is not None and place.before == latest:
            return place
        epochs = rows.epochs()
        if not epochs:
            self._found()
            return None
        check_fork(rows, self._last)
        epoch = epochs[-1]
        size = latest.size if latest is not None and latest.epoch == epoch.number else 0
        known = self._last.latest()
        ours = known is not None and known.checkpoint.origin == epoch.origin
        floor = known.checkpoint.size if known is not None and ours else 0
        self._place = _Place(epoch, rows.edge(epoch, size), latest, floor)
        return self._place

    def _found(self) -> None:
        """Name the log in a book that has none yet."""
        with self._recorder.write() as c:
            found_log(self._recorder, c, self._key.verifier.name)

    def _publish(self, place: _Place, checkpoint: Checkpoint) -> bool:
        """Sign and keep *checkpoint*; not if a new epoch was opened meanwhile."""
        before = place.before
        note = checkpoint.signed(self._key)
        row = sealed(
            Signed(
                number=before.number + 1 if before else 1,
                epoch=place.epoch.number,
                size=checkpoint.size,
                root=checkpoint.root,
                note=note,
                signed_at=micros(self._clock()),
            ),
            before,
            self._key,
        )
        self._last.announce(note)
        with self._recorder.write() as c:
            if LogRows(self._recorder, c).epochs()[-1] != place.epoch:
                self._place = None
                return False
            store_tiles(self._recorder, c, place.epoch.number, place.tiles)
            store_checkpoint(self._recorder, c, row)
        self._last.confirm()
        self._place = _Place(place.epoch, place.edge, row, checkpoint.size)
        return True


def _lease_for(recorder: Recorder, last: LastCheckpoint) -> Lease:
    if isinstance(recorder, PostgresBookRecorder):
        return SessionLease(recorder.url)
    return FileLease(last.path.with_name(last.path.name + ".lease"))

"""Which events a standby already holds: only those may be signed where `TIMEBANK_SIGN_AFTER` says.

A checkpoint over events that only the primary holds would be a fork once the primary is lost.
"""

import time

from journal.postgres import PostgresBookRecorder
from journal.recorder import Recorder

WAIT_SECONDS = 1.0
LOOK_SECONDS = 0.05


class NoStandby(Exception):
    """TIMEBANK_SIGN_AFTER=standby needs PostgreSQL."""


class Standby:
    """Asks the primary how far its standbys have flushed."""

    def __init__(self, recorder: Recorder) -> None:
        """Look at *recorder*'s standbys.

        Raises:
            NoStandby: this store has none.
        """
        if not isinstance(recorder, PostgresBookRecorder):
            raise NoStandby
        self._recorder = recorder
        self._safe = 0
        self._awaited: tuple[int, str] | None = None

    def safe_head(self) -> int:
        """A position up to which some connected standby has flushed everything.

        Waits up to a second for a standby to reach the present head. The head is read before the
        place in the write-ahead log, so that the place covers it; flushed is enough, because a
        promoted standby replays all that it flushed.
        """
        until = time.monotonic() + WAIT_SECONDS
        if self._awaited is None:
            self._awaited = self._here()
        while not (reached := self._flushed(self._awaited[1])):
            if reached is None or time.monotonic() > until:
                return self._safe
            time.sleep(LOOK_SECONDS)
        self._safe, self._awaited = self._awaited[0], None
        return self._safe

    def _here(self) -> tuple[int, str]:
        with self._recorder.read() as c:
            head = self._recorder.head(c).position
            c.execute("SELECT pg_current_wal_lsn()::text AS lsn")
            return head, c.fetchone()["lsn"]

    def _flushed(self, lsn: str) -> bool | None:
        """Whether some standby has flushed *lsn*; None where none is connected."""
        with self._recorder.read() as c:
            c.execute(
                "SELECT bool_or(flush_lsn >= %s::pg_lsn) AS flushed FROM pg_stat_replication"
                " WHERE state = 'streaming'",
                (lsn,),
            )
            flushed: bool | None = c.fetchone()["flushed"]
        return flushed

"""One signer at a time, across processes; both leases end with the process that holds them."""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Protocol

import psycopg

SIGNER_LOCK = 0x7369676E  # "sign" in ASCII


class Lease(Protocol):
    """The right to sign."""

    def held(self) -> bool:
        """Whether this process may sign now; asks again if it could not before."""

    def release(self) -> None:
        """Let another process sign."""


class FileLease:
    """A lock on a file: for SQLite, whose processes share one machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def held(self) -> bool:
        """Whether the lock is ours."""
        if self._file is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Unlock."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class SessionLease:
    """An advisory lock on a session of its own: PostgreSQL frees it when the session ends."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: psycopg.Connection[tuple[bool]] | None = None
        self._ours = False

    def held(self) -> bool:
        """Whether the lock is ours; a session that broke has lost it."""
        try:
            if self._session is None:
                self._session = psycopg.connect(self._url, autocommit=True)
            if not self._ours:
                statement = "SELECT pg_try_advisory_lock(%s)"
                row = self._session.execute(statement, (SIGNER_LOCK,)).fetchone()
                self._ours = bool(row and row[0])
            else:
                self._session.execute("SELECT 1")
        except psycopg.Error:
            self.release()
            raise
        return self._ours

    def release(self) -> None:
        """End the session; unlock first, because the server notices its end only a little later."""
        session, ours = self._session, self._ours
        self._session, self._ours = None, False
        if session is not None:
            with contextlib.suppress(psycopg.Error):
                if ours:
                    session.execute("SELECT pg_advisory_unlock(%s)", (SIGNER_LOCK,))
            session.close()

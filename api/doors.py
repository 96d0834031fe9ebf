"""Doors: the ordinary rows behind signing in. Sessions, revocations, attempts.

They are not events: nobody audits a refresh, and old rows are thrown away.

Shapes: one row per session family; of a refresh token only the SHA-256 is kept, of an attempt's
subject only a keyed hash. Units: whole seconds since the epoch, by the service's one clock.
"""

import hashlib
import hmac
import secrets
from typing import Any, NamedTuple
from uuid import uuid4

from api.rows import FileRows, Rows, SchemaRows
from api.settings import Settings

IDLE_SECONDS = 30 * 86_400
LONGEST_SECONDS = 365 * 86_400
RETRY_SECONDS = 10
ATTEMPTS = 10
ATTEMPTS_SECONDS = 900
SECRET_BYTES = 32

TABLES = (
    """CREATE TABLE IF NOT EXISTS sessions (
    family TEXT PRIMARY KEY,
    sign_in TEXT NOT NULL,
    person TEXT NOT NULL,
    generation BIGINT NOT NULL,
    current {blob} NOT NULL,
    previous {blob},
    rotated_at BIGINT NOT NULL,
    idle_until BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
)""",
    "CREATE INDEX IF NOT EXISTS sessions_sign_in ON sessions (sign_in)",
    "CREATE INDEX IF NOT EXISTS sessions_person ON sessions (person)",
    "CREATE INDEX IF NOT EXISTS sessions_idle_until ON sessions (idle_until)",
    "CREATE TABLE IF NOT EXISTS revocations (family TEXT PRIMARY KEY, until BIGINT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS attempts (
    subject {blob} PRIMARY KEY,
    made BIGINT NOT NULL,
    until BIGINT NOT NULL
)""",
)


class Session(NamedTuple):
    """One sign-in on one phone, across all its refreshes."""

    family: str
    sign_in: str
    person: str
    generation: int


class Reused(NamedTuple):
    """A refresh token came back after it had been exchanged; its family has been ended."""

    family: str


class Doors:
    """Sessions, revocations and attempts. Every call is a transaction: make it in a thread."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        with rows.transaction() as c:
            for statement in TABLES:
                self._run(c, statement.format(blob=rows.blob))

    def begin(self, sign_in: str, person: str, generation: int, *, now: int) -> tuple[Session, str]:
        """A new session of *sign_in* and its first refresh token."""
        session = Session(str(uuid4()), sign_in, person, generation)
        secret = secrets.token_urlsafe(SECRET_BYTES)
        idle_until, ends_at = now + IDLE_SECONDS, now + LONGEST_SECONDS
        with self.rows.transaction() as c:
            self._run(c, "DELETE FROM sessions WHERE idle_until <= ?", now)
            self._run(
                c,
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, NULL, ?, ?, ?)",
                *(*session, _hashed(secret), now, idle_until, ends_at),
            )
        return session, f"{session.family}.{secret}"

    def rotate(
        self, refresh_token: str, *, now: int, until: int
    ) -> tuple[Session, str] | Reused | None:
        """Exchange a refresh token for the next one; None where it was never, or no more, valid.

        The token exchanged last is taken again for 10 seconds: a phone that lost the answer on a
        bad line would otherwise be signed out in the middle of a visit. What that exchange had
        given becomes void, so an owner and a thief cannot both go on. An older token ends the
        family, its access tokens until *until*.
        """
        family, _, secret = refresh_token.partition(".")
        given, following = _hashed(secret), secrets.token_urlsafe(SECRET_BYTES)
        with self.rows.transaction() as c:
            self._run(
                c,
                "SELECT sign_in, person, generation, current, previous, rotated_at, ends_at"
                " FROM sessions WHERE family = ? AND idle_until > ? FOR UPDATE",
                *(family, now),
            )
            row = c.fetchone()
            if row is None:
                return None
            *account, current, previous, rotated_at, ends_at = row
            if hmac.compare_digest(bytes(current), given):
                rotated_at = now
            elif not (
                hmac.compare_digest(bytes(previous or b""), given)
                and now - rotated_at <= RETRY_SECONDS
            ):
                self._end(c, [family], now, until)
                return Reused(family)
            self._run(
                c,
                "UPDATE sessions SET current = ?, previous = ?, rotated_at = ?, idle_until = ?"
                " WHERE family = ?",
                *(_hashed(following), given, rotated_at, min(now + IDLE_SECONDS, ends_at), family),
            )
        return Session(family, *account), f"{family}.{following}"

    def renew(self, family: str, generation: int) -> None:
        """Let *family* go on under the password that its owner has just chosen."""
        with self.rows.transaction() as c:
            self._run(c, "UPDATE sessions SET generation = ? WHERE family = ?", generation, family)

    def end(self, family: str, *, now: int, until: int) -> list[str]:
        """End one session; its access tokens are void, and known to be until *until*."""
        with self.rows.transaction() as c:
            return self._end(c, [family], now, until)

    def end_all(self, sign_in: str, *, now: int, until: int, but: str = "") -> list[str]:
        """End every session of *sign_in*, *but* one; gives the families that were ended."""
        with self.rows.transaction() as c:
            self._run(
                c, "SELECT family FROM sessions WHERE sign_in = ? AND family <> ?", sign_in, but
            )
            return self._end(c, [row[0] for row in c.fetchall()], now, until)

    def end_person(self, person: str, *, now: int, until: int) -> list[str]:
        """End every session of *person*; gives the families that were ended."""
        with self.rows.transaction() as c:
            self._run(c, "SELECT family FROM sessions WHERE person = ?", person)
            return self._end(c, [row[0] for row in c.fetchall()], now, until)

    def revoked(self, *, now: int) -> dict[str, int]:
        """The families whose access tokens are void, and until when that matters."""
        with self.rows.transaction() as c:
            self._run(c, "SELECT family, until FROM revocations WHERE until > ?", now)
            return dict(c.fetchall())

    def attempt(self, subject: bytes, *, now: int) -> int:
        """Count an attempt before it is made; gives the seconds to wait, 0 to go on.

        Counting first keeps many attempts at once from all finding the count still low.
        """
        with self.rows.transaction() as c:
            self._run(c, "DELETE FROM attempts WHERE until <= ?", now)
            self._run(
                c,
                "INSERT INTO attempts VALUES (?, 1, ?) ON CONFLICT (subject)"
                " DO UPDATE SET made = attempts.made + 1 RETURNING made, until",
                *(subject, now + ATTEMPTS_SECONDS),
            )
            [(made, until)] = c.fetchall()
        return max(1, until - now) if made > ATTEMPTS else 0

    def forgive(self, subject: bytes) -> None:
        """Forget the attempts of who has now succeeded."""
        with self.rows.transaction() as c:
            self._run(c, "DELETE FROM attempts WHERE subject = ?", subject)

    def close(self) -> None:
        """Let the rows go."""
        self.rows.close()

    def _end(self, c: Any, families: list[str], now: int, until: int) -> list[str]:
        self._run(c, "DELETE FROM revocations WHERE until <= ?", now)
        for family in families:
            self._run(c, "DELETE FROM sessions WHERE family = ?", family)
            self._run(
                c,
                "INSERT INTO revocations VALUES (?, ?) ON CONFLICT (family)"
                " DO UPDATE SET until = excluded.until",
                *(family, until),
            )
        return families

    def _run(self, c: Any, statement: str, *params: object) -> None:
        c.execute(self.rows.sql(statement), params)


def open_doors(settings: Settings) -> Doors:
    """The doors of the service of *settings*; a command may end sessions while it serves."""
    if settings.embedded:
        return Doors(FileRows(settings.home / "doors.db"))
    return Doors(SchemaRows(settings.database_url, "doors"))


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()

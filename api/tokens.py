"""Access tokens: signed, short-lived, verified once and then remembered.

Verifying a signature costs as much as recording a command, so a verified token is remembered until
it expires or its session is ended. Sessions ended elsewhere are read every two seconds.

Shapes: JWT, HS256, claims `sub` (person), `sid` (sign-in), `fam` (session family), `iat`, `exp`.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

import jwt

from api.caller import Caller
from api.doors import Session

ACCESS_SECONDS = 600
POLL_SECONDS = 2.0
REMEMBERED = 20_000


class Claims(NamedTuple):
    """What an access token says."""

    person: str
    sign_in: str
    family: str
    expires_at: int


class Tokens:
    """The access tokens that this process has seen, and those that are void."""

    def __init__(self, key: bytes, clock: Callable[[], datetime]) -> None:
        self.key = key
        self.clock = clock
        self.remembered: OrderedDict[bytes, tuple[Caller, float]] = OrderedDict()
        self.void: dict[str, int] = {}

    def now(self) -> int:
        """Whole seconds since the epoch."""
        return int(self.clock().timestamp())

    def issue(self, person: str, session: Session) -> str:
        """A new access token for one session."""
        now = self.now()
        claims = {
            "sub": person,
            "sid": session.sign_in,
            "fam": session.family,
            "iat": now,
            "exp": now + ACCESS_SECONDS,
        }
        return jwt.encode(claims, self.key, algorithm="HS256")

    def claims(self, token: bytes) -> Claims | None:
        """What *token* says, if we said it, it has not expired and its session was not ended."""
        try:
            claims = jwt.decode(
                token,
                self.key,
                algorithms=["HS256"],
                # The service's one clock says what has expired, not the machine's.
                options={
                    "require": ["sub", "sid", "fam", "exp"],
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidTokenError:
            return None
        if claims["exp"] <= self.now() or claims["fam"] in self.void:
            return None
        return Claims(claims["sub"], claims["sid"], claims["fam"], claims["exp"])

    def known(self, token: bytes) -> Caller | None:
        """Who sent *token*, if it was verified before and still stands."""
        found = self.remembered.get(token)
        if found is None:
            return None
        caller, deadline = found
        if time.monotonic() < deadline and caller.family not in self.void:
            return caller
        del self.remembered[token]
        return None

    def remember(self, token: bytes, caller: Caller, expires_at: int) -> None:
        """Spare *token* the next verification."""
        left = expires_at - self.clock().timestamp()
        self.remembered[token] = (caller, time.monotonic() + left)
        if len(self.remembered) > REMEMBERED:
            self.remembered.popitem(last=False)

    def end(self, families: Iterable[str], until: int) -> None:
        """Take no more tokens of *families*."""
        self.void.update(dict.fromkeys(families, until))

    def follow(self, revoked: Mapping[str, int]) -> None:
        """Take over what any process has ended."""
        now = self.now()
        self.void.update(revoked)
        self.void = {family: until for family, until in self.void.items() if until > now}

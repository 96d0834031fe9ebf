"""Passwords: argon2id verifiers, two at once and a bounded queue.

Units: 64 MiB and some 150 ms of one core each, so that guessing is dear; the bound keeps a burst
of sign-ins from taking the machine away from everybody else.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from api.refusals import PasswordTooWeak, TooBusy

AT_ONCE = 2
WAITING = 32
SHORTEST = 10

T = TypeVar("T")

HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)

# The verifier of a password that nobody has: an unknown name must take as long as a wrong password.
NOBODY = HASHER.hash("nobody's password")


class Passwords:
    """Makes and checks verifiers in threads of its own."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self.under_way = 0

    async def verifier(self, password: str) -> str:
        """What is kept of *password*."""
        return await self._run(lambda: HASHER.hash(password))

    async def matches(self, verifier: str | None, password: str) -> bool:
        """Whether *password* is the one behind *verifier*; False, as slowly, where it is None."""
        matched = await self._run(lambda: _matches(verifier or NOBODY, password))
        return matched and verifier is not None

    async def _run(self, work: Callable[[], T]) -> T:
        if self.under_way >= AT_ONCE + WAITING:
            raise TooBusy
        self.under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self.threads, work)
        finally:
            self.under_way -= 1

    def close(self) -> None:
        """Let the threads go."""
        self.threads.shutdown(wait=False, cancel_futures=True)


def must_be_strong(password: str, *, name: str, old: str | None = None) -> None:
    """Go on only if *password* may protect the sign-in *name*.

    Raises:
        PasswordTooWeak: it is short, the old one, or the name.
    """
    if len(password) < SHORTEST or password == old or password.strip().casefold() == name:
        raise PasswordTooWeak


def _matches(verifier: str, password: str) -> bool:
    try:
        return HASHER.verify(verifier, password)
    except (Argon2Error, InvalidHashError):
        return False

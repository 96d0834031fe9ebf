"""Accounts: what the book says of a sign-in, and whether a password opens it.

One-time passwords are derived from the sign-in's name and generation, never stored; they stop
working as soon as the person has chosen a password or another was handed out.

Shapes: a one-time password is 80 bits as four groups of base32, `K7QF-2M6D-XW3P-ZHTR`.
"""

import asyncio
import base64
import hmac
import unicodedata

import msgspec

from api.passwords import Passwords
from district.event import Malformed
from district.sign_ins import SignIn, sign_in_name, sign_in_stream
from journal.book import Book
from journal.command import Outcome

ONE_TIME_BYTES = 10


class Account(msgspec.Struct, frozen=True):
    """An open sign-in and the password that counts."""

    name: str
    person: str
    kind: str
    generation: int
    one_time: bool
    verifier: str | None


class Accounts:
    """The sign-ins of one book."""

    def __init__(self, book: Book, one_time_key: bytes, passwords: Passwords) -> None:
        self.book = book
        self.one_time_key = one_time_key
        self.passwords = passwords

    async def find(self, name: str) -> Account | None:
        """The account under *name*; None where there is none or it is closed.

        Asked once per token and process, so the hop to a thread is not felt.
        """
        return await asyncio.to_thread(self._find, name)

    def _find(self, name: str) -> Account | None:
        try:
            name = sign_in_name(name)
        except Malformed:
            return None
        state: SignIn = self.book.state(sign_in_stream(name))
        if state.person is None or state.closed:
            return None
        credential = self.book.credential(name)
        valid = credential is not None and credential[1] == state.generation
        return Account(
            name=name,
            person=state.person,
            kind=state.kind,
            generation=state.generation,
            one_time=state.one_time,
            verifier=credential[0] if credential and valid and not state.one_time else None,
        )

    def one_time_password(self, name: str, generation: int) -> str:
        """The one-time password of sign-in *name* for *generation*."""
        mac = hmac.digest(self.one_time_key, f"{name}|{generation}".encode(), "sha256")
        text = base64.b32encode(mac[:ONE_TIME_BYTES]).decode()
        return "-".join(text[i : i + 4] for i in range(0, len(text), 4))

    async def issued(self, outcome: Outcome) -> dict[str, str]:
        """The one-time password that goes with the answer `sign_in`; never kept in its receipt."""
        account = await self.find(outcome.answer["sign_in"])
        if account is None or not account.one_time:
            return {}
        return {"one_time_password": self.one_time_password(account.name, account.generation)}

    async def opens(self, account: Account | None, password: str) -> bool:
        """Whether *password* opens *account*; takes as long where there is no account."""
        verifier = account.verifier if account else None
        matches = await self.passwords.matches(verifier, password)
        if account is None or not account.one_time:
            return matches
        issued = self.one_time_password(account.name, account.generation)
        return hmac.compare_digest(_plain(issued), _plain(password))


def _plain(one_time: str) -> bytes:
    """A one-time password as typed: small letters, blanks and hyphens make no difference."""
    text = unicodedata.normalize("NFKC", one_time).upper()
    return "".join(c for c in text if c.isalnum()).encode()

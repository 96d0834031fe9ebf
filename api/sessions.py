"""Signing in, staying signed in, signing out.

Nothing here tells whether a name exists: an unknown name costs the same and reads the same as a
wrong password.
"""

import asyncio
import hmac

import msgspec

from api.accounts import Account, Accounts
from api.doors import Doors, Reused, Session
from api.limits import Limits
from api.refusals import TokenNotValid, TooManyRequests, WrongNameOrPassword
from api.tokens import ACCESS_SECONDS, Tokens


class TokenPair(msgspec.Struct, frozen=True):
    """What a phone keeps: send the access token with requests, exchange the other for new ones."""

    access_token: str
    refresh_token: str
    expires_in: int
    must_change: bool


class Sessions:
    """The sessions of all phones."""

    def __init__(
        self, accounts: Accounts, doors: Doors, tokens: Tokens, limits: Limits, attempts_key: bytes
    ) -> None:
        self.accounts = accounts
        self.doors = doors
        self.tokens = tokens
        self.limits = limits
        self.attempts_key = attempts_key

    async def sign_in(self, name: str, password: str, address: str) -> TokenPair:
        """Begin a session.

        Raises:
            TooManyRequests: too many attempts from this address, or on this name.
            WrongNameOrPassword: one of them, and nobody is told which.
        """
        await self.limits.take("sign_in", address)
        account = await self.proven(name, password)
        if account is None:
            raise WrongNameOrPassword
        now = self.tokens.now()
        session, refresh_token = await asyncio.to_thread(
            self.doors.begin, account.name, account.person, account.generation, now=now
        )
        if await self._moved_on(account):  # closed or reset while the password was being checked
            await self.end(session.family)
            raise WrongNameOrPassword
        return self._pair(account, session, refresh_token)

    async def proven(self, name: str, password: str) -> Account | None:
        """The account under *name*, if *password* opens it. Counts as an attempt on the name.

        Raises:
            TooManyRequests: too many attempts on this name.
        """
        account = await self.accounts.find(name)
        spelled = account.name if account else name
        subject = hmac.digest(self.attempts_key, spelled.encode(), "sha256")
        wait = await asyncio.to_thread(self.doors.attempt, subject, now=self.tokens.now())
        if wait:
            raise TooManyRequests(wait)
        if not await self.accounts.opens(account, password):
            return None
        await asyncio.to_thread(self.doors.forgive, subject)
        return account

    async def refresh(self, refresh_token: str, address: str) -> TokenPair:
        """Exchange a refresh token.

        Raises:
            TooManyRequests: too many exchanges from this address.
            TokenNotValid: the session has ended, or this token was exchanged before.
        """
        await self.limits.take("refresh", address)
        now = self.tokens.now()
        rotated = await asyncio.to_thread(
            self.doors.rotate, refresh_token, now=now, until=now + ACCESS_SECONDS
        )
        if isinstance(rotated, Reused):
            self.tokens.end([rotated.family], now + ACCESS_SECONDS)
        if rotated is None or isinstance(rotated, Reused):
            raise TokenNotValid
        session, following = rotated
        account = await self.accounts.find(session.sign_in)
        if account is None or account.generation != session.generation:
            await self.end(session.family)
            raise TokenNotValid
        return self._pair(account, session, following)

    async def end(self, family: str) -> None:
        """End one session, here at once and elsewhere within seconds."""
        now = self.tokens.now()
        until = now + ACCESS_SECONDS
        self.tokens.end([family], until)
        await asyncio.to_thread(self.doors.end, family, now=now, until=until)

    async def end_all(self, sign_in: str, *, but: str = "") -> None:
        """End every session of *sign_in*, *but* one."""
        now = self.tokens.now()
        until = now + ACCESS_SECONDS
        ended = await asyncio.to_thread(self.doors.end_all, sign_in, now=now, until=until, but=but)
        self.tokens.end(ended, until)

    async def end_person(self, person: str) -> None:
        """End every session of *person*: they were relieved, or asked for it."""
        now = self.tokens.now()
        until = now + ACCESS_SECONDS
        ended = await asyncio.to_thread(self.doors.end_person, person, now=now, until=until)
        self.tokens.end(ended, until)

    async def chosen(self, name: str, family: str) -> None:
        """Go on in the session of *family* under the password just chosen; end all others."""
        account = await self.accounts.find(name)
        if account is not None:
            await asyncio.to_thread(self.doors.renew, family, account.generation)
        await self.end_all(name, but=family)

    async def follow(self) -> None:
        """Learn which sessions other processes have ended."""
        self.tokens.follow(await asyncio.to_thread(self.doors.revoked, now=self.tokens.now()))

    async def _moved_on(self, account: Account) -> bool:
        latest = await self.accounts.find(account.name)
        return latest is None or latest.generation != account.generation

    def _pair(self, account: Account, session: Session, refresh_token: str) -> TokenPair:
        return TokenPair(
            access_token=self.tokens.issue(account.person, session),
            refresh_token=refresh_token,
            expires_in=ACCESS_SECONDS,
            must_change=account.one_time,
        )

"""The one check in front of every route, kept as short as it can be: who asks, and may they at all.

Deny by default: a route answers nobody without a token unless its `opt` says otherwise.
"""

import time
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api.accounts import Accounts
from api.answers import Ready
from api.caller import Caller
from api.errors import allowed, status_of
from api.metrics import Metrics
from api.refusals import PasswordChangeRequired, SignInNeeded, TokenNotValid
from api.tokens import Tokens

OPEN: dict[str, Any] = {"door": "open"}
"""For a route's `opt`: anybody may ask; a token is not looked at."""

EITHER: dict[str, Any] = {"door": "either"}
"""For a route's `opt`: anybody may ask, and who sends a token is known."""

NEW_PASSWORD: dict[str, Any] = {"new_password": True}
"""For a route's `opt`: open also to who signed in with a one-time password."""


class Guard:
    """Wraps every route of the application."""

    def __init__(self, tokens: Tokens, accounts: Accounts, metrics: Metrics) -> None:
        self.tokens = tokens
        self.accounts = accounts
        self.metrics = metrics

    def __call__(self, app: ASGIApp) -> ASGIApp:
        """*app* behind the check."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            began = time.perf_counter()
            method, status = str(scope["method"]), 500  # type: ignore[typeddict-item]  # only HTTP routes exist

            async def noting(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            try:
                if method == "OPTIONS":
                    await self._options(scope, receive, noting)
                else:
                    scope["user"] = await self._caller(scope)
                    await app(scope, receive, noting)
            except Exception as error:
                status = status_of(type(error)) or status
                raise
            finally:
                observe = self.metrics.observe(method, scope["path_template"], str(status))
                observe(time.perf_counter() - began)

        return guarded

    async def _caller(self, scope: Scope) -> Caller | None:
        """Who sent the request.

        Raises:
            SignInNeeded: there is no token, and this route needs one.
            TokenNotValid: the token is not ours, has expired or was ended.
            PasswordChangeRequired: all but a few routes wait for a password of one's own.
        """
        opt = scope["route_handler"].opt
        door = opt.get("door")
        if door == "open":
            return None
        token = _token(scope)
        if token is None:
            if door == "either":
                return None
            raise SignInNeeded
        caller = self.tokens.known(token) or await self._verified(token)
        if caller.new_password and "new_password" not in opt:
            # Asked again each time: the password may have been chosen a moment ago, anywhere.
            account = await self.accounts.find(caller.sign_in)
            if account is None or account.one_time:
                raise PasswordChangeRequired
        return caller

    async def _verified(self, token: bytes) -> Caller:
        claims = self.tokens.claims(token)
        account = claims and await self.accounts.find(claims.sign_in)
        if not claims or not account or account.person != claims.person:
            raise TokenNotValid
        caller = Caller(
            person=account.person,
            sign_in=account.name,
            kind=account.kind,
            family=claims.family,
            new_password=account.one_time,
        )
        self.tokens.remember(token, caller, claims.expires_at)
        return caller

    async def _options(self, scope: Scope, receive: Receive, send: Send) -> None:
        allow = allowed(scope["litestar_app"], scope["path"]).encode()
        await Ready(b"", 204, b"", [(b"allow", allow)])(scope, receive, send)


def _token(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, token = value[:7], value[7:]
            if scheme.lower() == b"bearer ":
                return bytes(token)
            raise TokenNotValid
    return None

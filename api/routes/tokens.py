"""Tokens: signing in, staying signed in, signing out."""

from typing import Annotated

import msgspec
from litestar import Router
from litestar.params import JSONBody

from api.guard import NEW_PASSWORD, OPEN
from api.requests import Body, JsonRequest, Password
from api.routing import door, ending
from api.sessions import TokenPair


class SignIn(Body, frozen=True, kw_only=True):
    """A sign-in name and its password."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64, examples=["worker-1"])]
    password: Password


class Refresh(Body, frozen=True, kw_only=True):
    """The refresh token that came last."""

    refresh_token: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


@door("/tokens", OPEN)
async def sign_in(request: JsonRequest, data: JSONBody[SignIn]) -> TokenPair:
    """Sign in; with a one-time password, `must_change` says that only a new one helps on."""
    return await request.service.sessions.sign_in(data.name, data.password, request.address)


@door("/tokens/refresh", OPEN)
async def refresh(request: JsonRequest, data: JSONBody[Refresh]) -> TokenPair:
    """Exchange a refresh token; each is taken once, and a stolen one ends the session."""
    return await request.service.sessions.refresh(data.refresh_token, request.address)


@ending("/tokens", NEW_PASSWORD)
async def sign_out(request: JsonRequest) -> None:
    """End this session."""
    await request.service.sessions.end(request.caller.family)


ROUTES = Router("/v1", route_handlers=[sign_in, refresh, sign_out], tags=["tokens"])

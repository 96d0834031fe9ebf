"""Sign-ins: opened and reset at a desk."""

import msgspec
from litestar import Response, Router
from litestar.params import FromPath, JSONBody

from api.acts import act
from api.commands import sign_ins
from api.commands.sign_ins import OpenSignIn, ResetSignIn
from api.requests import JsonRequest
from api.routing import write
from district.sign_ins import sign_in_name


class SignInAnswer(msgspec.Struct):
    """The name, and once only the password to hand over."""

    sign_in: str
    position: int
    one_time_password: str | None = None


@write("/sign-ins")
async def open_sign_in(request: JsonRequest, data: JSONBody[OpenSignIn]) -> Response[SignInAnswer]:
    """Let a volunteer, a recipient or a guardian sign in."""
    return await act(request, sign_ins.open_, data, request.service.accounts.issued)


@write("/sign-ins/{name:str}/resets")
async def reset_sign_in(
    request: JsonRequest, data: JSONBody[ResetSignIn], name: FromPath[str]
) -> Response[SignInAnswer]:
    """Hand out a new one-time password; all sessions under the name end."""
    answer = await act(request, sign_ins.reset, data, request.service.accounts.issued, name=name)
    await request.service.sessions.end_all(sign_in_name(name))
    return answer


ROUTES = Router("/v1", route_handlers=[open_sign_in, reset_sign_in], tags=["sign-ins"])

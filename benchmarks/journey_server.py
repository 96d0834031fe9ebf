"""The real application with two routes more, which exist in benchmarks only.

`/nothing` is an authenticated POST that does nothing; `/library` is the library's own loop behind
the same sign-in.
"""

import argparse
import os

import uvicorn
from litestar import Response, post
from litestar.params import FromPath, JSONBody

from api.acts import encode
from api.answers import Ready
from api.app import create_app
from api.cli.serving import running_service
from api.commands.orders import Attend
from api.requests import JsonRequest, Written
from api.settings import read
from benchmarks.load_decide_save import Visits, environment

visits = Visits(environment(os.environ["DATABASE_URL"]))


@post("/v1/orders/{order:str}/nothing", status_code=200)
async def nothing(
    request: JsonRequest, data: JSONBody[Attend], order: FromPath[str]
) -> Response[Written]:
    """Do nothing, for whoever is signed in."""
    del request, data, order
    return Ready(encode({"position": 1}))


@post("/v1/orders/{order:str}/library/{step:str}", status_code=200)
async def library(
    request: JsonRequest, data: JSONBody[Attend], order: FromPath[str], step: FromPath[str]
) -> Response[Written]:
    """Load, decide, save; on the event loop, because a thread would be slower."""
    leaving = step == "check-outs"
    position = visits.step(order, request.caller.person, data.at, leaving=leaving)
    return Ready(encode({"position": position}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    with running_service(read(os.environ), project=True) as service:
        app = create_app(service)
        app.register(nothing)
        app.register(library)
        uvicorn.run(app, port=parser.parse_args().port, log_config=None, access_log=False)

"""The least that Litestar can do with a POST: decode the body, answer with a small struct."""

import argparse

import uvicorn
from litestar import Litestar, get, post
from litestar.params import FromPath, JSONBody

from api.commands.orders import Attend
from api.requests import Written


@post("/v1/orders/{order:str}/check-ins", status_code=200)
async def receive(order: FromPath[str], data: JSONBody[Attend]) -> Written:
    """Do nothing with it."""
    del order, data
    return Written(position=1)


@get("/health/live")
async def alive() -> None:
    """Answer."""


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    app = Litestar([receive, alive], openapi_config=None)
    uvicorn.run(app, port=parser.parse_args().port, log_config=None, access_log=False)

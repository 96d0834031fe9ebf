"""The application: the service behind its routes."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.datastructures import State

from api.errors import EXCEPTION_HANDLERS
from api.guard import Guard
from api.openapi import openapi_config
from api.requests import BODY_BYTES, JsonRequest
from api.routes import ROUTES
from api.schemas import StructSchemas
from api.service import Service


def create_app(service: Service, *, afterwards: Callable[[], None] | None = None) -> Litestar:
    """The application that answers for *service*; it runs while the application does.

    *afterwards* is called when everything has stopped, where nobody else closes the service.
    """

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        try:
            async with service.running():
                yield
        finally:
            if afterwards is not None:
                afterwards()

    schemas = StructSchemas()
    return Litestar(
        route_handlers=ROUTES,
        lifespan=[lifespan],
        middleware=[Guard(service.tokens, service.accounts, service.metrics)],
        exception_handlers=EXCEPTION_HANDLERS,
        request_class=JsonRequest,
        request_max_body_size=BODY_BYTES,
        openapi_config=openapi_config(schemas),
        plugins=[schemas],
        state=State({"service": service}),
        logging_config=None,
        debug=False,
    )

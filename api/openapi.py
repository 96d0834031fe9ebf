"""The service's own description, and the page that shows it, from this machine alone.

Source: Swagger UI as packaged by `offapi`; no outside font, script, validator or counter, and the
page's own policy forbids any.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, Router, get
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme
from litestar.params import FromPath

from api.guard import OPEN
from api.refusals import NotFound
from api.routing import BEARER
from api.schemas import StructSchemas

API_VERSION = "1.0"

DESCRIPTION = """\
Everything that happens is an event; everything shown is computed from events.

Writes take an `Idempotency-Key` and answer with `position`; reads take `?after=<position>` and then
show at least that. Errors are problem documents (RFC 9457) with a stable `code`; clients must
tolerate unknown fields and values.
"""

PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>timebank</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/schema/files/swagger_style.css">
</head>
<body>
<div id="page"></div>
<script src="/schema/files/swagger_bundle.js"></script>
<script src="/schema/files/start.js"></script>
</body>
</html>
"""

START = b"""SwaggerUIBundle({
  url: "/schema/openapi.json",
  dom_id: "#page",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  tagsSorter: "alpha"
});
"""

POLICY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self';"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

FILES = {
    "swagger_style.css": "text/css",
    "swagger_bundle.js": "text/javascript",
}


class DocsPage(OpenAPIRenderPlugin):
    """Swagger UI, from our own files."""

    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002 - Litestar's signature
        """The page; it fetches the document itself."""
        return PAGE


class Document(JsonRenderPlugin):
    """The document itself, put together once."""

    def __init__(self, schemas: StructSchemas) -> None:
        super().__init__()
        self.schemas = schemas
        self.text: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002 - Litestar's signature
        """The document as JSON."""
        if self.text is None:
            self.text = msgspec.json.encode(self.schemas.described(openapi_schema))
        return self.text


@get("/files/{name:str}", include_in_schema=False, sync_to_thread=False, cache_control=None)
def docs_file(name: FromPath[str]) -> Response[bytes]:
    """One file of the page."""
    if name == "start.js":
        return Response(START, media_type="text/javascript", headers=POLICY)
    if name not in FILES:
        raise NotFound
    return Response(_package_file(name), media_type=FILES[name], headers=POLICY)


def _package_file(name: str) -> bytes:
    # Importing the package would read megabytes of other viewers; its folder is enough.
    spec = find_spec("offapi")
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / name).read_bytes()


def openapi_config(schemas: StructSchemas) -> OpenAPIConfig:
    """What the document says of the service as a whole."""
    return OpenAPIConfig(
        title="timebank",
        version=API_VERSION,
        description=DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        components=Components(
            security_schemes={
                BEARER: SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")
            }
        ),
        render_plugins=[DocsPage(), Document(schemas)],
        openapi_router=Router(
            "/schema",
            route_handlers=[docs_file],
            include_in_schema=False,
            opt=OPEN,
            response_headers=POLICY,
        ),
    )

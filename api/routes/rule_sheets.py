"""Rule sheets."""

from datetime import date

from litestar import Response, Router
from litestar.params import FromQuery, JSONBody

from api.acts import act
from api.commands import rule_sheets
from api.commands.rule_sheets import PublishRuleSheet
from api.requests import Code, JsonRequest, Limit, Position, Written
from api.routing import read, write
from projections import rule_sheets as view
from projections.pages import Page
from projections.rule_sheets import RuleSheet


@write("/rule-sheets")
async def publish(request: JsonRequest, data: JSONBody[PublishRuleSheet]) -> Response[Written]:
    """Publish a sheet; what is left out keeps the proposed default."""
    return await act(request, rule_sheets.publish, data)


@read("/rule-sheets")
async def list_sheets(
    request: JsonRequest,
    kind: FromQuery[Code | None] = None,
    on: FromQuery[date | None] = None,
    after: FromQuery[Position | None] = None,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[RuleSheet]:
    """Sheets by their day, the latest first; *on* gives the one in force on that day."""
    await request.service.shown("rule_sheets", after)
    return view.rule_sheets(request.service.views, kind=kind, on=on, limit=limit, cursor=cursor)


ROUTES = Router("/v1", route_handlers=[publish, list_sheets], tags=["rule sheets"])

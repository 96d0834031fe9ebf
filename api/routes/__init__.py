"""Routes: one file per noun; each turns a request into values and hands over."""

from litestar.types import ControllerRouterHandler

from api.routes import (
    areas,
    health,
    me,
    orders,
    purses,
    recipients,
    rule_sheets,
    sign_ins,
    staff,
    tlog,
    tokens,
    volunteers,
)

ROUTES: list[ControllerRouterHandler] = [
    tokens.ROUTES,
    me.ROUTES,
    sign_ins.ROUTES,
    areas.ROUTES,
    staff.ROUTES,
    rule_sheets.ROUTES,
    volunteers.ROUTES,
    recipients.ROUTES,
    orders.ROUTES,
    purses.ROUTES,
    tlog.ROUTES,
    *health.ROUTES,
]

"""Routes: one file per noun; each turns a request into values and hands over."""

from api.routes import health, me, sign_ins, tokens

ROUTES = [tokens.ROUTES, me.ROUTES, sign_ins.ROUTES, *health.ROUTES]

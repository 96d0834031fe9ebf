"""A whole service for the tests: a real book, real keys, the application in front, a client."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from litestar import Litestar
from litestar.types import ControllerRouterHandler

import district
import timebank
from api.app import create_app
from api.clock import Clock
from api.passwords import HASHER
from api.service import Service
from api.settings import Settings, read
from district.roles import Role
from district.sign_ins import PasswordChosen, SignIn, open_sign_in, sign_in_id, sign_in_stream
from district.staff import RoleGranted
from journal import events as book_events
from journal.book import Book
from journal.command import Beside, Command, CredentialPut, Decided
from journal.forgotten import ForgottenList
from journal.forms import Forms
from journal.vault import open_vault
from projections.catalogue import open_views

FORMS = Forms(
    clear=(*book_events.CLEAR, *district.CLEAR, *timebank.CLEAR),
    sealed=(*district.SEALED, *timebank.SEALED),
    folds={**book_events.FOLDS, **district.FOLDS, **timebank.FOLDS},
)
AREA = "330106"
PASSWORD = "correct horse battery"


@cache
def verifier() -> str:
    """What is kept of `PASSWORD`."""
    return HASHER.hash(PASSWORD)


class Desk:
    """The service, its application, and a client that speaks HTTP to it."""

    def __init__(self, service: Service, app: Litestar, http: httpx.AsyncClient) -> None:
        self.service = service
        self.app = app
        self.http = http
        self.token = ""

    async def record(self, *events: Any, beside: Sequence[Beside] = ()) -> None:
        """Put *events* into the book, as a past."""
        await self.service.book.submit(
            Command(
                id=str(uuid4()),
                caller="system",
                digest=b"",
                decide=lambda _, __: Decided(events, beside=beside),
            )
        )

    async def staff(self, name: str, role: Role = "administrator", area: str = AREA) -> str:
        """Appoint a member of staff who signs in as *name*; gives their one-time password."""
        person = str(uuid4())
        state = self.service.book.state(sign_in_stream(name))
        granted = RoleGranted(
            staff=person, grant=str(uuid4()), role=role, area=area, from_on=date(2020, 1, 1)
        )
        await self.record(granted, *open_sign_in(state, name=name, person=person, kind="staff"))
        return self.service.accounts.one_time_password(name, 1)

    async def sign_in(self, name: str, password: str) -> dict[str, Any]:
        """Sign in, and send the token from now on."""
        answer = await self.http.post("/v1/tokens", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        pair: dict[str, Any] = answer.json()
        self.token = pair["access_token"]
        return pair

    async def settled(self, name: str, role: Role = "administrator", area: str = AREA) -> str:
        """Appoint *name*, who chose `PASSWORD`, and act as them from now on; gives their id."""
        await self.staff(name, role, area)
        await self.record(
            PasswordChosen(sign_in=sign_in_id(name), generation=2),
            beside=[CredentialPut(name, verifier(), 2)],
        )
        return await self.become(name)

    async def volunteer(self, name: str, person: str) -> None:
        """Act as the volunteer *person*, who signs in as *name*."""
        opened = open_sign_in(SignIn(), name=name, person=person, kind="volunteer", chosen=True)
        await self.record(*opened, beside=[CredentialPut(name, verifier(), 1)])
        await self.become(name)

    async def become(self, name: str) -> str:
        """Act as *name* without the time that checking a password takes; gives their id."""
        account = await self.service.accounts.find(name)
        assert account is not None
        session, _ = self.service.doors.begin(
            name, account.person, account.generation, now=self.service.tokens.now()
        )
        self.token = self.service.tokens.issue(account.person, session)
        return account.person

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """GET with the token."""
        return await self.http.get(path, headers=self._headers(headers))

    async def post(
        self,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        """POST with the token and an Idempotency-Key."""
        given = {"idempotency-key": key or str(uuid4()), **(headers or {})}
        return await self.http.post(path, json=body, headers=self._headers(given))

    def _headers(self, more: Mapping[str, str] | None) -> dict[str, str]:
        token = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return {**token, **(more or {})}


def settings_for(folder: Path, url: str, **more: str) -> Settings:
    """Settings of a service that keeps everything in *folder* and its book at *url*."""
    keys = {
        f"TIMEBANK_{name}_KEY": letter * 43
        for name, letter in (("MASTER", "A"), ("LOG", "A"), ("TOKEN", "A"))
    }
    return read(
        {
            "TIMEBANK_HOME": str(folder / "home"),
            "DATABASE_URL": url,
            "TIMEBANK_LAST_CHECKPOINT": str(folder / "state" / "checkpoint"),
            **keys,
            **more,
        }
    )


@asynccontextmanager
async def serving(
    settings: Settings, routes: Sequence[ControllerRouterHandler] = ()
) -> AsyncIterator[Desk]:
    """A service with everything running, and a client in front of it."""
    clock = Clock(settings.clock)
    vault = open_vault(
        settings.database_url,
        settings.home,
        settings.keys,
        forgotten=ForgottenList(settings.last_checkpoint.with_name("forgotten")),
        clock=clock,
    )
    book = Book(settings.database_url, FORMS, vault, clock=clock)
    views = open_views(settings.database_url, settings.home)
    service = Service(settings, book, views, clock, demonstration=False)
    app = create_app(service)
    for route in routes:
        app.register(route)
    try:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # type: ignore[arg-type]  # Litestar's own scope type
        async with (
            service.running(),
            httpx.AsyncClient(transport=transport, base_url="http://timebank.test") as http,
        ):
            yield Desk(service, app, http)
    finally:
        book.close()
        views.close()
        vault.close()

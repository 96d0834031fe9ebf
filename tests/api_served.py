"""A whole service for the tests: a real book, real keys, the application in front, a client."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import district
import httpx
import timebank
from district.areas import AreaAdded
from district.sign_ins import open_sign_in, sign_in_stream
from district.staff import RoleGranted
from journal import events as book_events
from journal.book import Book
from journal.command import Command, CredentialPut, Decided
from journal.forgotten import ForgottenList
from journal.forms import Forms
from journal.vault import open_vault
from litestar import Litestar
from projections.stores import store_for
from projections.views import Views

from api.app import create_app
from api.clock import Clock
from api.service import Service
from api.settings import Settings, read

FORMS = Forms(
    clear=(*book_events.CLEAR, *district.CLEAR, *timebank.CLEAR),
    sealed=(*district.SEALED, *timebank.SEALED),
    folds={**book_events.FOLDS, **district.FOLDS, **timebank.FOLDS},
)
AREA = "330106"
PASSWORD = "correct horse battery"


class Desk:
    """The service, its application and a client that speaks HTTP to it."""

    def __init__(self, service: Service, app: Litestar, http: httpx.AsyncClient) -> None:
        self.service = service
        self.app = app
        self.http = http
        self.token = ""

    async def record(self, *events: Any, beside: Any = ()) -> int:
        """Put *events* into the book as a past that has happened."""
        outcome = await self.service.book.submit(
            Command(
                id=str(uuid4()),
                caller="system",
                digest=b"",
                decide=lambda read, now: Decided(events, beside=beside),
            )
        )
        return outcome.position

    async def staff(self, name: str, role: str = "administrator", area: str = AREA) -> str:
        """A member of staff with a one-time password; gives their id."""
        person = str(uuid4())
        state = self.service.book.state(sign_in_stream(name))
        await self.record(
            RoleGranted(
                staff=person, grant=str(uuid4()), role=role, area=area, from_on=datetime(2020, 1, 1, tzinfo=UTC).date()
            ),
            *open_sign_in(state, name=name, person=person, kind="staff"),
        )
        return person

"""eventsourcing's own loop: load the aggregate, let it decide, save it; one commit per request.

The same step as ours on the same kind of store, as the library's documentation writes it, with
less to do: no rules, no receipt, no log.
"""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

SUFFIX = "library"


class Visit(Aggregate):
    """An order with the volunteer who accepted it."""

    @event("Accepted")
    def __init__(self, order: UUID, volunteer: str) -> None:
        del order
        self.volunteer = volunteer
        self.began: datetime | None = None
        self.ended: datetime | None = None

    @staticmethod
    def create_id(order: UUID) -> UUID:
        """The order's own id."""
        return order

    def check_in(self, volunteer: str, at: datetime) -> None:
        """The volunteer is there."""
        if volunteer != self.volunteer:
            raise PermissionError
        if self.began is None:
            self._checked_in(at)

    def check_out(self, volunteer: str, at: datetime) -> None:
        """The volunteer left."""
        if volunteer != self.volunteer:
            raise PermissionError
        if self.began is not None:
            self._checked_out(at)

    @event("CheckedIn")
    def _checked_in(self, at: datetime) -> None:
        self.began = at

    @event("CheckedOut")
    def _checked_out(self, at: datetime) -> None:
        self.began, self.ended = None, at


class Visits(Application[UUID]):
    """All such orders."""

    def prepare(self, orders: Iterable[tuple[str, str]]) -> None:
        """Record orders (id, volunteer) that wait for a check-in, in one transaction."""
        self.save(*(Visit(UUID(order), volunteer) for order, volunteer in orders))

    def step(self, order: str, volunteer: str, at: datetime, *, leaving: bool) -> int:
        """Check in or out; the position of what was recorded."""
        visit: Visit = self.repository.get(UUID(order))
        (visit.check_out if leaving else visit.check_in)(volunteer, at)
        return self.save(visit)[-1].notification.id


def environment(database_url: str) -> dict[str, str]:
    """The library's own settings for the kind of store that *database_url* names."""
    url = urlsplit(database_url)
    if url.scheme == "sqlite":
        return {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": f"{database_url.removeprefix('sqlite:///')}.{SUFFIX}",
        }
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": url.path.removeprefix("/"),
        "POSTGRES_HOST": url.hostname or "",
        "POSTGRES_PORT": str(url.port),
        "POSTGRES_USER": url.username or "",
        "POSTGRES_PASSWORD": url.password or "",
    }

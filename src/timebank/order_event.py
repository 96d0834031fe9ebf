"""What every event of a service order is, and the terms that an order is made on."""

import msgspec

from timebank.event import Event, Instant


class OrderEvent(Event, frozen=True, kw_only=True):
    """Something that happened to one order."""

    order: str

    @property
    def stream(self) -> str:
        """Each order has its own stream."""
        return f"order-{self.order}"


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What kind of service is wanted, when, by how many, for whom, and who says thank you.

    `pool_minutes` is a fixed thank-you in credit minutes, shared by what each member of a team
    order served; without it everyone is thanked for their own minutes.
    """

    kind: str
    category: str
    community: str
    organising_unit: str
    planned_start: Instant
    planned_end: Instant
    places: int
    funding: str
    station: str | None = None
    recipient: str | None = None
    requirements: tuple[str, ...] = ()
    team: str | None = None
    pool_minutes: int | None = None

"""Which roles may do what in the time bank: deny by default, each inside the own area."""

from district.roles import Role

STATION_DESK: frozenset[Role] = frozenset(
    {"station_manager", "station_social_worker", "community_worker", "bureau_officer"}
)
"""Who verifies volunteers, registers recipients, publishes orders and confirms for a station."""

BUREAU: frozenset[Role] = frozenset({"bureau_officer", "administrator"})
"""Who opens stations and publishes rule sheets."""

READERS: frozenset[Role] = STATION_DESK | BUREAU | {"auditor"}
"""Who may read the orders, hours and purses of an area."""

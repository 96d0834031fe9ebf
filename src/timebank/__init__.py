"""The time bank's rules: volunteers, orders, hours, the purse. Pure: no clock, no ids made, no I/O.

`CLEAR` and `SEALED` name every event, `FOLDS` the state of each kind of stream.
"""

from collections.abc import Callable, Mapping
from typing import Any

from timebank import hours, orders, purse, recipients, rules, stations, volunteers
from timebank.event import Event

Fold = tuple[Any, Callable[[Any, Any], Any]]
"""The state of a stream that does not exist yet, and how one event changes a state."""

CLEAR: tuple[type[Event], ...] = (
    rules.PointsPublished,
    volunteers.VolunteerRegistered,
    volunteers.IdentityVerified,
    volunteers.VolunteerSuspended,
    volunteers.VolunteerReinstated,
    volunteers.VolunteerLeft,
    recipients.RecipientRegistered,
    recipients.ProxyNamed,
    stations.StationOpened,
    orders.OrderDrafted,
    orders.OrderPublished,
    orders.OrderCancelled,
    orders.OrderAccepted,
    orders.OrderWithdrawn,
    orders.CheckedIn,
    orders.CheckedOut,
    orders.OrderConfirmed,
    hours.HoursRecorded,
    purse.PointsEarned,
    purse.DebtRepaid,
)

SEALED: tuple[type[Event], ...] = (
    volunteers.VolunteerDescribed,
    volunteers.IdentityRecorded,
    recipients.RecipientDescribed,
    orders.OrderDescribed,
    orders.PersonInChargeNamed,
    orders.OrderAttested,
)

FOLDS: Mapping[str, Fold] = {
    "rules": (rules.Rules(), rules.evolve),
    "volunteer": (volunteers.Volunteer(), volunteers.evolve),
    "recipient": (recipients.Recipient(), recipients.evolve),
    "station": (stations.Station(), stations.evolve),
    "order": (orders.Order(), orders.evolve),
    "hours": (hours.Hours(), hours.evolve),
    "purse": (purse.Purse(), purse.evolve),
}

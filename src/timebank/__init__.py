"""The time bank's rules: volunteers, orders, hours, the purse. Pure: no clock, no ids made, no I/O.

`CLEAR` and `SEALED` name every event, `FOLDS` the state of each kind of stream.
"""

from collections.abc import Callable, Mapping
from typing import Any

from timebank import (
    hours,
    kin_links,
    orders,
    pools,
    postings,
    purse,
    recipients,
    rules,
    stations,
    volunteers,
)
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
    postings.PointsHeld,
    postings.HoldPosted,
    postings.HoldPaid,
    postings.HoldReturned,
    postings.PointsExpired,
    postings.PointsGifted,
    postings.LotsReceived,
    postings.PointsDonated,
    postings.BalanceCarriedOver,
    postings.PointsAdded,
    postings.PointsDeducted,
    postings.PointsReversed,
    postings.PointsReduced,
    postings.ShortfallBorne,
    postings.DebtSettled,
    postings.PointsGivenBack,
    postings.BalanceConfirmed,
    pools.PoolReceived,
    pools.PoolReserved,
    pools.PoolReleased,
    pools.PoolPaid,
    pools.PoolGranted,
    kin_links.KinLinkProposed,
    kin_links.KinLinkVerified,
    kin_links.KinLinkEnded,
)

SEALED: tuple[type[Event], ...] = (
    volunteers.VolunteerDescribed,
    volunteers.IdentityRecorded,
    recipients.RecipientDescribed,
    orders.OrderDescribed,
    orders.PersonInChargeNamed,
    orders.OrderAttested,
    postings.PostingExplained,
    kin_links.KinshipEvidenced,
)

FOLDS: Mapping[str, Fold] = {
    "rules": (rules.Rules(), rules.evolve),
    "volunteer": (volunteers.Volunteer(), volunteers.evolve),
    "recipient": (recipients.Recipient(), recipients.evolve),
    "station": (stations.Station(), stations.evolve),
    "order": (orders.Order(), orders.evolve),
    "hours": (hours.Hours(), hours.evolve),
    "purse": (purse.Purse(), purse.evolve),
    "pool": (pools.Pool(), pools.evolve),
    "kin_link": (kin_links.KinLink(), kin_links.evolve),
}

"""Every view that the service keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections import (
    areas,
    orders,
    purses,
    recipients,
    rule_sheets,
    service_records,
    staff,
    stations,
    volunteers,
)
from projections.stores import store_for
from projections.views import Views

if TYPE_CHECKING:
    from pathlib import Path

ALL = (
    areas.VIEW,
    orders.VIEW,
    purses.VIEW,
    recipients.VIEW,
    rule_sheets.VIEW,
    service_records.VIEW,
    staff.VIEW,
    stations.VIEW,
    volunteers.VIEW,
)


def open_views(url: str, home: Path) -> Views:
    """All views beside the book at *url*, ready to be read and brought on."""
    views = Views(store_for(url, home), ALL)
    views.open()
    return views

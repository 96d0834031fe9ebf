"""The kinds of task that orders and hours raise, and how a task climbs."""

from timebank.tasks import APPROVE, REFUSE

ORDER_REVIEW = "order_review"
LATE_ENTRY = "late_entry"
CONFIRMATION = "unconfirmed"
DISPUTE = "dispute"
OVER_8H = "over_8h"
OVER_12H = "over_12h"
CORRECTION = "record_correction"
CORRECTION_REQUEST = "correction_request"

YES_OR_NO = (APPROVE, REFUSE)
PROPOSE = "propose"
PROPOSE_OR_NOT = (PROPOSE, REFUSE)
UPHELD = "upheld"
DISMISSED = "dismissed"
VERDICTS = (UPHELD, DISMISSED)

STATION = "station"
STREET = "street"
DISTRICT = "district"
STREET_DIGITS = 9
DISTRICT_DIGITS = 6


def street_of(area: str) -> str:
    """Give the street that *area* lies in, by its administrative code."""
    return area[:STREET_DIGITS]


def district_of(area: str) -> str:
    """Give the district that *area* lies in, by its administrative code."""
    return area[:DISTRICT_DIGITS]

"""The part of a rule sheet that is about orders: reviews, overlaps, clearances and time limits.

Units: in the name of each key. A sheet that was published without this part asks for nothing of
it: no review, no clearance beyond the law's, no time limit.
"""

import msgspec

REFUSE = "refuse"
FLAG = "flag"
ALLOW = "allow"


class OrderRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of orders, every key in full.

    `automatic_workdays` null: nothing is ever confirmed without somebody's word.
    """

    review_categories: tuple[str, ...]
    review_teams: bool
    clearance_categories: tuple[str, ...]
    overlaps: str
    early_minutes: int
    offline_grace_minutes: int
    automatic_workdays: int | None
    automatic_needs_place: bool
    correction_workdays: int
    task_workdays: int

    @property
    def make_sense(self) -> bool:
        """Whether every number is in range and every choice is known."""
        numbers = (self.early_minutes, self.offline_grace_minutes, self.automatic_workdays or 0)
        return (
            min(numbers) >= 0
            and min(self.correction_workdays, self.task_workdays) >= 1
            and self.overlaps in {REFUSE, FLAG, ALLOW}
        )


PROPOSED_ORDER_RULES = OrderRules(
    review_categories=(),
    review_teams=False,
    clearance_categories=(),
    overlaps=FLAG,
    early_minutes=60,
    offline_grace_minutes=1_440,
    automatic_workdays=3,
    automatic_needs_place=False,
    correction_workdays=1,
    task_workdays=3,
)
"""What a new district is offered to publish."""

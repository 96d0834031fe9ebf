"""What happens to a purse besides earning: holds, gifts, expiry, corrections, month ends.

Units: whole credit minutes. Shapes: `lots` are the parts of lots that an entry moved; their minutes
sum to the entry's. Why somebody decided something is words, sealed in `purse.explained`.
"""

from datetime import date

from timebank.accounts import PursePosting
from timebank.event import Event
from timebank.lots import Lot


class PurseEvent(Event, frozen=True, kw_only=True):
    """Something that happened to one purse without a posting of its own."""

    person: str

    @property
    def stream(self) -> str:
        """Each person has one purse."""
        return f"purse-{self.person}"


class Taking(PursePosting, frozen=True, kw_only=True):
    """An entry that took these parts from the lots that the member may spend."""

    lots: tuple[Lot, ...]


class Bringing(PursePosting, frozen=True, kw_only=True):
    """An entry that put these parts among the lots that the member may spend."""

    lots: tuple[Lot, ...]


class PointsHeld(Taking, frozen=True, kw_only=True, tag="purse.held"):
    """Points were set aside for an order or a redemption; the entry's id is the hold's."""

    order: str | None = None
    redemption: str | None = None


class HoldPosted(PursePosting, frozen=True, kw_only=True, tag="purse.hold_posted"):
    """What was held was spent, oldest lots first."""

    hold: str
    lots: tuple[Lot, ...]


class HoldPaid(PurseEvent, frozen=True, kw_only=True, tag="purse.hold_paid"):
    """What was held was earned by those who served; the postings are in their purses."""

    hold: str
    lots: tuple[Lot, ...]
    postings: tuple[str, ...]


class HoldReturned(Bringing, frozen=True, kw_only=True, tag="purse.hold_returned"):
    """What a hold did not need came back: `rest`, `voided` or `timed_out`; the hold is over."""

    hold: str
    reason: str


class PointsExpired(Taking, frozen=True, kw_only=True, tag="purse.expired"):
    """The last day of these lots has passed."""


class PointsGifted(Taking, frozen=True, kw_only=True, tag="purse.gifted"):
    """Points were given to kin, whose purse names this entry in `purse.lots_received`."""

    kin_link: str


class LotsReceived(PurseEvent, frozen=True, kw_only=True, tag="purse.lots_received"):
    """Lots came in by an entry of someone else's stream, which alone posts them."""

    posting: str
    lots: tuple[Lot, ...]


class PointsDonated(Taking, frozen=True, kw_only=True, tag="purse.donated"):
    """Points were given to a pool, whose stream names this entry in `pool.received`."""


class BalanceCarriedOver(Bringing, frozen=True, kw_only=True, tag="purse.carried_over"):
    """What the member had in an earlier system; `source` is the hash of the list it stood in."""

    source: str


class PointsAdded(Bringing, frozen=True, kw_only=True, tag="purse.added"):
    """The bureau put right what was too little."""


class PointsDeducted(Taking, frozen=True, kw_only=True, tag="purse.deducted"):
    """The bureau put right what was too much."""


class TakenBack(Taking, frozen=True, kw_only=True):
    """Points that should never have come were taken back, as far as the member has any.

    What is missing is borne by `purse.shortfall_borne`. Of a service record, `brought_minutes` no
    longer count against the cap of the day `on`.
    """

    fault: str
    record: str | None = None
    order: str | None = None
    on: date | None = None
    brought_minutes: int | None = None


class PointsReversed(TakenBack, frozen=True, kw_only=True, tag="purse.reversed"):
    """The whole of another entry was undone."""

    reverses: str


class PointsReduced(TakenBack, frozen=True, kw_only=True, tag="purse.reduced"):
    """A service record was corrected to less; it keeps the rest of what it brought."""


class ShortfallBorne(PursePosting, frozen=True, kw_only=True, tag="purse.shortfall_borne"):
    """What could not be taken back: the member's debt, or the office's own loss (`adjustment`)."""

    posting: str
    record: str | None = None
    order: str | None = None


class DebtSettled(Taking, frozen=True, kw_only=True, tag="purse.debt_settled"):
    """Lots that came back paid what the member owes."""


class PointsGivenBack(Bringing, frozen=True, kw_only=True, tag="purse.given_back"):
    """Goods came back, and so did the points, to the lots that had paid."""

    redemption: str


class BalanceConfirmed(PurseEvent, frozen=True, kw_only=True, tag="purse.balance_confirmed"):
    """An assertion for the month that ended on that day: here, the purse stood at this."""

    on: date
    available_minutes: int
    held_minutes: int
    debt_minutes: int


class PostingExplained(PurseEvent, frozen=True, kw_only=True, tag="purse.explained"):
    """Why somebody made an entry, in words: sealed under the member's own key."""

    posting: str
    reason: str

    @property
    def holder(self) -> str:
        """The member's own key."""
        return self.person


def explained(*, person: str, posting: str, reason: str | None) -> list[Event]:
    """Give the words to go with an entry, if there are any."""
    if reason is None:
        return []
    return [PostingExplained(person=person, posting=posting, reason=reason)]

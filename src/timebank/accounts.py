"""Double entry: every posting moves credit minutes from one account to another.

Units: whole credit minutes. The debited account gives, the credited account gets; what a member
owns is positive, what the bureau has given out or a member owes is negative; all accounts sum to 0.
"""

from timebank.event import Event

ISSUANCE = "issuance"
REDEEMED = "redeemed"
EXPIRED = "expired"
ADJUSTMENT = "adjustment"
OPENING = "opening"
DONATION_POOL = "pool:donation"
RELIEF_POOL = "pool:relief"


def available(person: str) -> str:
    """Name the account of what the member may spend."""
    return f"available:{person}"


def held(person: str) -> str:
    """Name the account of what is set aside for the member's reservations."""
    return f"held:{person}"


def debt(person: str) -> str:
    """Name the account of what the member owes."""
    return f"debt:{person}"


def pool_account(pool: str) -> str:
    """Name the account of a pool."""
    return f"pool:{pool}"


def member_of(account: str) -> str | None:
    """Name the member to whom an account belongs; none for the bureau's and the pools'."""
    kind, _, person = account.partition(":")
    return person if kind in {"available", "held", "debt"} else None


class Posting(Event, frozen=True, kw_only=True):
    """An entry: *minutes* left the debited account for the credited one."""

    entry: str
    debit: str
    credit: str
    minutes: int


class PursePosting(Posting, frozen=True, kw_only=True):
    """An entry of one purse."""

    person: str

    @property
    def stream(self) -> str:
        """Postings are in the payer's stream; an earning is in the earner's."""
        return f"purse-{self.person}"


def accounts(event: Event) -> list[tuple[str, int]]:
    """Give what *event* changes on each account; the changes of one event sum to 0."""
    if not isinstance(event, Posting):
        return []
    return [(event.debit, -event.minutes), (event.credit, event.minutes)]

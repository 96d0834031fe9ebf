"""Accounts: every posting gives what it takes; nothing else moves a minute."""

from tests.serving import VOLUNTEER, served
from timebank.accounts import PursePosting, accounts, available, debt, held


def test_a_posting_moves_minutes_from_debit_to_credit() -> None:
    """95 minutes earned: the member has 95, the bureau has given 95, together 0."""
    past = served()
    (posting,) = [event for event in past.confirm() if isinstance(event, PursePosting)]
    assert accounts(posting) == [("issuance", -95), (f"available:{VOLUNTEER}", 95)]
    assert posting.stream == f"purse-{VOLUNTEER}"


def test_nothing_else_is_in_the_books() -> None:
    """A whole journey moves minutes by its postings only."""
    assert [event for event in served().events if accounts(event)] == []


def test_a_members_accounts_have_their_names() -> None:
    """The names are permanent: they stand in stored postings."""
    assert [name("x") for name in (available, held, debt)] == ["available:x", "held:x", "debt:x"]

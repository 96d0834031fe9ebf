"""Merging: two records of one person are linked both ways, and the link is taken back."""

from collections.abc import Callable

import pytest

from tests.serving import COMMUNITY, OTHER, PROXY, RECIPIENT, VOLUNTEER, Past, published
from timebank.event import Event, Refused
from timebank.merges import Links, PersonMerged, PersonUnmerged
from timebank.merging import AlreadyMerged, NotMerged, SamePerson, merge, unmerge
from timebank.recipients import Recipient, RecipientNotFound
from timebank.volunteers import RecordIsMerged, Volunteer, VolunteerNotFound

HERE = Volunteer(volunteer_no="1", community=COMMUNITY)
KNOWN = Recipient(community=COMMUNITY)
SECOND = "01950000-0000-7000-8000-000000000051"


def joined(past: Past) -> list[Event]:
    """The record of OTHER is a second one of VOLUNTEER."""
    return past.add(
        merge(
            past.state("volunteer", VOLUNTEER),
            past.state("volunteer", OTHER),
            kept=VOLUNTEER,
            other=OTHER,
            reason_code="same_id_number",
        )
    )


def parted(past: Past) -> list[Event]:
    """They are two people after all."""
    return past.add(
        unmerge(
            past.state("volunteer", VOLUNTEER),
            kept=VOLUNTEER,
            other=OTHER,
            reason_code="two_people",
        )
    )


def test_both_records_name_each_other() -> None:
    """One event in each stream; merging again does nothing."""
    past = published()
    kept, other = joined(past)
    assert isinstance(kept, PersonMerged)
    assert (kept.stream, other.stream) == (f"volunteer-{VOLUNTEER}", f"volunteer-{OTHER}")
    assert past.state("volunteer", VOLUNTEER).links == Links(others=frozenset({OTHER}))
    assert past.state("volunteer", OTHER).links == Links(
        others=frozenset({VOLUNTEER}), kept=VOLUNTEER
    )
    assert joined(past) == []


def test_the_kept_record_serves_the_other_does_not() -> None:
    """Hours and points stay where they were earned."""
    past = published()
    past.accept(OTHER)
    joined(past)
    assert past.accept(VOLUNTEER) != []
    past.publish(SECOND)
    with pytest.raises(RecordIsMerged):
        past.accept(OTHER, order=SECOND)


def test_a_merge_is_undone() -> None:
    """Both are as they were; undoing twice is refused, merging again is not."""
    past = published()
    before = [past.state("volunteer", who) for who in (VOLUNTEER, OTHER)]
    joined(past)
    assert [type(event) for event in parted(past)] == [PersonUnmerged, PersonUnmerged]
    assert [past.state("volunteer", who) for who in (VOLUNTEER, OTHER)] == before
    with pytest.raises(NotMerged):
        parted(past)
    assert joined(past) != []


def test_recipients_are_merged_alike() -> None:
    """In the streams of recipients."""
    kept, other = merge(KNOWN, KNOWN, kept=RECIPIENT, other=PROXY, reason_code="same_address")
    assert (kept.stream, other.stream) == (f"recipient-{RECIPIENT}", f"recipient-{PROXY}")


@pytest.mark.parametrize(
    ("decide", "refusal"),
    [
        (lambda: merge(HERE, HERE, kept=OTHER, other=OTHER, reason_code="x"), SamePerson),
        (
            lambda: merge(Volunteer(), HERE, kept=VOLUNTEER, other=OTHER, reason_code="x"),
            VolunteerNotFound,
        ),
        (
            lambda: merge(HERE, Volunteer(), kept=VOLUNTEER, other=OTHER, reason_code="x"),
            VolunteerNotFound,
        ),
        (
            lambda: merge(KNOWN, Recipient(), kept=RECIPIENT, other=OTHER, reason_code="x"),
            RecipientNotFound,
        ),
        (
            lambda: merge(HERE, KNOWN, kept=VOLUNTEER, other=RECIPIENT, reason_code="x"),
            VolunteerNotFound,
        ),
        (
            lambda: merge(
                Volunteer(volunteer_no="1", community=COMMUNITY, links=Links(kept=PROXY)),
                HERE,
                kept=VOLUNTEER,
                other=OTHER,
                reason_code="x",
            ),
            AlreadyMerged,
        ),
        (
            lambda: merge(
                HERE,
                Volunteer(
                    volunteer_no="1", community=COMMUNITY, links=Links(others=frozenset({PROXY}))
                ),
                kept=VOLUNTEER,
                other=OTHER,
                reason_code="x",
            ),
            AlreadyMerged,
        ),
        (lambda: unmerge(HERE, kept=VOLUNTEER, other=OTHER, reason_code="x"), NotMerged),
        (
            lambda: unmerge(Recipient(), kept=RECIPIENT, other=OTHER, reason_code="x"),
            RecipientNotFound,
        ),
    ],
)
def test_what_is_not_merged(decide: Callable[[], object], refusal: type[Refused]) -> None:
    """Each rule refuses by its own name."""
    with pytest.raises(refusal):
        decide()

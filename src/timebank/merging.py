"""Merging two records of one person, and taking it back.

Nothing moves: hours and points stay where they were earned, and both records say that they are of
one human. The record that is not kept takes no new orders.
"""

from timebank.event import Event, NotFound, Refused
from timebank.merges import PersonMerged, PersonUnmerged
from timebank.recipients import Recipient, RecipientNotFound
from timebank.volunteers import Volunteer, VolunteerNotFound


class SamePerson(Refused):
    """A record cannot be merged with itself."""

    zh = "同一条记录不能与自身合并。"


class AlreadyMerged(Refused):
    """One of the two records is already merged into another; undo that first."""

    zh = "其中一条记录已并入其他记录,请先撤销。"


class NotMerged(NotFound):
    """The two records are not merged."""

    zh = "这两条记录没有合并。"


def merge(
    kept_state: Volunteer | Recipient,
    other_state: Volunteer | Recipient,
    *,
    kept: str,
    other: str,
    reason_code: str,
) -> list[Event]:
    """Say that *other* is a second record of the person of *kept*.

    Raises:
        SamePerson: both are the same record.
        VolunteerNotFound: one is no volunteer.
        RecipientNotFound: one is no recipient.
        AlreadyMerged: one of both was merged into a third, or the other way round.
    """
    if kept == other:
        raise SamePerson
    kind = _kind(kept_state)
    if _kind(other_state) != kind:
        raise VolunteerNotFound
    if other_state.links.kept == kept:
        return []
    if kept_state.links.kept is not None or other_state.links.others:
        raise AlreadyMerged
    return [
        PersonMerged(kind=kind, person=person, other=second, kept=kept, reason_code=reason_code)
        for person, second in ((kept, other), (other, kept))
    ]


def unmerge(
    kept_state: Volunteer | Recipient, *, kept: str, other: str, reason_code: str
) -> list[Event]:
    """Say that the records are of two people after all.

    Raises:
        VolunteerNotFound: there is no such volunteer.
        RecipientNotFound: there is no such recipient.
        NotMerged: they were not merged.
    """
    kind = _kind(kept_state)
    if other not in kept_state.links.others:
        raise NotMerged
    return [
        PersonUnmerged(kind=kind, person=person, other=second, reason_code=reason_code)
        for person, second in ((kept, other), (other, kept))
    ]


def _kind(state: Volunteer | Recipient) -> str:
    if isinstance(state, Volunteer):
        if not state.volunteer_no:
            raise VolunteerNotFound
        return "volunteer"
    if not state.is_registered:
        raise RecipientNotFound
    return "recipient"

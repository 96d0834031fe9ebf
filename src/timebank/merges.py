"""Two records of one person are linked, never rewritten: a link in each of both streams."""

import msgspec

from timebank.event import Event


class PersonMerged(Event, frozen=True, kw_only=True, tag="person.merged"):
    """The record of `person` and that of `other` are of one human; `kept` goes on being used."""

    kind: str
    person: str
    other: str
    kept: str
    reason_code: str

    @property
    def stream(self) -> str:
        """The stream of the record: a volunteer's or a recipient's."""
        return f"{self.kind}-{self.person}"


class PersonUnmerged(Event, frozen=True, kw_only=True, tag="person.unmerged"):
    """The two records are of two people after all."""

    kind: str
    person: str
    other: str
    reason_code: str

    @property
    def stream(self) -> str:
        """The stream of the record: a volunteer's or a recipient's."""
        return f"{self.kind}-{self.person}"


class Links(msgspec.Struct, frozen=True):
    """The other records of the same human, and the one that is used instead of this."""

    others: frozenset[str] = frozenset()
    kept: str | None = None


def evolve_links(links: Links, event: PersonMerged | PersonUnmerged) -> Links:
    """Fold one event into the links of a record."""
    match event:
        case PersonMerged():
            kept = event.kept if event.kept != event.person else None
            return Links(others=links.others | {event.other}, kept=kept)
        case PersonUnmerged():
            kept = links.kept if links.kept != event.other else None
            return Links(others=links.others - {event.other}, kept=kept)

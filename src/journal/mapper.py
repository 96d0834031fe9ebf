"""eventsourcing's mapper, by permanent tags instead of Python paths."""

from typing import Any

from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent

from journal.forms import Forms


class TagMapper(Mapper[str]):
    """Maps stored events by their permanent tags; the stored bytes are the whole envelope."""

    def __init__(self, forms: Forms) -> None:
        super().__init__(JSONTranscoder())
        self.forms = forms

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """The stored form of a `Recorded`."""
        return StoredEvent(
            originator_id=domain_event.stream,
            originator_version=domain_event.version,
            topic=domain_event.tag,
            state=self.forms.encode(domain_event),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The `Recorded` of a stored event; a notification's id is its position."""
        return self.forms.decode(getattr(stored_event, "id", 0), stored_event.state)

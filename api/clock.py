"""The service's one clock."""

import time
from datetime import UTC, datetime, timedelta

from api.settings import BadSetting


class Clock:
    """Gives the present instant, in UTC.

    For rehearsals it starts at a given instant and runs from there, never back.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self.start = start and start.astimezone(UTC)
        self.began = time.monotonic()

    def __call__(self) -> datetime:
        """Now."""
        if self.start is None:
            return datetime.now(UTC)
        return self.start + timedelta(seconds=time.monotonic() - self.began)

    def must_suit(self, *, demonstration: bool) -> None:
        """Pass in silence where this clock may time the book.

        Raises:
            BadSetting: the clock was set and the book holds what people really did.
        """
        if self.start is not None and not demonstration:
            raise BadSetting(
                "TIMEBANK_CLOCK is for demonstration books only: this book is a real one"
            )

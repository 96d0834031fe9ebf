"""How `verify` says what is wrong, and where."""

import msgspec


class Flaw(msgspec.Struct, frozen=True):
    """The first thing found wrong: from *position* (to *until*, where it is no nearer known)."""

    position: int
    what: str
    until: int | None = None


class Found(Exception):
    """A flaw was found."""

    def __init__(self, position: int, what: str, until: int | None = None) -> None:
        super().__init__(position, what)
        self.flaw = Flaw(position, what, until)

"""Who asks."""

import msgspec


class Caller(msgspec.Struct, frozen=True):
    """The account behind a request, and nothing about what it may do: that is asked of the book."""

    person: str
    sign_in: str
    kind: str
    family: str
    new_password: bool = False

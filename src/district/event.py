"""What the district's events and refusals have in common.

Shapes: streams are `<kind>-<uuid>`. Optional fields default to None and are left out of the stored
form, so that a field added later changes no stored bytes.
"""

from typing import ClassVar
from uuid import UUID, uuid5

import msgspec

# Permanent: the ids of areas, sign-ins and the calendar are made from it.
_DISTRICT = UUID("df71e120-167d-44b9-9bcc-5b5bd027c771")


def id_of(kind: str, name: str) -> str:
    """The lasting id of the one thing of *kind* that is called *name*."""
    return str(uuid5(_DISTRICT, f"{kind}:{name}"))


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="tag"):
    """Something that happened in the district."""

    @property
    def stream(self) -> str:
        """The stream that this event belongs to."""
        raise NotImplementedError


class Refused(Exception):
    """The district's rules do not allow this."""

    zh: ClassVar[str] = "不符合规定,未办理。"


class NotFound(Refused):
    """This does not exist."""

    zh = "不存在。"


class Forbidden(Refused):
    """You may not do this."""

    zh = "您无权办理。"


class Malformed(Refused):
    """This is not written as it must be."""

    zh = "格式不正确。"

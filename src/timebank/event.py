"""What every event of the time bank is, and what every refusal is.

Shapes: a field that may be missing has the default None or an empty tuple and is then left out of
the stored form, so that a field added later changes no stored byte. No other default is allowed.
"""

from datetime import datetime
from typing import Annotated, ClassVar

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""An aware time, in UTC."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="tag", omit_defaults=True):
    """Something that happened; its tag and fields are permanent."""

    @property
    def stream(self) -> str:
        """The stream that holds this event: `<kind>-<uuid>`."""
        raise NotImplementedError


class Refused(Exception):
    """The rules do not allow this."""

    zh: ClassVar[str] = "规则不允许这样做。"


class NotFound(Refused):
    """There is no such thing."""

    zh = "没有找到。"


class Forbidden(Refused):
    """The caller may not do this."""

    zh = "您无权这样做。"


class Malformed(Refused):
    """The request contradicts itself."""

    zh = "请求内容有误。"


class IdTaken(Refused):
    """The id already stands for something else."""

    zh = "该编号已被占用。"

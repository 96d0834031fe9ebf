"""Administrative codes: what they look like and which contains which.

Shapes: a district has 6 digits, a street 9, a community 12; each begins with its parent's code.
Source: GB/T 2260 for the first 6 digits and GB/T 10114 for the rest.
"""

import re
from typing import Literal

from district.event import Malformed, id_of

Level = Literal["district", "street", "community"]

# `000` stands for "all of it" where tables write every code with 12 digits. Taking it as a
# street or a community would give one area two codes, and the longer one the narrower scope.
_CODE = re.compile(r"[1-9][0-9]{5}(?:(?!000)[0-9]{3}){0,2}", re.ASCII)
_LEVELS: dict[int, Level] = {6: "district", 9: "street", 12: "community"}


class BadAreaCode(Malformed):
    """An area's code has 6 digits for a district, 9 for a street and 12 for a community."""

    zh = "区划代码应为区6位、街道(镇)9位、社区(村)12位数字。"


def area_stream(code: str) -> str:
    """The stream of the area with *code*."""
    return f"area-{id_of('area', code)}"


def is_area_code(code: str) -> bool:
    """Whether *code* is written as an administrative code is."""
    return _CODE.fullmatch(code) is not None


def level_of(code: str) -> Level:
    """The level that the length of *code* tells.

    Raises:
        BadAreaCode: *code* is not an administrative code.
    """
    if not is_area_code(code):
        raise BadAreaCode
    return _LEVELS[len(code)]


def parent_code(code: str) -> str | None:
    """The code of the area around *code*; a district has none.

    Raises:
        BadAreaCode: *code* is not an administrative code.
    """
    return None if level_of(code) == "district" else code[:-3]


def covers(area: str, code: str) -> bool:
    """Whether *code* is *area* itself or lies inside it; what is not a code covers nothing."""
    return is_area_code(area) and is_area_code(code) and code.startswith(area)

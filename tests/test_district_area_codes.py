"""Administrative codes and their scope by prefix."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from district.area_codes import (
    BadAreaCode,
    area_stream,
    covers,
    is_area_code,
    level_of,
    parent_code,
)

codes = st.from_regex(r"[1-9][0-9]{5}((?!000)[0-9]{3}){0,2}", fullmatch=True).filter(str.isascii)


@pytest.mark.parametrize(
    ("code", "level", "around"),
    [
        ("330102", "district", None),
        ("330102001", "street", "330102"),
        ("330102001012", "community", "330102001"),
    ],
)
def test_the_length_of_a_code_tells_level_and_parent(
    code: str, level: str, around: str | None
) -> None:
    """A district has 6 digits, a street 9, a community 12."""
    assert (level_of(code), parent_code(code)) == (level, around)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "33010",
        "3301020",
        "330102001012001",
        "030102",
        "33010a",
        "330102 ",
        "330102\n",
        "330102000",
        "330102001000",
        "330102000000",
        "٣٣٠١٠٢",
    ],
)
def test_what_is_no_code_is_refused_and_covers_nothing(code: str) -> None:
    """Also `000`, which tables write for "all of it", is no street and no community."""
    assert not is_area_code(code)
    with pytest.raises(BadAreaCode):
        level_of(code)
    with pytest.raises(BadAreaCode):
        parent_code(code)
    assert not covers(code, "330102001")
    assert not covers(code, code)
    assert not covers("330102", code)


@given(codes, codes)
def test_an_area_covers_exactly_itself_and_what_lies_inside(area: str, code: str) -> None:
    """Going up from the code by parents meets the area, or the area does not cover it."""
    around: list[str] = []
    step: str | None = code
    while step is not None:
        around.append(step)
        step = parent_code(step)
    assert covers(area, code) == (area in around)


@given(codes)
def test_a_parent_covers_its_child_and_never_the_other_way(code: str) -> None:
    """Scope goes down, never up."""
    around = parent_code(code)
    assert covers(code, code)
    if around is not None:
        assert covers(around, code)
        assert not covers(code, around)


def test_the_stream_of_an_area_never_changes() -> None:
    """Streams are stored for ever; another name for one would lose its past."""
    assert area_stream("330102") == "area-ef8cd958-703c-51c2-9705-d241eac51d4b"

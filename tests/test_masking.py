"""Names shown to strangers."""

import pytest

from timebank.masking import masked, same_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("王小明", "王**"),
        ("欧阳娜娜", "欧阳**"),
        ("司马光", "司马*"),
        ("欧阳", "欧*"),
        ("东方", "东*"),
        ("王", "王"),
        ("阿卜杜拉·买买提", "阿******"),
        ("Anna Smith", "A********"),
        (" 李 四 ", "李*"),
        ("", ""),
    ],
)
def test_a_name_is_masked_but_for_its_surname(name: str, shown: str) -> None:
    """One character, or two of a compound surname where something is left to mask."""
    assert masked(name) == shown


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("张三", "张三", True),
        ("张三", " 张 三 ", True),
        ("买买提·艾力", "买买提・艾力", True),
        ("ANNA SMITH", "anna smith", True),
        ("张三", "张二", False),
        ("张三", "张三丰", False),
        ("", "", False),
        ("·", "·", False),
    ],
)
def test_a_name_check_forgives_how_a_name_is_written(one: str, other: str, *, same: bool) -> None:
    """Blanks, dots, width and case do not matter; no name matches nothing."""
    assert same_name(one, other) is same

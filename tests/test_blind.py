"""The blind index finds what is the same however it was written, and shows nothing."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.blind import FORMS, BlindIndex, NothingToIndex, id_number, name, phone, phone_last4
from journal.keys import VARIABLES, Keys, fresh_key_text


def some_keys(home: Path) -> Keys:
    env = {variable: fresh_key_text() for variable in VARIABLES.values()}
    return Keys.load(home, env, embedded=False)


@pytest.fixture
def index(tmp_path: Path) -> BlindIndex:
    return BlindIndex(some_keys(tmp_path))


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "138\u20140013\u20148000",
        "\uff11\uff13\uff18\uff10\uff10\uff11\uff13\uff18\uff10\uff10\uff10",
        "+8613800138000",
        "+86 138 0013 8000",
        "\uff0b86 13800138000",
        "008613800138000",
        "0086-138-0013-8000",
        "8613800138000",
        "(+86)13800138000",
        "（+86）138 0013 8000",
        " \u200b13800138000\u3000",
    ],
)
def test_a_mobile_number_is_the_same_however_it_is_written(written: str) -> None:
    """Spaces, dashes, full-width digits, country code: always the eleven digits."""
    assert phone(written) == "13800138000"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("010-6512 3456", "01065123456"),
        ("+86 10 6512 3456", "01065123456"),
        ("+86 (0)10 6512 3456", "01065123456"),
        ("0086 571 8765 4321", "057187654321"),
        ("8612 3456", "86123456"),
        ("+852 2345 6789", "+85223456789"),
        ("00852 23456789", "+85223456789"),
        ("（+852）23456789", "+85223456789"),
        ("12345", "12345"),
        ("", ""),
        ("none", ""),
        ("+", ""),
    ],
)
def test_other_numbers(written: str, normal: str) -> None:
    """Land lines begin with 0, numbers abroad with +; what is no number is nothing."""
    assert phone(written) == normal


def test_last_four_digits() -> None:
    """The end of the number, not of the text."""
    assert phone_last4("+86 138-0013-8765 ") == "8765"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("11010519491231002X", "11010519491231002X"),
        ("11010519491231002x", "11010519491231002X"),
        (" 110105 19491231 002\uff38", "11010519491231002X"),
        ("110105-19491231-002X", "11010519491231002X"),
        ("110105491231002", "11010519491231002X"),  # first generation: 15 places
        ("a123456(7)", "A1234567"),
        ("ea 1234567", "EA1234567"),
        ("---", ""),
    ],
)
def test_identity_numbers(written: str, normal: str) -> None:
    """Case, width, spaces and dashes fall away; 15 places become the same person's 18."""
    assert id_number(written) == normal


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("王芳", "王芳"),
        (" 王 芳 ", "王芳"),
        ("王\u3000芳", "王芳"),
        ("王\u200b芳", "王芳"),
        ("王\ufe00芳", "王芳"),
        ("\uf9f4", "林"),  # a compatibility ideograph
        ("买买提\u00b7艾力", "买买提\u00b7艾力"),
        ("买买提\u2022艾力", "买买提\u00b7艾力"),
        ("买买提\u2027艾力", "买买提\u00b7艾力"),
        ("买买提\u30fb艾力", "买买提\u00b7艾力"),
        ("买买提\uff65艾力", "买买提\u00b7艾力"),
        ("买买提\u0387艾力", "买买提\u00b7艾力"),
        ("买买提.艾力", "买买提\u00b7艾力"),
        ("买买提\uff0e艾力", "买买提\u00b7艾力"),
        ("买买提 \u00b7 艾力", "买买提\u00b7艾力"),
        ("Anna  Maria\tWeiss", "anna maria weiss"),
        ("ＡＮＮＡ　ＭＡＲＩＡ　Weiß", "anna maria weiss"),
        ("J. Smith", "j. smith"),
        (" \u200b", ""),
    ],
)
def test_names(written: str, normal: str) -> None:
    """Case, width, spaces beside Chinese characters and the kind of middle dot do not matter."""
    assert name(written) == normal


def test_names_that_differ_stay_different() -> None:
    """A dot or a Latin space is part of the name; simplified and traditional are two names."""
    assert name("买买提艾力") != name("买买提\u00b7艾力")
    assert name("Anna Maria") != name("Annamaria")
    assert name("张伟") != name("張偉")


def test_every_character_has_a_normal_form_that_stays() -> None:
    """Over all of Unicode, alone and between two Chinese characters: normal twice is normal.

    Left out are surrogates, what is not assigned, and plain letters without case.
    """
    for point in range(0x110000):
        c = chr(point)
        category = unicodedata.category(c)
        plain = category == "Lo" and unicodedata.is_normalized("NFKC", c)
        if plain or category in {"Cs", "Cn", "Co"}:
            continue
        for form in FORMS.values():
            assert form(form(c)) == form(c), hex(point)
        assert name(name(f"王{c}芳")) == name(f"王{c}芳"), hex(point)


@given(st.sampled_from(sorted(FORMS)), st.text())
def test_a_normal_form_is_its_own_normal_form(field: str, text: str) -> None:
    """Otherwise a value copied from a listing would not find itself."""
    form = FORMS[field]
    assert form(form(text)) == form(text)


@given(st.text(st.sampled_from("+0123456789 -86().（）\uff10\u0661"), max_size=24))
def test_phone_numbers_are_stable_and_only_digits(text: str) -> None:
    """Whatever is typed: digits, with + in front for numbers abroad."""
    normal = phone(text)

    assert phone(normal) == normal
    assert normal.removeprefix("+").isdecimal() or normal == ""


@given(st.integers(13_000_000_000, 19_999_999_999), st.lists(st.sampled_from(" -.\u3000")))
def test_a_mobile_number_survives_every_separator(number: int, separators: list[str]) -> None:
    """Separators may stand anywhere, any number of times."""
    text = str(number)
    for place, separator in enumerate(separators):
        cut = place * 7 % len(text)
        text = text[:cut] + separator + text[cut:]

    assert phone(text) == str(number)
    assert phone(f"+86{text}") == str(number)


def test_equal_values_meet_and_others_do_not(index: BlindIndex) -> None:
    """32 bytes, the same for two ways to write one number."""
    mac = index.mac("phone", "+86 138 0013 8000")

    assert len(mac) == 32
    assert mac == index.mac("phone", "13800138000")
    assert mac != index.mac("phone", "13800138001")


def test_fields_and_books_do_not_share_keys(index: BlindIndex, tmp_path: Path) -> None:
    """The same text under another field or another master key gives unrelated bytes."""
    other = BlindIndex(some_keys(tmp_path))

    macs = {index.mac(field, "13800138000") for field in ("phone", "id_number", "name")}
    assert len(macs) == 3
    assert other.mac("phone", "13800138000") not in macs


def test_nothing_is_not_indexed(index: BlindIndex) -> None:
    """Otherwise everyone without a phone would be one person."""
    with pytest.raises(NothingToIndex):
        index.mac("phone", "无")


def test_a_form_of_ones_own(tmp_path: Path) -> None:
    """Who indexes another field says how it is brought to its normal form."""
    index = BlindIndex(some_keys(tmp_path), {"plate": lambda text: text.replace(" ", "").upper()})

    assert index.mac("plate", "粤b 123") == index.mac("plate", "粤B123")

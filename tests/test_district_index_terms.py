"""The one spelling under which a phone or an identity number is looked up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from district.index_terms import (
    BadIdentityNumber,
    BadPhone,
    identity_term,
    name_term,
    phone_term,
    reads_as_identity_number,
    reads_as_phone,
)
from district.names import BadName

# The wide forms of the printable ASCII characters, as Chinese keyboards type them.
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("13800138000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("0086 138 0013 8000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("013800138000", "13800138000"),
        ("13800138000".translate(WIDE), "13800138000"),
        ("138\u20110013\u20118000", "13800138000"),
        ("(0571) 8888 8888", "057188888888"),
        ("+86 571 8888 8888", "057188888888"),
        ("010-8888 8888", "01088888888"),
        ("0086-010-88888888", "01088888888"),
        ("+852 2123 4567", "+85221234567"),
        ("00852 2123 4567", "+85221234567"),
        ("88888888", "88888888"),
        ("400-800-1234", "4008001234"),
    ],
)
def test_one_phone_has_one_term(text: str, term: str) -> None:
    """However it is written, and also when the term itself is written."""
    assert phone_term(text) == term
    assert phone_term(term) == term


@pytest.mark.parametrize(
    "text", ["", "  ", "12", "电话", "138001380001", "+86", "1380013800x", "+"]
)
def test_what_is_no_phone_is_refused(text: str) -> None:
    """Nothing is looked up under an empty or broken number."""
    with pytest.raises(BadPhone):
        phone_term(text)


def test_an_old_identity_number_becomes_the_new_one() -> None:
    """15 digits get their century and the check digit of GB 11643."""
    new = "resident_id:11010519491231002X"
    assert identity_term("110105491231002") == new
    assert identity_term(" 110105 19491231 002x ") == new


def test_papers_of_other_kinds_are_apart() -> None:
    """The same characters on a passport are another term."""
    assert identity_term("e 1234567-8", id_type="passport") == "passport:E12345678"
    assert identity_term("E12345678", id_type="permit") == "permit:E12345678"


@pytest.mark.parametrize(
    ("text", "id_type"),
    [
        ("", "resident_id"),
        ("1101051949123100", "resident_id"),
        ("11010519491231002A", "resident_id"),
        ("", "passport"),
        ("护照", "passport"),
    ],
)
def test_what_is_no_identity_number_is_refused(text: str, id_type: str) -> None:
    """Nothing is looked up under an empty or broken number."""
    with pytest.raises(BadIdentityNumber):
        identity_term(text, id_type=id_type)


def test_a_name_is_found_however_it_is_spaced_and_widened() -> None:
    """Blanks, wide letters and capitals make no difference; part of a name is another name."""
    assert name_term(" 郑 玉兰 ") == name_term("郑玉兰") != name_term("郑玉")
    assert name_term("Ａnna Li") == name_term("anna li")
    with pytest.raises(BadName):
        name_term("  ")


@given(st.integers(1_300_000_0000, 1_999_999_9999).map(str))
def test_a_mobile_number_reads_as_a_phone(digits: str) -> None:
    """So that it is never taken as a sign-in name."""
    assert reads_as_phone(digits)
    assert reads_as_phone("86" + digits)


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("11010519491231002X", True),
        ("11010519491231002x", True),
        ("110105491231002", True),
        ("330102001001000123", False),
        ("330102001000123", False),
        ("330102001001", False),
    ],
)
def test_an_identity_number_is_told_by_its_birth_date(digits: str, expected: bool) -> None:  # noqa: FBT001 - a table's outcome
    """A volunteer's number of the same length is none."""
    assert reads_as_identity_number(digits) is expected

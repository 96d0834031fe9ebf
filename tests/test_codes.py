"""Codes: derived, not guessable, read whatever the hand that wrote them, checked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.goods import KEY, RED
from timebank.codes import (
    ALPHABET,
    CERTIFICATE_NUMBER_BITS,
    CERTIFICATE_NUMBER_CHARACTERS,
    REDEMPTION_CODE_CHARACTERS,
    CodeMalformed,
    certificate_number,
    read_code,
    redemption_code,
)

keys = st.binary(min_size=16, max_size=64)


def test_a_redemptions_code_is_the_same_every_time() -> None:
    """Eight characters in two groups, from the id and the key alone; it is permanent."""
    assert redemption_code(RED, KEY) == redemption_code(RED, KEY) == "2GV1-77X7"


@given(st.uuids(), st.uuids(), keys, keys)
def test_another_redemption_or_key_gives_another_code(
    one: object, two: object, key: bytes, other: bytes
) -> None:
    """Nobody who knows an id can say its code without the key."""
    code = redemption_code(str(one), key)
    assert read_code(code, REDEMPTION_CODE_CHARACTERS) == code
    assert (code == redemption_code(str(two), key)) == (one == two)
    assert (code == redemption_code(str(one), other)) == (key == other)


@given(st.integers(0, 2**CERTIFICATE_NUMBER_BITS - 1))
def test_a_certificates_number_says_all_its_random_bits(random: int) -> None:
    """55 bits, at least the 40 that nobody can try out; no two of them share a number."""
    assert CERTIFICATE_NUMBER_BITS >= 40
    number = certificate_number(random)
    value = 0
    for character in number.replace("-", "")[:-1]:
        value = value * 32 + ALPHABET.index(character)
    assert value == random
    assert read_code(number, CERTIFICATE_NUMBER_CHARACTERS) == number


@given(
    st.integers(0, 2**CERTIFICATE_NUMBER_BITS - 1), st.integers(0, 11), st.sampled_from(ALPHABET)
)
def test_every_wrong_character_is_found(random: int, place: int, wrong: str) -> None:
    """One slip anywhere, the check character included, and the number is refused."""
    plain = certificate_number(random).replace("-", "")
    slipped = plain[:place] + wrong + plain[place + 1 :]
    if slipped == plain:
        return
    with pytest.raises(CodeMalformed):
        read_code(slipped, CERTIFICATE_NUMBER_CHARACTERS)


def test_a_code_is_read_as_people_type_it() -> None:
    """Small letters, no dash, blanks, and the letter O for 0."""
    number = certificate_number(0)
    assert number == "0000-0000-0002"
    for typed in ("oooo-oooo-ooo2", "000000000002", " 0000 0000 0002 "):
        assert read_code(typed, CERTIFICATE_NUMBER_CHARACTERS) == number


@pytest.mark.parametrize(
    "typed", ["", "0000", "0000-0000-0003", "0000-0000-000U", "编号-0000-0002"]
)
def test_what_is_no_code_is_refused(typed: str) -> None:
    """Too short, a wrong check, a character that no code has."""
    with pytest.raises(CodeMalformed):
        read_code(typed, CERTIFICATE_NUMBER_CHARACTERS)

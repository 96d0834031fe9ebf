"""Volunteer numbers: twelve digits, and no slip of the pen goes unseen."""

from hypothesis import given
from hypothesis import strategies as st

from timebank.volunteer_numbers import SERIALS, check_digit, is_volunteer_no, volunteer_no

serials = st.integers(0, SERIALS - 1)


def test_the_check_digit_follows_iso_7064() -> None:
    """MOD 11,10: the check digit of 0794 is 5, the standard's own example."""
    assert check_digit("0794") == "5"


@given(serials)
def test_every_serial_has_a_number_of_its_own(serial: int) -> None:
    """Twelve digits, the first eleven of which are the serial."""
    number = volunteer_no(serial)
    assert (len(number), int(number[:-1])) == (12, serial)
    assert is_volunteer_no(number)


@given(serials, st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_found(serial: int, where: int, change: int) -> None:
    """Whichever digit is written wrongly, the number is none."""
    number = volunteer_no(serial)
    wrong = str((int(number[where]) + change) % 10)
    assert not is_volunteer_no(number[:where] + wrong + number[where + 1 :])


def test_other_texts_are_no_numbers() -> None:
    """Too short, too long, letters, or digits of another script."""
    number = volunteer_no(5)
    for text in ("", number[:-1], number + "0", "a" * 12, "٠" * 12):
        assert not is_volunteer_no(text)

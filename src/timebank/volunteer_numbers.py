"""The unified volunteer number (志愿者编号): twelve digits that say nothing about the person.

Shapes: eleven digits and a check digit by ISO/IEC 7064 MOD 11,10, which finds every wrong digit.
Source: GB/T 40143-2021, a number of its own instead of the identity number.
"""

SERIALS = 10**11
"""How many numbers there are; a serial is below this."""

_DIGITS = 12


def volunteer_no(serial: int) -> str:
    """Write *serial* as a volunteer number."""
    digits = f"{serial % SERIALS:011d}"
    return digits + check_digit(digits)


def is_volunteer_no(text: str) -> bool:
    """Tell whether *text* is a number without a slip of the pen."""
    if len(text) != _DIGITS or not (text.isascii() and text.isdigit()):
        return False
    return volunteer_no(int(text[:-1])) == text


def check_digit(digits: str) -> str:
    """Give the digit that makes *digits* checkable."""
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)

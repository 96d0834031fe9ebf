"""Phones, identity numbers and names as they must be written to be looked up, each in one spelling.

What is looked up must tell two people apart, so nonsense is refused here and a number carries the
kind of its paper; the blind index itself takes any words. Nothing here says that a number exists.

Source: GB 11643-1999 for identity numbers of 18 and 15 digits.
"""

import re
import unicodedata

from district.event import Malformed
from district.names import BadName

_ABROAD = re.compile(r"(?:\+|00)(?!86)([1-9][0-9]{4,14})", re.ASCII)
_MOBILE = re.compile(r"(?:(?:\+|00)?86|0)?(1[0-9]{10})", re.ASCII)
_LANDLINE = re.compile(r"(?:(?:\+|00)?860?|0)([1-9][0-9]{8,10})", re.ASCII)
_SHORT = re.compile(r"[1-9][0-9]{2,9}", re.ASCII)
_RESIDENT = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
_RESIDENT_OLD = re.compile(r"[1-9][0-9]{14}", re.ASCII)
_BORN = re.compile(r"(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])", re.ASCII)
_PUNCTUATION = re.compile(r"[\s()\-\u2010-\u2015\u2212]+")


class BadPhone(Malformed):
    """This is not a phone number."""

    zh = "电话号码格式不正确。"


class BadIdentityNumber(Malformed):
    """This is not an identity number."""

    zh = "证件号码格式不正确。"


def phone_term(text: str) -> str:
    """Mobile numbers as 11 digits, landlines with their 0, others as `+` and country or as dialled.

    Raises:
        BadPhone: *text* is no phone number.
    """
    dialled = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", text))
    if mobile := _MOBILE.fullmatch(dialled):
        return mobile[1]
    if abroad := _ABROAD.fullmatch(dialled):
        return "+" + abroad[1]
    if landline := _LANDLINE.fullmatch(dialled):
        return "0" + landline[1]
    if _SHORT.fullmatch(dialled):
        return dialled
    raise BadPhone


def identity_term(text: str, *, id_type: str = "resident_id") -> str:
    """The number in capitals without blanks, after its *id_type*; 15 digits become 18.

    Raises:
        BadIdentityNumber: *text* is blank, or no resident's number where it must be one.
    """
    number = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", text)).upper()
    if id_type != "resident_id":
        if not (number.isascii() and number.isalnum()):
            raise BadIdentityNumber
        return f"{id_type}:{number}"
    if _RESIDENT_OLD.fullmatch(number):
        long = number[:6] + "19" + number[6:]
        number = long + _check_digit(long)
    if _RESIDENT.fullmatch(number) is None:
        raise BadIdentityNumber
    return f"{id_type}:{number}"


def name_term(text: str) -> str:
    """A person's name without blanks, narrow and in small letters.

    Raises:
        BadName: nothing is left.
    """
    term = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    if not term:
        raise BadName
    return term


def reads_as_phone(digits: str) -> bool:
    """Whether *digits* could be somebody's mobile or landline number."""
    if mobile := _MOBILE.fullmatch(digits):
        return mobile[1][1] in "3456789"
    return _LANDLINE.fullmatch(digits) is not None


def reads_as_identity_number(digits: str) -> bool:
    """Whether *digits* could be a resident's identity number: its birth date is a date."""
    number = digits.upper()
    if _RESIDENT.fullmatch(number):
        return _BORN.fullmatch(number[6:14]) is not None
    if _RESIDENT_OLD.fullmatch(number):
        return _BORN.fullmatch("19" + number[6:12]) is not None
    return False


def _check_digit(first_17: str) -> str:
    """The last character by ISO 7064 MOD 11-2: place i, counted from the right, weighs 2**i."""
    total = sum(int(digit) << (17 - place) for place, digit in enumerate(first_17))
    return "10X98765432"[total % 11]

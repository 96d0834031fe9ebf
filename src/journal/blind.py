"""The blind index: finding a person by phone, number or name without keeping any of them.

A value is brought to one normal form and hashed with a key of its field, so that the same phone
number written in three ways is found, and nothing can be found without the master key. Search is
exact after normalisation.

Shapes: HMAC-SHA256, 32 bytes; the key of a field is derived from the master key.
Source: Unicode NFKC; GB 11643 (resident identity number, 15 and 18 places).
"""

import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from journal.keys import Keys

CHINA = "86"
MOBILE = re.compile(r"1[3-9]\d{9}")
FIRST_GENERATION = re.compile(r"\d{15}")
CHECK_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
MIDDLE_DOTS = "\u00b7\u2022\u2027\u2219\u22c5\u2e31\u30fb\u318d\u16eb\u25cf\u26ab\u2981\ua78f"
DOT = "\u00b7"
HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"


class NothingToIndex(Exception):
    """Nothing is left of the value after normalisation."""


def phone(text: str) -> str:
    """A phone number as it is dialled within China; others as + and country code.

    `+86 138-0013-8000`, `0086 13800138000` and full-width digits all give `13800138000`.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    digits = _digits(text)
    if text.lstrip(" (").startswith("+") or digits.startswith("00"):
        abroad = digits.lstrip("0")
    elif digits.startswith(CHINA) and MOBILE.fullmatch(digits[2:]):
        abroad = digits
    else:
        return digits
    if not abroad.startswith(CHINA):
        return f"+{abroad}" if abroad else ""
    national = abroad.removeprefix(CHINA).lstrip("0")
    return national if MOBILE.fullmatch(national) or not national else f"0{national}"


def phone_last4(text: str) -> str:
    """The last four digits of a phone number."""
    return phone(text)[-4:]


def id_number(text: str) -> str:
    """An identity document's number: letters and digits; 15-place resident numbers as 18."""
    text = unicodedata.normalize("NFKC", text).upper()
    number = "".join(c if d is None else d for c, d in _characters(text))
    if not FIRST_GENERATION.fullmatch(number):
        return number
    body = f"{number[:6]}19{number[6:]}"
    total = sum(w * int(d) for w, d in zip(CHECK_WEIGHTS, body, strict=True))
    return body + CHECK_DIGITS[total % 11]


def name(text: str) -> str:
    """A person's name: one middle dot, no spaces beside Chinese characters, no case."""
    text = _folded(text)
    text = re.sub(f"[{MIDDLE_DOTS}]", DOT, text)
    if re.search(f"[{HAN}]", text):
        text = text.replace(".", DOT)
    text = " ".join(text.split())
    text = re.sub(f" ?{DOT} ?", DOT, text)
    return re.sub(f"(?<=[{HAN}]) | (?=[{HAN}])", "", text)


FORMS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {"phone": phone, "phone_last4": phone_last4, "id_number": id_number, "name": name}
)


class BlindIndex:
    """Keyed hashes of values, by field."""

    def __init__(self, keys: Keys, forms: Mapping[str, Callable[[str], str]] = FORMS) -> None:
        self._forms = dict(forms)
        self._keys = {field: keys.derive(f"blind:{field}") for field in self._forms}

    def mac(self, field: str, value: str) -> bytes:
        """What stands in the index for *value* of *field*.

        Raises:
            NothingToIndex: the value is empty after normalisation.
        """
        normal = self._forms[field](value)
        if not normal:
            raise NothingToIndex(field)
        return hmac.digest(self._keys[field], normal.encode(), "sha256")


def _digits(text: str) -> str:
    return "".join(d for _, d in _characters(text) if d is not None)


def _characters(text: str) -> list[tuple[str, str | None]]:
    """The letters and digits of *text*, each with its decimal digit, if it is one."""
    found = []
    for c in text:
        digit = unicodedata.decimal(c, None)
        if digit is not None or c.isalnum():
            found.append((c, None if digit is None else str(int(digit))))
    return found


def _folded(text: str) -> str:
    """NFKC without case and without characters that cannot be seen."""
    text = "".join(c for c in text if not _unseen(c))
    text = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", "".join(c for c in text if not _unseen(c)))


def _unseen(c: str) -> bool:
    """Format characters, controls that are no space, and variation selectors."""
    return (unicodedata.category(c) in {"Cf", "Cc"} and not c.isspace()) or (
        "\ufe00" <= c <= "\ufe0f" or "\U000e0100" <= c <= "\U000e01ef"
    )

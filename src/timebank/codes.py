"""Codes that people read aloud, type and scan: 32 characters, the last of which checks the others.

Shapes: digits and capital letters without I, L, O and U (Crockford's Base32), in groups of four.
The last character follows the hybrid scheme of ISO/IEC 7064 for 32 characters: it finds every
wrong character.
"""

from hashlib import blake2b

from timebank.event import Malformed

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_GROUP = 4
_BITS_PER_CHARACTER = 5
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})

REDEMPTION_CODE_CHARACTERS = 8
CERTIFICATE_NUMBER_CHARACTERS = 12
CERTIFICATE_NUMBER_BITS = _BITS_PER_CHARACTER * (CERTIFICATE_NUMBER_CHARACTERS - 1)
"""How many random bits a certificate's number says."""


class CodeMalformed(Malformed):
    """The code has a wrong length or a wrong character."""

    zh = "编码长度或字符有误,请核对。"


def redemption_code(redemption: str, key: bytes) -> str:
    """Derive the code (核销码) of a redemption; without *key* nobody can guess it.

    It says 35 bits, and is never stored: whoever holds the key makes it again from the id.
    """
    digest = blake2b(
        redemption.encode(), key=key, digest_size=8, person=b"redemption code"
    ).digest()
    return _written(int.from_bytes(digest, "big"), REDEMPTION_CODE_CHARACTERS)


def certificate_number(random: int) -> str:
    """Write `CERTIFICATE_NUMBER_BITS` random bits as the number of a certificate."""
    return _written(random, CERTIFICATE_NUMBER_CHARACTERS)


def read_code(text: str, characters: int) -> str:
    """Read a code as somebody typed it, whatever its case and gaps, and check it.

    Raises:
        CodeMalformed: its length, a character or the check is wrong.
    """
    plain = text.upper().translate(_MISREAD)
    if len(plain) != characters or not set(plain) <= set(ALPHABET):
        raise CodeMalformed
    if check_character(plain[:-1]) != plain[-1]:
        raise CodeMalformed
    return _grouped(plain)


def check_character(text: str) -> str:
    """Give the character that makes *text* checkable."""
    size = len(ALPHABET)
    product = size
    for character in text:
        total = (product + ALPHABET.index(character)) % size or size
        product = total * 2 % (size + 1)
    return ALPHABET[(size + 1 - product) % size]


def _written(number: int, characters: int) -> str:
    text = ""
    for _ in range(characters - 1):
        number, place = divmod(number, len(ALPHABET))
        text = ALPHABET[place] + text
    return _grouped(text + check_character(text))


def _grouped(plain: str) -> str:
    return "-".join(plain[start : start + _GROUP] for start in range(0, len(plain), _GROUP))

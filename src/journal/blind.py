"""The blind index: finding a holder by a word of theirs without keeping the word.

The caller brings each value to its one spelling; here it is only hashed, with a key of its field,
so that nothing can be found, or guessed by trying, without the master key.

Shapes: HMAC-SHA256, 32 bytes; the key of a field is derived from the master key.
"""

import hmac

from journal.keys import Keys


class BlindIndex:
    """Keyed hashes of terms, by field."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._fields: dict[str, bytes] = {}

    def mac(self, field: str, term: str) -> bytes:
        """What stands in the index for *term* of *field*."""
        key = self._fields.get(field)
        if key is None:
            key = self._fields[field] = self._keys.derive(f"blind:{field}")
        return hmac.digest(key, term.encode(), "sha256")

"""Somebody who holds every file and every remaining secret, and wants to read a box."""

import base64
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from journal.keys import Keys
from journal.vault import bound

NONCE, KEY, WRAPPED = 12, 32, 60
NUMBERS = range(1, 4)
CONTEXTS = ("wrapping-keys", "receipts", "one-time-passwords", "blind:phone", "blind:name")
BASE64 = re.compile(rb"[A-Za-z0-9+/]{80}")


class Attacker:
    """Tries every 60 bytes of every file as a wrapped key, and every 32 bytes as a key."""

    def __init__(self, folders: Iterable[Path], keys: Keys) -> None:
        files = [f for folder in folders for f in folder.rglob("*") if f.is_file()]
        self.contents = [file.read_bytes() for file in files]
        self.contents += [
            base64.b64decode(run) for content in self.contents for run in BASE64.findall(content)
        ]
        self.secrets = [keys.master, keys.log, keys.token, *map(keys.derive, CONTEXTS)]
        self.wrapped = self._windows(WRAPPED)
        self.wrapping = self._wrapping_keys(AESGCM(keys.derive("wrapping-keys")))

    def holds(self, plaintext: bytes) -> bool:
        """Whether *plaintext* stands in any file."""
        return any(plaintext in content for content in self.contents)

    def opens(self, holder: str, box: bytes, *, stream: str, version: int, tag: str) -> bool:
        """Whether some key that can be had opens *box*."""
        place = bound(stream, version, tag, holder)
        return any(opened(AESGCM(key), box, place) is not None for key in self._keys_for(holder))

    def _keys_for(self, holder: str) -> Iterator[bytes]:
        """The secrets, what unwraps with any key at hand, and every 32 bytes as they are."""
        yield from self.secrets
        places = [b"data key %d %b" % (n, holder.encode()) for n in NUMBERS]
        for over in self.wrapping | set(self.secrets):
            cipher = AESGCM(over)
            for window in self.wrapped:
                for place in places:
                    key = opened(cipher, window, place)
                    if key is not None:
                        yield key
        yield from self._windows(KEY)

    def _wrapping_keys(self, over: AESGCM) -> set[bytes]:
        """Every wrapping key in any file: under any number, at any place in it."""
        found = {opened(over, window, b"wrapping key %d" % n)
                 for window in self.wrapped for n in NUMBERS}  # fmt: skip
        return {key for key in found if key is not None}

    def _windows(self, size: int) -> set[bytes]:
        """Every run of *size* bytes; eight zeros in a key or nonce would be a wonder."""
        return {
            window
            for content in self.contents
            for start in range(len(content) - size + 1)
            if bytes(8) not in (window := content[start : start + size])
        }


def opened(cipher: AESGCM, box: bytes, place: bytes) -> bytes | None:
    """What is in *box*, if *cipher* opens it."""
    try:
        return cipher.decrypt(box[:NONCE], box[NONCE:], place)
    except InvalidTag:
        return None

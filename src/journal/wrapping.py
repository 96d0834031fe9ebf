"""The numbered keys that wrap all data keys, as files outside the database.

A wrapping key is random, not derived, so that destroying it is final: with it goes every copy of
every data key that it wraps, in write-ahead logs, replicas and backups.

Shapes: `keys/wrapping-<n>`, n from 1: nonce (12) || AES-256-GCM of the key under a key derived
from the master key, bound to n: 60 bytes. A wrapped data key looks the same, bound to its holder
and to n. Several processes and hosts may share the folder.
"""

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from journal.durable import destroy, make_folder, make_once
from journal.keys import KEY_BYTES, Keys, WrongKeys

NONCE_BYTES = 12
STEM = "wrapping-"


class WrappingKeyGone(Exception):
    """The wrapping key of a data key is not there: it was destroyed, or its folder was lost."""


class WrappingKeys:
    """The wrapping keys in one folder; those in use are kept in memory until `let_go`."""

    def __init__(self, keys: Keys) -> None:
        self.folder = keys.directory
        self._over = AESGCM(keys.derive("wrapping-keys"))
        self._ciphers: dict[int, AESGCM] = {}

    def newest(self) -> int:
        """The highest number, or 0 where there is no key yet.

        Raises:
            WrongKeys: the master key does not open it.
        """
        newest = max(numbers_in(self.folder), default=0)
        if newest:
            try:
                self._cipher(newest)
            except WrappingKeyGone:
                if newest not in numbers_in(self.folder):
                    return self.newest()  # destroyed meanwhile: a newer one is there by now
                raise WrongKeys(
                    f"The master key does not open {file_in(self.folder, newest)}:"
                    " it belongs to another book, or the file was damaged."
                ) from None
        return newest

    def make(self, number: int) -> None:
        """Make key *number*; where another process has made it, that one stays."""
        nonce = os.urandom(NONCE_BYTES)
        key = secrets.token_bytes(KEY_BYTES)
        held = nonce + self._over.encrypt(nonce, key, b"wrapping key %d" % number)
        make_once(file_in(self.folder, number), held)

    def has(self, number: int) -> bool:
        """Whether key *number* can be used."""
        try:
            self._cipher(number)
        except WrappingKeyGone:
            return False
        return True

    def wrap(self, number: int, holder: str, key: bytes) -> bytes:
        """The data key of *holder*, wrapped by key *number*."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher(number).encrypt(nonce, key, _for_holder(number, holder))

    def unwrap(self, number: int, holder: str, wrapped: bytes) -> bytes:
        """The data key of *holder* that key *number* wrapped.

        Raises:
            WrappingKeyGone: key *number* is not there any more, or is not the one that wrapped it.
        """
        cipher, place = self._cipher(number), _for_holder(number, holder)
        try:
            return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], place)
        except (InvalidTag, ValueError):
            raise WrappingKeyGone(
                f"wrapping key {number} is not the one that wraps the key of {holder}"
            ) from None

    def opens(self, number: int, holder: str, wrapped: bytes) -> bool:
        """Whether `unwrap` would give the key."""
        try:
            self.unwrap(number, holder, wrapped)
        except WrappingKeyGone:
            return False
        return True

    def let_go(self) -> None:
        """Drop the keys that are in memory, so that destroyed ones are not used again."""
        self._ciphers.clear()

    def destroy_below(self, number: int) -> None:
        """Destroy every key below *number*, as far as `journal.durable.destroy` can promise."""
        destroy_below(self.folder, number)
        self.let_go()

    def _cipher(self, number: int) -> AESGCM:
        cipher = self._ciphers.get(number)
        if cipher is None:
            file = file_in(self.folder, number)
            try:
                held = file.read_bytes()
                place = b"wrapping key %d" % number
                key = self._over.decrypt(held[:NONCE_BYTES], held[NONCE_BYTES:], place)
            except (FileNotFoundError, InvalidTag, ValueError):
                raise WrappingKeyGone(f"{file} is gone or unreadable") from None
            cipher = self._ciphers[number] = AESGCM(key)
        return cipher


def numbers_in(folder: Path) -> list[int]:
    """The numbers of the wrapping keys in *folder*, in order."""
    names = (file.name.removeprefix(STEM) for file in folder.glob(f"{STEM}*"))
    return sorted(int(name) for name in names if name.isdecimal())


def file_in(folder: Path, number: int) -> Path:
    """The file of wrapping key *number* in *folder*."""
    return folder / f"{STEM}{number}"


def destroy_below(folder: Path, number: int) -> None:
    """Destroy the wrapping keys below *number* in *folder*, and what a crash left of them."""
    for n in numbers_in(folder):
        if n < number:
            destroy(file_in(folder, n))
    for left in folder.glob(f".{STEM}*"):
        made = left.name.removeprefix(f".{STEM}").partition(".")[0]
        if made.isdecimal() and int(made) < number:
            destroy(left)


def copy_wrapping_keys(source: Path, folder: Path) -> None:
    """Make *folder* a copy of the wrapping keys in *source*, destroying those destroyed there.

    Keep such copies apart from the book's backups and only for a short time: as long as one
    holds an old wrapping key, an old backup still opens for those forgotten since.

    Raises:
        WrongKeys: *folder* is the copy of another book's keys, or is newer than *source*.
    """
    make_folder(folder)
    numbers, copied = numbers_in(source), numbers_in(folder)
    if max(copied, default=0) > max(numbers, default=0):
        raise WrongKeys(f"{folder} holds newer wrapping keys than {source}.")
    for n in numbers:
        held, copy = file_in(source, n).read_bytes(), file_in(folder, n)
        if not make_once(copy, held) and copy.read_bytes() != held:
            raise WrongKeys(f"{copy} is the key of another book.")
    destroy_below(folder, min(numbers, default=0))


def _for_holder(number: int, holder: str) -> bytes:
    return b"data key %d " % number + holder.encode()

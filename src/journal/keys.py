"""The three keys that everything secret comes from, and the sub-keys derived from them.

Shapes: a key is 32 random bytes; as text (environment, file) it is base64url, 43 characters.
Source: RFC 5869 (HKDF-SHA256) for sub-keys; the log key is an Ed25519 seed (RFC 8032).
"""

import base64
import binascii
import secrets
import stat
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from journal.durable import OWNER_ONLY, OWNER_ONLY_FOLDER, make_folder, make_once

KEY_BYTES = 32
VARIABLES = {
    "master": "TIMEBANK_MASTER_KEY",
    "log": "TIMEBANK_LOG_KEY",
    "token": "TIMEBANK_TOKEN_KEY",
}


class WrongKeys(Exception):
    """A key is wrong or missing; the message is one sentence for whoever runs the service."""


class Keys:
    """The keys of one book. They never show themselves: not in a repr, not in a pickle."""

    __slots__ = ("_derived", "directory", "log", "master", "token")

    def __init__(self, *, master: bytes, log: bytes, token: bytes, directory: Path) -> None:
        for name, key in (("master", master), ("log", log), ("token", token)):
            if len(key) != KEY_BYTES:
                raise WrongKeys(f"The {name} key must be {KEY_BYTES} bytes long.")
        self.master = master
        self.log = log
        self.token = token
        self.directory = directory
        self._derived = lru_cache(maxsize=64)(self._derive)

    @classmethod
    def load(cls, home: Path, env: Mapping[str, str], *, embedded: bool) -> "Keys":
        """The keys from *env*; in the *embedded* default missing ones are files under *home*.

        Files are made on first use. The folder `home/keys` also holds the wrapping keys and is
        never part of a book's backup.

        Raises:
            WrongKeys: a key is malformed, missing, or lies open to other users.
        """
        directory = home / "keys"
        make_folder(directory)
        _refuse_open(directory, OWNER_ONLY_FOLDER)
        given = {name: env[var] for name, var in VARIABLES.items() if env.get(var)}
        missing = [name for name in VARIABLES if name not in given]
        if missing and not embedded:
            names = ", ".join(VARIABLES[name] for name in missing)
            raise WrongKeys(f"With PostgreSQL the environment must set {names}.")
        for name in missing:
            given[name] = _from_file(directory, name)
        keys = {name: _decoded(name, text) for name, text in given.items()}
        return cls(**keys, directory=directory)

    def derive(self, context: str) -> bytes:
        """The 32-byte sub-key of the master key for *context*: the same one every time."""
        return self._derived(context)

    def _derive(self, context: str) -> bytes:
        info = b"timebank/1/" + context.encode()
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self.master)

    def __repr__(self) -> str:
        return "Keys(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are not pickled")


def fresh_key_text() -> str:
    """A new random key, as the environment takes it."""
    return _text(secrets.token_bytes(KEY_BYTES))


def _from_file(directory: Path, name: str) -> str:
    """The text in the key file *name*, made if this is the first run."""
    file = directory / name
    if not file.exists():
        _refuse_second_master(directory, name)
        make_once(file, fresh_key_text().encode() + b"\n")
    _refuse_open(file, OWNER_ONLY)
    return file.read_text(encoding="utf-8").strip()


def _refuse_second_master(directory: Path, name: str) -> None:
    """A new master key beside old wrapping keys would never open what they wrap."""
    if name == "master" and any(directory.glob("wrapping-*")):
        raise WrongKeys(
            f"{directory / name} is missing but wrapping keys are there: put the file back,"
            f" or set {VARIABLES[name]}."
        )


def _refuse_open(path: Path, mode: int) -> None:
    found = stat.S_IMODE(path.stat().st_mode)
    if found & ~mode:
        raise WrongKeys(f"{path} may be read by others (mode {found:o}): run chmod {mode:o} {path}")


def _decoded(name: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text.rstrip("=") + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES or _text(key) != text.rstrip("="):
        raise WrongKeys(f"{VARIABLES[name]} must be {KEY_BYTES} random bytes as base64url text.")
    return key


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")

"""Signed notes: a text, a blank line, and signatures that name their key.

Shapes: a signature line is ``— name base64(key id || signature)``; a verifier key line is
``name+hash+base64(0x01 || public key)``, a signing key line ``PRIVATE+KEY+name+hash+base64(0x01 ||
seed)``, where hash is the key id in hex.
Source: C2SP signed-note, Ed25519 (type 0x01); the key lines are those of Go's sumdb/note.
"""

import binascii
import re
from base64 import b64decode, b64encode
from functools import lru_cache
from hashlib import sha256
from typing import Self

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

ED25519 = b"\x01"
KEY_BYTES = 32
ID_BYTES = 4
DASH = "\N{EM DASH} "
MAX_SIGNATURES = 64
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NOT_IN_NAME = re.compile(r"[\s+\x00-\x1f]")


class MalformedKey(ValueError):
    """The line is not an Ed25519 key of a signed note."""


class MalformedNote(ValueError):
    """The bytes are not a signed note."""


class NotSigned(ValueError):
    """No signature in the note is by the expected key, or it does not fit the text."""


class Note(msgspec.Struct, frozen=True):
    """A note taken apart; *signatures* are (name, key id || signature)."""

    text: str
    signatures: tuple[tuple[str, bytes], ...]


class VerifierKey(msgspec.Struct, frozen=True):
    """The public half of a log's key under one name."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read a verifier key line.

        Raises:
            MalformedKey: it is not one, or its hash is of another key.
        """
        return cls(*_parse_key(line.strip(), public=True))

    @property
    def id(self) -> bytes:
        """The four bytes that name this key in a signature."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:ID_BYTES]

    def renamed(self, name: str) -> "VerifierKey":
        """The same key under another log's name: each origin signs under its own."""
        return VerifierKey(name, self.public)

    def verified(self, note: bytes) -> str:
        """The note's text, once this key's signature on it has been checked.

        Raises:
            MalformedNote: these bytes are no note.
            NotSigned: not signed by this key, or the signature is wrong.
        """
        return self.verified_text(parse_note(note))

    def verified_text(self, parsed: Note) -> str:
        """As `verified`, for a note that was taken apart already.

        Raises:
            NotSigned: not signed by this key, or the signature is wrong.
        """
        ours = [
            signature[ID_BYTES:]
            for name, signature in parsed.signatures
            if name == self.name and signature[:ID_BYTES] == self.id
        ]
        if not ours:
            raise NotSigned(self.name)
        for signature in ours:
            self.check(signature, parsed.text.encode())
        return parsed.text

    def check(self, signature: bytes, message: bytes) -> None:
        """Check one bare signature.

        Raises:
            NotSigned: the signature does not fit the message.
        """
        try:
            _public_key(self.public).verify(signature, message)
        except InvalidSignature as wrong:
            raise NotSigned(self.name) from wrong

    def __str__(self) -> str:
        """The verifier key line."""
        return _key_line(self.name, self.id, self.public)


class SigningKey:
    """The private half of a log's key under one name; it never shows its seed by accident."""

    def __init__(self, name: str, seed: bytes) -> None:
        """Take the 32-byte Ed25519 *seed*.

        Raises:
            MalformedKey: the name or the seed cannot be used.
        """
        _check_name(name)
        if len(seed) != KEY_BYTES:
            raise MalformedKey
        self._seed = seed
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = VerifierKey(name, self._private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str) -> Self:
        """A new key."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read a signing key line.

        Raises:
            MalformedKey: it is not one.
        """
        prefix, private, key = [*line.strip().split("+", 2), "", ""][:3]
        if (prefix, private) != ("PRIVATE", "KEY"):
            raise MalformedKey
        name, seed = _parse_key(key, public=False)
        return cls(name, seed)

    def line(self) -> str:
        """The signing key line: a secret, for a file that only its owner may read."""
        return "PRIVATE+KEY+" + _key_line(self.verifier.name, self.verifier.id, self._seed)

    def renamed(self, name: str) -> "SigningKey":
        """The same key under another log's name."""
        return SigningKey(name, self._seed)

    def signature(self, message: bytes) -> bytes:
        """A bare signature on *message*."""
        return self._private.sign(message)

    def sign(self, text: str) -> bytes:
        """The signed note of *text*, which ends in a newline."""
        signed = b64encode(self.verifier.id + self.signature(text.encode())).decode()
        return f"{text}\n{DASH}{self.verifier.name} {signed}\n".encode()


@lru_cache(maxsize=8)
def _public_key(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


def parse_note(note: bytes) -> Note:
    """Take a note apart without checking any signature.

    Raises:
        MalformedNote: these bytes are no note.
    """
    try:
        whole = note.decode()
    except UnicodeDecodeError as wrong:
        raise MalformedNote from wrong
    text, blank, tail = whole.rpartition("\n\n")
    lines = tail.split("\n")
    if not blank or lines.pop() != "" or not 1 <= len(lines) <= MAX_SIGNATURES:
        raise MalformedNote
    if _CONTROL.search(whole):
        raise MalformedNote
    return Note(text + "\n", tuple(_parse_signature(line) for line in lines))


def _parse_signature(line: str) -> tuple[str, bytes]:
    name, space, encoded = line.removeprefix(DASH).partition(" ")
    try:
        signature = b64decode(encoded, validate=True)
        _check_name(name)
    except (binascii.Error, ValueError) as wrong:
        raise MalformedNote from wrong
    # The encoding must be the one that we would write, or two notes would say the same.
    canonical = b64encode(signature).decode() == encoded
    if not line.startswith(DASH) or not space or len(signature) <= ID_BYTES or not canonical:
        raise MalformedNote
    return name, signature


def _check_name(name: str) -> None:
    if not name or _NOT_IN_NAME.search(name):
        raise MalformedKey(name)


def _key_line(name: str, key_id: bytes, key: bytes) -> str:
    return f"{name}+{key_id.hex()}+{b64encode(ED25519 + key).decode()}"


def _parse_key(line: str, *, public: bool) -> tuple[str, bytes]:
    # Base64 may hold a plus sign too: only the first two separate.
    name, key_id, encoded = [*line.split("+", 2), "", ""][:3]
    _check_name(name)
    try:
        typed = b64decode(encoded, validate=True)
    except binascii.Error as wrong:
        raise MalformedKey from wrong
    if typed[:1] != ED25519 or len(typed) != 1 + KEY_BYTES:
        raise MalformedKey
    key = typed[1:]
    verifier = VerifierKey(name, key) if public else SigningKey(name, key).verifier
    if verifier.id.hex() != key_id:
        raise MalformedKey
    return name, key

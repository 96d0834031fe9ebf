"""Signed notes and keys: read by Go's own example, by an outside verifier and by openssl."""

import subprocess
from base64 import b64decode
from pathlib import Path

import metamorphic_log as outside
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from journal.notes import (
    MalformedKey,
    MalformedNote,
    NotSigned,
    SigningKey,
    VerifierKey,
    parse_note,
)

# The example of the package documentation of Go's sumdb/note.
PEOPLE_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PEOPLE_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngo"
    "tpRZb6KE6RyyBwJnAM=\n"
).encode()
KEY = SigningKey("example.org/book", bytes(range(32)))


def test_the_example_of_the_go_documentation_verifies() -> None:
    """A key and a note that we did not make."""
    key = VerifierKey.parse(PEOPLE_KEY)
    assert str(key) == PEOPLE_KEY
    assert key.verified(PEOPLE_NOTE).startswith("If you think cryptography")


def test_an_outside_verifier_accepts_our_note_and_key_line() -> None:
    """One signature by one trusted key."""
    note = KEY.sign("one line\n").decode()
    assert outside.verify_signed_note(note, [str(KEY.verifier)]) == 1


def test_openssl_accepts_our_signature(tmp_path: Path) -> None:
    """The bytes after the key id are a plain Ed25519 signature over the text."""
    note = KEY.sign("one line\n")
    public = Ed25519PublicKey.from_public_bytes(KEY.verifier.public)
    (tmp_path / "key").write_bytes(
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    (tmp_path / "text").write_bytes(b"one line\n")
    (tmp_path / "signature").write_bytes(parse_note(note).signatures[0][1][4:])
    checked = subprocess.run(
        [
            "openssl",
            "pkeyutl",
            "-verify",
            "-rawin",
            "-pubin",
            "-keyform",
            "DER",
            "-inkey",
            "key",
            "-in",
            "text",
            "-sigfile",
            "signature",
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_key_lines_read_back() -> None:
    """Both halves, and the public line holds the id and type that the specification says."""
    assert SigningKey.parse(KEY.line()).line() == KEY.line()
    line = str(KEY.verifier)
    assert VerifierKey.parse(line) == KEY.verifier
    assert line.startswith("example.org/book+" + KEY.verifier.id.hex() + "+")
    assert b64decode(line.split("+", 2)[2]) == b"\x01" + KEY.verifier.public
    assert SigningKey.generate("a").line() != SigningKey.generate("a").line()


@pytest.mark.parametrize(
    "line",
    [
        "",
        "example.org/book",
        "example.org/book+00000000+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        PEOPLE_KEY.replace("PeterNeumann", "Peter Neumann"),
        PEOPLE_KEY.replace("PeterNeumann", ""),
        PEOPLE_KEY[:-4],
        PEOPLE_KEY.replace("+ARpc", "+Arpc"),
    ],
)
def test_other_key_lines_are_refused(line: str) -> None:
    """A wrong hash, a name that no note can hold, another type, a short key."""
    with pytest.raises(MalformedKey):
        VerifierKey.parse(line)
    with pytest.raises(MalformedKey):
        SigningKey.parse(line)


def test_a_name_with_a_space_or_a_plus_signs_nothing() -> None:
    """The log's name is part of its lines."""
    for name in ("", "a b", "a+b", "a\nb", "a\u3000b"):
        with pytest.raises(MalformedKey):
            SigningKey(name, bytes(32))
    with pytest.raises(MalformedKey):
        SigningKey("a", bytes(31))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_bit_of_a_note_can_be_changed(data: st.DataObject) -> None:
    """Text, dash, name, key id, signature and its encoding: each bit matters."""
    note = bytearray(KEY.sign("first\nsecond\n"))
    bit = data.draw(st.integers(0, 8 * len(note) - 1))
    note[bit // 8] ^= 1 << bit % 8
    with pytest.raises((MalformedNote, NotSigned)):
        KEY.verifier.verified(bytes(note))


def test_signatures_of_strangers_are_left_aside() -> None:
    """A note may carry more signatures; ours must be among them and must fit."""
    note = KEY.sign("text\n")
    stranger = SigningKey("witness.example", bytes(32))
    line = stranger.sign("text\n").decode().rpartition("\n\n")[2]
    assert KEY.verifier.verified(note + line.encode()) == "text\n"
    with pytest.raises(NotSigned):
        KEY.verifier.verified(f"text\n\n{line}".encode())


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n\xe2\x80\x94 a AAAA\n",
        b"\xff\n\n",
        b"a\tb\n\n- a b\n",
    ],
)
def test_what_is_not_a_note_is_refused(note: bytes) -> None:
    """No signature, no text, not UTF-8, control characters."""
    with pytest.raises(MalformedNote):
        parse_note(note)

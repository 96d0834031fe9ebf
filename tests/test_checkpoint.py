"""Checkpoints: three lines, one way to write them, accepted by an outside verifier."""

import metamorphic_log as outside
import pytest

from journal.checkpoint import (
    Checkpoint,
    MalformedCheckpoint,
    read_checkpoint,
    verified_checkpoint,
)
from journal.notes import NotSigned, SigningKey

KEY = SigningKey("example.org/book", bytes(range(32)))
CHECKPOINT = Checkpoint("example.org/book/epoch-1", 70_000, bytes(range(32)))


def test_the_text_is_origin_size_and_root() -> None:
    """The three lines of the specification and no extension."""
    root = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    assert CHECKPOINT.text() == f"example.org/book/epoch-1\n70000\n{root}\n"
    assert Checkpoint.parse(CHECKPOINT.text()) == CHECKPOINT


def test_an_outside_verifier_reads_our_checkpoint() -> None:
    """It is signed under the name of its own origin."""
    note = CHECKPOINT.signed(KEY)
    head = outside.checkpoint_verify(
        note.decode(), [str(KEY.verifier), str(KEY.renamed(CHECKPOINT.origin).verifier)]
    )
    assert (head.origin, head.size, head.root) == (
        CHECKPOINT.origin,
        CHECKPOINT.size,
        CHECKPOINT.root,
    )
    assert verified_checkpoint(note, KEY.verifier) == CHECKPOINT == read_checkpoint(note)


def test_a_checkpoint_by_another_key_is_refused() -> None:
    """The same name does not help."""
    with pytest.raises(NotSigned):
        verified_checkpoint(CHECKPOINT.signed(SigningKey("x", bytes(32))), KEY.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "a\n01\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "a\n-1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "a\n1_0\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "a\n1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh==\n",
        "a\n1\nAAEC\n",
        "\n1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "a\n1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nmore\n",
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    """Two ways to write one checkpoint would be two checkpoints."""
    with pytest.raises(MalformedCheckpoint):
        Checkpoint.parse(text)

"""Proof files: written and read as the specification says, and checked to the last bit."""

import metamorphic_log as outside
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journal import leaves, proofs
from journal.checkpoint import Checkpoint, MalformedCheckpoint
from journal.merkle import node_hash
from journal.notes import MalformedNote, NotSigned, SigningKey
from journal.proofs import MalformedProof, Opening, Proof, ProofFails

KEY = SigningKey("example.org/book", bytes(range(32)))
OPENINGS = [Opening(bytes([each]) * 32, b'{"n":%d}' % each) for each in range(11)]
LEAVES = [leaves.leaf(each.nonce, each.stored, index) for index, each in enumerate(OPENINGS)]


def subtree(height: int, index: int) -> bytes:
    """Complete subtrees, by the definition of RFC 6962."""
    if height == 0:
        return LEAVES[index]
    return node_hash(subtree(height - 1, 2 * index), subtree(height - 1, 2 * index + 1))


def receipt(index: int) -> Proof:
    """The file that the owner of event *index* keeps."""
    root = proofs.root_at(len(LEAVES), subtree)
    note = Checkpoint("example.org/book", len(LEAVES), root).signed(KEY)
    extra = proofs.pack_opening(OPENINGS[index])
    return Proof(index, proofs.inclusion(index, len(LEAVES), subtree), note, extra)


def test_the_file_is_written_as_the_specification_says() -> None:
    """First line, extra, index, hashes, a blank line, then the checkpoint as it is."""
    proof = receipt(4)
    lines = proof.text().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1].startswith("extra ")
    assert lines[2] == "index 4"
    assert lines[3 + len(proof.hashes)] == ""
    assert proof.text().endswith("\n\n" + proof.checkpoint.decode())


@pytest.mark.parametrize("index", range(11))
def test_a_receipt_is_checked_by_us_and_from_outside(index: int) -> None:
    """Its owner needs only the file and the log's key."""
    proof = proofs.parse_proof(receipt(index).text())
    assert proof.extra is not None
    opening = proofs.unpack_opening(proof.extra)
    assert opening == OPENINGS[index]
    assert proofs.check_inclusion(proof, opening, KEY.verifier).size == len(LEAVES)
    leaf = leaves.leaf(opening.nonce, opening.stored, index)
    note, key = proof.checkpoint.decode(), str(KEY.verifier)
    outside.checkpoint_verify_inclusion(note, [key], index, leaf, list(proof.hashes))


def test_without_the_private_part_the_file_has_no_extra_line() -> None:
    """What is handed to a stranger shows nothing of the event."""
    bare = Proof(4, receipt(4).hashes, receipt(4).checkpoint)
    assert "extra" not in bare.text()
    assert proofs.parse_proof(bare.text()) == bare


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_bit_of_a_receipt_can_be_changed(data: st.DataObject) -> None:
    """Index, opening, hashes, checkpoint: any change is found."""
    file = bytearray(receipt(data.draw(st.integers(0, 10))).text().encode())
    bit = data.draw(st.integers(0, 8 * len(file) - 1))
    file[bit // 8] ^= 1 << bit % 8
    with pytest.raises(
        (MalformedProof, MalformedNote, MalformedCheckpoint, NotSigned, ProofFails, UnicodeError)
    ):
        check_file(bytes(file))


def check_file(file: bytes) -> None:
    """What the owner of a receipt does with it."""
    proof = proofs.parse_proof(file.decode())
    proofs.check_inclusion(proof, proofs.unpack_opening(proof.extra or b""), KEY.verifier)


@pytest.mark.parametrize("text", ["", "c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v1\nextra \n"])
def test_other_files_are_refused(text: str) -> None:
    """A cut file is not a proof."""
    with pytest.raises(MalformedProof):
        proofs.parse_proof(text)

"""The Merkle tree: RFC 6962's own vectors, and proofs that an outside implementation accepts."""

from itertools import pairwise

import metamorphic_log as outside
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journal import merkle, proofs

# Inputs and roots of RFC 6962's reference implementation (certificate-transparency, merkletree).
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def subtree_of(leaves: list[bytes]) -> proofs.Subtree:
    """Complete subtrees, by the definition of RFC 6962."""

    def subtree(height: int, index: int) -> bytes:
        if height == 0:
            return leaves[index]
        return merkle.node_hash(subtree(height - 1, 2 * index), subtree(height - 1, 2 * index + 1))

    return subtree


def some_leaves(size: int) -> list[bytes]:
    """Leaves that differ."""
    return [merkle.leaf_hash(b"%d" % each) for each in range(size)]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_reference_vectors(size: int) -> None:
    """Eight entries and the empty tree, root by root."""
    leaves = [merkle.leaf_hash(entry) for entry in ENTRIES]
    assert proofs.root_at(size, subtree_of(leaves)).hex() == ROOTS[size]


def test_a_proof_of_the_reference_tree_is_that_of_the_reference() -> None:
    """Leaf 5 (of 8) is proved by its neighbour, then by the pair before it, then by the half."""
    leaves = [merkle.leaf_hash(entry) for entry in ENTRIES]
    assert [each.hex() for each in proofs.inclusion(5, 8, subtree_of(leaves))] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 33])
def test_every_leaf_is_proved_to_an_outside_checker(size: int) -> None:
    """Every index of small trees, by an implementation that is not ours, and by ours."""
    leaves = some_leaves(size)
    root = proofs.root_at(size, subtree_of(leaves))
    for index, leaf in enumerate(leaves):
        proof = list(proofs.inclusion(index, size, subtree_of(leaves)))
        outside.verify_inclusion(index, size, leaf, proof, root)
        assert merkle.includes(root, size, index, leaf, proof)


def test_every_growth_is_proved_to_an_outside_checker() -> None:
    """From every size to every later size up to 20, by an implementation that is not ours."""
    leaves = some_leaves(20)
    roots = [proofs.root_at(size, subtree_of(leaves)) for size in range(21)]
    for new in range(1, 21):
        for old in range(1, new + 1):
            proof = list(proofs.consistency(old, new, subtree_of(leaves)))
            outside.verify_consistency(old, new, proof, roots[old], roots[new])
            assert merkle.extends(roots[old], old, roots[new], new, proof)


def test_the_empty_tree_begins_every_tree() -> None:
    """From size 0 nothing has to be proved, but its root must be that of no leaves."""
    root = proofs.root_at(3, subtree_of(some_leaves(3)))
    assert merkle.extends(merkle.EMPTY_ROOT, 0, root, 3, [])
    assert not merkle.extends(root, 0, root, 3, [])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_proof_proves_nothing(data: st.DataObject) -> None:
    """One flipped bit, one hash more or one hash less, another index or size: refused."""
    size = data.draw(st.integers(2, 70))
    index = data.draw(st.integers(0, size - 1))
    leaves = some_leaves(size)
    root = proofs.root_at(size, subtree_of(leaves))
    proof = list(proofs.inclusion(index, size, subtree_of(leaves)))
    at = data.draw(st.integers(0, len(proof) - 1))
    flipped = bytes([proof[at][0] ^ 1]) + proof[at][1:]
    assert not merkle.includes(root, size, index, leaves[index], [*proof[:at], flipped])
    assert not merkle.includes(root, size, index, leaves[index], proof[:-1])
    assert not merkle.includes(root, size, index, leaves[index], [*proof, root])
    assert not merkle.includes(root, size, index, leaves[index - 1], proof)
    assert not merkle.includes(root, size, size + index, leaves[index], proof)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70))
def test_a_rewritten_past_is_not_an_extension(old: int, grown: int) -> None:
    """A tree that changed one old leaf cannot prove that it extends the old tree."""
    leaves = some_leaves(old + grown)
    before = proofs.root_at(old, subtree_of(leaves))
    rewritten = [merkle.leaf_hash(b"other"), *leaves[1:]]
    after = proofs.root_at(old + grown, subtree_of(rewritten))
    proof = proofs.consistency(old, old + grown, subtree_of(rewritten))
    assert not merkle.extends(before, old, after, old + grown, proof)


def test_ranges_are_covered_without_gap() -> None:
    """The subtrees of a range follow one another from its start to its end."""
    for size in range(1, 200):
        spans = [(i << h, (i + 1) << h) for h, i in merkle.cover(0, size)]
        assert spans[0][0] == 0
        assert spans[-1][1] == size
        assert all(before[1] == after[0] for before, after in pairwise(spans))

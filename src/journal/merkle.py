"""The Merkle tree of the transparency log: hashing, and which subtrees make up a root or a proof.

Shapes: a subtree is named ``(height, index)`` and spans leaves ``index << height`` up to, not
including, ``(index + 1) << height``; a range is ``(start, end)``, the end not included.
Source: RFC 6962 section 2.1; checking by RFC 9162 sections 2.1.3.2 and 2.1.4.2.
"""

from collections.abc import Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

LEAF = b"\x00"
NODE = b"\x01"


def leaf_hash(entry: bytes) -> bytes:
    """The leaf that stands for *entry*."""
    return sha256(LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The parent of two subtrees."""
    return sha256(NODE + left + right).digest()


def join(subtrees: Sequence[bytes]) -> bytes:
    """The root over complete subtrees, given from left to right, each smaller than the last."""
    if not subtrees:
        return EMPTY_ROOT
    root = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        root = node_hash(left, root)
    return root


def cover(start: int, end: int) -> list[tuple[int, int]]:
    """The complete subtrees that make up the range, from left to right.

    *start* must be a multiple of a power of two not below ``end - start``, as it is for every
    range of a tree or a proof.
    """
    subtrees = []
    while start < end:
        height = (end - start).bit_length() - 1
        subtrees.append((height, start >> height))
        start += 1 << height
    return subtrees


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """The ranges whose hashes prove leaf *index* in a tree of *size*, from the leaf upwards."""
    start, end = 0, size
    siblings = []
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    return siblings[::-1]


def consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """The ranges whose hashes prove that the tree of size *old* is a prefix of that of *new*."""
    start, end = 0, new
    ranges = []
    while old < end:
        middle = _split(start, end)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start > 0:
        ranges.append((start, end))
    return ranges[::-1]


def _split(start: int, end: int) -> int:
    """Where the left half ends: the largest power of two below the range's length."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def includes(root: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether *proof* shows that *leaf* stands at *index* in the tree of *size* with *root*."""
    if not 0 <= index < size:
        return False
    node, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            value = node_hash(sibling, value)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            value = node_hash(value, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and value == root


def extends(old_root: bytes, old: int, new_root: bytes, new: int, proof: Sequence[bytes]) -> bool:
    """Whether *proof* shows that the tree of size *new* begins with the tree of size *old*."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return old_root == new_root and not proof
    if old == 0:
        return old_root == EMPTY_ROOT and not proof
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node >>= 1
        last >>= 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            before = node_hash(sibling, before)
            after = node_hash(sibling, after)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            after = node_hash(after, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and before == old_root and after == new_root

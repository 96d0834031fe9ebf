"""Tiles: the tree cut into pieces of 256 hashes that never change once full.

Shapes: tile ``(level, n)`` holds the hashes of the subtrees of height ``8 * level`` numbered
``256 * n`` onwards; an entry bundle is a sequence of entries, each after its big-endian uint16
length; a partial tile is the beginning of a tile.
Source: C2SP tlog-tiles.
"""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256

import msgspec

from journal.merkle import HASH_BYTES, NODE, join

WIDTH = 256
HEIGHT = 8
MAX_LEVEL = 63
GROUP = 1000


class Tile(msgspec.Struct, frozen=True):
    """A full tile and the root over its hashes, which is one hash of the level above."""

    level: int
    n: int
    hashes: bytes
    root: bytes


class TilePath(msgspec.Struct, frozen=True):
    """What a tile's address asks for; level None is an entry bundle, width None a full tile."""

    level: int | None
    n: int
    width: int | None


class MalformedTilePath(ValueError):
    """The address names no tile."""


_PATH = re.compile(
    r"(?P<level>entries|0|[1-9][0-9]?)/(?P<n>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


def tile_path(level: int | None, n: int, width: int | None = None) -> str:
    """The address of a tile after ``tile/``, such as ``0/x001/067.p/5`` or ``entries/000``."""
    groups = [f"{n % GROUP:03d}"]
    while n >= GROUP:
        n //= GROUP
        groups.append(f"x{n % GROUP:03d}")
    kind = "entries" if level is None else str(level)
    partial = "" if width is None else f".p/{width}"
    return f"{kind}/{'/'.join(reversed(groups))}{partial}"


def parse_tile_path(path: str) -> TilePath:
    """Read an address as ``tile_path`` writes it.

    Raises:
        MalformedTilePath: it is not exactly such an address.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise MalformedTilePath(path)
    level = None if match["level"] == "entries" else int(match["level"])
    width = None if match["width"] is None else int(match["width"])
    n = int(match["n"].replace("/", "").replace("x", ""))
    asked = TilePath(level, n, width)
    # One tile has one address: a leading group of zeros or a width of 256 is not one.
    if tile_path(level, n, width) != path or (width or 1) >= WIDTH or (level or 0) > MAX_LEVEL:
        raise MalformedTilePath(path)
    return asked


def pack_entries(entries: Iterable[bytes]) -> bytes:
    """The entry bundle of *entries*."""
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def unpack_entries(bundle: bytes) -> list[bytes]:
    """The entries of a bundle.

    Raises:
        ValueError: the bundle ends inside an entry.
    """
    entries = []
    at = 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2])
        if at + 2 > len(bundle) or end > len(bundle):
            message = "the bundle ends inside an entry"
            raise ValueError(message)
        entries.append(bundle[at + 2 : end])
        at = end
    return entries


def split_hashes(hashes: bytes) -> list[bytes]:
    """The hashes of a tile, one by one."""
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def pair_up(hashes: Sequence[bytes]) -> list[bytes]:
    """The parents of an even number of neighbours."""
    each = iter(hashes)
    return [sha256(NODE + left + right).digest() for left, right in zip(each, each, strict=True)]


class _OpenTile:
    """A tile being filled, with every complete subtree inside it: one row for each height."""

    def __init__(self) -> None:
        self.rows: list[list[bytes]] = [[] for _ in range(HEIGHT + 1)]

    def add(self, hashes: Sequence[bytes]) -> None:
        self.rows[0] += hashes
        for below, above in zip(self.rows, self.rows[1:], strict=False):
            fresh = below[2 * len(above) : len(below) & ~1]
            if not fresh:
                break
            above.extend(pair_up(fresh))

    def peaks(self) -> list[bytes]:
        width = len(self.rows[0])
        heights = [height for height in range(HEIGHT, -1, -1) if width >> height & 1]
        return [self.rows[height][(width >> height) - 1] for height in heights]


class Edge:
    """The growing right edge of a tree: the open tile of each level, and so its root."""

    def __init__(self, size: int = 0, levels: Iterable[Sequence[bytes]] = ()) -> None:
        """Take up a tree of *size* where each level's open tile holds the hashes given."""
        self.size = size
        self._levels = []
        for hashes in levels:
            tile = _OpenTile()
            tile.add(hashes)
            self._levels.append(tile)

    def extend(self, leaves: Sequence[bytes]) -> list[Tile]:
        """Add *leaves*; gives the tiles that became full, lower levels first."""
        full: list[Tile] = []
        self._add(0, self.size, leaves, full)
        self.size += len(leaves)
        return full

    def root(self) -> bytes:
        """The root over everything added so far."""
        return join([peak for level in reversed(self._levels) for peak in level.peaks()])

    def _add(self, level: int, before: int, hashes: Sequence[bytes], full: list[Tile]) -> None:
        """Add *hashes* to a level that holds *before* of them, and what they complete above."""
        if level == len(self._levels):
            self._levels.append(_OpenTile())
        taken = 0
        while taken < len(hashes):
            tile = self._levels[level]
            room = WIDTH - len(tile.rows[0])
            tile.add(hashes[taken : taken + room])
            taken += room
            if len(tile.rows[0]) == WIDTH:
                n = (before + taken) // WIDTH - 1
                root = tile.rows[HEIGHT][0]
                full.append(Tile(level, n, b"".join(tile.rows[0]), root))
                self._levels[level] = _OpenTile()
                self._add(level + 1, n, [root], full)

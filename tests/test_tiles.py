"""Tiles: their addresses, their contents at every size, and entry bundles."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journal import merkle, tiles
from journal.tiles import Edge, Tile


def some_leaves(size: int) -> list[bytes]:
    """Leaves that differ."""
    return [merkle.leaf_hash(b"%d" % each) for each in range(size)]


def reference_root(leaves: list[bytes]) -> bytes:
    """RFC 6962's definition, word for word."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else merkle.EMPTY_ROOT
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return merkle.node_hash(reference_root(leaves[:half]), reference_root(leaves[half:]))


@pytest.mark.parametrize(
    ("level", "n", "width", "path"),
    [
        (0, 0, None, "0/000"),
        (0, 1067, 5, "0/x001/067.p/5"),
        (1, 1234067, None, "1/x001/x234/067"),
        (None, 67, 255, "entries/067.p/255"),
        (63, 999, 1, "63/999.p/1"),
    ],
)
def test_a_tile_has_one_address(level: int | None, n: int, width: int | None, path: str) -> None:
    """The examples of the specification, both ways."""
    assert tiles.tile_path(level, n, width) == path
    assert tiles.parse_tile_path(path) == tiles.TilePath(level, n, width)


@pytest.mark.parametrize(
    "path",
    [
        "0/67",
        "00/067",
        "64/000",
        "0/x000/067",
        "0/001/067",
        "0/x001/67",
        "0/067.p/0",
        "0/067.p/256",
        "0/067.p/05",
        "0/067.p/",
        "0/067/",
        "entries",
        "entries/x001",
        "-1/000",
        "0/067.p/1/",
        "0/۰۶۷",
        "0/067\n",
    ],
)
def test_any_other_address_is_refused(path: str) -> None:
    """Caches must never hold one tile under two names."""
    with pytest.raises(tiles.MalformedTilePath):
        tiles.parse_tile_path(path)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 63), st.integers(0, 10**10), st.none() | st.integers(1, 255))
def test_addresses_read_back(level: int, n: int, width: int | None) -> None:
    """What was written is what is read."""
    asked = tiles.parse_tile_path(tiles.tile_path(level, n, width))
    assert asked == tiles.TilePath(level, n, width)


def test_entry_bundles_read_back_and_do_not_end_inside_an_entry() -> None:
    """Each entry stands after its length in two bytes, the high one first."""
    bundle = tiles.pack_entries([b"ab", b"", b"c" * 300])
    assert bundle == b"\x00\x02ab\x00\x00\x01\x2c" + b"c" * 300
    assert tiles.unpack_entries(bundle) == [b"ab", b"", b"c" * 300]
    for short in (bundle[:-1], bundle[:5], b"\x00"):
        with pytest.raises(ValueError, match="inside an entry"):
            tiles.unpack_entries(short)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=4))
def test_the_root_does_not_depend_on_how_the_leaves_came(steps: list[int]) -> None:
    """In any portions, the edge's root is that of RFC 6962 after each of them."""
    leaves = some_leaves(sum(steps))
    edge = Edge()
    for step in steps:
        edge.extend(leaves[edge.size : edge.size + step])
        assert edge.root() == reference_root(leaves[: edge.size])


def test_tiles_of_70_000_leaves_are_those_of_the_specification() -> None:
    """273 full tiles at level 0 and one at level 1, each with the hashes that it names."""
    leaves = some_leaves(70_000)
    edge = Edge()
    full = [tile for at in range(0, 70_000, 999) for tile in edge.extend(leaves[at : at + 999])]
    assert [tile.n for tile in full if tile.level == 0] == list(range(273))
    assert [tile.n for tile in full if tile.level == 1] == [0]
    for tile in full[:2]:
        assert tile.hashes == b"".join(leaves[256 * tile.n : 256 * (tile.n + 1)])
        assert tile.root == reference_root(tiles.split_hashes(tile.hashes))
    top = next(tile for tile in full if tile.level == 1)
    assert top.hashes == b"".join(tile.root for tile in full if tile.level == 0)[: 256 * 32]
    assert edge.root() == reference_root(leaves)


def test_an_edge_is_taken_up_from_its_open_tiles() -> None:
    """After a restart only the open tile of each level is needed to go on."""
    leaves = some_leaves(1000)
    first = Edge()
    below: list[Tile] = first.extend(leaves[:700])
    resumed = Edge(700, [leaves[512:700], [tile.root for tile in below]])
    assert resumed.root() == first.root()
    assert resumed.extend(leaves[700:]) == first.extend(leaves[700:])
    assert resumed.root() == reference_root(leaves)

"""What the log shows: exactly what is signed, in the bytes that the specification names."""

from collections.abc import Iterator
from pathlib import Path

import metamorphic_log as outside
import pytest

from journal import proofs, tiles
from journal.checkpoint import read_checkpoint
from journal.log_reader import NotThere
from journal.merkle import leaf_hash
from journal.tiles import TilePath, parse_tile_path
from tests.log_books import KEY, LogBook


@pytest.fixture
def book(book_url: str, tmp_path: Path) -> Iterator[LogBook]:
    """A book with three checkpoints over more than two tiles, and an unsigned tail."""
    made = LogBook(book_url, tmp_path / "outside")
    made.grow(50, 200, 90)
    made.write(3)
    yield made
    made.close()


def test_nothing_is_shown_before_the_first_checkpoint(tmp_path: Path) -> None:
    """Not even what is committed."""
    book = LogBook(f"sqlite:///{tmp_path}/book.db", tmp_path)
    book.write(3)
    for ask in (
        book.reader.checkpoint,
        lambda: book.reader.tile(TilePath(0, 0, 1)),
        lambda: book.reader.proof(1),
    ):
        with pytest.raises(NotThere):
            ask()
    assert book.reader.key_lines() == [str(KEY.verifier)]
    book.close()


def test_a_client_that_has_only_tiles_comes_to_the_signed_root(book: LogBook) -> None:
    """It fetches entries and tiles by their addresses and trusts nothing but the key."""
    head = outside.checkpoint_verify(book.reader.checkpoint().decode(), [book.reader.key_line()])
    entries: list[bytes] = []
    for n in range(-(-head.size // 256)):
        width = min(256, head.size - 256 * n)
        suffix = "" if width == 256 else f".p/{width}"
        bundle = book.reader.tile(parse_tile_path(f"entries/{n:03d}{suffix}"))
        fetched = tiles.unpack_entries(bundle)
        hashes = book.reader.tile(parse_tile_path(f"0/{n:03d}{suffix}"))
        assert tiles.split_hashes(hashes) == [leaf_hash(entry) for entry in fetched]
        entries += fetched
    edge = tiles.Edge()
    full = edge.extend([leaf_hash(entry) for entry in entries])
    assert edge.root() == head.root
    above = book.reader.tile(parse_tile_path(f"1/000.p/{len(full)}"))
    assert tiles.split_hashes(above) == [tile.root for tile in full]


def test_entries_say_nothing_but_hash_and_index(book: LogBook) -> None:
    """Neither whom nor what."""
    (row,) = book.query("SELECT * FROM stored_events WHERE notification_id = 2")
    entry = tiles.unpack_entries(book.reader.tile(TilePath(None, 0, 2)))[1]
    assert len(entry) == len('{"h":"","i":1}') + 64
    assert row["originator_id"].encode() not in entry


def test_no_tile_shows_what_is_not_signed(book: LogBook) -> None:
    """Widths up to the latest checkpoint, and not one hash further."""
    size = read_checkpoint(book.reader.checkpoint()).size
    n, width = divmod(size, 256)
    assert len(book.reader.tile(TilePath(0, n, width))) == 32 * width
    earlier = book.reader.tile(TilePath(0, n, width - 1))
    assert earlier == book.reader.tile(TilePath(0, n, width))[:-32]
    for beyond in (
        TilePath(0, n, width + 1),
        TilePath(None, n, width + 1),
        TilePath(0, n, None),
        TilePath(0, n + 1, 1),
        TilePath(1, 0, n + 1),
        TilePath(2, 0, 1),
    ):
        with pytest.raises(NotThere):
            book.reader.tile(beyond)
    assert book.reader.tile(TilePath(0, 0, 200)) == book.reader.tile(TilePath(0, 0, None))[:6400]


def test_every_signed_event_has_a_receipt_that_an_outsider_accepts(book: LogBook) -> None:
    """With the opening the file proves the event's very bytes; without, only a hash."""
    size = read_checkpoint(book.reader.checkpoint()).size
    for position in (1, 2, 255, 256, 257, 512, size):
        proof = book.reader.proof(position, book.reader.opening(position))
        read = proofs.parse_proof(proof.text())
        opening = proofs.unpack_opening(read.extra or b"")
        (row,) = book.query("SELECT * FROM stored_events WHERE notification_id = ?", position)
        assert opening.stored == row["state"]
        assert proofs.check_inclusion(read, opening, KEY.verifier).size == size
        note, key = read.checkpoint.decode(), book.reader.key_line()
        outside.checkpoint_verify_inclusion(note, [key], read.index, row["leaf"], list(read.hashes))
        assert book.reader.proof(position).extra is None
    for unsigned in (0, size + 1, 10**6):
        with pytest.raises(NotThere):
            book.reader.proof(unsigned)
    with pytest.raises(NotThere):
        book.reader.opening(10**6)

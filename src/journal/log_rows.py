"""What the log's parts read from the book's store: epochs, checkpoints, leaves and tile hashes.

Units: a position counts within the book, from 1; an index within one epoch of the log, from 0.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any, TypeVar, cast

import msgspec

from journal.history import Signed
from journal.postgres import PostgresBookRecorder, fetch
from journal.proofs import Subtree, root_at
from journal.recorder import Recorder
from journal.rows import Cursor
from journal.tiles import HEIGHT, WIDTH, Edge, Tile, pair_up


class Epoch(msgspec.Struct, frozen=True):
    """One log: where it begins in the book, and what it took over from the log before it."""

    number: int
    first_position: int
    origin: str
    old_size: int | None = None
    old_root: bytes | None = None
    abandoned: bytes | None = None


Row = TypeVar("Row", Epoch, Signed)
_TYPES: dict[type, Any] = {
    Epoch: tuple[int, int, str, int | None, bytes | None, bytes | None],
    Signed: tuple[int, int, int, bytes, bytes, int, bytes, bytes],
}


class LogDamaged(Exception):
    """Rows that the log is made from are missing or damaged; `timebank verify` names the first."""


def origin_of(name: str, epoch: int) -> str:
    """The origin under which *epoch* of the log *name* is signed."""
    return name if epoch == 0 else f"{name}/epoch-{epoch}"


class LogRows:
    """The log's rows, read through one cursor, so at one moment."""

    def __init__(self, recorder: Recorder, c: Cursor) -> None:
        self._recorder = recorder
        self._c = c
        self._plain: sqlite3.Cursor | None = None
        if not isinstance(recorder, PostgresBookRecorder):
            # Of the same transaction, but it gives tuples: rows by name cost more than a hash.
            named = cast("sqlite3.Cursor", getattr(c, "sqlite_cursor", c))
            self._plain = named.connection.cursor()
            self._plain.row_factory = None
        self._tiles: dict[tuple[int, ...], list[bytes]] = {}

    def rows(self, statement: str, *params: int) -> list[tuple[Any, ...]]:
        """The rows of a statement as plain tuples."""
        if self._plain is None:
            return fetch(self._c, statement.replace("?", "%b").encode(), params)
        return self._plain.execute(statement, params).fetchall()

    def head(self) -> int:
        """The last position of the book."""
        return self._recorder.head(self._c).position

    def epochs(self) -> list[Epoch]:
        """All epochs, the present one last; none before the log was founded.

        Raises:
            LogDamaged: a row holds what it cannot hold.
        """
        statement = (
            "SELECT epoch, first_position, origin, old_size, old_root, abandoned"
            " FROM log_epochs ORDER BY epoch"
        )
        return _structs(self.rows(statement), Epoch)

    def latest(self, epoch: int | None = None) -> Signed | None:
        """The latest checkpoint, of *epoch* or of all."""
        chosen = "" if epoch is None else " WHERE epoch = ?"
        found = self.checkpoints(
            f"{chosen} ORDER BY number DESC LIMIT 1", *(() if epoch is None else (epoch,))
        )
        return found[0] if found else None

    def checkpoints(self, which: str, *params: int) -> list[Signed]:
        """The checkpoints that *which* (the end of a statement) chooses.

        Raises:
            LogDamaged: a row holds what it cannot hold.
        """
        columns = ", ".join(Signed.__struct_fields__)
        rows = self.rows(f"SELECT {columns} FROM log_checkpoints {which}", *params)  # noqa: S608
        return _structs(rows, Signed)

    def leaves(self, epoch: Epoch, start: int, end: int) -> list[bytes]:
        """The leaves from index *start* up to, not including, *end*.

        Raises:
            LogDamaged: an event is missing among them.
        """
        first = epoch.first_position
        rows = self.rows(
            "SELECT leaf FROM stored_events WHERE notification_id >= ? AND notification_id < ?"
            " ORDER BY notification_id",
            first + start,
            first + end,
        )
        if len(rows) != end - start:
            raise LogDamaged
        return [leaf for (leaf,) in rows]

    def hashes(self, epoch: Epoch, level: int, start: int, end: int) -> list[bytes]:
        """The hashes *start* up to *end* of a tile level, which all of them are complete."""
        if level == 0:
            return self.leaves(epoch, start, end)
        rows = self.rows(
            "SELECT n, root FROM log_tiles WHERE epoch = ? AND level = ? AND n >= ? AND n < ?",
            epoch.number,
            level - 1,
            start,
            end,
        )
        stored = dict(rows)
        return [stored.get(n) or self._root_below(epoch, level - 1, n) for n in range(start, end)]

    def _root_below(self, epoch: Epoch, level: int, n: int) -> bytes:
        """The root of a tile that is full but not yet signed, so not yet stored."""
        edge = Edge()
        edge.extend(self.hashes(epoch, level, n * WIDTH, (n + 1) * WIDTH))
        return edge.root()

    def subtree(self, epoch: Epoch, size: int) -> Subtree:
        """Complete subtrees of *epoch*'s tree of *size*; whole tiles are read and kept."""

        def subtree(height: int, index: int) -> bytes:
            level, inside = divmod(height, HEIGHT)
            n, at = divmod(index << inside, WIDTH)
            hashes = self._tile(epoch, level, n, size)[at : at + (1 << inside)]
            while len(hashes) > 1:
                hashes = pair_up(hashes)
            return hashes[0]

        return subtree

    def _tile(self, epoch: Epoch, level: int, n: int, size: int) -> list[bytes]:
        end = min((n + 1) * WIDTH, size >> HEIGHT * level)
        key = (epoch.number, level, n, end)
        if key not in self._tiles:
            self._tiles[key] = self.hashes(epoch, level, n * WIDTH, end)
        return self._tiles[key]

    def root(self, epoch: Epoch, size: int) -> bytes:
        """The root of *epoch*'s first *size* leaves, worked out from the rows."""
        return root_at(size, self.subtree(epoch, size))

    def edge(self, epoch: Epoch, size: int) -> Edge:
        """The edge of *epoch*'s tree of *size*, to go on from."""
        levels = []
        level = 0
        while size >> HEIGHT * level:
            end = size >> HEIGHT * level
            levels.append(self.hashes(epoch, level, end - end % WIDTH, end))
            level += 1
        return Edge(size, levels)

    def full_tile(self, epoch: Epoch, level: int, n: int) -> bytes | None:
        """A stored tile."""
        rows = self.rows(
            "SELECT hashes FROM log_tiles WHERE epoch = ? AND level = ? AND n = ?",
            epoch.number,
            level,
            n,
        )
        return rows[0][0] if rows else None


def _structs(rows: list[tuple[Any, ...]], kind: type[Row]) -> list[Row]:
    """SQLite keeps any type in any column: what comes out is checked."""
    try:
        return [kind(*msgspec.convert(row, _TYPES[kind])) for row in rows]
    except msgspec.ValidationError as wrong:
        raise LogDamaged(str(wrong)) from wrong


def found_log(recorder: Recorder, c: Cursor, origin: str) -> None:
    """Open epoch 0 under *origin*, unless the log was founded already."""
    c.execute(
        recorder.sql(
            "INSERT INTO log_epochs (epoch, first_position, origin) VALUES (0, 1, ?)"
            " ON CONFLICT (epoch) DO NOTHING"
        ),
        (origin,),
    )


def store_tiles(recorder: Recorder, c: Cursor, epoch: int, tiles: Sequence[Tile]) -> None:
    """Keep full tiles."""
    if tiles:
        c.executemany(
            recorder.sql("INSERT INTO log_tiles VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"),
            [(epoch, tile.level, tile.n, tile.hashes, tile.root) for tile in tiles],
        )


def store_checkpoint(recorder: Recorder, c: Cursor, row: Signed) -> None:
    """Keep a checkpoint: from here on it is published."""
    marks = ", ".join("?" * len(Signed.__struct_fields__))
    statement = recorder.sql(f"INSERT INTO log_checkpoints VALUES ({marks})")  # noqa: S608
    c.execute(statement, msgspec.structs.astuple(row))

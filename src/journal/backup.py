# ruff: noqa: S608 - names come from our own declarations of tables, values are parameters
"""A copy of a whole book, from either store and for either store.

Shapes: a folder with `book.db` (a SQLite book, whichever store it came from), `vault-keys.jsonl`
(the wrapped data keys) and `backup.json` (`Manifest`). No key file is ever in it: without
the keys of the service the copy's sealed words cannot be read.
The copy is of one instant; the book goes on being written meanwhile.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from journal.log_tables import LOG_KEYS
from journal.recorder import Recorder
from journal.rows import Cursor
from journal.sqlite import SQLiteBookRecorder
from journal.tables import KEYS
from journal.vault import Vault

ROWS = 5_000
Progress = Callable[[int, int], None]


def unseen(done: int, total: int) -> None:
    """Nobody watches how far a copy has come."""
    del done, total


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the folder holds: the head's position, when it was copied, SHA-256 of each file."""

    position: int
    copied_at: datetime
    files: dict[str, str]


class Restored(msgspec.Struct, frozen=True):
    """Up to where the book was restored, and how many holders' keys open no more.

    Those were wrapped by a key that has been destroyed since: a newer backup has them.
    """

    position: int
    unreadable: int


class BackupBroken(Exception):
    """The backup's files are not those that it lists."""


class NotEmpty(Exception):
    """A book is restored into an empty place only."""


def backup(
    recorder: Recorder, vault: Vault, folder: Path, on_progress: Progress = unseen
) -> Manifest:
    """Copy the book and its wrapped data keys into the new or empty *folder*.

    Raises:
        NotEmpty: *folder* holds something already.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise NotEmpty(f"{folder} is not empty")
    copied_at = datetime.now(UTC)
    copy = SQLiteBookRecorder(folder / "book.db")
    copy.create_table()
    position = _copy(recorder, copy, on_progress)
    copy.close()
    vault.save_to(folder / "vault-keys.jsonl")
    names = sorted(path.name for path in folder.iterdir())
    manifest = Manifest(
        position=position,
        copied_at=copied_at,
        files={name: _sha256(folder / name) for name in names},
    )
    (folder / "backup.json").write_bytes(msgspec.json.encode(manifest, order="sorted"))
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """The manifest of *folder*, its files compared with it.

    Raises:
        BackupBroken: a file is missing or not the one that was written.
    """
    try:
        manifest = msgspec.json.decode((folder / "backup.json").read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise BackupBroken(f"{folder / 'backup.json'} cannot be read") from error
    for name, digest in manifest.files.items():
        path = folder / name
        if not path.is_file() or _sha256(path) != digest:
            raise BackupBroken(f"{path} is missing or was changed")
    return manifest


def restore(
    folder: Path,
    recorder: Recorder,
    vault: Vault,
    on_progress: Progress = unseen,
) -> Restored:
    """Copy the book in *folder* into the empty store of *recorder*.

    Raises:
        BackupBroken: the folder's files are not those that it lists.
        NotEmpty: the store holds a book already.
    """
    manifest = read_manifest(folder)
    if recorder.max_notification_id():
        raise NotEmpty("there is a book here already")
    # The keys first, as ever: cut short in between, the whole can be done again.
    taken = vault.take_from(folder / "vault-keys.jsonl")
    copy = SQLiteBookRecorder(folder / "book.db")
    try:
        _copy(copy, recorder, on_progress)
    finally:
        copy.close()
    return Restored(manifest.position, taken.unreadable)


def _copy(source: Recorder, target: Recorder, on_progress: Progress) -> int:
    """Copy every row, as of one instant of *source*, in one transaction of *target*."""
    with source.read() as old, target.write() as new:
        head = source.head(old).position
        done = 0
        for table, key in (KEYS | LOG_KEYS).items():
            for rows in _batches(source, old, table, key):
                marks = ", ".join("?" * len(rows[0]))
                new.executemany(target.sql(f"INSERT INTO {table} VALUES ({marks})"), rows)
                if table == "stored_events":
                    done += len(rows)
                    on_progress(done, head)
    return head


def _batches(
    source: Recorder, c: Cursor, table: str, key: tuple[str, ...]
) -> Iterator[list[tuple[Any, ...]]]:
    """All rows of *table* in the order of its *key*, some thousands at a time."""
    order, marks = ", ".join(key), ", ".join("?" * len(key))
    after: tuple[Any, ...] = ()
    while True:
        beyond = f" WHERE ({order}) > ({marks})" if after else ""
        c.execute(source.sql(f"SELECT * FROM {table}{beyond} ORDER BY {order} LIMIT {ROWS}"), after)
        rows = c.fetchall()
        if not rows:
            return
        yield [tuple(row[name] for name in row.keys()) for row in rows]  # noqa: SIM118 - sqlite3.Row
        after = tuple(rows[-1][name] for name in key)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

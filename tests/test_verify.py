"""Verify: a sound book is found sound; whatever is changed in it is found where it is."""

import contextlib
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from eventsourcing.persistence import IntegrityError, PersistenceError
from hypothesis import given, settings
from hypothesis import strategies as st

from journal import leaves
from journal.checkpoint import Checkpoint
from journal.flaws import Flaw
from journal.history import Signed, link
from journal.notes import NotSigned, SigningKey
from journal.tiles import Edge
from journal.verify import Sound, verify
from tests.log_books import KEY, LogBook

EVENT_COLUMNS = (
    "notification_id",
    "originator_id",
    "originator_version",
    "topic",
    "state",
    "nonce",
    "leaf",
    "recorded_at",
)
TILE_COLUMNS = ("epoch", "level", "n", "hashes", "root")
CHECKPOINT_COLUMNS = tuple(Signed.__struct_fields__)
EPOCH_COLUMNS = ("epoch", "first_position", "origin", "old_size", "old_root", "abandoned")


class Specimen:
    """A sound SQLite book, copied for each attack.

    It has two epochs: its backup was restored and resumed, then grew past a tile, and the last
    few events are not signed yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        first = LogBook(f"sqlite:///{folder}/first.db", folder / "outside")
        first.grow(30, 150, 1)
        with sqlite3.connect(folder / "first.db") as source, sqlite3.connect(self.file) as backup:
            source.backup(backup)
        first.grow(2)
        first.close()
        restored = LogBook(f"sqlite:///{self.file}", folder / "outside")
        restored.resume(lost_after=restored.recorder.max_notification_id() or 0)
        restored.grow(1, 140, 9, 3)
        restored.write(4)
        self.sound = restored.verify()
        restored.close()
        self.copies = 0

    @property
    def file(self) -> Path:
        """Where the original is."""
        return self.folder / "book.db"

    def copy(self) -> LogBook:
        """The book again, in a file of its own."""
        self.copies += 1
        path = self.folder / f"copy-{self.copies}.db"
        shutil.copy(self.file, path)
        return LogBook(f"sqlite:///{path}", self.folder / "outside")

    def damaged(self, place: int) -> Path:
        """A copy of the file with one bit changed."""
        self.copies += 1
        path = self.folder / f"damaged-{self.copies}.db"
        raw = bytearray(self.file.read_bytes())
        raw[place // 8 % len(raw)] ^= 1 << place % 8
        path.write_bytes(raw)
        return path


@pytest.fixture(scope="module")
def specimen(tmp_path_factory: pytest.TempPathFactory) -> Specimen:
    """Written once; every test attacks a copy."""
    return Specimen(tmp_path_factory.mktemp("specimen"))


@pytest.fixture
def copied(specimen: Specimen) -> Iterator[LogBook]:
    """A copy of the specimen."""
    book = specimen.copy()
    yield book
    book.close()


def test_a_book_of_two_epochs_is_sound(specimen: Specimen) -> None:
    """All events read, all checkpoints compared, the unsigned tail said to be one."""
    assert isinstance(specimen.sound, Sound)
    assert specimen.sound.checkpoints == 7
    assert 650 < specimen.sound.signed < specimen.sound.head


def flipped(value: Any, bit: int) -> Any:
    """*value* with one bit changed, whatever its type."""
    if isinstance(value, int):
        return value ^ 1 << bit % 40
    raw = bytearray(value.encode() if isinstance(value, str) else value)
    raw[bit // 8 % len(raw)] ^= 1 << bit % 8
    return raw.decode("latin-1") if isinstance(value, str) else bytes(raw)


def change(table: str, key: dict[str, Any], column: str, value: Any) -> tuple[str, tuple[Any, ...]]:
    """The statement that sets one field of one row."""
    where = " AND ".join(f"{name} = ?" for name in key)
    return f"UPDATE {table} SET {column} = ? WHERE {where}", (value, *key.values())  # noqa: S608


def key_of(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """What names a row in its table."""
    names = {
        "stored_events": ("notification_id",),
        "log_tiles": ("epoch", "level", "n"),
        "log_checkpoints": ("number",),
        "log_epochs": ("epoch",),
    }[table]
    return {name: row[name] for name in names}


def place_of(book: LogBook, table: str, row: dict[str, Any]) -> tuple[int, int]:
    """The positions that a row is about: first and last."""
    if table == "stored_events":
        return row["notification_id"], row["notification_id"]
    if table == "log_epochs":
        return row["first_position"], row["first_position"]
    (epoch,) = book.query("SELECT * FROM log_epochs WHERE epoch = ?", row["epoch"])
    first = epoch["first_position"]
    if table == "log_tiles":
        span = 256 ** (row["level"] + 1)
        return first + row["n"] * span, first + (row["n"] + 1) * span - 1
    before = book.query(
        "SELECT max(size) AS size FROM log_checkpoints WHERE epoch = ? AND size < ?",
        row["epoch"],
        row["size"],
    )[0]["size"]
    return first + (before or 0), first + row["size"] - 1


TABLES = {
    "stored_events": EVENT_COLUMNS,
    "log_tiles": TILE_COLUMNS,
    "log_checkpoints": CHECKPOINT_COLUMNS,
    "log_epochs": EPOCH_COLUMNS,
}


@settings(max_examples=60)
@given(data=st.data())
@pytest.mark.parametrize("table", TABLES)
def test_any_bit_changed_in_any_field_is_found_where_it_is(
    specimen: Specimen, table: str, data: st.DataObject
) -> None:
    """Events, tiles, checkpoints, epochs: every column of every row, one bit."""
    flip_one(specimen, table, data)


@pytest.mark.soak
@settings(max_examples=3000)
@given(data=st.data())
@pytest.mark.parametrize("table", TABLES)
def test_thousands_of_bits_changed_are_all_found(
    specimen: Specimen, table: str, data: st.DataObject
) -> None:
    """The same, for longer."""
    flip_one(specimen, table, data)


def flip_one(specimen: Specimen, table: str, data: st.DataObject) -> None:
    """Change one bit in a copy; it is found where it is."""
    book = specimen.copy()
    rows = book.query(f"SELECT * FROM {table}")  # noqa: S608
    row = data.draw(st.sampled_from(rows))
    column = data.draw(st.sampled_from([c for c in TABLES[table] if row[c] is not None]))
    value = flipped(row[column], data.draw(st.integers(0, 20_000)))
    start, end = place_of(book, table, row)
    try:
        book.attack(change(table, key_of(table, row), column, value))
    except sqlite3.IntegrityError:
        return  # another row stands there already: the store itself refused
    flaw = book.verify()
    assert isinstance(flaw, Flaw), (column, value)
    if column in {"notification_id", "first_position"}:
        start = min(start, max(value, 1))  # what stands there now is wrong there, too
    assert start <= flaw.position <= end + 1, flaw
    book.close()


@settings(max_examples=60)
@given(data=st.data())
def test_an_event_rewritten_with_its_leaf_is_found_through_tile_or_checkpoint(
    specimen: Specimen, data: st.DataObject
) -> None:
    """Who, for whom, when and what: the leaf fits the new bytes, but it was signed otherwise."""
    book = specimen.copy()
    assert isinstance(specimen.sound, Sound)
    position = data.draw(st.integers(1, specimen.sound.signed))
    field = data.draw(st.sampled_from(["by", "for", "at", "command", "device", "event"]))
    (row,) = book.query("SELECT * FROM stored_events WHERE notification_id = ?", position)
    envelope = msgspec.json.decode(row["state"])
    envelope[field] = {"at": "2026-05-13T05:00:00Z"}.get(field, f"{envelope.get(field)}x")
    state = msgspec.json.encode(envelope, order="sorted")
    first = book.query(
        "SELECT max(first_position) AS first FROM log_epochs WHERE first_position <= ?", position
    )[0]["first"]
    book.attack(
        (
            "UPDATE stored_events SET state = ?, leaf = ? WHERE notification_id = ?",
            (state, leaves.leaf(row["nonce"], state, position - first), position),
        )
    )
    flaw = book.verify()
    assert isinstance(flaw, Flaw), field
    # Who and which command are compared with the next event, too.
    assert flaw.position - 1 <= position <= (flaw.until or flaw.position), flaw
    book.close()


@settings(max_examples=40)
@given(data=st.data())
@pytest.mark.parametrize("table", TABLES)
def test_any_row_taken_out_is_found_where_it_was(
    specimen: Specimen, table: str, data: st.DataObject
) -> None:
    """Deletion; of the unsigned tail's last command only the whole is nobody's loss to see."""
    book = specimen.copy()
    rows = book.query(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608
    if table == "stored_events":
        rows = rows[:-3]
    row = data.draw(st.sampled_from(rows))
    start, end = place_of(book, table, row)
    where = " AND ".join(f"{name} = ?" for name in key_of(table, row))
    book.attack((f"DELETE FROM {table} WHERE {where}", tuple(key_of(table, row).values())))  # noqa: S608
    flaw = book.verify()
    assert isinstance(flaw, Flaw)
    following = [
        r for r in book.query("SELECT * FROM log_checkpoints") if r["number"] > row.get("number", 0)
    ]
    if table == "log_checkpoints" and following:
        end = place_of(book, table, following[0])[1]
    assert start <= flaw.position <= end, flaw
    book.close()


@settings(max_examples=60)
@given(data=st.data())
@pytest.mark.parametrize("table", ["stored_events", "log_tiles", "log_checkpoints"])
def test_any_two_rows_swapped_are_found_at_the_first(
    specimen: Specimen, table: str, data: st.DataObject
) -> None:
    """Everything but the row's own number changes place."""
    book = specimen.copy()
    rows = book.query(f"SELECT * FROM {table} ORDER BY 1, 2, 3")  # noqa: S608
    one, other = sorted(
        data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=2, max_size=2, unique=True))
    )
    key = key_of(table, rows[0])
    columns = [column for column in TABLES[table] if column not in key]
    places = [tuple(key_of(table, rows[each]).values()) for each in (one, other)]
    where = " AND ".join(f"{name} = ?" for name in key)
    marks = ", ".join("?" * len(TABLES[table]))
    book.attack(
        *((f"DELETE FROM {table} WHERE {where}", place) for place in places),  # noqa: S608
        *(
            (
                f"INSERT INTO {table} ({', '.join(key)}, {', '.join(columns)}) VALUES ({marks})",  # noqa: S608
                (*place, *(rows[each][column] for column in columns)),
            )
            for place, each in zip(places, (other, one), strict=True)
        ),
    )
    start, _ = place_of(book, table, rows[one])
    _, end = place_of(book, table, rows[other])
    flaw = book.verify()
    assert isinstance(flaw, Flaw)
    assert start <= flaw.position <= end, flaw
    book.close()


NEXT = "(SELECT count(*) + 1 FROM stored_events)"
EVENT_COPY = "originator_id, 99, topic, state, nonce, leaf, recorded_at FROM stored_events"
CHECKPOINT_COPY = "root, note, signed_at, link, seal FROM log_checkpoints WHERE number = 7"


@pytest.mark.parametrize(
    "statement",
    [
        f"INSERT INTO stored_events SELECT 0, {EVENT_COPY} WHERE notification_id = 1",
        f"INSERT INTO stored_events SELECT 100000, {EVENT_COPY} WHERE notification_id = 5",
        f"INSERT INTO stored_events SELECT {NEXT}, {EVENT_COPY} WHERE notification_id = 5",
        "INSERT INTO log_tiles SELECT 1, 0, n + 1, hashes, root FROM log_tiles WHERE epoch = 1",
        "INSERT INTO log_tiles SELECT 7, 0, n, hashes, root FROM log_tiles WHERE epoch = 0",
        "INSERT INTO log_tiles SELECT epoch, 1, n, hashes, root FROM log_tiles",
        f"INSERT INTO log_checkpoints SELECT 8, epoch, size + 1, {CHECKPOINT_COPY}",
        f"INSERT INTO log_checkpoints SELECT 0, epoch, 2, {CHECKPOINT_COPY}",
        "INSERT INTO log_epochs VALUES (2, 9999, 'example.org/book/epoch-2', 1, NULL, NULL)",
        "INSERT INTO log_epochs VALUES (-1, 1, 'example.org/book', NULL, NULL, NULL)",
    ],
)
def test_any_row_put_in_is_found(copied: LogBook, statement: str) -> None:
    """Events before, after and beyond; tiles and checkpoints that nobody signed; a further log."""
    copied.attack((statement, ()))
    assert isinstance(copied.verify(), Flaw)


@pytest.mark.parametrize("also", ["", "checkpoints", "checkpoints and tiles"])
@pytest.mark.parametrize("lost", [1, 4, 30, 300, 500])
def test_a_cut_end_is_found(copied: LogBook, specimen: Specimen, lost: int, also: str) -> None:
    """With or without the checkpoints and tiles over it: the store outside knows better."""
    assert isinstance(specimen.sound, Sound)
    kept = specimen.sound.head - lost
    (epoch,) = copied.query("SELECT * FROM log_epochs WHERE epoch = 1")
    size = kept - epoch["first_position"] + 1
    statements: list[tuple[str, tuple[Any, ...]]] = [
        ("DELETE FROM stored_events WHERE notification_id > ?", (kept,))
    ]
    if also:
        statements.append(("DELETE FROM log_checkpoints WHERE epoch = 1 AND size > ?", (size,)))
        statements.append(("DELETE FROM log_epochs WHERE first_position > ?", (kept,)))
    if "tiles" in also:
        statements.append(("DELETE FROM log_tiles WHERE epoch = 1 AND (n + 1) * 256 > ?", (size,)))
    copied.attack(*statements)
    result = copied.verify()
    *_, tail = copied.query("SELECT state FROM stored_events ORDER BY notification_id")
    unsigned = kept >= specimen.sound.signed and msgspec.json.decode(tail["state"])["last"]
    # Whole commands that were never signed leave no trace in the log: two seconds, by design.
    assert isinstance(result, Sound if unsigned else Flaw), result
    if isinstance(result, Flaw):
        assert result.position <= kept + 1


def test_a_removed_checkpoint_is_missed_though_the_rest_was_numbered_again(copied: LogBook) -> None:
    """The attacker repairs numbers and links, and cannot repair the seals."""
    rows = [
        Signed(**row)
        for row in copied.query("SELECT * FROM log_checkpoints ORDER BY number")
        if row["number"] != 3
    ]
    statements: list[tuple[str, tuple[Any, ...]]] = [("DELETE FROM log_checkpoints", ())]
    before: Signed | None = None
    for number, row in enumerate(rows, 1):
        renumbered = msgspec.structs.replace(row, number=number)
        before = msgspec.structs.replace(renumbered, link=link(renumbered, before))
        statements.append(
            (
                "INSERT INTO log_checkpoints VALUES (?,?,?,?,?,?,?,?)",
                msgspec.structs.astuple(before),
            )
        )
    copied.attack(*statements)
    flaw = copied.verify()
    assert isinstance(flaw, Flaw)
    assert flaw.position == place_of(copied, "log_checkpoints", msgspec.structs.asdict(rows[2]))[1]


def test_a_whole_new_history_does_not_fit_what_was_signed(copied: LogBook) -> None:
    """One event rewritten, and every leaf and tile made to fit: the checkpoints do not."""
    position = 20
    events = copied.query("SELECT * FROM stored_events ORDER BY notification_id")
    state = events[position - 1]["state"].replace(b'"at":"2026', b'"at":"2025')
    changed = leaves.leaf(events[position - 1]["nonce"], state, position - 1)
    all_leaves = [
        row["leaf"] for row in events[: copied.query("SELECT * FROM log_epochs")[1]["old_size"]]
    ]
    all_leaves[position - 1] = changed
    copied.attack(
        (
            "UPDATE stored_events SET state = ?, leaf = ? WHERE notification_id = ?",
            (state, changed, position),
        ),
        *(
            (
                "UPDATE log_tiles SET hashes = ?, root = ? WHERE epoch = 0 AND level = ? AND n = ?",
                (tile.hashes, tile.root, tile.level, tile.n),
            )
            for tile in Edge().extend(all_leaves)
        ),
    )
    flaw = copied.verify()
    assert isinstance(flaw, Flaw)
    assert flaw.position <= position <= (flaw.until or 0)


def test_a_checkpoint_from_outside_is_compared(copied: LogBook, specimen: Specimen) -> None:
    """An old one of this history is fine; one of another history, size or key is not."""
    (row,) = copied.query("SELECT * FROM log_checkpoints WHERE number = 2")
    assert copied.verify(row["note"]) == specimen.sound
    other = Checkpoint(KEY.verifier.name, row["size"], bytes(32)).signed(KEY)
    assert isinstance(copied.verify(other), Flaw)
    beyond = Checkpoint(KEY.verifier.name + "/epoch-1", 10**6, bytes(32)).signed(KEY)
    assert isinstance(copied.verify(beyond), Flaw)
    unknown = Checkpoint("example.com/other", 1, bytes(32)).signed(KEY)
    assert isinstance(copied.verify(unknown), Flaw)
    with pytest.raises(NotSigned):
        copied.verify(
            Checkpoint(KEY.verifier.name, 1, bytes(32)).signed(SigningKey("x", bytes(32)))
        )


def test_two_flaws_are_reported_at_the_first(copied: LogBook) -> None:
    """Also where the later one would be noticed sooner."""
    copied.attack(
        (
            "UPDATE stored_events SET nonce = zeroblob(32) WHERE notification_id IN (?, ?)",
            (40, 300),
        ),
        ("UPDATE log_checkpoints SET seal = zeroblob(64) WHERE number = 6", ()),
    )
    flaw = copied.verify()
    assert isinstance(flaw, Flaw)
    assert flaw.position == 40


def contents(path: Path) -> list[Any]:
    """Everything that verify vouches for, as the store reads it."""
    with contextlib.closing(sqlite3.connect(path)) as c:
        return [c.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in TABLES]  # noqa: S608


@settings(max_examples=60)
@given(data=st.data())
def test_a_bit_changed_in_the_file_itself_is_found_or_harms_nothing(
    specimen: Specimen, data: st.DataObject
) -> None:
    """Whatever part of a page it hits: found, unless all events and the log still read the same."""
    damaged = specimen.damaged(data.draw(st.integers(0, 2**40)))
    try:
        book = LogBook(f"sqlite:///{damaged}", specimen.folder / "outside")
    except (PersistenceError, sqlite3.Error, UnicodeDecodeError):
        return  # such a file does not even open
    try:
        same = contents(damaged) == contents(specimen.file)
    except sqlite3.DatabaseError:
        same = False
    result = book.verify()
    assert isinstance(result, Sound if same else Flaw), result
    book.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_checkpoints SET size = 'many' WHERE number = 3",
        "UPDATE log_checkpoints SET note = 7 WHERE number = 3",
        "UPDATE log_epochs SET old_root = 'root' WHERE epoch = 1",
        "UPDATE log_tiles SET n = 'first' WHERE epoch = 1",
        "UPDATE log_tiles SET hashes = 'text' WHERE epoch = 1",
        "UPDATE stored_events SET state = CAST(state AS TEXT) WHERE notification_id = 3",
        "UPDATE stored_events SET nonce = 'text' WHERE notification_id = 3",
        "UPDATE stored_events SET originator_version = 'one' WHERE notification_id = 3",
        "UPDATE stored_events SET recorded_at = 1.5 WHERE notification_id = 3",
        "UPDATE stored_events SET topic = CAST(x'ff' AS TEXT) WHERE notification_id = 3",
    ],
)
def test_what_a_column_cannot_hold_is_a_flaw(copied: LogBook, statement: str) -> None:
    """SQLite keeps any type in any column; verify does not stumble over it."""
    copied.attack((statement, ()))
    flaw = copied.verify()
    assert isinstance(flaw, Flaw)
    if "stored_events" in statement:
        assert flaw.position == 3


def test_a_command_that_is_not_whole_is_found(specimen: Specimen, tmp_path: Path) -> None:
    """A book that ends in the middle of a command lost something, signed or not."""
    book = LogBook(f"sqlite:///{tmp_path}/book.db", tmp_path)
    book.write(20)
    envelopes = [
        msgspec.json.decode(r["state"]) for r in book.query("SELECT state FROM stored_events")
    ]
    inside = [at for at, envelope in enumerate(envelopes, 1) if not envelope["last"]][-1]
    book.attack(("DELETE FROM stored_events WHERE notification_id > ?", (inside,)))
    flaw = book.verify()
    assert isinstance(flaw, Flaw)
    assert flaw.position == inside + 1
    book.close()


def test_a_book_that_grows_meanwhile_is_sound_at_every_moment(
    book_url: str, tmp_path: Path
) -> None:
    """Verify reads one moment of it, whatever is being committed and signed."""
    book = LogBook(book_url, tmp_path)
    until = time.monotonic() + 1.5

    def grow() -> None:
        while time.monotonic() < until:
            book.grow(40)

    with ThreadPoolExecutor(1) as pool:
        growing = pool.submit(grow)
        while not growing.done():
            assert isinstance(book.verify(), Sound)
        growing.result()
    assert (book.recorder.max_notification_id() or 0) > 256
    book.close()


def test_progress_is_told(copied: LogBook) -> None:
    """Up to the head."""
    told: list[tuple[int, int]] = []
    verify(copied.recorder, KEY.verifier, on_progress=lambda at, head: told.append((at, head)))
    assert told[-1][0] == told[-1][1] == copied.recorder.max_notification_id()


def test_on_postgresql_the_same_attacks_are_found(postgres_url: str, tmp_path: Path) -> None:
    """A sample of every table and column, each undone before the next."""
    book = LogBook(postgres_url, tmp_path / "outside")
    book.grow(150, 60, 3)
    book.write(2)
    assert isinstance(book.verify(), Sound)
    chosen = random.Random(11)
    for table, columns in TABLES.items():
        rows = book.query(f"SELECT * FROM {table}")  # noqa: S608
        for column in columns:
            row = chosen.choice(rows)
            if row[column] is None:
                continue
            key = key_of(table, row)
            value = flipped(row[column], chosen.randrange(20_000))
            if isinstance(value, str):
                value = value.replace("\0", "?")
            try:
                book.attack(change(table, key, column, value))
            except IntegrityError:
                continue
            flaw = book.verify()
            assert isinstance(flaw, Flaw), (table, column)
            start, end = place_of(book, table, row) if column != "epoch" else (1, 10**6)
            if column in {"notification_id", "first_position"}:
                start = min(start, max(value, 1))  # what stands there now is wrong there, too
            assert start <= flaw.position <= end + 1, (table, column, flaw)
            book.attack(
                change(table, {**key, column: value} if column in key else key, column, row[column])
            )
            assert isinstance(book.verify(), Sound)
    book.close()


def test_a_signature_by_another_key_is_found_at_its_position(copied: LogBook) -> None:
    """Asked with the wrong key, the first checkpoint is the first flaw."""
    wrong = SigningKey(KEY.verifier.name, bytes(32)).verifier
    flaw = verify(copied.recorder, wrong)
    (first,) = copied.query("SELECT * FROM log_checkpoints WHERE number = 1")
    assert isinstance(flaw, Flaw)
    assert flaw.position == first["size"]

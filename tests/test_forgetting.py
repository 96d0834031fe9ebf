"""Forgetting is final: nobody who holds every file and every remaining secret reads the forgotten.

The same attack must succeed wherever a step of forgetting is left out, or it proves nothing.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypedDict

import pytest
from psycopg import sql

from journal.durable import make_folder
from journal.keys import Keys
from journal.vault import Vault
from journal.wrapping import copy_wrapping_keys
from tests.attacker import Attacker
from tests.servers import Postgres
from tests.vaults import MASTER, open_vault

ALICE = "0190a000-0000-7000-8000-00000000000a"
BOB = "0190a000-0000-7000-8000-00000000000b"
CANARY = b"Alice keeps canaries"


class Place(TypedDict):
    """Where a box stands in the book."""

    stream: str
    version: int
    tag: str


HERE: Place = {"stream": "contact-0190a000-0000-7000-8000-000000000001", "version": 1, "tag": "a.b"}


class Past:
    """A home with Alice and Bob in its vault, and every copy that was ever made of it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.home = folder / "home"
        self.copies = folder / "copies"
        self.key_copies = folder / "key-copies"
        for made in (self.home, self.copies, self.key_copies):
            make_folder(made)
        self.vault: Vault = open_vault(url, self.home)
        self.vault.ensure([ALICE, BOB])
        self.boxes = {holder: self.vault.seal(holder, CANARY, **HERE) for holder in (ALICE, BOB)}
        (self.home / "book.db").write_bytes(b"".join(self.boxes.values()))
        self.copy("before")

    def copy(self, name: str) -> None:
        """Copy the rows, the files and, elsewhere, the wrapping keys.

        Files of an open database are copied by another process: to close them in this one would
        drop SQLite's locks.
        """
        make_folder(self.copies / name)
        self.vault.save_to(self.copies / name / "vault-keys")
        files = [f for f in self.home.glob("vault.db*") if not f.name.endswith(".lock")]
        if files:
            subprocess.run(["/bin/cp", *files, self.copies / name], check=True)
        copy_wrapping_keys(self.home / "keys", self.key_copies)

    def wrapped(self) -> dict[str, bytes]:
        """The rows as they stand."""
        rows: list[tuple[Any, ...]] = self.vault.store.read("SELECT holder, wrapped FROM data_keys")
        return dict(rows)

    def attacked(self) -> Attacker:
        """Everything that is still held falls into the wrong hands."""
        self.vault.close()
        keys = Keys.load(self.home, MASTER, embedded=False)
        return Attacker([self.home, self.copies, self.key_copies], keys)


@pytest.fixture
def past(book_url: str, tmp_path: Path) -> Iterator[Past]:
    """A past on each store in turn."""
    past = Past(book_url, tmp_path)
    with closing(past.vault):
        yield past


def test_after_the_change_of_the_wrapping_key_nothing_that_is_held_opens_the_forgotten(
    past: Past,
) -> None:
    """Old copies of rows, files and logs, all secrets: Bob's box opens to them, Alice's never."""
    past.vault.forget(ALICE)
    past.copy("forgotten, not yet final")
    past.vault.rotate()
    past.copy("after")

    attacker = past.attacked()

    assert not attacker.opens(ALICE, past.boxes[ALICE], **HERE)
    assert attacker.opens(BOB, past.boxes[BOB], **HERE)
    assert not attacker.holds(CANARY)
    with closing(open_vault(past.url, past.home)) as vault:
        assert vault.open(ALICE, past.boxes[ALICE], **HERE) is None
        assert vault.open(BOB, past.boxes[BOB], **HERE) == CANARY


def test_the_attack_succeeds_while_the_wrapping_key_has_not_changed(past: Past) -> None:
    """To delete the row is not to forget: an older copy and the old wrapping key open the box."""
    past.vault.forget(ALICE)
    past.copy("forgotten, not yet final")

    assert past.attacked().opens(ALICE, past.boxes[ALICE], **HERE)


def test_the_attack_succeeds_where_the_operators_copy_of_the_keys_was_left_behind(
    past: Past,
) -> None:
    """Copies of wrapping keys must follow each change, which is why they are short-lived."""
    past.vault.forget(ALICE)
    past.vault.rotate()

    assert past.attacked().opens(ALICE, past.boxes[ALICE], **HERE)


def test_the_attack_succeeds_on_whoever_was_not_forgotten(past: Past) -> None:
    """A change of the wrapping key alone forgets nobody."""
    past.vault.rotate()
    past.copy("after")

    assert past.attacked().opens(ALICE, past.boxes[ALICE], **HERE)


@pytest.mark.parametrize("book_url", ["sqlite"], indirect=True)
def test_on_sqlite_the_deleted_row_is_in_no_file_of_the_home(past: Past) -> None:
    """Overwritten in the file and cut from the log at once; the change leaves no old row either."""
    rows = past.wrapped()

    past.vault.forget(ALICE)
    past.copy("forgotten")
    past.vault.rotate()
    past.copy("changed")

    def found(holder: str, name: str) -> bool:
        files = (past.copies / name).glob("vault.db*")
        return any(rows[holder] in file.read_bytes() for file in files)

    assert found(ALICE, "before")
    assert not found(ALICE, "forgotten")
    assert found(BOB, "forgotten")
    assert not found(BOB, "changed")


@pytest.mark.parametrize("book_url", ["postgresql"], indirect=True)
def test_on_postgresql_the_deleted_row_is_left_in_the_log_only(
    past: Past, postgres: Postgres
) -> None:
    """The table is written anew; the log keeps the row, which no key opens any more."""
    rows = past.wrapped()
    ((oid,),) = past.vault.store.read(
        "SELECT oid FROM pg_database WHERE datname = current_database()"
    )

    def found(folder: str) -> bool:
        postgres.execute(sql.SQL("CHECKPOINT"))
        files = (postgres.data / folder).glob("*")
        return any(rows[ALICE] in file.read_bytes() for file in files if file.is_file())

    assert found(f"base/{oid}")
    past.vault.forget(ALICE)
    past.vault.rotate()

    assert not found(f"base/{oid}")
    assert found("pg_wal")


@pytest.mark.parametrize("changed", [False, True])
def test_a_restored_backup_forgets_again_before_it_serves(past: Past, changed: bool) -> None:  # noqa: FBT001
    """The list outside is applied to the rows of before; with the key copies Bob is there, too."""
    past.vault.forget(ALICE)
    if changed:
        past.vault.rotate()
        past.copy("after")
    past.vault.close()
    restored = past.home.parent / "restored"
    make_folder(restored)
    copy_wrapping_keys(past.home / "keys", restored / "keys")
    shutil.copytree(past.home / "outside", restored / "outside")

    with closing(open_vault(f"sqlite:///{restored}/book.db", restored)) as vault:
        first = vault.take_from(past.copies / "before" / "vault-keys")
        if changed:
            assert (first.taken, first.unreadable) == (0, 2)
            newer = vault.take_from(past.copies / "after" / "vault-keys")
            assert (newer.taken, newer.unreadable) == (1, 0)
        assert vault.open(ALICE, past.boxes[ALICE], **HERE) is None
        assert vault.open(BOB, past.boxes[BOB], **HERE) == CANARY
        assert vault.rotation_due() is not None

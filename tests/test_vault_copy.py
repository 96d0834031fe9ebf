"""A copy of the wrapped keys serves either store, and never brings a forgotten person back."""

import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from journal.vault import HolderForgotten, HolderUnknown, Vault
from journal.wrapping import WrappingKeyGone, copy_wrapping_keys, file_in
from tests.vaults import open_vault

ALICE = "0190a000-0000-7000-8000-00000000000a"
BOB = "0190a000-0000-7000-8000-00000000000b"
CAROL = "0190a000-0000-7000-8000-00000000000c"
NOTES = b"words about a person"


@pytest.fixture
def vault(book_url: str, tmp_path: Path) -> Iterator[Vault]:
    """A vault on each store in turn, with keys for Alice and Bob."""
    with closing(open_vault(book_url, tmp_path / "first")) as vault:
        vault.ensure([ALICE, BOB])
        yield vault


@pytest.fixture
def restored(vault: Vault, tmp_path: Path) -> Iterator[Vault]:
    """An empty vault on a machine that got the wrapping keys, but not the list outside."""
    home = tmp_path / "second"
    copy_wrapping_keys(tmp_path / "first" / "keys", home / "keys")
    with closing(open_vault(f"sqlite:///{home}/book.db", home)) as restored:
        yield restored


def seal(vault: Vault, holder: str) -> bytes:
    """A box of *holder*."""
    return vault.seal(holder, NOTES, stream="s-1", version=1, tag="t")


def read(vault: Vault, holder: str, box: bytes) -> bytes | None:
    """What is in it."""
    return vault.open(holder, box, stream="s-1", version=1, tag="t")


def test_another_vault_reads_with_the_copy(vault: Vault, restored: Vault, tmp_path: Path) -> None:
    """From either store to a fresh one; taking it twice changes nothing."""
    copy = tmp_path / "copy"
    box = seal(vault, ALICE)

    vault.save_to(copy)

    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert restored.take_from(copy).taken == 2
    assert restored.take_from(copy).taken == 0
    assert read(restored, ALICE, box) == NOTES


def test_each_store_takes_what_the_other_saved(
    vault: Vault, restored: Vault, tmp_path: Path
) -> None:
    """A district that outgrows its file moves to a server, and could move back."""
    restored.ensure([CAROL])
    box = seal(restored, CAROL)
    restored.save_to(tmp_path / "copy")

    assert vault.take_from(tmp_path / "copy").taken == 1

    assert read(vault, CAROL, box) == NOTES


def test_a_later_copy_takes_the_place_of_the_earlier(
    vault: Vault, restored: Vault, tmp_path: Path
) -> None:
    """After a change of wrapping key the older rows are dead; newer ones replace them for good."""
    box = seal(vault, ALICE)
    vault.save_to(tmp_path / "older")
    restored.take_from(tmp_path / "older")
    vault.rotate()
    vault.save_to(tmp_path / "newer")
    copy_wrapping_keys(tmp_path / "first" / "keys", tmp_path / "second" / "keys")
    assert restored.check() == 2  # the old wrapping key is still in memory
    restored.wrapping.let_go()
    with pytest.raises(WrappingKeyGone, match="2 of 2 .* that of " + ALICE):
        restored.check()

    taken = restored.take_from(tmp_path / "newer")
    again = restored.take_from(tmp_path / "older")

    assert (taken.taken, taken.unreadable) == (2, 0)
    assert (again.taken, again.unreadable) == (0, 2)
    assert restored.check() == 2
    assert read(restored, ALICE, box) == NOTES


def test_who_is_forgotten_here_stays_forgotten(
    vault: Vault, restored: Vault, tmp_path: Path
) -> None:
    """The copy is older than the forgetting."""
    vault.save_to(tmp_path / "copy")
    restored.forget(ALICE)

    assert restored.take_from(tmp_path / "copy").taken == 1

    assert read(restored, ALICE, seal(vault, ALICE)) is None


def test_a_copy_brings_its_tombstones(vault: Vault, restored: Vault, tmp_path: Path) -> None:
    """Whoever was forgotten when it was made is forgotten here too, key or no key."""
    box = seal(vault, ALICE)
    with pytest.raises(HolderUnknown):
        read(restored, ALICE, box)
    vault.save_to(tmp_path / "older")
    restored.take_from(tmp_path / "older")
    vault.forget(ALICE)
    vault.save_to(tmp_path / "newer")

    restored.take_from(tmp_path / "newer")

    assert read(restored, ALICE, box) is None
    assert restored.store.read("SELECT holder FROM data_keys") == [(BOB,)]
    assert restored.rotation_due() is not None
    assert [entry.holder for entry in restored._list.read()] == [ALICE]
    with pytest.raises(HolderForgotten):
        restored.ensure([ALICE])


def test_keys_that_do_not_open_are_not_taken(vault: Vault, tmp_path: Path) -> None:
    """The copy came without its wrapping keys: what is held is not spoiled."""
    vault.save_to(tmp_path / "copy")
    file_in(tmp_path / "first" / "keys", 1).rename(tmp_path / "away")
    with closing(open_vault(f"sqlite:///{tmp_path}/x", tmp_path / "third")) as other:
        other.ensure([CAROL])
        taken = other.take_from(tmp_path / "copy")
        assert (taken.taken, taken.unreadable) == (0, 2)
        with pytest.raises(HolderUnknown):
            read(other, ALICE, bytes(40))

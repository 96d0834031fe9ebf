"""Wrapping keys are numbered, random, outside the database, and gone once destroyed."""

import stat
from pathlib import Path

import pytest

from journal.keys import VARIABLES, Keys, WrongKeys, fresh_key_text
from journal.wrapping import (
    WrappingKeyGone,
    WrappingKeys,
    copy_wrapping_keys,
    file_in,
    numbers_in,
)

ALICE = "0190a000-0000-7000-8000-00000000000a"
KEY = bytes(range(32))


def fresh_keys(home: Path) -> Keys:
    """The keys of a book of one's own."""
    env = {variable: fresh_key_text() for variable in VARIABLES.values()}
    return Keys.load(home, env, embedded=False)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """A book's keys."""
    return fresh_keys(tmp_path)


def test_what_one_process_wraps_another_unwraps(keys: Keys) -> None:
    """Both know the master key and share the folder; the file is its owner's alone."""
    WrappingKeys(keys).make(1)

    wrapped = WrappingKeys(keys).wrap(1, ALICE, KEY)

    assert len(wrapped) == 60
    assert KEY not in wrapped
    assert WrappingKeys(keys).unwrap(1, ALICE, wrapped) == KEY
    assert stat.S_IMODE(file_in(keys.directory, 1).stat().st_mode) == 0o600


def test_a_key_that_was_made_stays(keys: Keys) -> None:
    """Two makers of one number agree on the first one's key."""
    first, second = WrappingKeys(keys), WrappingKeys(keys)
    first.make(1)
    wrapped = first.wrap(1, ALICE, KEY)

    second.make(1)

    assert second.unwrap(1, ALICE, wrapped) == KEY
    assert second.newest() == 1


def test_keys_are_not_derived(tmp_path: Path) -> None:
    """The same master key in another folder makes another key 1: destroying one is final."""
    env = {variable: fresh_key_text() for variable in VARIABLES.values()}
    one = WrappingKeys(Keys.load(tmp_path / "one", env, embedded=False))
    two = WrappingKeys(Keys.load(tmp_path / "two", env, embedded=False))
    one.make(1)
    two.make(1)

    with pytest.raises(WrappingKeyGone):
        two.unwrap(1, ALICE, one.wrap(1, ALICE, KEY))


def test_a_wrapped_key_belongs_to_its_holder_and_number(keys: Keys) -> None:
    """It cannot be handed to somebody else."""
    wrapping = WrappingKeys(keys)
    wrapping.make(1)
    wrapping.make(2)
    wrapped = wrapping.wrap(1, ALICE, KEY)

    for number, holder in ((2, ALICE), (1, "somebody"), (3, ALICE)):
        with pytest.raises(WrappingKeyGone):
            wrapping.unwrap(number, holder, wrapped)


def test_a_key_file_belongs_to_its_number(keys: Keys) -> None:
    """Key 1 under the name of key 2 is refused."""
    WrappingKeys(keys).make(1)
    file_in(keys.directory, 1).rename(file_in(keys.directory, 2))

    with pytest.raises(WrongKeys, match="wrapping-2"):
        WrappingKeys(keys).newest()


def test_destroyed_keys_are_gone_from_the_folder_and_from_memory(keys: Keys) -> None:
    """Also what a crash left of their making; newer ones stay."""
    wrapping = WrappingKeys(keys)
    for number in (1, 2, 3):
        wrapping.make(number)
    wrapped = wrapping.wrap(1, ALICE, KEY)
    (keys.directory / ".wrapping-2.0123abcd").write_bytes(bytes(60))
    (keys.directory / ".wrapping-3.0123abcd").write_bytes(bytes(60))

    wrapping.destroy_below(3)

    assert {f.name for f in keys.directory.iterdir()} == {".wrapping-3.0123abcd", "wrapping-3"}
    with pytest.raises(WrappingKeyGone):
        wrapping.unwrap(1, ALICE, wrapped)


def test_a_copy_follows_what_is_destroyed(keys: Keys, tmp_path: Path) -> None:
    """The operator's copy gets new keys, and loses those that were destroyed since."""
    wrapping, copy = WrappingKeys(keys), tmp_path / "elsewhere" / "keys"
    wrapping.make(1)
    copy_wrapping_keys(keys.directory, copy)
    assert numbers_in(copy) == [1]

    wrapping.make(2)
    copy_wrapping_keys(keys.directory, copy)
    assert numbers_in(copy) == [1, 2]

    wrapping.destroy_below(2)
    copy_wrapping_keys(keys.directory, copy)
    assert numbers_in(copy) == [2]
    assert file_in(copy, 2).read_bytes() == file_in(keys.directory, 2).read_bytes()
    assert stat.S_IMODE(file_in(copy, 2).stat().st_mode) == 0o600


def test_a_copy_is_never_spoiled_by_a_folder_that_lost_its_keys(keys: Keys, tmp_path: Path) -> None:
    """An emptied folder, or another book's, does not take the place of the copy."""
    wrapping, copy = WrappingKeys(keys), tmp_path / "copy"
    wrapping.make(1)
    wrapping.make(2)
    copy_wrapping_keys(keys.directory, copy)
    held = file_in(copy, 2).read_bytes()

    other = WrappingKeys(fresh_keys(tmp_path / "other"))
    with pytest.raises(WrongKeys, match="newer"):
        copy_wrapping_keys(other.folder, copy)
    other.make(2)
    with pytest.raises(WrongKeys, match="another book"):
        copy_wrapping_keys(other.folder, copy)

    assert file_in(copy, 2).read_bytes() == held
    assert numbers_in(copy) == [1, 2]

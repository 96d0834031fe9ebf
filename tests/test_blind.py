"""The blind index finds what was put in, and tells nothing to whoever lacks the key."""

from pathlib import Path

from journal.blind import BlindIndex
from journal.keys import Keys
from tests.vaults import MASTER


def index(home: Path, **changed: str) -> BlindIndex:
    """A blind index over the tests' master key, or another."""
    return BlindIndex(Keys.load(home, MASTER | changed, embedded=False))


def test_the_same_term_is_found_again_by_another_process(tmp_path: Path) -> None:
    """One field, one term, one key: one hash of 32 bytes."""
    once = index(tmp_path).mac("phone", "13800138000")
    assert once == index(tmp_path).mac("phone", "13800138000")
    assert len(once) == 32


def test_another_field_or_key_gives_another_hash(tmp_path: Path) -> None:
    """A phone that reads like a document's number is not found under it."""
    other = {"TIMEBANK_MASTER_KEY": "b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItb3Q"}
    macs = {
        index(tmp_path).mac("phone", "13800138000"),
        index(tmp_path).mac("id_number", "13800138000"),
        index(tmp_path).mac("phone", "13800138001"),
        index(tmp_path, **other).mac("phone", "13800138000"),
    }
    assert len(macs) == 4

"""The wrapping key changes without a moment in which anything cannot be read, crash or no crash."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from journal.rotation import BATCH
from journal.vault import Keyring, Vault
from journal.wrapping import WrappingKeyGone, file_in, numbers_in
from tests.vaults import open_vault

HOLDERS = [f"0190a000-0000-7000-8000-{n:012}" for n in range(2 * BATCH + 10)]
ALICE, *OTHERS = HOLDERS
NOTES = b"words about a person"
STEPS = ["asked", "made", "wrapped", "wrapped", "wrapped", "destroyed", "compacted", "done"]

# Rotates in a process of its own and dies at once when it has heard of the n-th step.
CRASHING = """
import os, signal, sys
from pathlib import Path
from tests.vaults import open_vault

url, home, last = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
heard = 0

def on_progress(step, done, total):
    global heard
    heard += 1
    if heard == last:
        os.kill(os.getpid(), signal.SIGKILL)

open_vault(url, home).rotate(on_progress)
"""

# Changes the key again and again, until somebody ends it.
RESTLESS = """
import sys
from pathlib import Path
from tests.vaults import open_vault

vault = open_vault(sys.argv[1], Path(sys.argv[2]))
print("ready", flush=True)
while True:
    vault.rotate()
"""


@pytest.fixture
def vault(book_url: str, tmp_path: Path) -> Iterator[Vault]:
    """A vault in which everyone has a key."""
    with closing(open_vault(book_url, tmp_path)) as vault:
        vault.ensure(HOLDERS)
        yield vault


def another_process(script: str, *arguments: str | Path) -> subprocess.Popen[bytes]:
    """A process that runs *script* with what this one can import."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
    )


def boxes_of(vault: Vault) -> dict[str, bytes]:
    """A box for everyone."""
    ring = vault.keyring(HOLDERS)
    return {h: ring.seal(h, NOTES, stream="s-1", version=1, tag="t") for h in HOLDERS}


def readable(ring: Keyring, boxes: dict[str, bytes]) -> set[str]:
    """Who of *boxes* can be read."""
    return {
        h
        for h, box in boxes.items()
        if ring.open(h, box, stream="s-1", version=1, tag="t") == NOTES
    }


def read_afresh(book_url: str, home: Path, boxes: dict[str, bytes]) -> set[str]:
    """Who of *boxes* can be read by a process that starts now."""
    with closing(open_vault(book_url, home)) as fresh:
        return readable(fresh.keyring(HOLDERS), boxes)


def test_everyone_is_readable_at_every_step(vault: Vault, book_url: str, tmp_path: Path) -> None:
    """Before, between and after: a process with a warm cache and one that starts read the same."""
    boxes = boxes_of(vault)
    heard = []

    def on_progress(step: str, done: int, total: int) -> None:
        heard.append((step, done, total))
        assert readable(vault.keyring(HOLDERS), boxes) == set(HOLDERS)
        assert read_afresh(book_url, tmp_path, boxes) == set(HOLDERS)

    rotated = vault.rotate(on_progress)

    assert [step for step, _, _ in heard] == STEPS
    assert [done for step, done, _ in heard if step == "wrapped"] == [BATCH, 2 * BATCH, 2010]
    assert (rotated.number, rotated.wrapped, rotated.unreadable) == (2, len(HOLDERS), 0)
    assert numbers_in(tmp_path / "keys") == [2]
    assert vault.rotation_due() is None


def test_a_crash_at_any_step_loses_nothing_and_the_next_run_finishes(
    vault: Vault, book_url: str, tmp_path: Path
) -> None:
    """Killed at each of the eight steps in turn: readable then, one wrapping key after the rest."""
    boxes = boxes_of(vault)
    vault.forget(ALICE)
    for step in range(1, len(STEPS) + 1):
        before = numbers_in(tmp_path / "keys")
        with another_process(CRASHING, book_url, tmp_path, str(step)) as crashed:
            assert crashed.wait() == -signal.SIGKILL

        assert readable(vault.keyring(HOLDERS), boxes) == set(OTHERS)
        assert read_afresh(book_url, tmp_path, boxes) == set(OTHERS)
        vault.ensure([f"born-{step}"])
        if STEPS[step - 1] != "done":
            assert vault.rotation_due() is not None
        rotated = vault.rotate()
        assert numbers_in(tmp_path / "keys") == [rotated.number]
        assert rotated.number > max(before)
        assert vault.rotation_due() is None
        assert read_afresh(book_url, tmp_path, boxes) == set(OTHERS)


def test_who_is_forgotten_before_the_new_key_is_made_is_past_recall_with_it(
    vault: Vault, book_url: str, tmp_path: Path
) -> None:
    """The change was asked for by an earlier forgetting; one change serves both."""
    vault.forget(OTHERS[0])
    with closing(open_vault(book_url, tmp_path)) as other:

        def on_progress(step: str, done: int, total: int) -> None:
            if step == "asked":
                other.forget(ALICE)

        rotated = vault.rotate(on_progress)

    assert rotated.wrapped == len(HOLDERS) - 2
    assert vault.rotation_due() is None


@pytest.mark.parametrize("at", ["made", "wrapped", "destroyed"])
def test_who_is_forgotten_meanwhile_waits_for_the_next_change(
    vault: Vault, book_url: str, tmp_path: Path, at: str
) -> None:
    """The new key may wrap theirs already, so it must go, too: the change stays due."""
    boxes = boxes_of(vault)
    with closing(open_vault(book_url, tmp_path)) as other:

        def on_progress(step: str, done: int, total: int) -> None:
            if step == at:
                other.forget(ALICE)

        first = vault.rotate(on_progress)
        assert vault.rotation_due() is not None
        second = vault.rotate()

    assert vault.rotation_due() is None
    assert second.number > first.number
    assert numbers_in(tmp_path / "keys") == [second.number]
    assert read_afresh(book_url, tmp_path, boxes) == set(OTHERS)


def test_keys_made_meanwhile_are_wrapped_by_the_new_key(
    vault: Vault, book_url: str, tmp_path: Path
) -> None:
    """A new holder at every step, made by another process: none is left behind."""
    born: list[str] = []
    with closing(open_vault(book_url, tmp_path)) as other:

        def on_progress(step: str, done: int, total: int) -> None:
            born.append(f"born-{len(born)}")
            other.ensure(born[-1:])

        vault.rotate(on_progress)
        sealed = [other.seal(h, NOTES, stream="s-1", version=1, tag="t") for h in born]

    with closing(open_vault(book_url, tmp_path)) as fresh:
        for h, box in zip(born, sealed, strict=True):
            assert fresh.open(h, box, stream="s-1", version=1, tag="t") == NOTES
    assert vault.store.read("SELECT DISTINCT wrapping FROM data_keys") == [(2,)]


def test_an_empty_vault_can_change_its_key(book_url: str, tmp_path: Path) -> None:
    """Forgetting someone who never had a key leaves nothing due for long."""
    with closing(open_vault(book_url, tmp_path)) as vault:
        vault.forget(ALICE)
        vault.rotate()
        assert vault.rotation_due() is None
        vault.ensure(OTHERS[:1])


def test_nothing_is_destroyed_where_nothing_opens(
    vault: Vault, book_url: str, tmp_path: Path
) -> None:
    """Another book's key under the old name: the change stops before it does harm."""
    vault.close()
    with closing(open_vault(f"sqlite:///{tmp_path}/x", tmp_path / "other")) as stranger:
        stranger.ensure([ALICE])
    held = file_in(tmp_path / "other" / "keys", 1).read_bytes()
    file_in(tmp_path / "keys", 1).write_bytes(held)

    with closing(open_vault(book_url, tmp_path)) as mixed, pytest.raises(WrappingKeyGone):
        mixed.rotate()

    assert file_in(tmp_path / "keys", 1).read_bytes() == held


def test_one_damaged_row_does_not_keep_the_forgotten_from_being_forgotten(
    vault: Vault, book_url: str, tmp_path: Path
) -> None:
    """It could not be opened anyway; it is counted, and everyone else goes on."""
    boxes = boxes_of(vault)
    with vault.store.write() as run:
        run("UPDATE data_keys SET wrapped = ? WHERE holder = ?", (bytes(60), OTHERS[0]))
    vault.forget(ALICE)

    assert vault.rotate().unreadable == 1

    assert vault.rotation_due() is None
    with closing(open_vault(book_url, tmp_path)) as fresh:
        assert readable(fresh.keyring(OTHERS[1:]), {h: boxes[h] for h in OTHERS[1:]}) == set(
            OTHERS[1:]
        )


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100))
def test_a_crash_at_any_moment_loses_nothing(
    vault: Vault, book_url: str, tmp_path: Path, seed: int
) -> None:
    """Killed between any two instructions: everyone is readable, and one change tidies up."""
    boxes = boxes_of(vault)
    with another_process(RESTLESS, book_url, tmp_path) as restless:
        assert restless.stdout is not None
        restless.stdout.readline()
        time.sleep(random.Random(seed).uniform(0, 0.4))
        restless.kill()

    assert readable(vault.keyring(HOLDERS), boxes) == set(HOLDERS)
    assert read_afresh(book_url, tmp_path, boxes) == set(HOLDERS)
    rotated = vault.rotate()
    assert rotated.unreadable == 0
    assert numbers_in(tmp_path / "keys") == [rotated.number]
    left = list((tmp_path / "keys").glob(".wrapping-*"))
    assert all(file.name.startswith(f".wrapping-{rotated.number}.") for file in left)
    assert vault.rotation_due() is None

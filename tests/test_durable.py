"""Small files are wholly there or not at all, and are made only once."""

import os
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from journal.durable import append_line, destroy, make_folder, make_once
from tests.gate import Gate


def test_of_many_makers_one_wins(tmp_path: Path) -> None:
    """Sixteen at once: one is told so, its content is whole, nothing is left beside it."""
    file = tmp_path / "key"

    def make(number: int) -> bool:
        return make_once(file, b"%02d" % number * 1000)

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(make, range(16)))

    assert made.count(True) == 1
    assert file.read_bytes() == b"%02d" % made.index(True) * 1000
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_folders_are_made_for_their_owner(tmp_path: Path) -> None:
    """Mode 0700; making it again changes nothing."""
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")

    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


def test_a_torn_line_does_not_spoil_the_next(tmp_path: Path) -> None:
    """A power cut left half a line: what is appended stands on a line of its own."""
    file = tmp_path / "list"
    append_line(file, b"first")
    with file.open("ab") as f:
        f.write(b"sec")

    append_line(file, b"third")

    assert file.read_bytes() == b"first\nsec\nthird\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_destroyed_file_is_overwritten_before_it_goes(tmp_path: Path) -> None:
    """Another name of the same bytes shows zeros; destroying again does nothing."""
    file, same = tmp_path / "key", tmp_path / "same"
    file.write_bytes(b"secret")
    same.hardlink_to(file)

    destroy(file)
    destroy(file)

    assert not file.exists()
    assert same.read_bytes() == bytes(6)


@pytest.mark.parametrize("failing", [r"/\.key\.\w+$", r"/folder$"], ids=["file", "folder"])
def test_a_file_that_could_not_be_flushed_is_not_there(tmp_path: Path, failing: str) -> None:
    """Neither its bytes nor its name may be missing after a power cut: making it is tried again."""
    folder = tmp_path / "folder"
    folder.mkdir()
    program = (
        "from pathlib import Path; from journal.durable import make_once;"
        f"make_once(Path({str(folder)!r}) / 'key', b'content')"
    )
    with Gate() as gate:
        gate.failing = re.compile(failing)
        maker = subprocess.Popen(
            [*gate.launcher(), sys.executable, "-c", program],
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
            stderr=subprocess.PIPE,
            pass_fds=[gate.theirs],
        )
        gate.watch()
        _, said = maker.communicate()
    assert b"Input/output error" in said
    assert list(folder.iterdir()) == []

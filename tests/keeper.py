"""Clears up after a test process, however that ended: run as a process of its own beside it.

It reads until its standard input closes, which is when the test process is gone, then ends the
servers that are left and removes their folder.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

GRACE_SECONDS = 5


def main(home: Path) -> None:
    """Wait for the end of the test process, then leave nothing of *home*."""
    sys.stdin.read()
    left = [int(file.read_text()) for file in home.glob("*/server.pid")]
    for pid in left:
        _tell(pid, signal.SIGQUIT)
    until = time.monotonic() + GRACE_SECONDS
    while any(_tell(pid, 0) for pid in left) and time.monotonic() < until:
        time.sleep(0.05)
    for pid in left:
        _tell(pid, signal.SIGKILL)
    for mounted in _mounts(home):
        subprocess.run(("umount", "--lazy", mounted), check=False)
    shutil.rmtree(home)


def _mounts(home: Path) -> list[str]:
    """The file systems that a test mounted in *home* and that are still there."""
    mounts = Path("/proc/self/mounts")
    places = (
        [line.split()[1] for line in mounts.read_text().splitlines()] if mounts.exists() else []
    )
    return [place for place in places if Path(place).is_relative_to(home)]


def _tell(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]))

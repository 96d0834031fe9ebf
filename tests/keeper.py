"""Clears up after a test process, however that ended: run as a process of its own beside it.

It reads until its standard input closes, which is when the test process is gone, then ends the
servers that are left and removes their folder.
"""

import os
import shutil
import signal
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
    shutil.rmtree(home)


def _tell(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Small file systems for the tests, and how to fill one; mounting needs root."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BLOCK = bytes(65_536)


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """A file system of *size* at *folder*, while the block lasts."""
    folder.mkdir(exist_ok=True)
    options = f"size={size},mode=0700"
    subprocess.run(("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder), check=True)
    try:
        yield folder
    finally:
        subprocess.run(("umount", "--lazy", folder), check=True)


def fill(ballast: Path) -> None:
    """Let *ballast* take every byte that is left."""
    with ballast.open("ab", buffering=0) as file:
        try:
            while file.write(BLOCK):
                pass
        except OSError:
            return

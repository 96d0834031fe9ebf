"""Small files that are wholly there or not at all, and that are made only once."""

import os
import secrets
from pathlib import Path

OWNER_ONLY = 0o600
OWNER_ONLY_FOLDER = 0o700


def make_folder(folder: Path) -> None:
    """Make *folder* (0700) and what is above it, so that it is still there after a power cut."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    for made in missing:
        sync_folder(made.parent)


def make_once(file: Path, content: bytes) -> bool:
    """Whether *file* (0600) was made with *content*; False and nothing done where it exists.

    A half-written file is never seen under its name, and of several makers exactly one wins:
    the content is written beside it, and a hard link gives it the name.
    """
    beside = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(fd, "wb") as f:
            f.write(content)
            f.flush()
            os.fsync(f.fileno())
        os.link(beside, file)
    except FileExistsError:
        return False
    finally:
        beside.unlink()
    try:
        sync_folder(file.parent)
    except OSError:
        file.unlink()  # or the next maker would take a name for safe that no disk has
        raise
    return True


def append_line(file: Path, line: bytes) -> None:
    """Append *line* to *file* (0600); on return it is on the disk.

    A line that a power cut tore stays torn: the next one begins on a line of its own.
    """
    made = not file.exists()
    fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, OWNER_ONLY)
    with os.fdopen(fd, "r+b", buffering=0) as f:
        size = f.seek(0, os.SEEK_END)
        torn = size > 0 and os.pread(f.fileno(), 1, size - 1) != b"\n"
        f.write((b"\n" if torn else b"") + line + b"\n")
        os.fsync(f.fileno())
    if made:
        sync_folder(file.parent)


def destroy(file: Path) -> None:
    """Overwrite *file* with zeros and remove it; done already where it is not there.

    What this can promise: the name is gone, and on a disk that writes in place so are the bytes.
    What it cannot: flash storage, copy-on-write or journalling file systems and snapshots may
    keep the old block until they reuse it. Encrypt the disk, and keep no snapshots of the folder.
    """
    try:
        with file.open("r+b", buffering=0) as f:
            f.write(bytes(os.fstat(f.fileno()).st_size))
            os.fsync(f.fileno())
        file.unlink()
    except FileNotFoundError:
        return
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in *folder* to the disk."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)

"""The disk is full: who writes is told so, nothing is written by half, everyone can still read.

Two kinds of full: the kernel lets the process write no further (`RLIMIT_FSIZE`, EFBIG; for every
user), and a file system without a free byte (ENOSPC; mounting one needs root).
"""

import asyncio
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.households import acknowledged, living, refresh, unavailable, until
from tests.played import Played, letters_of
from tests.programs import is_root
from tests.servers import Home
from tests.sites import Served
from tests.soundness import assert_nothing_lost, assert_sound

HOUSEHOLDS = 32
SIZE = "24m"
BLOCK = bytes(65_536)

Change = Callable[[], None]


class Disk:
    """Where a site stands, and how to make it full and free again."""

    def __init__(self, played: Played, served: Served) -> None:
        self.played = played
        self.served = served

    def fill(self) -> None:
        """Leave not a byte."""
        raise NotImplementedError

    def free(self) -> None:
        """Give the space back."""
        raise NotImplementedError


class Limited(Disk):
    """The process may not write a byte to any file, its own log included."""

    def fill(self) -> None:
        """As `Disk`."""
        self._limit(0)

    def free(self) -> None:
        """As `Disk`."""
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        _, most = resource.prlimit(self.served.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.served.pid, resource.RLIMIT_FSIZE, (size, most))


class Stunted(Limited):
    """No file may grow beyond what the write-ahead log has reached: writes end in the middle."""

    def fill(self) -> None:
        """As `Disk`."""
        log = self.played.site.home / "book.db-wal"
        self._limit(log.stat().st_size + 1_000)


class Mounted(Disk):
    """A file system of its own, filled by one big file."""

    def fill(self) -> None:
        """As `Disk`."""
        with self.ballast.open("ab", buffering=0) as file:
            try:
                while file.write(BLOCK):
                    pass
            except OSError:
                return

    def free(self) -> None:
        """As `Disk`."""
        self.ballast.unlink()

    @property
    def ballast(self) -> Path:
        """The big file."""
        return self.played.site.folder.parent / "ballast"


@contextmanager
def mounted(folder: Path) -> Iterator[Path]:
    """A small file system at *folder*."""
    folder.mkdir(exist_ok=True)
    tmpfs = ("mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", folder)
    subprocess.run(tmpfs, check=True)
    try:
        yield folder
    finally:
        subprocess.run(("umount", "--lazy", folder), check=True)


@pytest.fixture(params=[Limited, Stunted, Mounted], ids=["no-write", "no-growth", "no-space"])
def disk(request: pytest.FixtureRequest, played_on_sqlite: Played, home: Home) -> Iterator[Disk]:
    """A disk with a played district of this test's own, served."""
    if request.param is not Mounted:
        with played_on_sqlite.copied() as played, played.served() as served:
            yield request.param(played, served)
        return
    if not is_root():
        pytest.skip("mounting a small file system needs root; EFBIG is tested for every user")
    with (
        mounted(home.folder / "disk") as folder,
        played_on_sqlite.copied(folder / "site") as played,
        played.served() as served,
    ):
        yield Mounted(played, served)


async def test_on_a_full_disk_writes_are_refused_and_reads_go_on(disk: Disk) -> None:
    """Full, and free again, three times under load: 503 while it lasts, and nothing is lost."""
    played, served = disk.played, disk.served
    await refresh(played.people(), served.port)
    households = played.households(HOUSEHOLDS, 5)
    async with living(households, served.port):
        for _ in range(3):
            before = acknowledged(households)
            await until(lambda: acknowledged(households) > before + 100, 30, "acknowledged")  # noqa: B023
            refused = unavailable(households)
            disk.fill()
            await until(lambda: unavailable(households) > refused + HOUSEHOLDS, 30, "refusals")  # noqa: B023
            await played.reads_go_on(served)
            await asyncio.sleep(0.3)
            disk.free()
    await assert_nothing_lost(served, letters_of(households))
    served.stop()
    assert_sound(played.site)


async def test_a_crash_on_a_full_disk_loses_nothing_that_was_acknowledged(disk: Disk) -> None:
    """Killed while the disk is full; started again once there is space."""
    played, served = disk.played, disk.served
    await refresh(played.people(), served.port)
    households = played.households(HOUSEHOLDS, 6)
    async with living(households, served.port) as stop:
        await until(lambda: acknowledged(households) > 100, 30, "commands acknowledged")
        disk.fill()
        await until(lambda: unavailable(households) > HOUSEHOLDS, 30, "refusals")
        stop.set()
        served.kill()
    if isinstance(disk, Mounted):
        disk.free()
    served.start()
    await assert_nothing_lost(served, letters_of(households))
    served.stop()
    assert_sound(played.site)

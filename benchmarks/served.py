"""Servers under load, each in a process of its own: started, waited for, weighed, stopped."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from urllib.request import urlopen

import msgspec

START_SECONDS = 60
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024


class NotStarted(Exception):
    """The server ended, or did not answer in time."""


class Server(msgspec.Struct, frozen=True):
    """A running server."""

    port: int
    pid: int
    started_in_seconds: float

    @property
    def memory_mebibytes(self) -> float:
        """What of its memory is resident."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * PAGE_KIB / 1024


@contextmanager
def served(program: Sequence[str], environment: Mapping[str, str], path: str) -> Iterator[Server]:
    """The server that `python` *program* is, from when it answers at *path*."""
    port = _free_port()
    began = time.monotonic()
    with (
        TemporaryFile() as log,
        subprocess.Popen(
            [sys.executable, *program, "--port", str(port)],
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            if not _answers(process, f"http://127.0.0.1:{port}{path}"):
                log.seek(0)
                raise NotStarted(log.read().decode())
            yield Server(port, process.pid, time.monotonic() - began)
        finally:
            process.terminate()


def _answers(process: subprocess.Popen[bytes], address: str) -> bool:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with suppress(OSError), urlopen(address, timeout=5) as answer:  # noqa: S310 - our own
            if answer.status == 200:
                return True
        time.sleep(0.02)
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

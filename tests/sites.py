"""The real service for fault tests: `timebank serve` as a process, on a book of its own.

Shapes: a `Site` is a folder (home, state outside it, logs) and a database; a `Served` is one
process that serves a site. A site is copied from one that was made once.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import msgspec

from tests.servers import Home, Postgres

ROOT = Path(__file__).parents[1]
TIMEBANK = (sys.executable, "-c", "from api.cli import main; main()")
PASSWORD = "the district's own demonstration"
START_SECONDS = 60
STOP_SECONDS = 30
RUN_SECONDS = 120

# With PostgreSQL the keys come from the environment; these guard made-up people only.
KEYS = {f"TIMEBANK_{name}_KEY": "A" * 43 for name in ("MASTER", "LOG", "TOKEN")}


class Site(msgspec.Struct, frozen=True):
    """Where one book lives: a folder, and with PostgreSQL a database."""

    folder: Path
    url: str = ""
    more: Mapping[str, str] = {}
    house: str = "home"

    @property
    def home(self) -> Path:
        """`TIMEBANK_HOME`."""
        return self.folder / self.house

    @property
    def environ(self) -> dict[str, str]:
        """The whole environment of a command at this site."""
        return {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            "PYTHONUNBUFFERED": "1",
            "TIMEBANK_HOME": str(self.home),
            "TIMEBANK_LAST_CHECKPOINT": str(self.folder / "state" / "checkpoint"),
            "TIMEBANK_DEMO_PASSWORD": PASSWORD,
            **(KEYS | {"DATABASE_URL": self.url} if self.url else {}),
            **self.more,
        }

    def with_more(self, **more: str) -> "Site":
        """This site under other settings."""
        return msgspec.structs.replace(self, more={**self.more, **more})

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `timebank` here, to its end."""
        return subprocess.run(
            [*TIMEBANK, *arguments],
            env=self.environ,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )

    def must_run(self, *arguments: str) -> str:
        """Run a command that must succeed; what it printed."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def copy_to(self, folder: Path, cluster: Postgres | None = None) -> "Site":
        """A copy of this site, which nobody serves just now."""
        shutil.copytree(self.folder, folder)
        if cluster is None:
            return Site(folder)
        return Site(folder, cluster.url(cluster.create_database(_database(self.url))))


class Served:
    """A `timebank serve` of *site*; started again, it may answer at another port."""

    def __init__(
        self,
        site: Site,
        home: Home,
        *,
        launcher: Sequence[str] = (),
        arguments: Sequence[str] = (),
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.site = site
        self.launcher = launcher
        self.arguments = arguments
        self.pass_fds = pass_fds
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.folder = home.folder / f"served-{len(home.servers)}"
        self.folder.mkdir()
        self.log = self.folder / "log"
        home.servers.append(self)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The running process."""
        assert self.process is not None, "not started"
        return self.process.pid

    def launch(self) -> None:
        """Begin to start; returns at once."""
        assert self.process is None, "started already"
        self.port = _free_port()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.launcher, *TIMEBANK, "serve", "--port", str(self.port), *self.arguments],
                env=self.site.environ,
                cwd=self.site.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.pass_fds,
                start_new_session=True,
            )
        (self.folder / "server.pid").write_text(str(self.process.pid))

    def start(self) -> None:
        """Start, and wait until it answers."""
        self.launch()
        self.wait()

    def wait(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + START_SECONDS
        while not self.answers():
            assert self.process is not None
            assert self.process.poll() is None, f"the service ended:\n{self.tail()}"
            assert time.monotonic() < until, f"the service does not answer:\n{self.tail()}"
            time.sleep(0.01)

    def answers(self) -> bool:
        """Whether it takes connections."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """End the process, and with it its workers, as a crash does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask the process to stop, if it still runs, and wait until it has."""
        if self.process is not None:
            self._end(signal.SIGTERM)

    def tail(self) -> str:
        """The end of what it logged."""
        return self.log.read_text(errors="replace")[-4000:]

    def _end(self, number: signal.Signals) -> None:
        assert self.process is not None, "not started"
        if number is signal.SIGKILL:
            os.killpg(self.process.pid, number)  # its own session, so its own group
        else:
            self.process.send_signal(number)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise AssertionError(f"the service does not stop:\n{self.tail()}") from None
        finally:
            (self.folder / "server.pid").unlink(missing_ok=True)
            self.process = None


def demonstration(folder: Path, cluster: Postgres | None, scale: str = "0.02") -> Site:
    """A new site with the demonstration district in it."""
    folder.mkdir()
    site = Site(folder, cluster.url(cluster.create_database()) if cluster else "")
    site.must_run("demo", "--scale", scale)
    return site


def drop(site: Site, cluster: Postgres | None) -> None:
    """Take a site away."""
    if cluster is not None:
        cluster.drop_database(_database(site.url))
    shutil.rmtree(site.folder)


def _database(url: str) -> str:
    return url.rpartition("/")[2]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

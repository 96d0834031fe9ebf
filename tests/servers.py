"""Real servers for the tests: PostgreSQL and Redis on loopback, without root, gone with the tests.

Shapes: a `Home` is a temporary folder with servers in it, and outlives no test process.
"""

import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import BinaryIO, Protocol, Self

import psutil
import psycopg
import redis
from psycopg import sql

from tests import keeper, programs

START_SECONDS = 30
START_ATTEMPTS = 20

# Nothing is flushed: quick, and good for every test that does not pull the plug.
_HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class ServerBroken(Exception):
    """A server did not come up."""


class Stopped(Protocol):
    """What a home stops at its end, and does so again in vain."""

    def stop(self) -> None:
        """End the process, if it still runs."""


class Home:
    """A temporary folder for servers; when its maker is gone, so are they and it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="timebank-tests-"))
        if programs.is_root():
            self.folder.chmod(0o711)
        self.servers: list[Stopped] = []
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", keeper.__file__, self.folder],
            stdin=subprocess.PIPE,
            start_new_session=True,
            cwd="/",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for server in reversed(self.servers):
            server.stop()
        self._keeper.communicate()


class Server:
    """One server process in a folder of its own; started again, it keeps its address."""

    def __init__(self, home: Home, name: str) -> None:
        self.folder = home.folder / name
        self.folder.mkdir()
        self.port = 0
        self.password = secrets.token_hex(16)
        self._log = self.folder / "log"
        self._pid = self.folder / "server.pid"
        self._process: subprocess.Popen[bytes] | None = None
        home.servers.append(self)

    def command(self) -> list[str | Path]:
        """The program and its arguments, for `self.port`."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether the process that was started takes requests."""
        raise NotImplementedError

    def launch(self, log: BinaryIO) -> subprocess.Popen[bytes]:
        """Begin to start."""
        return programs.start(self.command(), self.folder, log)

    def ended(self) -> bool:
        """Whether the process that was started is no more."""
        return self._process is not None and self._process.poll() is not None

    @property
    def pid(self) -> int:
        """The running process."""
        assert self._process is not None, "not started"
        return self._process.pid

    def start(self) -> None:
        """Start, and wait until it answers.

        A first start may find its port taken, and one after a crash may find memory not yet given
        back: both pass.
        """
        fixed = self.port
        for _ in range(START_ATTEMPTS):
            self.port = fixed or _free_port()
            with self._log.open("wb") as log:
                self._process = self.launch(log)
            self._pid.write_text(str(self._process.pid))
            if self._came_up(self._process):
                return
            self.stop()
            time.sleep(0.2)
        message = f"{self.command()[0]} did not start:\n{self._log.read_text()[-2000:]}"
        raise ServerBroken(message)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """End the process with signal *number* and wait until it is gone; nothing when it is."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(START_SECONDS)
            self._pid.unlink()
            self._process = None

    def kill(self) -> None:
        """End the process and its children as a crash does, none outliving another."""
        process = psutil.Process(self.pid)
        # Stopped first, so that it starts no further child while these are counted.
        process.suspend()
        children = process.children(recursive=True)
        for child in children:
            child.kill()
        self.stop(signal.SIGKILL)
        until = time.monotonic() + START_SECONDS
        while not all(map(_is_dead, children)) and time.monotonic() < until:
            time.sleep(0.002)

    def _came_up(self, process: subprocess.Popen[bytes]) -> bool:
        until = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < until:
            if self.answers():
                return True
            time.sleep(0.02)
        return False


class Postgres(Server):
    """A PostgreSQL cluster: *durable* for tests that pull the plug, otherwise quick."""

    def __init__(self, home: Home, name: str, *, durable: bool = False) -> None:
        super().__init__(home, name)
        self.programs = programs.postgres_programs(home.folder / "programs")
        self.settings = {} if durable else dict(_HASTY)
        self.data = self.folder / "data"
        if programs.is_root():
            shutil.chown(self.folder, programs.LENT_TO)

    @classmethod
    def fresh(cls, home: Home, name: str, *, durable: bool = False) -> Self:
        """A new, started cluster; its role `timebank` may do what a service's role may."""
        cluster = cls(home, name, durable=durable)
        secret = cluster.folder / "password"
        secret.write_text(cluster.password)
        cluster._run(
            "initdb",
            *("--pgdata", cluster.data, "--username", "postgres", "--pwfile", secret),
            *("--auth", "password", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
        )
        cluster.start()
        cluster.execute(
            sql.SQL("CREATE ROLE timebank LOGIN PASSWORD {}").format(sql.Literal(cluster.password))
        )
        return cluster

    def command(self) -> list[str | Path]:
        """Listen on loopback only."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "wal_retrieve_retry_interval": "200ms",
            **self.settings,
        }
        pairs = [f"--{name}={value}" for name, value in settings.items()]
        return [self.programs / "postgres", "-D", self.data, *pairs]

    def answers(self) -> bool:
        """PostgreSQL writes its state on the eighth line of its own pid file."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(self.pid)] and lines[7:] != [] and lines[7].strip() == "ready"

    def url(self, database: str, role: str = "timebank") -> str:
        """The address of *database* for *role*: `timebank`, or the superuser `postgres`."""
        return f"postgresql://{role}:{self.password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: sql.Composed | sql.SQL) -> None:
        """Run one statement as the superuser, outside a transaction."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def create_database(self, template: str = "template0") -> str:
        """A new database owned by the role `timebank`, copied from *template*."""
        name = f"test_{secrets.token_hex(6)}"
        self.execute(
            sql.SQL("CREATE DATABASE {} OWNER timebank TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return name

    def drop_database(self, name: str) -> None:
        """Drop *name*, whoever is still connected."""
        self.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def standby(self, home: Home, name: str) -> "Postgres":
        """A started streaming standby of this cluster, copied from it while it runs."""
        copy = Postgres(home, name)
        copy.password = self.password
        copy.settings = dict(self.settings)
        copy._run(
            "pg_basebackup",
            *("--pgdata", copy.data, "--dbname", self.url("postgres", "postgres")),
            *("--wal-method", "stream", "--checkpoint", "fast", "--write-recovery-conf"),
        )
        copy.start()
        return copy

    def promote(self) -> None:
        """Make this standby a primary, and wait until it is one."""
        self.execute(sql.SQL("SELECT pg_promote()"))

    def _run(self, program: str, *arguments: str | Path) -> None:
        with self._log.open("wb") as log:
            process = programs.start([self.programs / program, *arguments], self.folder, log)
        if process.wait() != 0:
            message = f"{program} failed:\n{self._log.read_text()[-2000:]}"
            raise ServerBroken(message)


class Redis(Server):
    """A Redis that keeps nothing on disk: what it loses, the service can make again."""

    @classmethod
    def fresh(cls, home: Home, name: str) -> Self:
        """A started, empty server."""
        server = cls(home, name)
        server.start()
        return server

    def command(self) -> list[str | Path]:
        """Listen on loopback only, behind a password."""
        return [
            programs.redis_program(),
            *("--bind", "127.0.0.1", "--port", str(self.port), "--requirepass", self.password),
            *("--save", "", "--appendonly", "no", "--dir", self.folder),
        ]

    def answers(self) -> bool:
        """PING is answered by this server and not by another one on its port."""
        with redis.Redis.from_url(self.url) as client:
            try:
                return int(client.info("server")["process_id"]) == self.pid
            except redis.RedisError:
                return False

    @property
    def url(self) -> str:
        """The address, for `REDIS_URL`."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def clear(self) -> None:
        """Forget every key."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_dead(process: psutil.Process) -> bool:
    # Dead and not yet collected is dead; who collects an orphan may take seconds over it.
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True

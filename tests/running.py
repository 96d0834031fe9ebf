"""The program as it is run: its commands, its server on a socket, and phones in front of it.

A `Machine` is a home, a state folder outside it and an environment, on one machine of its own.
"""

import os
import shutil
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple, Self
from uuid import UUID, uuid4

import httpx
import psycopg

from tests.forks import Forks
from tests.servers import Postgres

PASSWORD = "swift silver lake"
START_SECONDS = 30
BOOK = {
    "stored_events": "SELECT notification_id, originator_id, leaf FROM {} ORDER BY 1",
    "blind_index": "SELECT field, mac, holder FROM {} ORDER BY 1, 2, 3",
    "credentials": "SELECT name, verifier, generation FROM {} ORDER BY 1",
    "receipts": "SELECT id, caller, status, answer, position FROM {} ORDER BY 1, 2",
}


def new_id() -> str:
    """An id as phones make them: version 7."""
    milliseconds = time.time_ns() // 1_000_000
    bits = milliseconds << 80 | 7 << 76 | uuid4().int & 0xFFF << 64 | 2 << 62
    return str(UUID(int=bits | uuid4().int & (1 << 62) - 1))


class Ended(NamedTuple):
    """A command that has ended, and what it said."""

    code: int
    stdout: str
    stderr: str


@cache
def forks() -> Forks:
    """What starts the commands of this test process."""
    return Forks()


class Machine:
    """Where the program runs; without *url* its book is a SQLite file in its home."""

    def __init__(self, folder: Path, url: str | None = None, **environ: str) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.state = folder / "state"
        self.log = folder / "serve.log"
        self.url = url or f"sqlite:///{self.home / 'book.db'}"
        self.environ = {
            "TIMEBANK_HOME": str(self.home),
            "TIMEBANK_LAST_CHECKPOINT": str(self.state / "checkpoint"),
            "TIMEBANK_DEMO_PASSWORD": PASSWORD,
            "DATABASE_URL": self.url,
            **environ,
        }
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def embedded(self) -> bool:
        """Whether the book is a SQLite file."""
        return self.url.startswith("sqlite")

    def moved(self, folder: Path, url: str | None = None, **environ: str) -> "Machine":
        """The same machine as *folder* holds it, its book at *url*."""
        kept = {k: v for k, v in self.environ.items() if k.endswith("_KEY")}
        return Machine(folder, url, **{**kept, **environ})

    def run(self, *words: object, code: int = 0, **environ: str) -> str:
        """What a command prints on standard output; it must exit with *code*."""
        return self.ended(*words, code=code, **environ).stdout

    def refused(self, *words: object, **environ: str) -> str:
        """The one line with which a command ends that cannot be done: exit 2."""
        ended = self.ended(*words, code=2, **environ)
        lines = [line for line in ended.stderr.splitlines() if line.startswith("timebank: ")]
        assert len(lines) == 1, ended.stderr
        assert "Traceback" not in ended.stderr, ended.stderr
        return lines[0].removeprefix("timebank: ")

    def ended(self, *words: object, code: int = 0, **environ: str) -> "Ended":
        """A command that has ended with exit *code*."""
        out, err = self.folder / "out", self.folder / "err"
        for file in (out, err):
            file.write_bytes(b"")
        pid = self.started(*words, out=out, err=err, **environ)
        ended = Ended(forks().ended(pid), out.read_text(), err.read_text())
        assert ended.code == code, (words, ended)
        return ended

    @contextmanager
    def serving(self, *words: str, **environ: str) -> Iterator["Phone"]:
        """`timebank serve`, and a phone without a token in front of it; stopped afterwards."""
        port = free_port()
        pid = self.started("serve", "--port", port, *words, out=self.log, err=self.log, **environ)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
                self._await(http)
                yield Phone(http)
        finally:
            os.kill(pid, signal.SIGTERM)
            forks().ended(pid)

    def another(self, phone: "Phone") -> httpx.Client:
        """Another connection to the same server, which may lead to another of its workers."""
        return httpx.Client(base_url=phone.http.base_url, timeout=30)

    def _await(self, http: httpx.Client) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                if http.get("/health/live").status_code == HTTPStatus.OK:
                    return
            except httpx.TransportError:
                time.sleep(0.02)
        raise AssertionError(self.log.read_text()[-2000:])

    def started(self, *words: object, out: Path, err: Path, **more: str) -> int:
        """The process of a command that has been started."""
        environ = {"HOME": str(self.folder), "PATH": os.environ["PATH"], **self.environ, **more}
        return forks().started(
            [*map(str, words)], environ=environ, folder=self.folder, out=out, err=err
        )

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the book's own tables, read past the service."""
        if self.embedded:
            with closing(sqlite3.connect(self.home / "book.db")) as file:
                return file.execute(statement).fetchall()
        with psycopg.connect(self.url, options="-c search_path=book") as connection:
            return connection.execute(statement.encode()).fetchall()

    def book(self) -> dict[str, list[tuple[Any, ...]]]:
        """The whole book: events by their leaves, and every row beside them."""
        return {
            table: [
                tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)
                for row in self.rows(statement.format(table))
            ]
            for table, statement in BOOK.items()
        }


class Phone:
    """Sends requests in somebody's name."""

    def __init__(self, http: httpx.Client, token: str = "") -> None:
        self.http = http
        self.token = token

    def signed_in(self, name: str, password: str = PASSWORD) -> "Phone":
        """The same phone, signed in as *name*."""
        answer = self.http.post("/v1/tokens", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        return Phone(self.http, answer.json()["access_token"])

    def with_new_password(self, name: str, one_time: str, password: str = PASSWORD) -> "Phone":
        """Signed in as *name*, who had been handed *one_time* and chose *password*."""
        phone = self.signed_in(name, one_time)
        phone.write("/v1/me/password", {"old": one_time, "new": password})
        return phone.signed_in(name, password)

    def get(self, path: str, language: str = "en", **params: Any) -> httpx.Response:
        """Ask."""
        return self.http.get(path, params=params or None, headers=self._headers(language))

    def read(self, path: str, **params: Any) -> Any:
        """What is answered, which must be 200."""
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(
        self, path: str, body: Any = None, key: str | None = None, language: str = "en"
    ) -> httpx.Response:
        """Wish."""
        headers = {**self._headers(language), "idempotency-key": key or new_id()}
        return self.http.post(path, json={} if body is None else body, headers=headers)

    def write(self, path: str, body: Any = None) -> Any:
        """What is answered to a wish that must be granted."""
        answer = self.post(path, body)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def _headers(self, language: str) -> dict[str, str]:
        token = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return {"accept-language": language, **token}


class District:
    """The demonstration district, played once on a store and copied for each that wants it."""

    def __init__(self, folder: Path, postgres: Postgres | None) -> None:
        self.postgres = postgres
        self.database = postgres.create_database() if postgres else ""
        keys = {f"TIMEBANK_{n}_KEY": f"{n:A<43}" for n in ("MASTER", "LOG", "TOKEN")}
        url = postgres.url(self.database) if postgres else None
        self.machine = Machine(folder, url, **(keys if postgres else {}))
        self.said = self.machine.run("demo", "--scale", 0.002, "--until", "2026-04-30")
        self.copies: list[str] = []

    def copy(self, folder: Path) -> Machine:
        """A machine of one's own with the district on it."""
        shutil.copytree(self.machine.folder, folder)
        if self.postgres is None:
            return self.machine.moved(folder)
        self.copies.append(self.postgres.create_database(self.database))
        return self.machine.moved(folder, self.postgres.url(self.copies[-1]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.postgres is not None:
            for name in (*self.copies, self.database):
                self.postgres.drop_database(name)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""The servers that the other tests stand on do what those tests take for granted."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from tests.programs import ProgramMissing
from tests.servers import Home, Postgres, Redis


def test_each_test_gets_an_empty_database_of_an_ordinary_role(postgres_url: str) -> None:
    """PostgreSQL 15 or newer answers; the role owns its database and is no superuser."""
    with psycopg.connect(postgres_url) as connection:
        assert connection.info.server_version >= 150000
        tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        assert connection.execute(tables).fetchone() == (0,)
        superuser = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(superuser).fetchone() == (False,)
        connection.execute("CREATE TABLE mine (id int)")


def test_a_committed_row_survives_a_crash_and_an_uncommitted_one_does_not(
    durable_postgres: Postgres,
) -> None:
    """After kill -9 and a restart at the same address there is the one committed row."""
    url = durable_postgres.url(durable_postgres.create_database())
    with psycopg.connect(url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        connection.execute("CREATE TABLE row (id int)")
        connection.execute("INSERT INTO row VALUES (1)")
        connection.commit()
        connection.execute("INSERT INTO row VALUES (2)")
        durable_postgres.kill()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    durable_postgres.start()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT id FROM row").fetchall() == [(1,)]


def test_a_promoted_standby_has_what_its_primary_committed(
    durable_postgres: Postgres, home: Home
) -> None:
    """With `remote_apply`, a commit on the primary is on the standby when the primary is killed."""
    standby = durable_postgres.standby(home, "standby")
    durable_postgres.stop()
    durable_postgres.settings |= {
        "synchronous_standby_names": "*",
        "synchronous_commit": "remote_apply",
    }
    durable_postgres.start()
    url = durable_postgres.url("postgres", "postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE row AS SELECT 1 AS id")
    durable_postgres.kill()
    standby.promote()
    with psycopg.connect(standby.url("postgres", "postgres")) as connection:
        assert connection.execute("SELECT id FROM row").fetchall() == [(1,)]
    standby.stop()


def test_redis_starts_empty_and_loses_everything_when_killed(home: Home) -> None:
    """A killed Redis comes back at the same address with no keys."""
    server = Redis.fresh(home, "redis-killed")
    with redis.Redis.from_url(server.url) as client:
        assert client.ping()
        client.set("a", 1)
        server.kill()
        server.start()
        assert client.dbsize() == 0
    server.stop()


def test_each_test_gets_an_empty_redis(redis_url: str, redis_server: Redis) -> None:
    """Keys of one test are gone in the next."""
    with redis.Redis.from_url(redis_url) as client:
        client.set("a", 1)
        redis_server.clear()
        assert client.get("a") is None


def test_nothing_is_left_when_the_test_process_is_killed() -> None:
    """After SIGKILL of the process that started it, the server and its folder are gone."""
    script = (
        "from tests.servers import Home, Redis\n"
        "server = Redis.fresh(Home(), 'redis')\n"
        "print(server.pid, server.folder, flush=True)\n"
        "input()\n"
    )
    maker = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert maker.stdout is not None
    pid, folder = maker.stdout.readline().split()
    assert Path(folder).is_dir()
    maker.kill()
    maker.communicate()
    # Whoever inherits the dead server may take seconds to collect it.
    until = time.monotonic() + 30
    while (Path(folder).parent.exists() or psutil.pid_exists(int(pid))) and (
        time.monotonic() < until
    ):
        time.sleep(0.02)
    assert not Path(folder).parent.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_missing_programs_are_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong PG_BIN stops the tests with a sentence; nothing is skipped."""
    monkeypatch.setenv("PG_BIN", "/nowhere")
    with pytest.raises(ProgramMissing, match="PG_BIN=/nowhere has no initdb"):
        Postgres.fresh(home, "nowhere")

"""What every test may ask for: fresh databases on real servers, and a book on each store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.played import Played, play
from tests.retold import Retold
from tests.running import District, Machine
from tests.servers import Home, Postgres, Redis
from tests.town import NOON, Town

# Slow means a busy machine, not a wrong answer; a failing example is printed to be run again.
settings.register_profile("timebank", deadline=None, print_blob=True)
settings.load_profile("timebank")


@pytest.fixture(scope="session")
def home() -> Iterator[Home]:
    """The folder of this test process's servers."""
    with Home() as made:
        yield made


@pytest.fixture(scope="session")
def postgres(home: Home) -> Postgres:
    """A cluster shared by this process's tests: quick, not durable; never stop it."""
    return Postgres.fresh(home, "postgres")


@pytest.fixture
def durable_postgres(home: Home, request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """A cluster of this test's own, with fsync on: stop it, kill it, start it."""
    cluster = Postgres.fresh(home, f"durable-{len(home.servers)}", durable=True)
    yield cluster
    cluster.stop()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The address of a fresh database, dropped afterwards."""
    name = postgres.create_database()
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def redis_server(home: Home) -> Redis:
    """A Redis shared by this process's tests; never stop it."""
    return Redis.fresh(home, "redis")


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """The address of an empty Redis."""
    redis_server.clear()
    return redis_server.url


@pytest.fixture(params=["sqlite", "postgresql"])
def book_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty book on each store in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/book.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def played_on_sqlite(home: Home) -> Played:
    """The demonstration district on SQLite, made once: copy it, never serve it."""
    return play(home, None)


@pytest.fixture(scope="session")
def played_on_postgresql(home: Home, postgres: Postgres) -> Played:
    """The demonstration district in the shared cluster, made once: copy it, never serve it."""
    return play(home, postgres)


@pytest.fixture(params=["sqlite", "postgresql"])
def played(request: pytest.FixtureRequest) -> Iterator[Played]:
    """A played district of this test's own, on each store in turn."""
    with request.getfixturevalue(f"played_on_{request.param}").copied() as own:
        yield own


@pytest.fixture(scope="session")
def district_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    """A small demonstration district in a SQLite file; copy it."""
    with District(tmp_path_factory.mktemp("played") / "sqlite", None) as played:
        yield played


@pytest.fixture(scope="session")
def district_on_postgresql(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres
) -> Iterator[District]:
    """The same district in a PostgreSQL database; copy it."""
    with District(tmp_path_factory.mktemp("played") / "postgresql", postgres) as played:
        yield played


@pytest.fixture(params=["sqlite", "postgresql"])
def district(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    """A machine with the demonstration district, on each store in turn."""
    played: District = request.getfixturevalue(f"district_on_{request.param}")
    return played.copy(tmp_path / "district")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """A town of the district on Wednesday, 13 May 2026, at noon; on each store in turn."""
    played: District = request.getfixturevalue(f"district_on_{request.param}")
    machine = played.copy(tmp_path_factory.mktemp("town") / "machine")
    with machine.serving(TIMEBANK_CLOCK=NOON) as phone:
        yield Town(machine, Retold(machine, phone))
    machine.run("verify")

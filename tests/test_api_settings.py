"""Settings are read once; what is wrong is one clear line. And the clock that one of them sets."""

import base64
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.clock import Clock
from api.settings import BadSetting, read

KEY = base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")
POSTGRES = {
    "DATABASE_URL": "postgresql://somebody:secret@db/timebank",
    "TIMEBANK_MASTER_KEY": KEY,
    "TIMEBANK_LOG_KEY": KEY,
    "TIMEBANK_TOKEN_KEY": KEY,
    "TIMEBANK_LAST_CHECKPOINT": "/elsewhere/checkpoint",
}


def test_the_embedded_default_needs_nothing(tmp_path: Path) -> None:
    """A book in the home folder, keys made there, the last checkpoint kept outside it."""
    environ = {"TIMEBANK_HOME": str(tmp_path / "home"), "XDG_STATE_HOME": str(tmp_path / "state")}
    settings = read(environ)
    assert settings.database_url == f"sqlite:///{tmp_path}/home/book.db"
    assert settings.embedded
    assert settings.last_checkpoint.is_relative_to(tmp_path / "state" / "timebank")
    assert (tmp_path / "home").stat().st_mode & 0o077 == 0
    again = read(environ)
    assert again.keys.master == settings.keys.master
    assert again.last_checkpoint == settings.last_checkpoint


def test_postgresql_takes_everything_from_the_environment(tmp_path: Path) -> None:
    """Several machines share the keys, so none makes its own."""
    settings = read({**POSTGRES, "TIMEBANK_HOME": str(tmp_path)})
    assert not settings.embedded
    assert settings.keys.token == bytes(32)
    assert "secret" not in repr(settings)
    assert KEY not in repr(settings)


@pytest.mark.parametrize("missing", [name for name in POSTGRES if name != "DATABASE_URL"])
def test_postgresql_refuses_to_start_without(tmp_path: Path, missing: str) -> None:
    """The line names the variable."""
    environ = {name: value for name, value in POSTGRES.items() if name != missing}
    with pytest.raises(BadSetting, match=missing) as refused:
        read({**environ, "TIMEBANK_HOME": str(tmp_path)})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "mysql://db/timebank"),
        ("DATABASE_URL", "sqlite://book.db"),
        ("DATABASE_URL", "sqlite:///"),
        ("REDIS_URL", "localhost:6379"),
        ("TIMEBANK_MASTER_KEY", "short"),
        ("TIMEBANK_ORIGIN", "two words"),
        ("TIMEBANK_ORIGIN", "a+b"),
        ("TIMEBANK_LAST_CHECKPOINT", "{home}/checkpoint"),
        ("TIMEBANK_SIGN_AFTER", "tomorrow"),
        ("TIMEBANK_CLOCK", "2026-03-02T09:00:00"),
        ("TIMEBANK_CLOCK", "yesterday"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(
    tmp_path: Path, variable: str, value: str
) -> None:
    """Nothing is made or opened before everything is right."""
    home = tmp_path / "home"
    environ = {"TIMEBANK_HOME": str(home), variable: value.format(home=home)}
    with pytest.raises(BadSetting, match=variable) as refused:
        read(environ)
    assert "\n" not in str(refused.value)


def test_a_home_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSetting, match="TIMEBANK_HOME"):
        read({"TIMEBANK_HOME": str(tmp_path / "file" / "home")})


def test_a_rehearsal_clock_starts_where_it_is_set_and_runs() -> None:
    """Its offset is understood, and it never stands still."""
    start = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
    clock = Clock(start)
    first = clock()
    assert timedelta(0) <= first - start < timedelta(seconds=5)
    assert first.tzinfo is UTC
    time.sleep(0.01)
    assert clock() > first


def test_a_clock_that_was_set_times_demonstrations_only() -> None:
    """What people really did happens now."""
    Clock(None).must_suit(demonstration=False)
    Clock(datetime(2026, 3, 2, tzinfo=UTC)).must_suit(demonstration=True)
    with pytest.raises(BadSetting, match="TIMEBANK_CLOCK"):
        Clock(datetime(2026, 3, 2, tzinfo=UTC)).must_suit(demonstration=False)
    assert abs(Clock(None)() - datetime.now(UTC)) < timedelta(seconds=5)

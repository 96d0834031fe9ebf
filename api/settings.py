"""Settings: every environment variable, read once, into one struct."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from journal.keys import Keys, WrongKeys

Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class BadSetting(Exception):
    """A setting is wrong or missing; the message is the one line that says so."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the environment asks for."""

    home: Path
    database_url: str
    redis_url: str | None
    keys: Keys
    origin: str
    last_checkpoint: Path
    sign_after: Literal["local", "standby"]
    clock: datetime | None
    demo_password: str | None
    metrics_token: str | None

    def __repr__(self) -> str:
        """Say where the data is; the rest holds passwords."""
        return f"Settings(home={str(self.home)!r})"

    @property
    def embedded(self) -> bool:
        """Whether the book is a SQLite file of this machine."""
        return self.database_url.startswith("sqlite:")


def forgotten_list(settings: Settings) -> Path:
    """Where the list of forgotten people is kept: beside the last checkpoint, outside backups."""
    return settings.last_checkpoint.with_name("forgotten")


def read(environ: Mapping[str, str]) -> Settings:
    """The settings in *environ*; makes the home folder and, with SQLite, the keys on first use.

    Raises:
        BadSetting: a variable is wrong, or one that is needed is missing.
    """
    home = Path(environ.get("TIMEBANK_HOME") or "var").absolute()
    url = _database_url(environ, home)
    embedded = url.startswith("sqlite:")
    return Settings(
        home=home,
        database_url=url,
        redis_url=_redis_url(environ),
        origin=_origin(environ),
        last_checkpoint=_last_checkpoint(environ, home, embedded=embedded),
        sign_after=_sign_after(environ),
        clock=_clock(environ),
        demo_password=environ.get("TIMEBANK_DEMO_PASSWORD") or None,
        metrics_token=environ.get("TIMEBANK_METRICS_TOKEN") or None,
        keys=_keys(environ, home, embedded=embedded),
    )


def _keys(environ: Mapping[str, str], home: Path, *, embedded: bool) -> Keys:
    """The keys, last of all settings: only now is the home folder touched."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Keys.load(home, environ, embedded=embedded)
    except OSError as error:
        raise BadSetting(f"TIMEBANK_HOME: {error.filename or home}: {error.strerror}") from None
    except WrongKeys as error:
        raise BadSetting(str(error)) from None


def _database_url(environ: Mapping[str, str], home: Path) -> str:
    url = environ.get("DATABASE_URL") or f"sqlite:///{home / 'book.db'}"
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        if not rest.startswith("/") or not rest.strip("/"):
            raise BadSetting(
                "DATABASE_URL: a SQLite address is sqlite:/// and the path of the file"
            )
        return f"sqlite:///{Path('/' + rest.lstrip('/'))}"
    if scheme not in {"postgresql", "postgres"}:
        raise BadSetting("DATABASE_URL must begin with sqlite:/// or postgresql://")
    return url


def _redis_url(environ: Mapping[str, str]) -> str | None:
    url = environ.get("REDIS_URL") or None
    if url and urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise BadSetting("REDIS_URL must begin with redis://, rediss:// or unix://")
    return url


def _origin(environ: Mapping[str, str]) -> str:
    origin = environ.get("TIMEBANK_ORIGIN") or "timebank.localhost/book"
    if any(c.isspace() or c == "+" or not c.isprintable() for c in origin):
        raise BadSetting("TIMEBANK_ORIGIN: a log's name has no spaces and no plus sign")
    return origin


def _last_checkpoint(environ: Mapping[str, str], home: Path, *, embedded: bool) -> Path:
    given = environ.get("TIMEBANK_LAST_CHECKPOINT")
    if given:
        path = Path(given).absolute()
    elif embedded:
        state = environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        name = hashlib.sha256(str(home).encode()).hexdigest()[:16]
        path = Path(state).absolute() / "timebank" / name / "checkpoint"
    else:
        raise BadSetting(
            "TIMEBANK_LAST_CHECKPOINT is required with PostgreSQL: a file outside the database"
        )
    if path.is_relative_to(home):
        raise BadSetting(
            "TIMEBANK_LAST_CHECKPOINT must lie outside TIMEBANK_HOME: it guards against old copies"
        )
    return path


def _sign_after(environ: Mapping[str, str]) -> Literal["local", "standby"]:
    match environ.get("TIMEBANK_SIGN_AFTER") or "local":
        case "local":
            return "local"
        case "standby":
            return "standby"
        case _:
            raise BadSetting("TIMEBANK_SIGN_AFTER must be local or standby")


def _clock(environ: Mapping[str, str]) -> datetime | None:
    given = environ.get("TIMEBANK_CLOCK")
    if not given:
        return None
    try:
        return msgspec.convert(given, Instant)
    except msgspec.ValidationError:
        raise BadSetting("TIMEBANK_CLOCK must be an RFC 3339 time with its offset") from None

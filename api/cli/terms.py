"""What the commands share: settings from the environment, refusals in words, progress bars."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Never

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from api.settings import Settings, read

CANNOT = 2


def settings() -> Settings:
    """The settings of this run.

    Raises:
        BadSetting: a variable is wrong, or one that is needed is missing.
    """
    return read(os.environ)


def say(line: str) -> None:
    """Print *line* for whoever asked."""
    click.echo(line)


def cannot(why: str) -> Never:
    """End with one clear line and exit 2: it cannot be done this way."""
    click.echo(f"timebank: {why}", err=True)
    raise SystemExit(CANNOT)


def sentence(refusal: Exception) -> str:
    """What *refusal* says to the user: its own words, or its class's sentence."""
    return str(refusal) or (type(refusal).__doc__ or "").partition("\n")[0]


def bars() -> Progress:
    """Progress bars with estimates, on standard error."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """One progress bar; call what it gives with (done, total)."""
    with bars() as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)

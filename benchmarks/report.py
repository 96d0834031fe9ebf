"""What a run has found: tables for people, and each bound with what was measured beside it."""

import platform
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from os import cpu_count
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as Screen

from benchmarks.rates import Rounds

RESULTS = Path(__file__).with_name("RESULTS.md")
PACKAGES = ("eventsourcing", "litestar", "msgspec", "psycopg", "uvicorn", "uvloop")


class Table(msgspec.Struct, frozen=True):
    """Figures side by side; the last sentence says how they were taken."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str


class Bound(msgspec.Struct, frozen=True):
    """A ratio of this run and what it has to be; `aim` is what it should be."""

    what: str
    measured: float
    least: float | None = None
    most: float | None = None
    aim: float | None = None

    @property
    def row(self) -> tuple[str, str, str, str]:
        """The bound in words."""
        if self.most is not None:
            reached, wanted = self.measured <= self.most, f"at most {self.most:g}"
        else:
            assert self.least is not None
            reached, wanted = self.measured >= self.least, f"at least {self.least:g}"
        aim = f" (aim {self.aim:g})" if self.aim is not None else ""
        verdict = "reached" if reached else "not reached"
        return self.what, f"{self.measured:.2f}", wanted + aim, verdict


class Report:
    """Prints each section when it is there, and keeps all for the file."""

    def __init__(self) -> None:
        self.console = Console()
        self.tables: list[Table] = []

    @contextmanager
    def counting(self, what: str, total: int) -> Iterator[Callable[[float], None]]:
        """A bar of *total*; tell it how much more is done."""
        with self._bar() as bar:
            task = bar.add_task(what, total=total)
            yield partial(bar.advance, task)

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Callable[[str], None]]:
        """A bar of *total* steps; tell it what each step is before it begins."""
        with self._bar() as bar:
            task = bar.add_task(what, total=total, completed=-1)

            def tick(step: str) -> None:
                bar.update(task, advance=1, description=f"{what}: {step}")

            yield tick

    def _bar(self) -> Progress:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        return Progress(*columns, TimeElapsedColumn(), console=self.console, transient=True)

    def add(self, table: Table, bounds: Sequence[Bound]) -> None:
        """Show *table* and the *bounds* that its figures are held against."""
        tables = [table]
        if bounds:
            rows = [bound.row for bound in bounds]
            columns = ("ratio within this run", "measured", "wanted", "")
            tables.append(Table("", columns, rows, ""))
        for each in tables:
            self._show(each)
        self.tables += tables

    def _show(self, table: Table) -> None:
        screen = Screen(title=table.title or None, caption=table.note or None)
        for number, column in enumerate(table.columns):
            screen.add_column(column, justify="right" if number else "left")
        for row in table.rows:
            screen.add_row(*row)
        self.console.print(screen)

    def write(self) -> Path:
        """Put everything into RESULTS.md."""
        parts = ["# Figures of one run", machine(), *map(_markdown, self.tables)]
        RESULTS.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
        return RESULTS


def machine() -> str:
    """The machine, the versions and the day: what the figures belong to."""
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}; {cpu_count()} cores ({_processor()}), {platform.system()}"
        f" {platform.release()}; Python {platform.python_version()}, SQLite"
        f" {sqlite3.sqlite_version}, {versions}."
    )


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(": ")[2]
    return platform.processor() or platform.machine()


def _markdown(table: Table) -> str:
    lines = [
        "| " + " | ".join(table.columns) + " |",
        "|---|" + "---:|" * (len(table.columns) - 1),
        *("| " + " | ".join(row) + " |" for row in table.rows),
    ]
    head = [f"## {table.title}", ""] if table.title else []
    note = ["", table.note] if table.note else []
    return "\n".join([*head, *lines, *note])


def speeds(title: str, unit: str, found: Rounds, note: str) -> Table:
    """The medians of all contestants, one to a line."""
    columns = (f"median of {found.count}", f"{unit}/s", "p50 ms", "p99 ms", "per commit")
    rows = []
    for name, rates in found.rates.items():
        timed = bool(rates[0].latencies)
        row = (
            name,
            f"{found.per_second(name):,.0f}",
            f"{found.milliseconds(name, 50):.2f}" if timed else "",
            f"{found.milliseconds(name, 99):.2f}" if timed else "",
            f"{rates[-1].batch:,.0f}" if rates[-1].batch else "",
        )
        rows.append(row)
    return Table(title, columns, rows, note)

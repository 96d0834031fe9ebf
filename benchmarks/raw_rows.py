"""The least that recording can cost: the book's very rows, inserted by a bare loop.

The rows are those that the book has just written, read back and put into a twin of its store: the
same tables, indexes, triggers and settings, the same number of commands to a commit. Nothing is
decided, encoded, hashed or answered.
"""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import psycopg

from benchmarks.rates import Rate
from benchmarks.stores import Place
from journal.postgres import WRITE_LOCK
from journal.recorder import open_recorder

Row = tuple[Any, ...]
Rows = list[Row]

EVENTS = (
    "SELECT notification_id, originator_id, originator_version, topic, state, nonce, leaf,"
    " recorded_at FROM stored_events WHERE notification_id > ? AND notification_id <= ?"
    " ORDER BY notification_id"
)
RECEIPTS = (
    "SELECT id, caller, digest, status, answer, position, recorded_at FROM receipts"
    " WHERE position > ? AND position <= ? ORDER BY position"
)
LAST = 2**62
COPIED = {
    "stored_events": ("int8", "text", "int8", "text", "bytea", "bytea", "bytea", "int8"),
    "receipts": ("text", "text", "bytea", "int8", "bytea", "int8", "int8"),
}


def insert_raw(source: Place, twin: Place, after: int, batch: int) -> Rate:
    """The rate of commands at which what *source* recorded after *after* goes into *twin*.

    What *twin* lacks of the time before comes first, and is not counted.
    """
    insert = _into_sqlite if twin.url.startswith("sqlite") else _into_postgres
    recorder = open_recorder(twin.url)
    known = recorder.max_notification_id() or 0
    recorder.close()
    if known < after:
        insert(twin.url, _batches(*_rows(source, known, after), batch))
    events, receipts = _rows(source, after, LAST)
    return Rate(len(receipts), insert(twin.url, _batches(events, receipts, batch)), batch=batch)


def _rows(source: Place, after: int, last: int) -> tuple[Rows, Rows]:
    recorder = open_recorder(source.url)
    with recorder.read() as c:
        found = []
        for statement in (EVENTS, RECEIPTS):
            c.execute(recorder.sql(statement), (after, last))
            found.append([_plain(row) for row in c.fetchall()])
    recorder.close()
    return found[0], found[1]


def _plain(row: Any) -> Row:
    return tuple(row.values()) if isinstance(row, dict) else tuple(row)


def _batches(events: Rows, receipts: Rows, batch: int) -> list[tuple[Rows, Rows]]:
    """The receipts in batches, and with each the events up to its last receipt's position."""
    batches, done = [], 0
    first = events[0][0]
    for start in range(0, len(receipts), batch):
        some = receipts[start : start + batch]
        end = some[-1][5] - first + 1
        batches.append((events[done:end], some))
        done = end
    return batches


def _into_sqlite(url: str, batches: Sequence[tuple[Rows, Rows]]) -> float:
    path = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA cache_size=-65536")
        c = connection.cursor()
        began = time.perf_counter()
        for events, receipts in batches:
            c.execute("BEGIN IMMEDIATE")
            c.executemany("INSERT INTO stored_events VALUES (?,?,?,?,?,?,?,?)", events)
            c.executemany("INSERT INTO receipts VALUES (?,?,?,?,?,?,?)", receipts)
            c.execute("COMMIT")
        return time.perf_counter() - began


def _into_postgres(url: str, batches: Sequence[tuple[Rows, Rows]]) -> float:
    with psycopg.connect(url) as connection:
        connection.execute("SET search_path = book")
        connection.commit()
        began = time.perf_counter()
        for batch in batches:
            with connection.transaction(), connection.cursor() as c:
                c.execute("SELECT pg_advisory_xact_lock(%s)", (WRITE_LOCK,), prepare=True)
                for (table, types), rows in zip(COPIED.items(), batch, strict=True):
                    with c.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
                        copy.set_types(types)
                        for row in rows:
                            copy.write_row(row)
        return time.perf_counter() - began

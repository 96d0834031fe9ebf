"""Letting go of old receipts: a client may repeat a command for a month, not for ever."""

from datetime import datetime, timedelta

from journal.forms import micros
from journal.recorder import Recorder

KEPT = timedelta(days=30)
PAGE = 5_000


def drop_receipts(recorder: Recorder, before: datetime) -> int:
    """Delete the receipts of commands recorded before *before*; how many those were.

    The table is read page by page outside the write lock: it has no index by time, because every
    command would pay for it and only this asks.
    """
    dropped, after = 0, ("", "")
    while True:
        with recorder.read() as c:
            c.execute(
                recorder.sql(
                    "SELECT id, caller, recorded_at FROM receipts WHERE (id, caller) > (?, ?)"
                    " ORDER BY id, caller LIMIT ?"
                ),
                (*after, PAGE),
            )
            rows = c.fetchall()
        if not rows:
            return dropped
        after = (rows[-1]["id"], rows[-1]["caller"])
        limit = micros(before)
        old = [(row["id"], row["caller"]) for row in rows if row["recorded_at"] < limit]
        if old:
            with recorder.write() as c:
                c.executemany(recorder.sql("DELETE FROM receipts WHERE id = ? AND caller = ?"), old)
            dropped += len(old)

"""SQLite's write-ahead log after a fault: what stands in it need not be on the disk.

A commit whose flush failed is refused, but its pages stay in the log, and whoever opens the log
anew takes them for a good commit. A command in them would then be acknowledged as a repeat
although no disk has it. So before anything is built on a log that was opened anew, what stands in
it is written once more, into the file, and flushed there.
"""

import sqlite3
import time

BUSY_SECONDS = 30
PAUSE_SECONDS = 0.01


def settle(connection: sqlite3.Connection) -> None:
    """Return when all that *connection* can read is on the disk.

    Raises:
        sqlite3.OperationalError: it cannot be brought there now.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        # Another process may be at the same work, and SQLite does not wait for that one.
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
        if not busy:
            return
        if time.monotonic() > until:
            raise sqlite3.OperationalError("the write-ahead log is in use")
        time.sleep(PAUSE_SECONDS)

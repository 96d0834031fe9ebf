"""Changing the wrapping key: what makes a forgetting final.

A forgotten holder's row is deleted, but its wrapped key lives on in write-ahead logs, replicas
and backups. So the remaining data keys are wrapped again by a new wrapping key, and the old one
is destroyed. Every step can be repeated, and a crash between any two leaves everything readable;
the next run goes on where the last one stopped.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec

from journal.forms import micros
from journal.vault_store import Row, VaultStore
from journal.wrapping import WrappingKeyGone, WrappingKeys

BATCH = 1_000

Progress = Callable[[str, int, int], None]


def unheard(step: str, done: int, total: int) -> None:
    """For whoever does not wait for progress."""


class Rotated(msgspec.Struct, frozen=True):
    """The new wrapping key's number, how many data keys it wraps, how many could not be opened."""

    number: int
    wrapped: int
    unreadable: int


def rotate(
    store: VaultStore, wrapping: WrappingKeys, *, at: datetime, on_progress: Progress
) -> Rotated:
    """Finish the change of wrapping key that is under way, or make one.

    *on_progress* hears the step (asked, made, wrapped, destroyed, compacted, done) and how many
    of how many data keys are wrapped again.

    Raises:
        WrappingKeyGone: not one data key opens; nothing was destroyed.
    """
    with store.rotating() as alone:
        number = _ask(alone, wrapping, at)
        on_progress("asked", 0, 0)
        wrapping.make(number)
        with alone.write() as run:
            run("UPDATE state SET wrapping = ? WHERE wrapping < ?", (number, number))
        on_progress("made", 0, 0)
        unreadable = _wrap_again(alone, wrapping, number, on_progress)
        ((wrapped,),) = alone.read("SELECT count(*) FROM data_keys WHERE wrapping = ?", (number,))
        if unreadable and not wrapped:
            raise WrappingKeyGone("no data key of this vault opens with the wrapping keys here")
        wrapping.destroy_below(number)
        on_progress("destroyed", wrapped, wrapped)
        alone.compact()
        on_progress("compacted", wrapped, wrapped)
        with alone.write() as run:
            run(
                "UPDATE state SET generation = generation + 1, retiring_since ="
                " CASE WHEN retiring < ? THEN NULL ELSE retiring_since END",
                (number,),
            )
        on_progress("done", wrapped, wrapped)
        return Rotated(number, wrapped, unreadable)


def _ask(store: VaultStore, wrapping: WrappingKeys, at: datetime) -> int:
    """The number of the new wrapping key; from now on the vault knows that it is to come."""
    with store.write() as run:
        ((used, retiring, since),) = run("SELECT wrapping, retiring, retiring_since FROM state", ())
        used = max(used, wrapping.newest())
        if since is None:
            retiring = used
            run("UPDATE state SET retiring = ?, retiring_since = ?", (retiring, micros(at)))
        return int(used if used > retiring else used + 1)


def _wrap_again(
    store: VaultStore, wrapping: WrappingKeys, number: int, on_progress: Progress
) -> int:
    """Wrap every data key by key *number*, in batches; how many could not be opened.

    Those are left as they are: their wrapping key is gone already, and waiting for it would keep
    the forgotten from being forgotten.
    """
    ((total,),) = store.read("SELECT count(*) FROM data_keys WHERE wrapping < ?", (number,))
    done = unreadable = 0
    last = ""
    while True:
        with store.write() as run:
            rows = run(
                "SELECT holder, wrapping, wrapped FROM data_keys"
                " WHERE wrapping < ? AND holder > ? ORDER BY holder LIMIT ?",
                (number, last, BATCH),
            )
            again: list[Row] = []
            for holder, wrapped_by, wrapped in rows:
                try:
                    key = wrapping.unwrap(wrapped_by, holder, wrapped)
                except WrappingKeyGone:
                    unreadable += 1
                else:
                    again.append((number, wrapping.wrap(number, holder, key), holder))
            store.run_many("UPDATE data_keys SET wrapping = ?, wrapped = ? WHERE holder = ?", again)
        if not rows:
            return unreadable
        last = rows[-1][0]
        done += len(rows)
        on_progress("wrapped", done, total)

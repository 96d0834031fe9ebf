"""The fork guard: never sign, and never write, below or beside what was already signed."""

from itertools import pairwise

from journal.checkpoint import Checkpoint, read_checkpoint
from journal.last_checkpoint import LastCheckpoint, LastCheckpointUnreadable
from journal.log_rows import Epoch, LogDamaged, LogRows


class ForkDetected(Exception):
    """This book is older than, or different from, what its log has already signed."""

    def __init__(self, last: Checkpoint | None, found: Checkpoint | None, why: str) -> None:
        super().__init__(why)
        self.last = last
        self.found = found
        self.why = why


def check_fork(log: LogRows, last: LastCheckpoint) -> None:
    """Compare the book with the last checkpoint of its own table and of the store outside.

    Raises:
        ForkDetected: the book must not be written, see `journal.resume`.
    """
    try:
        _check(log, last)
    except LastCheckpointUnreadable as wrong:
        raise ForkDetected(
            None, _found(log), f"the last checkpoint is unreadable: {wrong}"
        ) from wrong
    except LogDamaged as wrong:
        raise ForkDetected(None, None, "events that were signed are missing") from wrong


def _check(log: LogRows, last: LastCheckpoint) -> None:
    epochs = log.epochs()
    for epoch in epochs:
        signed = log.latest(epoch.number)
        if signed is not None and not _holds(
            log, epochs, kept := Checkpoint(epoch.origin, signed.size, signed.root)
        ):
            raise ForkDetected(kept, _found(log), "events that were signed are missing or changed")
    known = last.latest()
    if known is None and log.latest() is not None:
        raise ForkDetected(None, _found(log), f"{last.path} is missing: was this book restored?")
    if (
        known is not None
        and not _holds(log, epochs, known.checkpoint)
        and not _given_up(epochs, known.checkpoint)
    ):
        raise ForkDetected(known.checkpoint, _found(log), "a longer or another history was signed")


def _holds(log: LogRows, epochs: list[Epoch], known: Checkpoint) -> bool:
    """Whether the book still holds the tree that *known* names."""
    for epoch, successor in zip(epochs, [*epochs[1:], None], strict=True):
        if epoch.origin == known.origin:
            end = successor.first_position if successor else log.head() + 1
            held = end - epoch.first_position
            return known.size <= held and log.root(epoch, known.size) == known.root
    return False


def _given_up(epochs: list[Epoch], known: Checkpoint) -> bool:
    """Whether a resumption gave up, knowingly, the history that *known* belongs to."""
    for epoch, successor in pairwise(epochs):
        if epoch.origin == known.origin and successor.abandoned is not None:
            abandoned = read_checkpoint(successor.abandoned)
            return known.size < abandoned.size or known == abandoned
    return False


def _found(log: LogRows) -> Checkpoint | None:
    """The present end of the book, signed or not."""
    epochs = log.epochs()
    if not epochs:
        return None
    size = log.head() - epochs[-1].first_position + 1
    try:
        return Checkpoint(epochs[-1].origin, size, log.root(epochs[-1], size))
    except LogDamaged:
        return None

"""The stored checkpoints, one after the other, each checked against itself and the one before.

A row is *due* at the position up to which it signs: there it is compared with the events. A row
that was changed may misplace itself: it is due at the first place that it could mean.
"""

from collections.abc import Iterator, Sequence

from journal.checkpoint import Checkpoint, MalformedCheckpoint
from journal.flaws import Found
from journal.history import Signed, link, seal_holds
from journal.log_rows import Epoch, LogRows
from journal.notes import MalformedNote, Note, NotSigned, VerifierKey, parse_note

CHUNK = 1000


class CheckpointRows:
    """Walks through `log_checkpoints`; `row` is the next to be compared, None after the last."""

    def __init__(self, log: LogRows, key: VerifierKey, epochs: Sequence[Epoch], head: int) -> None:
        self._log = log
        self._key = key
        self._epochs = epochs
        self._head = head
        self._rest = self._read()
        self._before: Signed | None = None
        self._note: Note | None = None
        self.row: Signed | None = None
        self.due = 0
        self.flaw: str | None = None
        self.passed = 0
        self._advance()

    def take(self) -> None:
        """The row agrees with the events: check its signature and go on to the next.

        Raises:
            Found: it is not signed by the log's key.
        """
        row = self.row
        if row is not None and self._note is not None:
            try:
                key = self._key.renamed(self._epochs[row.epoch].origin)
                key.verified_text(self._note)
            except NotSigned as wrong:
                what = "the checkpoint here is not signed by the log's key"
                raise Found(self.due, what) from wrong
        self._before = row
        self.passed += 1
        self._advance()

    def finish(self) -> None:
        """After the last event no row may be left, and the last seal vouches for all rows.

        Raises:
            Found: a row is left, or was changed without its seal.
        """
        if self.row is not None:
            raise Found(self.due, self.flaw or "more was signed than there is")
        if self._before is None or seal_holds(self._before, self._key):
            return
        for row in self._read():
            if not seal_holds(row, self._key):
                what = f"checkpoint {row.number}, or one before it, was changed"
                raise Found(self._position(row.epoch, row.size), what)

    def _read(self) -> Iterator[Signed]:
        after = -(2**62)
        which = f"WHERE number > ? ORDER BY number LIMIT {CHUNK}"
        while rows := self._log.checkpoints(which, after):
            yield from rows
            after = rows[-1].number

    def _advance(self) -> None:
        row, before = next(self._rest, None), self._before
        self.row = row
        if row is None:
            return
        said = self._said(row)
        number = before.number + 1 if before else 1
        self.flaw = self._what_is_wrong(row, said, number)
        passed = self._position(before.epoch, before.size) if before else 0
        places = [(row.epoch, row.size)]
        if said is not None:
            places += [(e.number, said.size) for e in self._epochs if e.origin == said.origin]
        if row.number > number:  # what is missing belongs right after the one before
            places = []
        due = (self._position(epoch, size) for epoch, size in places)
        self.due = min((each for each in due if each > passed), default=passed + 1)
        if self.flaw and before and not seal_holds(before, self._key):
            # It was not this row that was changed, but the seal before it, which it is linked to.
            self.flaw, self.due = f"checkpoint {before.number} was changed", passed

    def _said(self, row: Signed) -> Checkpoint | None:
        """What the row's note says, if it can be read."""
        self._note = None
        try:
            self._note = parse_note(row.note)
            return Checkpoint.parse(self._note.text)
        except (MalformedNote, MalformedCheckpoint):
            return None

    def _what_is_wrong(self, row: Signed, said: Checkpoint | None, number: int) -> str | None:
        before = self._before
        if row.number > number:
            return f"checkpoint {number} is missing"
        if row.number < number:
            return f"checkpoint {row.number} has another's number"
        known = 0 <= row.epoch < len(self._epochs)
        if (
            row.link != link(row, before)
            or not known
            or said != Checkpoint(self._epochs[row.epoch].origin, row.size, row.root)
        ):
            return f"checkpoint {number} was changed"
        if before is not None and (row.epoch, row.size) <= (before.epoch, before.size):
            return f"checkpoint {number} does not grow"
        return None

    def _position(self, epoch: int, size: int) -> int:
        """The last position under *size*, or the nearest that can be: a row may say anything."""
        known = 0 <= epoch < len(self._epochs)
        first = self._epochs[epoch].first_position if known else self._head
        return within(first + size - 1, self._head)


def within(position: int, head: int) -> int:
    """*position*, or the nearest to it that a book up to *head* could have."""
    return min(max(position, 1), head + 1)

"""What one transaction reads, decides and will record: a batch of commands under the write lock."""

from collections.abc import Sequence
from typing import Any

import msgspec

from journal.command import Beside, Command, Decided, IndexDrop, IndexPut, Outcome
from journal.forms import FORMAT, Recorded, instant
from journal.recorder import Recorder
from journal.rows import Cursor, Head, ReceiptRow
from journal.states import Folded, States

encode_answer = msgspec.json.Encoder(order="sorted").encode


class Batch:
    """What one transaction reads, decides and will record.

    Calling it reads a stream: first what this batch staged, then the cache, then the store.
    """

    def __init__(self, recorder: Recorder, states: States, c: Cursor, head: Head, now: int) -> None:
        self.recorder = recorder
        self.states = states
        self.c = c
        self.position = head.position
        self.now = instant(now)
        self.recorded_at = now
        self.staged: dict[str, Folded] = {}
        self.events: list[Recorded] = []
        self.receipts: dict[tuple[str, str], ReceiptRow] = {}
        self.beside: list[Beside] = []
        self.vault_looked = False

    def __call__(self, stream: str) -> Any:
        """The state of *stream*, earlier commands of this batch included."""
        return self.folded(stream).state

    def folded(self, stream: str) -> Folded:
        """The state of *stream* with its version and last position."""
        folded = self.staged.get(stream)
        if folded is None:
            folded = self.states.get(stream)
            if folded is None:
                self.fetch([stream])
                return self.staged[stream]
            self.staged[stream] = folded
        return folded

    def fetch(self, streams: Sequence[str]) -> None:
        """Fold *streams* from the store, in one query."""
        for stream in streams:
            self.staged[stream] = self.states.initial(stream)
        for position, stream, state in self.recorder.stream_rows(self.c, streams):
            self.staged[stream] = self.states.step(self.staged[stream], stream, position, state)

    def prefetch(self, commands: Sequence[Command]) -> None:
        """Fetch at once what the commands say that they will read."""
        wanted = {stream for command in commands for stream in command.reads}
        missing = [stream for stream in wanted if self.states.get(stream) is None]
        if missing:
            self.fetch(missing)

    def index(self, field: str, mac: bytes) -> tuple[str, ...]:
        """The holders found under *mac*: in the store, and in what this batch puts and drops."""
        self.c.execute(
            self.recorder.sql("SELECT holder FROM blind_index WHERE field = ? AND mac = ?"),
            (field, mac),
        )
        found = [row["holder"] for row in self.c.fetchall()]
        for beside in self.beside:
            if isinstance(beside, IndexPut) and (beside.field, beside.mac) == (field, mac):
                found.append(beside.holder)
            elif isinstance(beside, IndexDrop):
                found = [holder for holder in found if holder != beside.holder]
        return tuple(dict.fromkeys(found))

    def stage(self, command: Command, decided: Decided) -> Outcome:
        """Number what was decided, fold it for the commands to come, and write the receipt.

        Nothing is staged before all of it is known to fit, so a command is whole or not there.
        """
        moved: dict[str, Folded] = {}
        events = []
        position = self.position
        for event in decided.events:
            position += 1
            stream = event.stream
            before = moved.get(stream) or self.folded(stream)
            state = self.states.fold(before.state, stream, event)
            moved[stream] = Folded(state, before.version + 1, position)
            events.append(self._recorded(command, event, stream, before.version + 1))
        if events:
            events[-1].last = True
        else:
            position = self._unmoved(command)
        answer = decided.answer or {}
        receipt = ReceiptRow(
            command.id,
            command.caller,
            command.digest,
            decided.status,
            encode_answer(answer),
            position,
            self.recorded_at,
        )
        self.position += len(events)
        self.staged.update(moved)
        self.events.extend(events)
        self.beside.extend(decided.beside)
        self.receipts[command.id, command.caller] = receipt
        return Outcome(position, answer, decided.status, replayed=False, recorded=len(events))

    def _recorded(self, command: Command, event: Any, stream: str, version: int) -> Recorded:
        return Recorded(
            at=command.at or self.now,
            by=command.caller,
            command=command.id,
            device=command.device,
            event=event,
            on_behalf=command.on_behalf,
            format=FORMAT,
            last=False,
            recorded_at=self.now,
            stream=stream,
            tag=self.states.forms.tag(event),
            version=version,
        )

    def _unmoved(self, command: Command) -> int:
        """Where a command that changed nothing stands: its stream's last event, or the head."""
        return self.folded(command.target).position if command.target else self.position

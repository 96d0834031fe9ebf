"""Group commit: one writer per process decides and records everything that waits, at once.

A batch is one transaction. Its first statement takes the book's write lock, so the states read
inside cannot go stale; each command is decided on its own, so one refusal never hurts its
neighbours; later commands see what earlier ones did; everyone is answered after the one commit.
"""

import asyncio
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from journal.batch import Batch
from journal.command import (
    Beside,
    Busy,
    Command,
    CredentialPut,
    IdempotencyConflict,
    IndexDrop,
    IndexPut,
    Outcome,
    ReadOnly,
    StoreUnavailable,
)
from journal.forms import Forms, Recorded, Sealed, micros
from journal.leaves import NONCE_BYTES, leaf
from journal.recorder import STORE_ERRORS, Recorder
from journal.rows import Cursor, EventRow, Head, ReceiptRow
from journal.states import States
from journal.vault import HolderForgotten, Vault

BATCH = 512
WAITING = 8192
CATCH_UP = 5_000
GO_ON, STOP = True, False

decode_answer = msgspec.json.Decoder(dict[str, Any]).decode


class Pending(NamedTuple):
    """A command on the queue, and who waits for it."""

    command: Command
    future: "asyncio.Future[Outcome]"
    loop: asyncio.AbstractEventLoop


class Writer:
    """The one that writes: a thread that takes what waits, and answers."""

    def __init__(
        self,
        recorder: Recorder,
        forms: Forms,
        vault: Vault,
        clock: Callable[[], datetime],
        *,
        on_commit: Callable[[int], None],
    ) -> None:
        self.recorder = recorder
        self.forms = forms
        self.vault = vault
        self.clock = clock
        self.on_commit = on_commit
        self.read_only = False
        self.states = States(forms)
        self.queue: queue.SimpleQueue[Pending] = queue.SimpleQueue()
        self.bell: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self.ringing: set[asyncio.AbstractEventLoop] = set()
        self.thread = threading.Thread(target=self._run, name="book-writer", daemon=True)

    def start(self) -> None:
        """Begin to take commands."""
        self.thread.start()

    def stop(self) -> None:
        """Finish what waits, then stop."""
        if self.thread.is_alive():
            self.bell.put(STOP)
            self.thread.join()

    def submit(self, command: Command) -> "asyncio.Future[Outcome]":
        """Queue *command*; the future holds its outcome or its refusal.

        The writer is woken once for all that the loop has to say in one turn: were it woken by
        the first, it would begin with that one alone, and the two threads would fight for
        Python's lock.
        """
        if self.read_only:
            raise ReadOnly
        if self.queue.qsize() >= WAITING:
            raise Busy
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        self.queue.put(Pending(command, future, loop))
        if loop not in self.ringing:
            self.ringing.add(loop)
            loop.call_soon(self._ring, loop)
        return future

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self.ringing.discard(loop)
        self.bell.put(GO_ON)

    def _run(self) -> None:
        while self.bell.get() is GO_ON:
            self._take_turn()
        while not self.queue.empty():
            self._take_turn()

    def _take_turn(self) -> None:
        """Record one batch of what waits, if anything does."""
        if self.queue.empty():  # it went with an earlier batch
            return
        waiting = [self.queue.get()]
        self._answer(waiting, self.record(waiting))
        if len(waiting) >= BATCH:  # there may be more than this turn could take
            self.bell.put(GO_ON)

    def _join(self, waiting: list[Pending]) -> None:
        """Let everyone else who waits by now into the batch."""
        while len(waiting) < BATCH and not self.queue.empty():
            waiting.append(self.queue.get())

    def _answer(self, batch: Sequence[Pending], answers: Sequence[Outcome | Exception]) -> None:
        for loop in {pending.loop for pending in batch}:
            mine = [(p.future, a) for p, a in zip(batch, answers, strict=True) if p.loop is loop]
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, mine)

    def record(self, waiting: list[Pending]) -> Sequence[Outcome | Exception]:
        """Decide and record what waits in one transaction; each gets its outcome or refusal."""
        try:
            try:
                return self._transact(waiting)
            except HolderForgotten:
                # Somebody was forgotten between a decision and its sealing: decide again, so
                # that this refuses the one command and not its neighbours.
                return self._transact(waiting)
        except Exception as error:  # noqa: BLE001 - whatever it was, everyone must be answered
            self.states.forget()
            self._join(waiting)  # who waits by now is told at once, not after a failure each
            unavailable = StoreUnavailable() if isinstance(error, STORE_ERRORS) else error
            unavailable.__cause__ = None if unavailable is error else error
            return [unavailable] * len(waiting)

    def _transact(self, waiting: list[Pending]) -> Sequence[Outcome | Exception]:
        with self.recorder.write() as c:
            self._join(waiting)  # only now: many come while another process holds the lock
            commands = [pending.command for pending in waiting]
            head = self.recorder.head(c)
            self._follow(c, head)
            now = max(micros(self.clock()), head.recorded_at)
            batch = Batch(self.recorder, self.states, c, head, now)
            known = {
                (row.id, row.caller): row
                for row in self.recorder.receipts(c, [command.id for command in commands])
            }
            fresh = [command for command in commands if (command.id, command.caller) not in known]
            batch.prefetch(fresh)
            answers = [self._one(batch, known, command) for command in commands]
            self.keep(c, batch, head)
        self.states.keep(batch.staged.items(), batch.position)
        if batch.events:
            self.on_commit(batch.position)
        return answers

    def keep(self, c: Cursor, batch: Batch, after: Head) -> None:
        """Write what *batch* staged, its events to stand after the head *after*."""
        if batch.events:
            self._seal([e for e in batch.events if type(e.event) in self.forms.sealed])
            self.recorder.append(c, self._rows(batch.events, after))
            self.recorder.announce(c, batch.position)
        if batch.receipts:
            self.recorder.keep_receipts(c, list(batch.receipts.values()))
        self._keep_beside(c, batch.beside)

    def _follow(self, c: Cursor, head: Head) -> None:
        """Bring the cached states up to what other processes have written."""
        behind = head.position - self.states.position
        if behind == 0:
            return
        if self.states.cached and 0 < behind <= CATCH_UP:
            self.states.advance(self.recorder.rows_after(c, self.states.position), head.position)
        else:
            self.states.forget()
            self.states.position = head.position

    def _one(
        self, batch: Batch, known: dict[tuple[str, str], ReceiptRow], command: Command
    ) -> Outcome | Exception:
        key = (command.id, command.caller)
        receipt = known.get(key) or batch.receipts.get(key)
        if receipt is not None:
            if receipt.digest != command.digest:
                return IdempotencyConflict()
            answer = decode_answer(receipt.answer)
            return Outcome(receipt.position, answer, receipt.status, replayed=True)
        try:
            decided = command.decide(batch, batch.now)
            if not self.forms.sealed.isdisjoint(map(type, decided.events)):
                holders = {e.holder for e in decided.events if type(e) in self.forms.sealed}
                if not batch.vault_looked:
                    self.vault.look()
                    batch.vault_looked = True
                self.vault.refuse_forgotten(holders, looked=True)
            return batch.stage(command, decided)
        except STORE_ERRORS:
            raise
        except Exception as refusal:  # noqa: BLE001 - a refusal, or a bug of this command alone
            return refusal

    def _rows(self, events: Sequence[Recorded], after: Head) -> Iterator[EventRow]:
        """The rows of *events*, to stand after the head *after*: encoded once, hashed with a nonce.

        One by one, so that a server can take in the first while the last are still being hashed.
        """
        nonces = os.urandom(NONCE_BYTES * len(events))
        recorded_at = micros(events[0].recorded_at)
        encode, first, position, start = self.forms.encode, after.first_position, after.position, 0
        for e in events:
            position += 1
            state, nonce = encode(e), nonces[start : start + NONCE_BYTES]
            start += NONCE_BYTES
            hashed = leaf(nonce, state, position - first)
            yield EventRow(position, e.stream, e.version, e.tag, state, nonce, hashed, recorded_at)

    def _seal(self, events: Sequence[Recorded]) -> None:
        """Put each event's words into a box; new holders' keys are durable before their events."""
        if not events:
            return
        holders = {e.event.holder for e in events}
        self.vault.ensure(holders)
        ring = self.vault.keyring(holders, looked=True)
        for e in events:
            holder, plaintext = e.event.holder, self.forms.encode(e.event)
            box = ring.seal(holder, plaintext, stream=e.stream, version=e.version, tag=e.tag)
            e.event = Sealed(holder=holder, box=box)

    def _keep_beside(self, c: Cursor, rows: Sequence[Beside]) -> None:
        sql = self.recorder.sql
        for row in rows:
            match row:
                case IndexPut(field, mac, holder):
                    c.execute(
                        sql("INSERT INTO blind_index VALUES (?, ?, ?) ON CONFLICT DO NOTHING"),
                        (field, mac, holder),
                    )
                case IndexDrop(holder):
                    c.execute(sql("DELETE FROM blind_index WHERE holder = ?"), (holder,))
                case CredentialPut(name, verifier, generation):
                    c.execute(
                        sql(
                            "INSERT INTO credentials VALUES (?, ?, ?) ON CONFLICT (name)"
                            " DO UPDATE SET verifier = excluded.verifier,"
                            " generation = excluded.generation"
                        ),
                        (name, verifier, generation),
                    )


def _resolve(answers: Sequence[tuple["asyncio.Future[Outcome]", Outcome | Exception]]) -> None:
    for future, answer in answers:
        if future.done():
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)

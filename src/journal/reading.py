"""Reading a book: by position, by stream, and as of a position or an instant."""

import threading
import time
from collections import OrderedDict
from datetime import datetime
from typing import Any

from journal.forms import Forms, Recorded, Sealed, Tombstone, micros
from journal.recorder import Recorder
from journal.rows import EventRow
from journal.states import Folded, States
from journal.vault import Vault

RECENT_STREAMS = 10_000


class BookReader:
    """The reads of a book; true as of now, or as of any past prefix."""

    def __init__(self, store: Recorder, forms: Forms, vault: Vault) -> None:
        self.store = store
        self.forms = forms
        self.vault = vault
        self.states = States(forms)
        self.recent_states: OrderedDict[str, tuple[float, Folded]] = OrderedDict()
        self.recent_lock = threading.Lock()

    def head(self) -> int:
        """The last position; 0 for an empty book."""
        return self.store.max_notification_id() or 0

    def events_after(self, after: int, limit: int, stop: int | None = None) -> list[Recorded]:
        """Up to *limit* events recorded after position *after*, no further than *stop*."""
        decode = self.forms.decode
        with self.store.read() as c:
            rows = self.store.rows_after(c, after, limit, stop)
        return [decode(position, state) for position, _, state in rows]

    def stream(self, name: str, as_of: int | None = None) -> list[Recorded]:
        """The events of stream *name*, in order, up to position *as_of*."""
        with self.store.read() as c:
            rows = self.store.stream_rows(c, [name])
        last = None if as_of is None else self.end_of_command(as_of)
        return [self.forms.decode(p, state) for p, _, state in rows if last is None or p <= last]

    def tagged(self, tag: str) -> list[Recorded]:
        """Every event with *tag*, in order; the whole book is looked through."""
        with self.store.read() as c:
            c.execute(
                self.store.sql(
                    "SELECT notification_id, state FROM stored_events WHERE topic = ?"
                    " ORDER BY notification_id"
                ),
                (tag,),
            )
            rows = c.fetchall()
        return [self.forms.decode(row["notification_id"], row["state"]) for row in rows]

    def state(self, name: str, as_of: int | None = None) -> Any:
        """The state of stream *name*, folded from its events up to position *as_of*."""
        state = self.forms.fold(name).initial
        for recorded in self.stream(name, as_of):
            state = self.states.fold(state, name, recorded.event)
        return state

    def recent(self, name: str, max_age_seconds: float = 1.0) -> Any:
        """The state of stream *name*, at most *max_age_seconds* old: for reads, never to decide."""
        now = time.monotonic()
        with self.recent_lock:
            known = self.recent_states.get(name)
        if known is not None and now - known[0] <= max_age_seconds:
            return known[1].state
        folded = known[1] if known else self.states.initial(name)
        for event in self.store.select_events(name, gt=folded.version):
            folded = self.states.step(folded, name, 0, event.state)
        with self.recent_lock:
            self.recent_states[name] = (now, folded)
            self.recent_states.move_to_end(name)
            if len(self.recent_states) > RECENT_STREAMS:
                self.recent_states.popitem(last=False)
        return folded.state

    def row(self, position: int) -> EventRow | None:
        """The stored row at *position*, nonce and leaf included: what a proof is made from."""
        with self.store.read() as c:
            c.execute(
                self.store.sql(
                    "SELECT notification_id, originator_id, originator_version, topic, state,"
                    " nonce, leaf, recorded_at FROM stored_events WHERE notification_id = ?"
                ),
                (position,),
            )
            row = c.fetchone()
        return EventRow(*(row[name] for name in row.keys())) if row else None  # noqa: SIM118

    def at(self, position: int) -> Recorded | None:
        """The event at *position*."""
        found = self.events_after(position - 1, 1, position)
        return found[0] if found else None

    def end_of_command(self, position: int) -> int:
        """The greatest position, not after *position*, at which a command ended."""
        while position > 0:
            recorded = self.at(position)
            if recorded is None:
                return self.end_of_command(self.head())
            if recorded.last:
                return position
            position -= 1
        return 0

    def position_at(self, instant: datetime) -> int:
        """The last position recorded at or before *instant*, by binary search."""
        wanted, low, high = micros(instant), 0, self.head()
        while low < high:
            middle = (low + high + 1) // 2
            row = self.row(middle)
            if row is not None and row.recorded_at <= wanted:
                low = middle
            else:
                high = middle - 1
        return low

    def opened(self, recorded: Recorded) -> Any:
        """The words of a sealed event; a `Tombstone` once its holder is forgotten."""
        event = recorded.event
        if not isinstance(event, Sealed):
            return event
        plaintext = self.vault.open(
            event.holder,
            event.box,
            stream=recorded.stream,
            version=recorded.version,
            tag=recorded.tag,
        )
        if plaintext is None:
            return Tombstone(event.holder)
        return self.forms.decode_opened(recorded.tag, plaintext)

    def credential(self, name: str) -> tuple[str, int] | None:
        """(verifier, generation) of sign-in *name*'s password, where one was set."""
        with self.store.read() as c:
            c.execute(
                self.store.sql("SELECT verifier, generation FROM credentials WHERE name = ?"),
                (name,),
            )
            row = c.fetchone()
        return (row["verifier"], row["generation"]) if row else None

    def found_in_index(self, field: str, mac: bytes) -> tuple[str, ...]:
        """The holders found under *mac* in the blind index of *field*."""
        with self.store.read() as c:
            c.execute(
                self.store.sql("SELECT holder FROM blind_index WHERE field = ? AND mac = ?"),
                (field, mac),
            )
            return tuple(row["holder"] for row in c.fetchall())

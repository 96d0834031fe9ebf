"""The vault: one random data key per holder, under which words about that holder are sealed.

A holder's key is committed before the first event that uses it. To forget a holder is to delete
the key, and to change the wrapping key within a day so that no copy of the deleted row opens.

Shapes: a box is nonce (12) || AES-256-GCM ciphertext and tag, bound to stream, version, tag and
holder; a wrapped data key is the same of its 32 bytes, bound to holder and wrapping number.
Guarantee: whoever begins to seal or open after `forget` has returned, in any process, finds the
holder forgotten; what was begun before may still end.
"""

import os
import secrets
import struct
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from journal.forgotten import Forgotten, ForgottenList
from journal.forms import instant, micros
from journal.keys import KEY_BYTES, Keys
from journal.rotation import Progress, Rotated, rotate, unheard
from journal.vault_copy import Taken, forgotten_in, save, take
from journal.vault_store import Row, Run, VaultStore, open_store
from journal.wrapping import NONCE_BYTES, WrappingKeyGone, WrappingKeys

ROTATE_WITHIN = timedelta(hours=24)
CACHED = 8_192  # some 3 kB each
ATTEMPTS = 3

GONE = "SELECT holder FROM forgotten WHERE holder IN ?"
KNOWN = (
    "SELECT holder, wrapping, wrapped FROM data_keys WHERE holder IN ?"
    " UNION ALL SELECT holder, 0, NULL FROM forgotten WHERE holder IN ?"
)

_place = struct.Struct(">IIIQ").pack


class HolderForgotten(Exception):
    """This person was forgotten: nothing can be written down about them any more."""

    zh: ClassVar[str] = "此人信息已被清除,不能再记录其个人信息。"

    def __init__(self, holders: Iterable[str]) -> None:
        self.holders = frozenset(holders)
        super().__init__(", ".join(sorted(self.holders)))


class HolderUnknown(Exception):
    """The vault has never heard of this holder: it is older than the book, or another's."""


class BoxBroken(Exception):
    """The box was changed, or it belongs to another event."""


class Keyring:
    """The data keys of a batch, as they stood when it was taken: no further questions asked.

    Take it for one batch and drop it, so that forgetting is seen by the next.
    """

    __slots__ = ("_ciphers",)

    def __init__(self, ciphers: Mapping[str, AESGCM | None]) -> None:
        self._ciphers = ciphers

    def seal(self, holder: str, plaintext: bytes, *, stream: str, version: int, tag: str) -> bytes:
        """*plaintext* in a box that only the holder's key opens, and only in this place.

        Raises:
            HolderForgotten: there is no key any more.
        """
        cipher = self._ciphers[holder]
        if cipher is None:
            raise HolderForgotten((holder,))
        nonce = os.urandom(NONCE_BYTES)
        return nonce + cipher.encrypt(nonce, plaintext, bound(stream, version, tag, holder))

    def open(self, holder: str, box: bytes, *, stream: str, version: int, tag: str) -> bytes | None:
        """What is in *box*, or None where the holder was forgotten.

        Raises:
            BoxBroken: it was changed, or is not the box of this place.
        """
        cipher = self._ciphers[holder]
        if cipher is None:
            return None
        place = bound(stream, version, tag, holder)
        try:
            return cipher.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], place)
        except (InvalidTag, ValueError):
            raise BoxBroken(f"{stream} version {version}: the box does not open") from None


class Vault:
    """The data keys, wrapped in their store; those in use unwrapped in a bounded cache."""

    def __init__(
        self,
        store: VaultStore,
        keys: Keys,
        *,
        forgotten: ForgottenList,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        cached: int = CACHED,
    ) -> None:
        self.store = store
        self.wrapping = WrappingKeys(keys)
        self._list = forgotten
        self._clock = clock
        self._bound = cached
        self._turn = threading.RLock()
        self._generation = 0
        self._ciphers: dict[str, AESGCM | None] = {}
        self.wrapping.newest()
        self.apply_forgotten(forgotten.read())

    def ensure(self, holders: Collection[str]) -> None:
        """Give every one of *holders* a key; on return the keys are on the disk.

        Raises:
            HolderForgotten: some were forgotten; the others have their keys.
        """
        with self._turn:
            self.store.settle()
            found = self._find(holders)
            missing = sorted(set(holders) - found.keys())
            if missing:
                self._make(missing)
                found.update(self._find(missing))
        gone = [holder for holder in holders if found[holder] is None]
        if gone:
            raise HolderForgotten(gone)

    def look(self) -> None:
        """See whether anyone was forgotten; for the batch that follows that is often enough.

        What is then asked with *looked* needs no further question for holders in the cache.
        """
        with self._turn:
            generation = self.store.generation()
            if generation != self._generation:
                self._ciphers.clear()
                self.wrapping.let_go()
                self._generation = generation

    def refuse_forgotten(self, holders: Collection[str], *, looked: bool = False) -> None:
        """Refuse holders who were forgotten; those without a key yet may pass.

        Raises:
            HolderForgotten: some of *holders* were.
        """
        found = self._find(holders, looked=looked)
        gone = [holder for holder, cipher in found.items() if cipher is None]
        if gone:
            raise HolderForgotten(gone)

    def keyring(self, holders: Collection[str], *, looked: bool = False) -> Keyring:
        """The keys of *holders* for one batch: one look, and at most one more question.

        Raises:
            HolderUnknown: one of them never had a key here.
            WrappingKeyGone: a key is there but cannot be unwrapped any more.
        """
        found = self._find(holders, looked=looked)
        for holder in holders:
            if holder not in found:
                raise HolderUnknown(holder)
        return Keyring(found)

    def seal(self, holder: str, plaintext: bytes, *, stream: str, version: int, tag: str) -> bytes:
        """One box, see `Keyring.seal`."""
        ring = self.keyring((holder,))
        return ring.seal(holder, plaintext, stream=stream, version=version, tag=tag)

    def open(self, holder: str, box: bytes, *, stream: str, version: int, tag: str) -> bytes | None:
        """What is in one box, see `Keyring.open`."""
        ring = self.keyring((holder,))
        return ring.open(holder, box, stream=stream, version=version, tag=tag)

    def forget(self, holder: str) -> None:
        """Delete the holder's key for good; `rotation_due` says when it must be past recall."""
        entry = Forgotten(self._clock(), holder)
        self._list.add([entry])
        self.apply_forgotten([entry])

    def apply_forgotten(self, entries: Collection[Forgotten]) -> int:
        """Forget everyone of *entries* who is not yet forgotten here; how many those were."""
        at = {entry.holder: micros(entry.at) for entry in reversed(list(entries))}
        if not self._not_yet(self.store.read, at):
            return 0
        with self._turn, self.store.write() as run:
            new = self._not_yet(run, at)
            rows = [(holder, at[holder]) for holder in new]
            self.store.run_many("INSERT INTO forgotten VALUES (?, ?)", rows)
            self.store.run_many("DELETE FROM data_keys WHERE holder = ?", [(h,) for h in new])
            self._retire(run)
        self.store.truncate_log()
        return len(new)

    def _not_yet(self, run: Run, holders: Collection[str]) -> list[str]:
        """Those of *holders* who are not forgotten here, in a fixed order."""
        done = {holder for (holder,) in run(GONE, (list(holders),))}
        return sorted(holder for holder in holders if holder not in done)

    def rotation_due(self) -> datetime | None:
        """By when the wrapping key must be changed; None while nothing waits for it."""
        ((since,),) = self.store.read("SELECT retiring_since FROM state")
        return None if since is None else instant(since) + ROTATE_WITHIN

    def rotate(self, on_progress: Progress = unheard) -> Rotated:
        """Change the wrapping key and destroy the old one, see `journal.rotation`."""
        return rotate(self.store, self.wrapping, at=self._clock(), on_progress=on_progress)

    def save_to(self, file: Path) -> None:
        """Copy the wrapped data keys to *file*, see `journal.vault_copy`."""
        save(self.store, file)

    def take_from(self, file: Path) -> Taken:
        """Take newer wrapped data keys and tombstones from *file*, see `journal.vault_copy`."""
        forgotten = forgotten_in(file)
        listed = {entry.holder for entry in self._list.read()}
        self._list.add(entry for entry in forgotten if entry.holder not in listed)
        self.apply_forgotten(forgotten)
        return take(self.store, self.wrapping, file)

    def check(self) -> int:
        """How many holders have a key; every one of them was unwrapped just now.

        Raises:
            WrappingKeyGone: some cannot be unwrapped.
        """
        rows = self.store.read("SELECT wrapping, holder, wrapped FROM data_keys ORDER BY holder")
        broken = [row[1] for row in rows if not self.wrapping.opens(*row)]
        if broken:
            raise WrappingKeyGone(
                f"{len(broken)} of {len(rows)} data keys cannot be unwrapped,"
                f" the first is that of {broken[0]}"
            )
        return len(rows)

    def close(self) -> None:
        """Close the store and drop the keys."""
        with self._turn:
            self._ciphers.clear()
            self.wrapping.let_go()
            self.store.close()

    def _find(self, holders: Collection[str], *, looked: bool = False) -> dict[str, AESGCM | None]:
        """The keys of those of *holders* that have one or had one (None: forgotten)."""
        with self._turn:
            if not looked:
                self.look()
            found = {}
            cache = self._ciphers
            for holder in holders:
                if holder in cache:
                    found[holder] = cache[holder] = cache.pop(holder)  # the youngest stands last
            if len(found) < len(holders):
                loaded = self._load([holder for holder in holders if holder not in found])
                found.update(loaded)
                cache.update(loaded)
                while len(cache) > self._bound:
                    del cache[next(iter(cache))]
            return found

    def _load(self, holders: list[str]) -> dict[str, AESGCM | None]:
        """The keys of *holders* from the store.

        A rotation may destroy a wrapping key between our reading the row and the file; the row
        has then been wrapped again, so we read it again.
        """
        for _ in range(ATTEMPTS - 1):
            with suppress(WrappingKeyGone):
                return self._read(holders)
        return self._read(holders)

    def _read(self, holders: list[str]) -> dict[str, AESGCM | None]:
        return {
            holder: AESGCM(self.wrapping.unwrap(wrapping, holder, wrapped)) if wrapping else None
            for holder, wrapping, wrapped in self.store.read(KNOWN, (holders, holders))
        }

    def _make(self, holders: list[str]) -> None:
        """New keys for those of *holders* who have none and were not forgotten."""
        with self.store.write() as run:
            number = self._current(run)
            gone = {holder for (holder,) in run(GONE, (holders,))}
            made_at = micros(self._clock())
            rows: list[Row] = []
            for holder in holders:
                if holder not in gone:
                    key = secrets.token_bytes(KEY_BYTES)
                    rows.append((holder, number, self.wrapping.wrap(number, holder, key), made_at))
            self.store.run_many(
                "INSERT INTO data_keys VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", rows
            )

    def _current(self, run: Run) -> int:
        """The wrapping key for new data keys: the newest; the first one is made here.

        Raises:
            WrappingKeyGone: the vault has used newer keys than the folder holds.
        """
        ((used,),) = run("SELECT wrapping FROM state", ())
        newest = self.wrapping.newest()
        if newest < used:  # a shared folder may list a new file late
            if not self.wrapping.has(used):
                raise WrappingKeyGone(
                    f"the vault uses wrapping key {used} but {self.wrapping.folder} ends"
                    f" at {newest}: put the newer key files back"
                )
            newest = used
        if newest == 0:
            self.wrapping.make(1)
            newest = 1
        if newest > used:
            run("UPDATE state SET wrapping = ?", (newest,))
        return newest

    def _retire(self, run: Run) -> None:
        """Tell every process to look again, and that the wrapping keys so far must go.

        That includes one which a rotation under way has made: it may wrap the deleted key, too.
        """
        newest = self.wrapping.newest()
        run(
            "UPDATE state SET generation = generation + 1,"
            " retiring = CASE WHEN wrapping > ? THEN wrapping ELSE ? END,"
            " retiring_since = coalesce(retiring_since, ?)",
            (newest, newest, micros(self._clock())),
        )


def open_vault(
    database_url: str,
    home: Path,
    keys: Keys,
    *,
    forgotten: ForgottenList,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Vault:
    """The vault beside the book of *database_url*, the list of forgotten people applied."""
    return Vault(open_store(database_url, home), keys, forgotten=forgotten, clock=clock)


def bound(stream: str, version: int, tag: str, holder: str) -> bytes:
    """What a box is bound to: every part with its length, so that no two places read alike."""
    s, t, h = stream.encode(), tag.encode(), holder.encode()
    return b"timebank box 1" + _place(len(s), len(t), len(h), version) + s + t + h

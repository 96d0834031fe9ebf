"""A copy of the wrapped data keys in one file, the same for both stores.

Once a wrapping key is destroyed, the wrapped keys in every older backup are dead, and not only
those of the forgotten. Whoever backs up wrapping keys therefore keeps this copy with them, made
after each change; a restored book takes from it what its own vault is too old to know.

Shapes: JSON lines, a wrapped key or a forgotten holder each.
"""

import os
import secrets
from pathlib import Path

import msgspec

from journal.durable import OWNER_ONLY, sync_folder
from journal.forgotten import Forgotten
from journal.forms import instant
from journal.vault_store import VaultStore
from journal.wrapping import WrappingKeys


class WrappedKey(msgspec.Struct, frozen=True, tag_field="kind", tag="key"):
    """A row of `data_keys`."""

    holder: str
    wrapping: int
    wrapped: bytes
    made_at: int


class ForgottenHolder(msgspec.Struct, frozen=True, tag_field="kind", tag="forgotten"):
    """A row of `forgotten`."""

    holder: str
    at: int


class Taken(msgspec.Struct, frozen=True):
    """How many keys were taken from a copy, and how many of its keys open no more."""

    taken: int
    unreadable: int


def save(store: VaultStore, file: Path) -> None:
    """Write the vault's rows to *file* (0600), replacing it in one step."""
    with store.write() as run:
        keys = run("SELECT holder, wrapping, wrapped, made_at FROM data_keys", ())
        gone = run("SELECT holder, at FROM forgotten", ())
    rows = [*(WrappedKey(*row) for row in keys), *(ForgottenHolder(*row) for row in gone)]
    beside = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(fd, "wb") as f:
        f.write(msgspec.json.Encoder().encode_lines(rows))
        f.flush()
        os.fsync(f.fileno())
    beside.rename(file)
    sync_folder(file.parent)


def forgotten_in(file: Path) -> list[Forgotten]:
    """The holders who were forgotten when *file* was saved."""
    lines = _decode(file)
    return [Forgotten(instant(r.at), r.holder) for r in lines if isinstance(r, ForgottenHolder)]


def take(store: VaultStore, wrapping: WrappingKeys, file: Path) -> Taken:
    """Take from *file* the keys that this vault lacks or holds under an older wrapping key.

    Holders who are forgotten here stay forgotten, and only keys that open are taken: those whose
    wrapping key was destroyed since need a newer copy.
    """
    every = [line for line in _decode(file) if isinstance(line, WrappedKey)]
    keys = [row for row in every if wrapping.opens(row.wrapping, row.holder, row.wrapped)]
    with store.write() as run:
        held = dict(run("SELECT holder, wrapping FROM data_keys", ()))
        forgotten = {holder for (holder,) in run("SELECT holder FROM forgotten", ())}
        wanted = [
            (row.holder, row.wrapping, row.wrapped, row.made_at)
            for row in keys
            if row.holder not in forgotten and held.get(row.holder, 0) < row.wrapping
        ]
        store.run_many(
            "INSERT INTO data_keys VALUES (?, ?, ?, ?) ON CONFLICT (holder) DO UPDATE"
            " SET wrapping = excluded.wrapping, wrapped = excluded.wrapped",
            wanted,
        )
        newest = max((row[1] for row in wanted), default=0)
        run(
            "UPDATE state SET generation = generation + 1,"
            " wrapping = CASE WHEN wrapping < ? THEN ? ELSE wrapping END",
            (newest, newest),
        )
    return Taken(len(wanted), len(every) - len(keys))


def _decode(file: Path) -> list[WrappedKey | ForgottenHolder]:
    return msgspec.json.Decoder(WrappedKey | ForgottenHolder).decode_lines(file.read_bytes())

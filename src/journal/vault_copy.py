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
from journal.vault_store import VaultStore
from journal.wrapping import WrappingKeyGone, WrappingKeys


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


def take(store: VaultStore, wrapping: WrappingKeys, file: Path) -> Taken:
    """Take from *file* the keys that this vault lacks or holds under an older wrapping key.

    Holders who are forgotten here stay forgotten, and only keys that open are taken: those whose
    wrapping key was destroyed since need a newer copy.
    """
    decoder = msgspec.json.Decoder(WrappedKey | ForgottenHolder)
    lines = decoder.decode_lines(file.read_bytes())
    every = [line for line in lines if isinstance(line, WrappedKey)]
    keys = [line for line in every if _opens(wrapping, line)]
    gone = [line for line in lines if isinstance(line, ForgottenHolder)]
    with store.write() as run:
        store.run_many(
            "INSERT INTO forgotten VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(row.holder, row.at) for row in gone],
        )
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
        run("UPDATE state SET generation = generation + 1", ())
    return Taken(len(wanted), len(every) - len(keys))


def _opens(wrapping: WrappingKeys, row: WrappedKey) -> bool:
    try:
        wrapping.unwrap(row.wrapping, row.holder, row.wrapped)
    except WrappingKeyGone:
        return False
    return True

"""The list of forgotten people, kept outside the book's home and its backups.

A restored backup still holds the keys of those who were forgotten after it was taken: this list
says whom to forget again before anything is served. It is written before the vault is, so that a
forgetting that a crash cut short is finished at the next start.

Shapes: one line of JSON per holder, `{"at":"<RFC 3339>","holder":"<uuid>"}`; only ever appended.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from journal.durable import append_line, make_folder


class Forgotten(msgspec.Struct, frozen=True):
    """One holder who was forgotten, and when."""

    at: Annotated[datetime, msgspec.Meta(tz=True)]
    holder: str


decode = msgspec.json.Decoder(Forgotten).decode


class ListBroken(Exception):
    """A line of the list of forgotten people is not one that was written."""


class ForgottenList:
    """The list in one file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def add(self, entries: Iterable[Forgotten]) -> None:
        """Append *entries*; on return they are on the disk."""
        lines = [msgspec.json.encode(entry, order="sorted") for entry in entries]
        if lines:
            make_folder(self.file.parent)
            append_line(self.file, b"\n".join(lines))

    def read(self) -> list[Forgotten]:
        """Everyone on the list; a line that a power cut tore was never answered for.

        Raises:
            ListBroken: a whole line cannot be read.
        """
        if not self.file.exists():
            return []
        entries = []
        for number, line in enumerate(self.file.read_bytes().split(b"\n"), 1):
            if not line.strip(b"\0").endswith(b"}"):
                continue
            try:
                entries.append(decode(line))
            except msgspec.MsgspecError:
                raise ListBroken(f"{self.file}: line {number} cannot be read") from None
        return entries

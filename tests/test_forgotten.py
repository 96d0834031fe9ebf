"""The list of forgotten people outlives the book's home and its backups."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from journal.forgotten import Forgotten, ForgottenList, ListBroken

ALICE = Forgotten(datetime(2026, 5, 13, 4, 30, tzinfo=UTC), "0190a000-0000-7000-8000-00000000000a")
BOB = Forgotten(datetime(2026, 5, 14, tzinfo=UTC), "0190a000-0000-7000-8000-00000000000b")


def test_what_was_added_is_read_in_order(tmp_path: Path) -> None:
    """The folder is made when it is first needed; another reader sees the same."""
    file = tmp_path / "state" / "forgotten"
    assert ForgottenList(file).read() == []

    ForgottenList(file).add([ALICE])
    ForgottenList(file).add([BOB, ALICE])

    assert ForgottenList(file).read() == [ALICE, BOB, ALICE]


def test_its_form_is_plain(tmp_path: Path) -> None:
    """One line of JSON each, for whoever must read it in ten years."""
    ForgottenList(tmp_path / "forgotten").add([ALICE])

    assert (tmp_path / "forgotten").read_text() == (
        '{"at":"2026-05-13T04:30:00Z","holder":"0190a000-0000-7000-8000-00000000000a"}\n'
    )


@pytest.mark.parametrize("torn", [b'{"at":"2026-05-1', b"\0" * 40, b"{"])
def test_a_torn_line_was_never_answered_for(tmp_path: Path, torn: bytes) -> None:
    """What a power cut cut short is passed over, also once others follow it."""
    forgotten = ForgottenList(tmp_path / "forgotten")
    forgotten.add([ALICE])
    with forgotten.file.open("ab") as f:
        f.write(torn)

    assert forgotten.read() == [ALICE]
    forgotten.add([BOB])
    assert forgotten.read() == [ALICE, BOB]


@pytest.mark.parametrize("line", [b'{"holder":"x"}', b'{"at":"2026-05-13T04:30:00","holder":"x"}'])
def test_a_line_that_nobody_wrote_stops_the_reading(tmp_path: Path, line: bytes) -> None:
    """To pass over it could bring a forgotten person back."""
    forgotten = ForgottenList(tmp_path / "forgotten")
    forgotten.add([ALICE])
    with forgotten.file.open("ab") as f:
        f.write(line + b"\n")

    with pytest.raises(ListBroken, match="line 2"):
        forgotten.read()

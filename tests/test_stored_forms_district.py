"""The stored forms of the district's events, which never change."""

from pathlib import Path

import msgspec
import pytest

from district import CLEAR, SEALED

LINES = (Path(__file__).parent / "golden" / "district.jsonl").read_bytes().splitlines()
FORMS = {form.__struct_config__.tag: form for form in (*CLEAR, *SEALED)}


@pytest.mark.parametrize("line", LINES, ids=lambda line: msgspec.json.decode(line)["tag"])
def test_a_stored_event_is_read_and_written_the_same(line: bytes) -> None:
    """An old book must be readable for ever, byte for byte."""
    form = FORMS[msgspec.json.decode(line)["tag"]]
    event = msgspec.json.decode(line, type=form)
    assert msgspec.json.encode(event, order="sorted") == line


def test_every_form_has_a_line() -> None:
    """And no line is of a form that was taken away."""
    assert {msgspec.json.decode(line)["tag"] for line in LINES} == set(FORMS)

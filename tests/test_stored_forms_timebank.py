"""Stored forms of the time bank: what was once written is read for ever, byte for byte."""

from pathlib import Path
from typing import Union

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import timebank
from timebank.event import Event

LINES = (Path(__file__).parent / "golden" / "timebank.jsonl").read_bytes().splitlines()
EVERY = (*timebank.CLEAR, *timebank.SEALED)
DECODER: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Union[EVERY])  # noqa: UP007 - no X | Y of a tuple
EVENTS = [DECODER.decode(line) for line in LINES]


@pytest.mark.parametrize("line", LINES)
def test_a_stored_event_reads_and_writes_the_same(line: bytes) -> None:
    """Decoding and encoding again gives the very bytes."""
    assert msgspec.json.encode(DECODER.decode(line), order="sorted") == line


def test_every_event_has_a_golden_line() -> None:
    """A new kind of event brings its line; no kind ever leaves."""
    assert {type(event) for event in EVENTS} == set(EVERY)


def test_each_event_is_of_a_stream_that_can_be_folded() -> None:
    """The kind before the first dash of a stream names its fold; what follows is an id."""
    for event in EVENTS:
        kind, _, id_ = event.stream.partition("-")
        assert kind in timebank.FOLDS
        assert len(id_) == 36


def test_sealed_events_name_their_holder() -> None:
    """Exactly one holder's key seals each of them; no clear event has one."""
    for event in EVENTS:
        assert hasattr(event, "holder") == isinstance(event, timebank.SEALED)


@pytest.mark.parametrize("kind", EVERY)
def test_a_field_may_be_missing_only_as_none_or_empty(kind: type[Event]) -> None:
    """Any other default would change the meaning of what is stored when the default changes."""
    for field in msgspec.structs.fields(kind):
        assert field.default in (msgspec.NODEFAULT, None, ())
        assert field.default_factory is msgspec.NODEFAULT


@given(st.lists(st.sampled_from(EVENTS), max_size=20), st.sampled_from(list(timebank.FOLDS)))
def test_folding_never_refuses(events: list[Event], kind: str) -> None:
    """History in any order, with gaps, repeats and foreign events, still folds."""
    state, evolve = timebank.FOLDS[kind]
    for event in events:
        state = evolve(state, event)
    assert type(state) is type(timebank.FOLDS[kind][0])

"""Folding never refuses, and every name that is stored for ever is told apart."""

import re
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import district
from district import CLEAR, FOLDS, SEALED, Event, Refused
from district.roles import ROLES


class Foreign(Event, frozen=True, kw_only=True, tag="other.happened"):
    """Something that no fold of the district knows."""


def anything(form: type[Event]) -> st.SearchStrategy[Event]:
    """Any event of *form*, with few different words so that events meet each other."""
    fields: dict[str, st.SearchStrategy[object]] = {}
    for field in msgspec.structs.fields(form):
        if field.type is str:
            fields[field.name] = st.sampled_from(["a", "b"])
        elif field.type is date:
            fields[field.name] = st.dates() | st.sampled_from([date.min, date.max])
        else:
            fields[field.name] = st.from_type(field.type)
    return st.builds(form, **fields)


FORMS: tuple[type[Event], ...] = (*CLEAR, Foreign)
events = st.one_of(*(anything(form) for form in FORMS))


@pytest.mark.parametrize("kind", sorted(FOLDS))
@given(past=st.lists(events, max_size=8))
def test_any_events_in_any_order_fold(kind: str, past: list[Event]) -> None:
    """Also events of other streams, of unknown kinds, and days at either end of time."""
    initial, evolve = FOLDS[kind]
    state = initial
    for event in past:
        state = evolve(state, event)
    assert type(state) is type(initial)
    assert evolve(state, Foreign()) == state


@given(past=st.lists(events, max_size=8))
def test_an_event_belongs_to_a_stream_that_is_folded(past: list[Event]) -> None:
    """The kind before the hyphen finds the fold."""
    for event in past:
        if not isinstance(event, Foreign):
            assert event.stream.partition("-")[0] in FOLDS


def test_tags_are_told_apart_and_absent_fields_mean_unknown() -> None:
    """A default other than None would change what is already stored, if it ever changed."""
    tags = [form.__struct_config__.tag for form in (*CLEAR, *SEALED)]
    assert len(set(tags)) == len(tags)
    for form in (*CLEAR, *SEALED):
        for field in msgspec.structs.fields(form):
            assert field.required or field.default is None


def test_every_sealed_event_names_its_holder() -> None:
    """Without a holder there is no key to seal it with, and none to destroy."""
    assert SEALED
    for form in SEALED:
        assert isinstance(form.__dict__["holder"], property)


def refusals(of: type[Refused]) -> list[type[Refused]]:
    """*of* and every refusal below it in the district."""
    below = [each for sub in of.__subclasses__() for each in refusals(sub)]
    return [of, *below]


def test_every_refusal_can_be_read_in_both_languages() -> None:
    """The docstring is the English sentence, `zh` the Chinese one; each class has its own."""
    found = [each for each in refusals(Refused) if each.__module__.startswith(district.__name__)]
    assert len(found) > len({Refused, *Refused.__subclasses__()})
    for each in found:
        assert re.fullmatch(r"[A-Z][^\n]*\.", each.__doc__ or ""), each
        assert each.__dict__["zh"].endswith("。"), each


def test_every_role_has_its_words() -> None:
    """Both languages, none twice."""
    words = [word for pair in ROLES.values() for word in pair]
    assert len(set(words)) == 2 * len(ROLES)

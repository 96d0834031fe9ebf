"""Refusals: each has a sentence in both languages, and a name that is its own."""

import pkgutil
from importlib import import_module

import pytest

import timebank
from timebank.event import Refused

for module in pkgutil.iter_modules(timebank.__path__):
    import_module(f"timebank.{module.name}")


def below(kind: type[Refused]) -> list[type[Refused]]:
    """List a refusal and everything more particular."""
    return [kind, *(each for sub in kind.__subclasses__() for each in below(sub))]


REFUSALS = [kind for kind in below(Refused) if kind.__module__.startswith("timebank")]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_a_sentence_in_both_languages(refusal: type[Refused]) -> None:
    """The docstring is the English sentence, `zh` the Chinese one, each its own."""
    english = (refusal.__doc__ or "").splitlines()[0]
    assert english.endswith(".")
    assert english[0].isupper()
    assert "zh" in vars(refusal)
    assert refusal.zh.endswith("。")


def test_no_two_refusals_share_a_name() -> None:
    """The name becomes the stable code that phones know."""
    names = [refusal.__name__ for refusal in REFUSALS]
    assert len(names) == len(set(names)) > 20

"""Small views over small events, to try the machinery without the time bank's rules."""

from __future__ import annotations

import msgspec

from projections.changes import Changes
from projections.source import Recorded
from projections.tables import Kind, Table
from projections.view import View


class Bought(msgspec.Struct, frozen=True, tag_field="tag", tag="toy.bought"):
    """So many of a thing came in."""

    thing: str
    count: int


class Renamed(msgspec.Struct, frozen=True, tag_field="tag", tag="toy.renamed"):
    """A thing is called otherwise."""

    thing: str
    name: str | None


class Lost(msgspec.Struct, frozen=True, tag_field="tag", tag="toy.lost"):
    """All of a thing went."""

    thing: str


class Strange(msgspec.Struct, frozen=True, tag_field="tag", tag="toy.strange"):
    """Nobody has told the views what this means."""


class Poison(msgspec.Struct, frozen=True, tag_field="tag", tag="toy.poison"):
    """The listing cannot take this; the sums do not mind."""

    value: object = None


THINGS = Table(
    "things",
    key={"thing": Kind.TEXT},
    columns={"name": Kind.TEXT, "bought": Kind.COUNT, "often": Kind.TEXT},
    indexes=("(name, thing)",),
    derived={"often": "CASE WHEN kept.bought > 2 THEN 'often' ELSE 'seldom' END"},
)
SUMS = Table("sums", key={"thing": Kind.TEXT}, columns={"count": Kind.COUNT}, accrues=True)
KNOWN = frozenset({"toy.bought", "toy.renamed", "toy.lost", "toy.poison"})


def project_things(recorded: Recorded, rows: Changes) -> None:
    """List things from their first purchase to their loss."""
    match recorded.event:
        case Bought(thing=thing, count=count):
            if count == 0:
                rows.put(THINGS, thing, name=thing)
            else:
                rows.add(THINGS, thing, bought=1)
        case Renamed(thing=thing, name=name):
            rows.change(THINGS, thing, name=name)
        case Lost(thing=thing):
            rows.drop(THINGS, thing)
        case Poison(value=value):
            rows.change(THINGS, "poisoned", name="half done")
            if value is None:
                raise LookupError("a secret word")
            rows.put(THINGS, "poisoned", name=value)


def project_sums(recorded: Recorded, rows: Changes) -> None:
    """Sum what was bought, whatever happened to it."""
    match recorded.event:
        case Bought(thing=thing, count=count):
            rows.add(SUMS, thing, count=count)


LISTING = View("things", (THINGS,), KNOWN, frozenset(), project_things)
TALLY = View(
    "sums",
    (SUMS,),
    frozenset({"toy.bought"}),
    frozenset({"toy.renamed", "toy.lost", "toy.poison", "toy.strange"}),
    project_sums,
)

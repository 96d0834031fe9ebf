"""How much a run measures: a quick look, or figures to keep."""

import msgspec


class Scale(msgspec.Struct, frozen=True):
    """Sizes of one run."""

    rounds: int
    commands: int
    hot_commands: int
    replayed: int
    seconds: float
    sizes: tuple[int, ...]
    connections: tuple[int, ...]


QUICK = Scale(
    rounds=1,
    commands=10_000,
    hot_commands=6_000,
    replayed=50_000,
    seconds=1.0,
    sizes=(10_000, 40_000),
    connections=(64,),
)
FULL = Scale(
    rounds=5,
    commands=20_000,
    hot_commands=20_000,
    replayed=200_000,
    seconds=4.0,
    sizes=(10_000, 100_000, 1_000_000),
    connections=(1, 64, 256),
)

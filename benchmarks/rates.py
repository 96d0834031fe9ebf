"""What one measurement of one contestant gives, and how rounds of them are compared.

Units: seconds; percentiles in milliseconds for people.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

import msgspec


class Rate(msgspec.Struct, frozen=True):
    """So many *done* in so many *seconds*; how long each took, where that was asked.

    `batch` is how many shared one commit; `after` the head of the book when it began.
    """

    done: int
    seconds: float
    latencies: Sequence[float] = ()
    batch: float = 0
    after: int = 0

    @property
    def per_second(self) -> float:
        """How many were done each second."""
        return self.done / self.seconds

    def percentile_milliseconds(self, percent: float) -> float:
        """The latency that *percent* of all stayed below."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000


class Rounds(msgspec.Struct):
    """The rates of several contestants, taken in turn."""

    rates: dict[str, list[Rate]]

    @property
    def count(self) -> int:
        """How often each contestant ran."""
        return max(len(rates) for rates in self.rates.values())

    def per_second(self, name: str) -> float:
        """The contestant's median rate."""
        return median(rate.per_second for rate in self.rates[name])

    def milliseconds(self, name: str, percent: float) -> float:
        """The contestant's median percentile."""
        return median(rate.percentile_milliseconds(percent) for rate in self.rates[name])

    def ratio(self, name: str, other: str) -> float:
        """How the two compare within one round, at the median: a machine's mood cancels out."""
        pairs = zip(self.rates[name], self.rates[other], strict=True)
        return median(mine.per_second / theirs.per_second for mine, theirs in pairs)


def together(rates: Iterable[Rate]) -> Rate:
    """One rate of several processes that ran at the same time."""
    rates = list(rates)
    return Rate(
        sum(rate.done for rate in rates),
        max(rate.seconds for rate in rates),
        [latency for rate in rates for latency in rate.latencies],
        sum(rate.batch for rate in rates) / len(rates),
    )


def in_turn(
    contestants: Mapping[str, Callable[[], Rate]], rounds: int, tick: Callable[[str], None]
) -> Rounds:
    """Let the contestants run A B A B …; *tick* is told before each."""
    rates: dict[str, list[Rate]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            tick(name)
            rates[name].append(contestant())
    return Rounds(rates)

"""Splitting a fixed number of minutes by shares, so that the parts always sum to the whole.

Units: whole minutes. Rounding: every part is rounded down, then the parts with the largest
remainders get one minute more each; of equal remainders the smaller id comes first.
"""

from collections.abc import Mapping


def split(whole: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Split *whole* by *weights*; nobody has anything where all weights are 0."""
    total = sum(weights.values())
    if total < 1:
        return dict.fromkeys(weights, 0)
    parts = {each: whole * weight // total for each, weight in weights.items()}
    left = whole - sum(parts.values())
    by_remainder = sorted(weights, key=lambda each: (-(whole * weights[each] % total), each))
    for each in by_remainder[:left]:
        parts[each] += 1
    return parts

"""Splitting: parts sum to the whole, the largest remainders first, the smaller id of two equals."""

from hypothesis import given
from hypothesis import strategies as st

from timebank.sharing import split


def test_a_pool_of_1800_split_by_what_14_people_served() -> None:
    """12 x 150, 120 and 105 minutes: 133 each, 107 and 93 leave 4 minutes to the smallest ids."""
    weights = {f"v{number:02}": 150 for number in range(1, 13)} | {"v13": 120, "v14": 105}
    parts = split(1_800, weights)
    assert [parts[f"v{number:02}"] for number in range(1, 15)] == [134] * 4 + [133] * 8 + [107, 93]
    assert sum(parts.values()) == 1_800


def test_of_equal_remainders_the_smaller_id_gets_the_minute() -> None:
    """10 between three equals: 4, 3, 3, in whichever order they are named."""
    assert split(10, {"c": 1, "a": 1, "b": 1}) == {"a": 4, "b": 3, "c": 3}


def test_where_nobody_served_nobody_has_a_part() -> None:
    """Nothing is given away by chance."""
    assert split(10, {"a": 0, "b": 0}) == {"a": 0, "b": 0}
    assert split(10, {}) == {}


@given(
    st.integers(0, 100_000),
    st.dictionaries(st.text("abcdef", min_size=1), st.integers(0, 1_440), min_size=1, max_size=20),
)
def test_parts_always_sum_to_the_whole(whole: int, weights: dict[str, int]) -> None:
    """Nobody is more than a minute away from the exact part, and nothing for nothing."""
    parts = split(whole, weights)
    total = sum(weights.values())
    assert parts.keys() == weights.keys()
    assert sum(parts.values()) == (whole if total else 0)
    for each, weight in weights.items():
        assert (weight > 0 or parts[each] == 0) or total == 0
        if total:
            assert abs(parts[each] * total - whole * weight) < total


@given(st.integers(0, 10_000), st.lists(st.integers(0, 600), min_size=2, max_size=9))
def test_the_order_of_naming_does_not_matter(whole: int, weights: list[int]) -> None:
    """The same people with the same minutes always have the same parts."""
    named = {f"v{number}": weight for number, weight in enumerate(weights)}
    assert split(whole, named) == split(whole, dict(reversed(named.items())))

"""Diaries: which orders of one volunteer are planned for the same time."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.serving import VOLUNTEER, at
from timebank.diaries import Diary, OrderNoted, evolve, overlapping

SPANS = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 120)), max_size=8)


def kept(spans: list[tuple[int, int]]) -> Diary:
    """Note orders, each from so many minutes after eight, so many minutes long."""
    state = Diary()
    for number, (start, length) in enumerate(spans):
        began = at("08:00") + timedelta(minutes=start)
        state = evolve(
            state,
            OrderNoted(
                person=VOLUNTEER,
                order=str(number),
                planned_start=began,
                planned_end=began + timedelta(minutes=length),
            ),
        )
    return state


def test_an_order_noted_again_has_its_new_plan() -> None:
    """Accepting amended terms moves the line."""
    state = kept([(0, 60)])
    later = OrderNoted(
        person=VOLUNTEER, order="0", planned_start=at("13:00"), planned_end=at("14:00")
    )
    moved = evolve(state, later)
    assert overlapping(moved, order="x", began=at("08:00"), ended=at("09:00")) == ()
    assert overlapping(moved, order="x", began=at("13:59"), ended=at("15:00")) == ("0",)


@given(SPANS, st.integers(0, 300), st.integers(1, 120))
def test_overlaps_are_those_that_share_a_minute(
    spans: list[tuple[int, int]], start: int, length: int
) -> None:
    """Both ends count as open: what only touches does not overlap; an order never meets itself."""
    began = at("08:00") + timedelta(minutes=start)
    ended = began + timedelta(minutes=length)
    mine = set(range(start, start + length))
    expected = {
        str(number)
        for number, (other, long) in enumerate(spans)
        if mine & set(range(other, other + long))
    }
    state = kept(spans)
    assert set(overlapping(state, order="x", began=began, ended=ended)) == expected
    assert "0" not in overlapping(state, order="0", began=began, ended=ended)

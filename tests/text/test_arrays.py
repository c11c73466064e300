"""Operations on arrays, compared with loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tasks.text.arrays import exclusive_sum, next_true, previous_true, ranges, shifted


@given(st.lists(st.integers(0, 9)))
def test_exclusive_sum_is_the_sum_of_all_values_before(values: list[int]) -> None:
    """For every place and the end."""
    assert exclusive_sum(np.array(values, np.int64)).tolist() == [sum(values[:i]) for i in range(len(values) + 1)]


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 5))))
def test_ranges_are_pythons_ranges(given_ranges: list[tuple[int, int]]) -> None:
    """The ranges follow each other; those without length add nothing."""
    starts, counts = (
        (np.array(column, np.int64) for column in zip(*given_ranges, strict=True))
        if given_ranges
        else (np.zeros(0, np.int64),) * 2
    )
    assert ranges(starts, counts).tolist() == [n for start, count in given_ranges for n in range(start, start + count)]


@given(st.lists(st.integers(0, 9)), st.sampled_from([-2, -1, 1, 2]))
def test_shifted_gives_neighbours(values: list[int], by: int) -> None:
    """Places without such a neighbour have the fill value."""
    n = len(values)
    expected = [values[i - by] if 0 <= i - by < n else 7 for i in range(n)]
    assert shifted(np.array(values, np.int64), by, fill=7).tolist() == expected


@given(st.lists(st.booleans()))
def test_previous_and_next_chosen_places(chosen: list[bool]) -> None:
    """Before each place, and from it on; also for the end."""
    which = np.array(chosen, bool)
    n = len(chosen)
    assert previous_true(which).tolist() == [max((j for j in range(i) if chosen[j]), default=-1) for i in range(n + 1)]
    assert next_true(which).tolist() == [min((j for j in range(i, n) if chosen[j]), default=n) for i in range(n + 1)]

"""Sums of packed counters."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.measure.packed_counters import CHUNK, PackedCounters


def test_fields_do_not_overflow() -> None:
    """The largest values, in texts around a chunk's length and far above it, add up as plain integers do."""
    largest = {"small": 1, "odd": 33, "last": 8}
    counters = PackedCounters(largest)
    offsets = np.cumsum([0, CHUNK - 1, CHUNK, 0, CHUNK + 1, 3 * CHUNK, 100_000])
    packed = counters.pack({name: np.full(offsets[-1], value) for name, value in largest.items()})
    for name, sums in counters.sums(packed, offsets).items():
        assert (sums == np.diff(offsets) * largest[name]).all()


@settings(deadline=None)  # a busy machine is no error
@given(st.integers(0, 2**32), st.lists(st.integers(0, 100), max_size=20))
def test_sums_are_those_of_plain_counters(seed: int, counts: list[int]) -> None:
    """Each field holds the sum of its own counter, whatever flags are above the fields."""
    random = np.random.default_rng(seed)
    largest = {"a": 7, "b": 1, "c": 16}
    offsets = np.cumsum([0, *counts])
    values = {name: random.integers(0, most + 1, offsets[-1]) for name, most in largest.items()}
    counters = PackedCounters(largest)
    flags = random.integers(0, 8, offsets[-1]) << counters.n_bits
    sums = counters.sums(counters.pack(values) | flags, offsets)
    for name, counter in values.items():
        assert sums[name].tolist() == [counter[start:end].sum() for start, end in pairwise(offsets.tolist())]


def test_no_texts() -> None:
    """No texts, or none with tokens, have no sums or sums of zero."""
    counters = PackedCounters({"a": 1})
    nothing = np.zeros(0, np.int64)
    assert counters.sums(nothing, np.array([0]))["a"].tolist() == []
    assert counters.sums(nothing, np.array([0, 0, 0]))["a"].tolist() == [0, 0]

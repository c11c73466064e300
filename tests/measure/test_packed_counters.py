"""Sums of packed facts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tasks.measure.packed_counters import CHUNK, PackedCounters


def test_lanes_do_not_run_over() -> None:
    """The largest values, in texts around a chunk's length and far above it, add up as plain integers do."""
    largest = {"small": 1, "odd": 33, "last": 8}
    lanes = PackedCounters(largest)
    offsets = np.cumsum([0, CHUNK - 1, CHUNK, 0, CHUNK + 1, 3 * CHUNK, 100_000])
    packed = lanes.pack({name: np.full(offsets[-1], value) for name, value in largest.items()})
    for name, sums in lanes.sums(packed, offsets).items():
        assert (sums == np.diff(offsets) * largest[name]).all()


def test_lanes_keep_apart() -> None:
    """Each lane holds its own sum, whatever marks stand above the lanes."""
    random = np.random.default_rng(2)
    values = {name: random.integers(0, largest + 1, 5_000) for name, largest in (("a", 7), ("b", 1), ("c", 16))}
    lanes = PackedCounters({"a": 7, "b": 1, "c": 16})
    marks = random.integers(0, 8, 5_000) << lanes.n_bits
    offsets = np.concatenate([[0], np.sort(random.integers(0, 5_000, 60)), [5_000]])
    sums = lanes.sums(lanes.pack(values) | marks, offsets)
    for name, lane in values.items():
        assert sums[name].tolist() == [lane[start:end].sum() for start, end in pairwise(offsets.tolist())]


def test_no_texts() -> None:
    """No texts, or none with tokens, have no sums or sums of zero."""
    lanes = PackedCounters({"a": 1})
    nothing = np.zeros(0, np.int64)
    assert lanes.sums(nothing, np.array([0]))["a"].tolist() == []
    assert lanes.sums(nothing, np.array([0, 0, 0]))["a"].tolist() == [0, 0]

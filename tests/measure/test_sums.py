"""Sums of packed facts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tasks.measure.sums import CHUNK, WIDEST, pack, sum_lanes


def test_lanes_do_not_run_over() -> None:
    """The largest values, in texts around a chunk's length and far above it, add up as plain integers do."""
    offsets = np.cumsum([0, CHUNK - 1, CHUNK, 0, CHUNK + 1, 3 * CHUNK, 100_000])
    n = int(offsets[-1])
    ones = pack([np.ones(n)] * 8, np.uint8)
    widest = pack([np.full(n, WIDEST)] * 4, np.uint16)
    counts = np.diff(offsets)
    assert (sum_lanes(ones, offsets, np.uint8) == counts).all()
    assert (sum_lanes(widest, offsets, np.uint16) == counts * WIDEST).all()


def test_lanes_keep_apart() -> None:
    """Each lane holds its own sum."""
    random = np.random.default_rng(2)
    lanes = random.integers(0, 2, (8, 5_000))
    offsets = np.concatenate([[0], np.sort(random.integers(0, 5_000, 60)), [5_000]])
    sums = sum_lanes(pack(list(lanes), np.uint8), offsets, np.uint8)
    expected = [[lane[start:end].sum() for start, end in pairwise(offsets)] for lane in lanes]
    assert sums.tolist() == np.array(expected).tolist()


def test_no_texts() -> None:
    """No texts, or none with tokens, have no sums or sums of zero."""
    nothing = pack([np.zeros(0)] * 8, np.uint8)
    assert sum_lanes(nothing, np.array([0]), np.uint8).shape == (8, 0)
    assert sum_lanes(nothing, np.array([0, 0, 0]), np.uint8).tolist() == [[0, 0]] * 8

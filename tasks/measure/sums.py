"""Sums of many small facts over the tokens of each text, several in one pass.

A pass over the tokens costs more than adding numbers in it, so small counters travel together: eight of a byte, or four
of two bytes, side by side in one 64-bit integer (its *lanes*). Adding the integers adds every lane at once, as long as
none runs over into the next. A text is therefore added up in chunks of at most 255 tokens, and a token's own values are
at most 1 in a byte lane and 257 in a lane of two bytes: 255 x 1 = 2**8 - 1 and 255 x 257 = 2**16 - 1. The chunks' sums
are then unpacked and added in 64 bits. Tokens with larger values are nobody's words, but they occur: `pack_lengths`
keeps them apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import DTypeLike, NDArray

CHUNK = 255
WIDEST = 257


def pack(lanes: Sequence[NDArray[Any]], lane_type: DTypeLike) -> NDArray[np.int64]:
    """Columns of small numbers as one column of integers: eight of `np.uint8`, or four of `np.uint16`."""
    return np.ascontiguousarray(np.stack(lanes, axis=1).astype(lane_type)).view(np.int64)[:, 0]


def sum_lanes(packed: NDArray[np.int64], offsets: NDArray[np.int64], lane_type: DTypeLike) -> NDArray[np.int64]:
    """The sum of each lane (rows) over `packed[offsets[i]:offsets[i + 1]]` (columns).

    >>> facts = pack([np.array([1, 0, 1]), np.array([200, 7, 100]), np.array([0, 0, 2]), np.zeros(3)], np.uint16)
    >>> sum_lanes(facts, np.array([0, 2, 2, 3]), np.uint16).tolist()
    [[1, 0, 1], [207, 0, 100], [0, 0, 2], [0, 0, 0]]
    """
    counts = np.diff(offsets)
    n_chunks = -(-counts // CHUNK)
    n_chunks_before = np.cumsum(n_chunks) - n_chunks
    text_of = np.repeat(np.arange(len(counts)), n_chunks)
    chunk_starts = offsets[text_of] + CHUNK * (np.arange(len(text_of)) - n_chunks_before[text_of])
    n_lanes = np.dtype(np.int64).itemsize // np.dtype(lane_type).itemsize
    sums = np.zeros((len(counts), n_lanes), np.int64)
    if len(text_of):
        of_chunks = np.add.reduceat(packed, chunk_starts).view(lane_type).reshape(-1, n_lanes)
        filled = np.flatnonzero(counts)
        sums[filled] = np.add.reduceat(of_chunks, n_chunks_before[filled], axis=0, dtype=np.int64)
    return sums.T

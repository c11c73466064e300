"""Sums of many small facts over the tokens of each text, all in one pass.

What a pass over the tokens costs is not the adding: what is known of a token is fetched from a table, and the processor
waits for each table that does not fit into its cache. So small counters travel together, side by side in one 64-bit
integer, each in a *lane* of its own. Adding the integers adds every lane at once, as long as none runs over into the
next. A text is therefore added up in chunks of at most 31 tokens, and a lane is as wide as 31 times the largest value of
a token needs; the chunks' sums are then unpacked and added in 64 bits. Tokens with larger values are nobody's words, but
they occur: whoever packs keeps them apart. The bits above the lanes are free for marks; sums of these run over the top
and are lost.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

CHUNK = 31


class PackedCounters:
    """Counters that travel together; `largest` names them and says the largest value that a token may have.

    >>> lanes = PackedCounters({"letters": 20, "is_word": 1})
    >>> packed = lanes.pack({"letters": np.array([3, 20, 0]), "is_word": np.array([1, 1, 0])})
    >>> {name: sums.tolist() for name, sums in lanes.sums(packed, np.array([0, 2, 2, 3])).items()}
    {'letters': [23, 0, 0], 'is_word': [2, 0, 0]}
    """

    def __init__(self, largest: Mapping[str, int]) -> None:
        self._names = list(largest)
        widths = [(CHUNK * value).bit_length() for value in largest.values()]
        *shifts, self.n_bits = accumulate(widths, initial=0)
        self._shifts = np.array(shifts)[:, None]
        self._masks = np.array([(1 << width) - 1 for width in widths])[:, None]

    def pack(self, values: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
        """Each token's counters as one integer below `1 << n_bits`."""
        columns = np.stack([values[name] for name in self._names]).astype(np.int64)
        packed: NDArray[np.int64] = np.bitwise_or.reduce(columns << self._shifts, axis=0)
        return packed

    def sums(self, packed: NDArray[np.int64], offsets: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
        """By name, the sum of a counter over `packed[offsets[i]:offsets[i + 1]]` for each i."""
        counts = np.diff(offsets)
        n_chunks = -(-counts // CHUNK)
        last_chunks = np.cumsum(n_chunks)
        # A chunk begins so many tokens after its text as chunks of the text stand before it.
        first_chunks = last_chunks - n_chunks
        starts = CHUNK * np.arange(n_chunks.sum()) + np.repeat(offsets[:-1] - CHUNK * first_chunks, n_chunks)
        sums = np.zeros((len(self._names), len(counts)), np.int64)
        if len(starts):
            of_chunks = np.add.reduceat(packed, starts) >> self._shifts & self._masks
            filled = np.flatnonzero(counts)
            sums[:, filled] = np.add.reduceat(of_chunks, first_chunks[filled], axis=1)
        return dict(zip(self._names, sums, strict=True))

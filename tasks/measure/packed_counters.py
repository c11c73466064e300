"""Sums of several small counters over the tokens of each text, all in one pass.

What a pass over the tokens costs is not the addition: a token's counters are fetched from a table, and the processor waits
for each table that does not fit into its cache. So small counters are packed into the bit fields of one 64-bit integer.
Adding the integers adds every field at once, as long as no field runs over into the next. A text is therefore added up in
chunks of at most 31 tokens, and a field is as wide as 31 times the largest value of a token needs; the chunks' sums are
then unpacked and added in 64 bits. Tokens with larger values occur, in text that is not prose; the caller adds these
separately. The bits above the fields are free for flags; sums of these overflow and are discarded.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from tasks.text.arrays import exclusive_sum

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tasks.text.arrays import Ints

CHUNK = 31
"""The number of tokens whose counters are added before they are unpacked."""


class PackedCounters:
    """Counters in one integer; `largest` names them and says the largest value that a token may have.

    >>> counters = PackedCounters({"letters": 20, "is_word": 1})
    >>> packed = counters.pack({"letters": np.array([3, 20, 0]), "is_word": np.array([1, 1, 0])})
    >>> {name: sums.tolist() for name, sums in counters.sums(packed, np.array([0, 2, 2, 3])).items()}
    {'letters': [23, 0, 0], 'is_word': [2, 0, 0]}
    """

    def __init__(self, largest: Mapping[str, int]) -> None:
        self._names = list(largest)
        widths = [(CHUNK * value).bit_length() for value in largest.values()]
        *shifts, self.n_bits = accumulate(widths, initial=0)
        self._shifts = np.array(shifts)[:, None]
        self._masks = np.array([(1 << width) - 1 for width in widths])[:, None]

    def pack(self, values: Mapping[str, NDArray[Any]]) -> Ints:
        """Each token's counters as one integer below `1 << n_bits`."""
        columns = np.stack([values[name] for name in self._names]).astype(np.int64)
        packed: Ints = np.bitwise_or.reduce(columns << self._shifts, axis=0)
        return packed

    def sums(self, packed: Ints, offsets: Ints) -> dict[str, Ints]:
        """By name, the sum of a counter over `packed[offsets[i]:offsets[i + 1]]` for each i."""
        counts = np.diff(offsets)
        n_chunks = -(-counts // CHUNK)
        chunks = exclusive_sum(n_chunks)
        first_chunks = chunks[:-1]
        starts = CHUNK * np.arange(chunks[-1]) + np.repeat(offsets[:-1] - CHUNK * first_chunks, n_chunks)
        sums = np.zeros((len(self._names), len(counts)), np.int64)
        if len(starts):
            of_chunks = np.add.reduceat(packed, starts) >> self._shifts & self._masks
            filled = np.flatnonzero(counts)
            sums[:, filled] = np.add.reduceat(of_chunks, first_chunks[filled], axis=1)
        return dict(zip(self._names, sums, strict=True))

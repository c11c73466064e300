"""What is true of short pieces of text, words and tokens, wherever they stand: found once for each distinct piece.

A piece is known again by a hash of its bytes, read eight at a time, all pieces at once; so a piece that was met before is
never cut out of its text. Among a million pieces, two share a hash once in forty million times.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from tasks.text.buffers import FIRST_BYTES
from tasks.text.hash_index import MULTIPLIER, UNKNOWN, HashIndex, hash_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tasks.text.buffers import TextBuffer
    from tasks.text.characters import Bytes

_WINDOW = 8  # bytes
_LONGEST = 64  # bytes that are hashed window by window
_MAX_PIECES = 1 << 18


class FeatureCache:
    """The facts of all pieces met so far, numbers that `fact_of` tells of each.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> lengths = FeatureCache(len)
    >>> lengths.facts(TextBuffer.of(pl.Series(["a bär"])), np.array([0, 2]), np.array([1, 6])).tolist()
    [1, 3]
    """

    def __init__(self, fact_of: Callable[[str], int]) -> None:
        self._fact_of = fact_of
        self._forget()

    def _forget(self) -> None:
        self._index = HashIndex()
        self._facts = np.zeros(0, np.int64)

    def facts(self, buffer: TextBuffer, starts: Bytes, ends: Bytes) -> NDArray[np.int64]:
        """What is known of the pieces of a buffer from `starts` to `ends`."""
        hashes = hash_pieces(buffer, starts, ends)
        codes = self._index.find(hashes)
        unknown = np.flatnonzero(codes == UNKNOWN)
        if len(unknown):
            if len(self._facts) > _MAX_PIECES:
                self._forget()
                unknown = np.arange(len(codes))
            new = unknown[np.unique(hashes[unknown], return_index=True)[1]]
            pieces = (
                buffer.data[start:end].tobytes().decode() for start, end in zip(starts[new], ends[new], strict=True)
            )
            n_known = len(self._facts)
            self._facts = np.append(self._facts, np.fromiter(map(self._fact_of, pieces), np.int64, len(new)))
            self._index.add(hashes[new], np.arange(n_known, n_known + len(new), dtype=np.int32))
            codes = self._index.find(hashes)
        return self._facts[codes]


def hash_pieces(buffer: TextBuffer, starts: Bytes, ends: Bytes) -> NDArray[np.uint64]:
    """A hash of each piece, from its length and its windows of eight bytes, one after the other.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> buffer = TextBuffer.of(pl.Series(["no no, no"]))
    >>> hashes = hash_pieces(buffer, np.array([0, 3, 7]), np.array([2, 6, 9]))
    >>> (hashes == hashes[0]).tolist()
    [True, False, True]
    """
    windows = buffer.eights
    lengths = ends - starts

    def mix(hashes: NDArray[np.uint64], places: Bytes, n_left: NDArray[np.int64]) -> NDArray[np.uint64]:
        hashes = hashes ^ (windows[places] & FIRST_BYTES.take(n_left, mode="clip"))
        hashes *= MULTIPLIER
        hashes ^= hashes >> np.uint64(32)
        return hashes

    hashes = mix(hash_numbers(lengths), starts, lengths)
    longer = np.flatnonzero(lengths > _WINDOW)
    for read in range(_WINDOW, _LONGEST, _WINDOW):
        if not len(longer):
            return hashes
        hashes[longer] = mix(hashes[longer], starts[longer] + read, lengths[longer] - read)
        longer = longer[lengths[longer] > read + _WINDOW]
    for piece in longer.tolist():
        content = buffer.data[starts[piece] : ends[piece]].tobytes()
        hashes[piece] = int.from_bytes(blake2b(content, digest_size=_WINDOW).digest(), "little")
    return hashes

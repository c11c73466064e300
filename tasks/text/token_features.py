"""Features of tokens, computed once for each distinct token.

A token is recognized by a hash of its bytes. The hashes of all tokens are computed together, eight bytes at a time, so
a known token is never cut out of its text. Among a million tokens, two share a hash once in forty million times.
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

    from tasks.text.arrays import Ints
    from tasks.text.buffers import TextBuffer

_WINDOW = 8  # bytes
_LONGEST = 64  # bytes that are hashed window by window
_MAX_TOKENS = 1 << 18


class FeatureCache:
    """The features, one number each, of all tokens seen so far.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> lengths = FeatureCache(len)
    >>> lengths.features(TextBuffer.of(pl.Series(["a bär"])), np.array([0, 2]), np.array([1, 6])).tolist()
    [1, 3]
    """

    def __init__(self, compute: Callable[[str], int]) -> None:
        self._compute = compute
        self._clear()

    def _clear(self) -> None:
        self._index = HashIndex()
        self._features = np.zeros(0, np.int64)

    def features(self, buffer: TextBuffer, starts: Ints, ends: Ints) -> Ints:
        """The features of the tokens of a buffer from `starts` to `ends`."""
        hashes = hash_tokens(buffer.windows, starts, ends)
        codes = self._index.find(hashes)
        unknown = np.flatnonzero(codes == UNKNOWN)
        if len(unknown):
            if len(self._features) > _MAX_TOKENS:
                self._clear()
                unknown = np.arange(len(codes))
            new = unknown[np.unique(hashes[unknown], return_index=True)[1]]
            tokens = (
                buffer.data[start:end].tobytes().decode() for start, end in zip(starts[new], ends[new], strict=True)
            )
            n_known = len(self._features)
            self._features = np.append(self._features, np.fromiter(map(self._compute, tokens), np.int64, len(new)))
            self._index.add(hashes[new], np.arange(n_known, n_known + len(new), dtype=np.int32))
            codes = self._index.find(hashes)
        return self._features[codes]


def hash_tokens(windows: NDArray[np.uint64], starts: Ints, ends: Ints) -> NDArray[np.uint64]:
    """A hash of each token, from its length and its windows of eight bytes, one after the other.

    `windows` are those of the bytes in which the tokens stand from `starts` to `ends`: see `byte_windows`.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> buffer = TextBuffer.of(pl.Series(["no no, no"]))
    >>> hashes = hash_tokens(buffer.windows, np.array([0, 3, 7]), np.array([2, 6, 9]))
    >>> (hashes == hashes[0]).tolist()
    [True, False, True]
    """
    lengths = ends - starts

    def mix(hashes: NDArray[np.uint64], places: Ints, n_left: Ints) -> NDArray[np.uint64]:
        # Not `windows.take`: numpy copies all of an unaligned array before it takes elements.
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
    for token in longer.tolist():
        content = windows[starts[token] : ends[token]].astype(np.uint8).tobytes()  # the first byte of each window
        hashes[token] = int.from_bytes(blake2b(content, digest_size=_WINDOW).digest(), "little")
    return hashes

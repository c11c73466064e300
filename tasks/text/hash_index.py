"""A map from 64-bit hashes to small integers that answers for a million keys at once.

Open addressing with linear probing, in numpy. The highest bits of a key name its first slot; if another key has that
slot, the key goes to the next free one, and after the last slot comes the first. One gather answers for almost all keys
of an array; the few that were displaced are followed together, one step a round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.text.arrays import Ints

UNKNOWN = -1
"""What `HashIndex.find` returns for a hash that was never added; so no code may be -1."""

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""Mixes bits when multiplied with. It is odd, so distinct numbers stay distinct."""


def hash_numbers(numbers: Ints) -> NDArray[np.uint64]:
    """A hash of each number, different for different numbers.

    >>> index = HashIndex()
    >>> index.add(hash_numbers(np.array([5, 6])), np.array([50, 60], np.int32))
    >>> index.find(hash_numbers(np.array([6, 7]))).tolist()
    [60, -1]
    """
    hashes: NDArray[np.uint64] = numbers.view(np.uint64) * MULTIPLIER
    return hashes


class HashIndex:
    """Codes by hash. A hash stands for its string, which is not kept (among a million strings, two share a hash once in
    forty million times).

    >>> index = HashIndex()
    >>> index.add(np.array([7, 2**63], np.uint64), np.array([10, 20], np.int32))
    >>> index.find(np.array([2**63, 8, 7], np.uint64)).tolist()
    [20, -1, 10]
    """

    def __init__(self) -> None:
        self._added = [(np.zeros(0, np.uint64), np.zeros(0, np.int32))]
        self._n_keys = 0
        self._allocate(12)

    def __len__(self) -> int:
        """How many keys it holds."""
        return self._n_keys

    def _allocate(self, bits: int) -> None:
        self._shift = np.uint64(64 - bits)
        self._last_slot = (1 << bits) - 1
        self._hashes = np.zeros(1 << bits, np.uint64)
        self._codes = np.full(1 << bits, UNKNOWN, np.int32)

    def find(self, hashes: NDArray[np.uint64]) -> NDArray[np.int32]:
        """The code of each hash, `UNKNOWN` where there is none."""
        slots = (hashes >> self._shift).view(np.int64)
        codes = self._codes.take(slots)
        displaced = np.flatnonzero(self._hashes.take(slots) != hashes)
        while len(displaced):
            displaced = displaced[codes[displaced] != UNKNOWN]  # a free slot ends the search
            slots[displaced] = (slots[displaced] + 1) & self._last_slot
            codes[displaced] = self._codes[slots[displaced]]
            displaced = displaced[self._hashes[slots[displaced]] != hashes[displaced]]
        return codes

    def add(self, hashes: NDArray[np.uint64], codes: NDArray[np.int32]) -> None:
        """Remember codes for hashes, all of them distinct and new; codes may be equal."""
        self._added.append((hashes, codes))
        self._n_keys += len(hashes)
        if 3 * self._n_keys > len(self._codes):
            hashes, codes = (np.concatenate(column) for column in zip(*self._added, strict=True))
            self._added = [(hashes, codes)]
            self._allocate((6 * self._n_keys).bit_length() - 1)
        # In reverse order, so that of keys with the same slot the one added first, often the most frequent, gets it: the
        # last assignment to a slot remains.
        hashes, codes = hashes[::-1], codes[::-1]
        slots = (hashes >> self._shift).view(np.int64)
        while len(hashes):
            free = self._codes[slots] == UNKNOWN
            self._hashes[slots[free]] = hashes[free]
            placed = free & (self._hashes[slots] == hashes)
            self._codes[slots[placed]] = codes[placed]
            hashes, codes, slots = hashes[~placed], codes[~placed], slots[~placed]
            slots = (slots + 1) & self._last_slot

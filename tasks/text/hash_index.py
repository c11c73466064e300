"""A map from 64-bit hashes to small integers that is asked for a million keys at once.

Open addressing with linear probing, in numpy: a key's home is the slot named by its highest bits; if another key lives
there, it moved on to the next free slot, round the end. One gather answers for almost all keys of an array, and the few
that were displaced are followed together, a step a round.

A table of many keys is larger than the processor's second cache, and waiting for it is what a look-up costs. So before
it stands a small one, where each key has one place only and the first who wants it keeps it: of words, what is met first
is what is met most often, and three of four are found there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNKNOWN = -1
"""What `HashIndex.find` says of a hash that was never added; so no code may be -1."""

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""Mixes bits when multiplied with: odd, so that no two numbers become the same."""

_FRONT_BITS = 14
_FRONT_SHIFT = np.uint64(64 - _FRONT_BITS)


def hash_numbers(numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A hash of each number, to which no other number has the same.

    >>> index = HashIndex()
    >>> index.add(hash_numbers(np.array([5, 6])), np.array([50, 60], np.int32))
    >>> index.find(hash_numbers(np.array([6, 7]))).tolist()
    [60, -1]
    """
    hashes: NDArray[np.uint64] = numbers.view(np.uint64) * MULTIPLIER
    return hashes


class HashIndex:
    """Codes by hash; a hash stands for its string, which is not kept (among a million strings, two share a hash once in
    forty million times).

    >>> index = HashIndex()
    >>> index.add(np.array([7, 2**63], np.uint64), np.array([10, 20], np.int32))
    >>> index.find(np.array([2**63, 8, 7], np.uint64)).tolist()
    [20, -1, 10]
    """

    def __init__(self) -> None:
        self._front_hashes = np.zeros(1 << _FRONT_BITS, np.uint64)
        self._front_codes = np.full(1 << _FRONT_BITS, UNKNOWN, np.int32)
        self._added = [(np.zeros(0, np.uint64), np.zeros(0, np.int32))]
        self._n_keys = 0
        self._clear(12)

    def __len__(self) -> int:
        """How many keys it holds."""
        return self._n_keys

    def _clear(self, bits: int) -> None:
        self._shift = np.uint64(64 - bits)
        self._last_slot = (1 << bits) - 1
        self._hashes = np.zeros(1 << bits, np.uint64)
        self._codes = np.full(1 << bits, UNKNOWN, np.int32)

    def find(self, hashes: NDArray[np.uint64]) -> NDArray[np.int32]:
        """The code of each hash, `UNKNOWN` where there is none."""
        slots = (hashes >> _FRONT_SHIFT).view(np.int64)
        codes = self._front_codes.take(slots)
        others = np.flatnonzero(self._front_hashes.take(slots) != hashes)
        codes[others] = self._find_behind(hashes.take(others))
        return codes

    def _find_behind(self, hashes: NDArray[np.uint64]) -> NDArray[np.int32]:
        """`find`, in the large table."""
        slots = (hashes >> self._shift).view(np.int64)
        codes = self._codes.take(slots)
        astray = np.flatnonzero(self._hashes.take(slots) != hashes)
        while len(astray):
            astray = astray[codes[astray] != UNKNOWN]  # a free slot ends the search
            slots[astray] = (slots[astray] + 1) & self._last_slot
            codes[astray] = self._codes[slots[astray]]
            astray = astray[self._hashes[slots[astray]] != hashes[astray]]
        return codes

    def add(self, hashes: NDArray[np.uint64], codes: NDArray[np.int32]) -> None:
        """Remember codes for hashes, all of them distinct and new; codes may be equal."""
        slots = (hashes >> _FRONT_SHIFT).view(np.int64)
        # Backwards: of those that want the same place the first is written last.
        free = np.flatnonzero(self._front_codes[slots] == UNKNOWN)[::-1]
        self._front_hashes[slots[free]] = hashes[free]
        self._front_codes[slots[free]] = codes[free]
        self._added.append((hashes, codes))
        self._n_keys += len(hashes)
        if 3 * self._n_keys > len(self._codes):
            hashes, codes = (np.concatenate(column) for column in zip(*self._added, strict=True))
            self._added = [(hashes, codes)]
            self._clear((6 * self._n_keys).bit_length() - 1)
        # Backwards again: what was met first is found at home.
        hashes, codes = hashes[::-1], codes[::-1]
        slots = (hashes >> self._shift).view(np.int64)
        while len(hashes):
            free = self._codes[slots] == UNKNOWN
            self._hashes[slots[free]] = hashes[free]
            placed = free & (self._hashes[slots] == hashes)
            self._codes[slots[placed]] = codes[placed]
            hashes, codes, slots = hashes[~placed], codes[~placed], slots[~placed]
            slots = (slots + 1) & self._last_slot

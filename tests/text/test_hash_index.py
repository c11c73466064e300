"""The index of hashes."""

from __future__ import annotations

import numpy as np

from tasks.text.hash_index import UNKNOWN, HashIndex


def test_keys_with_the_same_slot() -> None:
    """Keys with equal high bits are all found, also the one that is zero."""
    hashes = np.arange(500, dtype=np.uint64)
    index = HashIndex()
    index.add(hashes, np.arange(500, dtype=np.int32))
    assert index.find(hashes).tolist() == list(range(500))
    assert index.find(np.array([500, 501], np.uint64)).tolist() == [UNKNOWN, UNKNOWN]


def test_keys_at_the_end_go_on_at_the_beginning() -> None:
    """The last slot's neighbour is the first slot."""
    hashes = np.uint64(2**64 - 1) - np.arange(100, dtype=np.uint64)
    index = HashIndex()
    index.add(hashes, np.arange(100, dtype=np.int32))
    assert index.find(hashes).tolist() == list(range(100))


def test_growth_keeps_all_keys() -> None:
    """Keys added in many rounds are found, however often the table was enlarged."""
    random = np.random.default_rng(1)
    hashes = np.unique(random.integers(0, 2**64, 100_000, dtype=np.uint64))
    codes = random.permutation(len(hashes)).astype(np.int32)
    index = HashIndex()
    for start in range(0, len(hashes), 7_001):
        index.add(hashes[start : start + 7_001], codes[start : start + 7_001])
    assert (index.find(hashes) == codes).all()


def test_the_first_key_keeps_its_slot() -> None:
    """Of keys with the same slot the one added first gets it, also after the table was enlarged."""
    index = HashIndex()
    index.add(np.array([1, 2], np.uint64), np.array([7, 9], np.int32))
    index.add(np.arange(10, 3_000, dtype=np.uint64), np.arange(10, 3_000, dtype=np.int32))
    assert index._codes[0] == 7


def test_equal_codes() -> None:
    """Keys with the same slot are all found, also where their codes are equal."""
    index = HashIndex()
    index.add(np.arange(500, dtype=np.uint64), np.zeros(500, np.int32))
    assert (index.find(np.arange(500, dtype=np.uint64)) == 0).all()
    assert (index.find(np.arange(500, 900, dtype=np.uint64)) == UNKNOWN).all()


def test_negative_codes() -> None:
    """Codes below `UNKNOWN` are kept like others."""
    index = HashIndex()
    index.add(np.array([5], np.uint64), np.array([-2], np.int32))
    assert index.find(np.array([5, 6], np.uint64)).tolist() == [-2, UNKNOWN]


def test_nothing() -> None:
    """An index without keys can be searched."""
    index = HashIndex()
    index.add(np.zeros(0, np.uint64), np.zeros(0, np.int32))
    assert index.find(np.zeros(0, np.uint64)).tolist() == []

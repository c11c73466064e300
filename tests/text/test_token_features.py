"""Features of distinct tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tasks.text import token_features
from tasks.text.buffers import TextBuffer
from tasks.text.token_features import FeatureCache, hash_tokens

if TYPE_CHECKING:
    import pytest

TEXTS = st.lists(st.text(max_size=12) | st.text("ab", max_size=90), min_size=1, max_size=30)


@given(TEXTS)
def test_equal_tokens_have_equal_hashes(texts: list[str]) -> None:
    """Two tokens have the same hash exactly if their bytes are equal, in any position."""
    buffer = TextBuffer.of(pl.Series(texts))
    hashes = hash_tokens(buffer.windows, buffer.offsets[:-1], buffer.offsets[1:]).tolist()
    assert len(set(hashes)) == len(set(texts))
    assert len(set(zip(texts, hashes, strict=True))) == len(set(texts))


@given(TEXTS, TEXTS)
def test_features_are_those_of_the_token(first: list[str], second: list[str]) -> None:
    """Known and new tokens have the feature that the function computes of each."""
    known = FeatureCache(len)
    for texts in (first, second, first):
        buffer = TextBuffer.of(pl.Series(texts))
        assert known.features(buffer, buffer.offsets[:-1], buffer.offsets[1:]).tolist() == list(map(len, texts))


def test_each_token_is_computed_once() -> None:
    """The function is called once for a token that stands in a text twice, or was seen before."""
    computed: list[str] = []

    def compute(token: str) -> int:
        computed.append(token)
        return len(computed)

    known = FeatureCache(compute)
    buffer = TextBuffer.of(pl.Series(["so so"]))
    for _ in range(2):
        assert known.features(buffer, np.array([0, 3]), np.array([2, 5])).tolist() == [1, 1]
    assert computed == ["so"]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """When too many tokens are known, the cache is cleared, and later features are right."""
    known = FeatureCache(int)
    numbers = [str(number) for number in range(40)]
    monkeypatch.setattr(token_features, "_MAX_TOKENS", 10)
    for start in (0, 8, 16, 0):
        buffer = TextBuffer.of(pl.Series(numbers[start : start + 16]))
        found = known.features(buffer, buffer.offsets[:-1], buffer.offsets[1:])
        assert found.tolist() == list(range(start, start + 16))
        assert len(known._features) <= 26

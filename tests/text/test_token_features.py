"""Facts of distinct pieces of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tasks.text import token_features as pieces
from tasks.text.buffers import TextBuffer
from tasks.text.token_features import FeatureCache, hash_pieces

if TYPE_CHECKING:
    import pytest

TEXTS = st.lists(st.text(max_size=12) | st.text("ab", max_size=90), min_size=1, max_size=30)


@given(TEXTS)
def test_equal_pieces_have_equal_hashes(texts: list[str]) -> None:
    """Two pieces have the same hash if they are the same bytes, wherever they stand, and else not."""
    buffer = TextBuffer.of(pl.Series(texts))
    hashes = hash_pieces(buffer, buffer.offsets[:-1], buffer.offsets[1:]).tolist()
    assert len(set(hashes)) == len(set(texts))
    assert len(set(zip(texts, hashes, strict=True))) == len(set(texts))


@given(TEXTS, TEXTS)
def test_facts_are_those_of_the_piece(first: list[str], second: list[str]) -> None:
    """What is known of pieces met before and of new ones is what the function says of each."""
    known = FeatureCache(len)
    for texts in (first, second, first):
        buffer = TextBuffer.of(pl.Series(texts))
        assert known.facts(buffer, buffer.offsets[:-1], buffer.offsets[1:]).tolist() == list(map(len, texts))


def test_each_piece_is_asked_once() -> None:
    """A piece that stands in a text twice, or was met before, is not asked about again."""
    asked: list[str] = []

    def note(piece: str) -> int:
        asked.append(piece)
        return len(asked)

    known = FeatureCache(note)
    buffer = TextBuffer.of(pl.Series(["so so"]))
    for _ in range(2):
        assert known.facts(buffer, np.array([0, 3]), np.array([2, 5])).tolist() == [1, 1]
    assert asked == ["so"]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """When too many pieces are known, all are forgotten, and what is asked next is right nevertheless."""
    known = FeatureCache(int)
    numbers = [str(number) for number in range(40)]
    monkeypatch.setattr(pieces, "_MAX_PIECES", 10)
    for start in (0, 8, 16, 0):
        buffer = TextBuffer.of(pl.Series(numbers[start : start + 16]))
        found = known.facts(buffer, buffer.offsets[:-1], buffer.offsets[1:])
        assert found.tolist() == list(range(start, start + 16))
        assert len(known._facts) <= 26

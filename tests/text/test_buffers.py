"""Columns of texts as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tasks.text import buffers
from tasks.text.buffers import WHITE_SPACE, TextBuffer

if TYPE_CHECKING:
    from random import Random

    import pytest


def test_white_space_is_pythons() -> None:
    """The listed characters are exactly those at which `str.split` splits."""
    assert set(WHITE_SPACE) == {chr(i) for i in range(0x11000) if chr(i).isspace()}


@given(st.lists(st.text(max_size=20), max_size=8))
def test_complete_texts_can_be_cut(texts: list[str]) -> None:
    """Cutting at the offsets gives the texts, for any content."""
    buffer = TextBuffer.of(pl.Series(texts, dtype=pl.String))
    assert buffer.cut(buffer.offsets[:-1], buffer.offsets[1:]).to_list() == texts


@given(st.lists(st.text(max_size=20), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_pieces_are_cut_in_any_order(texts: list[str], dice: Random) -> None:
    """Pieces may overlap and come in any order; where an end is not after its start, they are empty."""
    buffer = TextBuffer.of(pl.Series(texts, dtype=pl.String))
    rows = np.array([(dice.randrange(len(texts)), dice.randrange(len(texts))) for _ in range(9)])
    first, last = rows.T
    pieces = buffer.cut(buffer.offsets[first], buffer.offsets[last])
    assert pieces.to_list() == ["".join(texts[one:other]) for one, other in rows.tolist()]


def test_pieces_of_large_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces beyond the offsets that a view can hold are cut from the rest of the buffer."""
    monkeypatch.setattr(buffers, "_BUFFER_BITS", 4)
    texts = [f"{number} is written without letters" for number in range(9)]
    buffer = TextBuffer.of(pl.Series(texts))
    assert buffer.cut(buffer.offsets[:-1], buffer.offsets[1:]).to_list() == texts


@given(st.text(max_size=40))
def test_spaces_are_those_of_ascii(text: str) -> None:
    """Space, tab and line ends, and no byte of a wider character."""
    assert TextBuffer.of(pl.Series([text])).spaces.tolist() == [
        place for place, byte in enumerate(text.encode()) if chr(byte) in " \t\n\v\f\r"
    ]


@given(st.text(max_size=40))
def test_code_points_of_a_texts_end_are_its_length(text: str) -> None:
    """Positions in bytes become positions in code points."""
    buffer = TextBuffer.of(pl.Series([text]))
    assert buffer.code_points(buffer.offsets).tolist() == [0, len(text)]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=8), st.data())
def test_places_in_bytes_are_those_of_the_encoded_text(texts: list[str], data: st.DataObject) -> None:
    """A code point begins where the characters before it end in UTF-8."""
    which = data.draw(st.integers(0, len(texts) - 1))
    place = data.draw(st.integers(0, len(texts[which])))
    buffer = TextBuffer.of(pl.Series(texts))
    assert buffer.bytes_at(np.array([which]), np.array([place])).tolist() == [len(texts[which][:place].encode())]


def test_a_slice_of_a_column_has_its_own_bytes() -> None:
    """A column that is part of a longer one is read from its own beginning."""
    buffer = TextBuffer.of(pl.Series(["one", "two", "three"])[1:])
    assert buffer.cut(buffer.offsets[:-1], buffer.offsets[1:]).to_list() == ["two", "three"]


def test_nulls_are_empty() -> None:
    """A null is a text without a byte."""
    assert TextBuffer.of(pl.Series([None, "a"], dtype=pl.String)).offsets.tolist() == [0, 0, 1]

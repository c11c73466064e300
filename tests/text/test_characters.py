"""Classes of characters, compared with Python's string methods."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tasks.text.buffers import TextBuffer
from tasks.text.characters import QUOTATION_CHARACTERS, CharClass, classes_at, rows_of, skip, skip_back, step_back

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30) | st.text(" a“.", min_size=1, max_size=30)


def starts_of(text: str) -> list[int]:
    """Where its characters begin, in bytes."""
    return [len(text[:i].encode()) for i in range(len(text))]


@given(TEXTS)
def test_classes_are_those_of_python(text: str) -> None:
    """White space, digits, letters and case are what `str` says; quotation marks are those listed."""
    classes = classes_at(TextBuffer.of(pl.Series([text])), np.array(starts_of(text)))
    for char_class, is_member in (
        (CharClass.SPACE, str.isspace),
        (CharClass.DIGIT, str.isdigit),
        (CharClass.ALNUM, str.isalnum),
        (CharClass.UPPER, str.isupper),
        (CharClass.MARK, QUOTATION_CHARACTERS.__contains__),
    ):
        assert ((classes & char_class) != 0).tolist() == [is_member(character) for character in text]


@given(TEXTS)
def test_a_step_back_ends_at_the_character_before(text: str) -> None:
    """Before the first character is -1."""
    starts = starts_of(text)
    found = step_back(TextBuffer.of(pl.Series([text])), np.array(starts))
    assert found.tolist() == [-1, *starts[:-1]]


@given(TEXTS)
def test_skipping_is_stripping(text: str) -> None:
    """From the beginning to the first character that is not white space, and from the end back to the last one."""
    buffer = TextBuffer.of(pl.Series([text]))
    begin, end = buffer.offsets[:-1], buffer.offsets[1:]
    n_bytes = len(text.encode())
    assert skip(buffer, begin, end, CharClass.SPACE).tolist() == [n_bytes - len(text.lstrip().encode())]
    assert skip_back(buffer, end, begin, CharClass.SPACE).tolist() == [len(text.rstrip().encode())]


@given(st.lists(st.text(max_size=5), min_size=1, max_size=6))
def test_rows_are_the_texts_of_the_positions(texts: list[str]) -> None:
    """Each byte is assigned to its text."""
    buffer = TextBuffer.of(pl.Series(texts))
    expected = [row for row, text in enumerate(texts) for _ in text.encode()]
    assert rows_of(buffer, np.arange(len(buffer.data))).tolist() == expected

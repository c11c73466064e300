"""Texts as token ids."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.measure.tokens import Tokens, Vocabulary, concat, fold_quotes, scoring_view

TEXTS = st.lists(st.text("ab.!'    \n\t\xa0\u2003\x1c\x1f\u200bé“’😀", max_size=30), max_size=8)


def strings(tokens: Tokens) -> list[list[str]]:
    return [tokens.of(text) for text in range(len(tokens))]


@settings(deadline=None)  # a busy machine is no error
@given(TEXTS, TEXTS)
def test_tokens_are_those_of_split(first: list[str], second: list[str]) -> None:
    """Texts are divided like by `str.split`, with a new vocabulary and with one that knows their tokens."""
    vocabulary = Vocabulary()
    for texts in (first, second, first):
        tokens = vocabulary.encode(pl.Series(texts, dtype=pl.String))
        assert strings(tokens) == [text.split() for text in texts]
    assert len(set(vocabulary.strings)) == len(vocabulary)


def test_what_is_forgotten_is_read_again() -> None:
    """After `forget`, a vocabulary gives the tokens and features of a new one."""
    vocabulary = Vocabulary(fold=True)
    for text in ("never to be read again", "“So” it is, so"):
        vocabulary.forget()
        assert strings(vocabulary.encode(pl.Series([text]))) == [fold_quotes(text).split()]
        lengths = vocabulary.feature("length", lambda tokens: np.array([len(token) for token in tokens]))
        assert lengths.tolist() == [len(token) for token in vocabulary.strings]


@settings(deadline=None)  # a busy machine is no error
@given(TEXTS, st.booleans())
def test_starts_are_right(texts: list[str], fold: bool) -> None:
    """Each token is where `starts` says, in the given text."""
    column = pl.Series(texts, dtype=pl.String)
    tokens = Vocabulary(fold=fold).encode(column)
    for text, token, start in zip(tokens.text_of, tokens.ids, tokens.starts(column), strict=True):
        string = tokens.vocabulary.strings[token]
        there = texts[text][start : start + len(string)]
        assert (fold_quotes(there) if fold else there) == string
    assert all((np.diff(part) > 0).all() for part in np.split(tokens.starts(column), tokens.offsets[1:-1]))


@pytest.mark.parametrize("block_bytes", [1, 10, 100])
def test_blocks_cut_no_token(monkeypatch: pytest.MonkeyPatch, block_bytes: int) -> None:
    """Wherever a block of bytes ends, tokens and texts stay whole."""
    monkeypatch.setattr("tasks.measure.tokens._BLOCK_BYTES", block_bytes)
    texts = ["", "a", " ", "pneumonoultramicroscopic a", "b" * 200, "", "a  b", "…“é”… \n", ""]
    assert strings(Vocabulary().encode(pl.Series(texts))) == [text.split() for text in texts]


def test_pieces_of_any_length_are_distinguished() -> None:
    """Pieces that differ in one byte, or in length alone, are different tokens."""
    texts = ["x" * length for length in range(1, 150)] + ["\0" * length for length in range(1, 150)]
    texts += ["x" * place + "y" + "x" * (130 - place) for place in range(131)]
    tokens = Vocabulary().encode(pl.Series(texts))
    assert strings(tokens) == [[text] for text in texts]
    assert len(tokens.vocabulary) == len(set(texts))


@settings(deadline=None)  # a busy machine is no error
@given(TEXTS)
def test_a_folding_vocabulary_reads_the_scoring_view(texts: list[str]) -> None:
    """Folding while encoding gives the tokens of the folded texts, each once."""
    tokens = Vocabulary(fold=True).encode(pl.Series(texts, dtype=pl.String))
    assert strings(tokens) == [fold_quotes(text).split() for text in texts]
    assert len(set(tokens.vocabulary.strings)) == len(tokens.vocabulary)


def test_null_is_a_text_without_tokens() -> None:
    """A missing text has no tokens, and a column without texts gives none."""
    assert Vocabulary().encode(pl.Series([None, "a"], dtype=pl.String)).offsets.tolist() == [0, 0, 1]
    assert Vocabulary().encode(pl.Series([None])).offsets.tolist() == [0, 0]
    assert len(Vocabulary().encode(pl.Series([], dtype=pl.String))) == 0


def test_features_are_computed_once() -> None:
    """The features of each distinct token are computed once, also when the vocabulary grows."""
    computed: list[str] = []

    def count(tokens: Any) -> Any:
        computed.extend(tokens)
        return np.array([len(token) for token in tokens], np.int64)

    vocabulary = Vocabulary()
    for text in ("a bb a", "bb ccc", "a", ""):
        tokens = vocabulary.encode(pl.Series([text]))
        assert vocabulary.feature("length", count)[tokens.ids].tolist() == [len(token) for token in text.split()]
    assert computed == ["a", "bb", "ccc"]


def test_regrouping() -> None:
    """Selected, joined, cut and filtered texts have the same tokens as if they were encoded again."""
    tokens = Vocabulary().encode(pl.Series(["a b c", "", "d e", "f"]))
    assert strings(tokens.select(np.array([2, 0]))) == [["d", "e"], ["a", "b", "c"]]
    assert strings(tokens.select(np.array([], np.int64))) == []
    assert strings(tokens.join(np.array([3, 0, 1]))) == [["a", "b", "c", "d", "e"], [], ["f"]]
    assert strings(tokens.ranges(np.array([0, 1, 1]), np.array([1, 3, 1]))) == [["a"], ["b", "c"], []]
    assert strings(tokens.ranges(np.array([3, 0]), np.array([5, 2]))) == [["d", "e"], ["a", "b"]]
    assert strings(tokens.where(tokens.ids % 2 == 0)) == [["a", "c"], [], ["e"], []]


@settings(deadline=None)  # a busy machine is no error
@given(st.lists(st.tuples(st.text("ab.’ \n\xa0é😀", max_size=30), st.integers(0, 30), st.integers(0, 30)), max_size=8))
def test_pieces_hold_what_they_would_if_encoded_again(cuts: list[tuple[str, int, int]]) -> None:
    """Wherever texts are cut, between or inside tokens, the tokens of the pieces are those of `str.split`."""
    texts = pl.Series([text for text, _, _ in cuts], dtype=pl.String)
    starts = [min(start, end, len(text)) for text, start, end in cuts]
    ends = [min(max(start, end), len(text)) for text, start, end in cuts]
    pieces = [text[start:end] for text, start, end in zip(texts, starts, ends, strict=True)]
    tokens = Vocabulary(fold=True).encode(texts)
    starts, rows = pl.Series(starts, dtype=pl.Int32), np.arange(len(cuts))
    cut = tokens.cut(texts, rows, starts, pl.Series(pieces, dtype=pl.String))
    assert strings(cut) == [fold_quotes(piece).split() for piece in pieces]


@settings(deadline=None)  # a busy machine is no error
@given(st.lists(st.integers(0, 9), max_size=12), st.integers(1, 12))
def test_blocks_are_the_texts_in_order(counts: list[int], n_tokens: int) -> None:
    """Blocks hold every text once, and none has more tokens than it may have unless it is one text."""
    tokens = Vocabulary().encode(pl.Series([" ".join("abcdefghi"[:count]) for count in counts], dtype=pl.String))
    blocks = list(tokens.blocks(n_tokens))
    assert [text for block in blocks for text in strings(block)] == strings(tokens)
    assert all(len(block.ids) <= n_tokens or len(block) == 1 for block in blocks)
    assert strings(concat(blocks)) == strings(tokens)


def test_numbers_stay() -> None:
    """A string keeps its number, also if others are added or other names exist."""
    vocabulary = Vocabulary()
    assert vocabulary.number("words", pl.Series(["b", "a", "b"])).tolist() == [0, 1, 0]
    assert vocabulary.number("others", pl.Series(["c"])).tolist() == [0]
    assert vocabulary.number("words", pl.Series(["c", "a", "", "c"])).tolist() == [2, 1, 3, 2]


def test_a_vocabulary_survives_pickling() -> None:
    """A pickled vocabulary gives its tokens the same ids."""
    vocabulary = Vocabulary()
    vocabulary.encode(pl.Series(["a b\nc"]))
    copy = pickle.loads(pickle.dumps(vocabulary))
    assert copy.encode(pl.Series(["c b\nc d"])).ids.tolist() == [2, 1, 2, 3]


def test_folding_keeps_offsets() -> None:
    """The scoring view has one character for each of the text's."""
    text = "‘a’ ‚b‛ “c” „d‟ …—«e»"
    assert fold_quotes(text) == "'a' 'b' \"c\" \"d\" …—«e»"
    assert scoring_view(pl.Series([text])).to_list() == [fold_quotes(text)]

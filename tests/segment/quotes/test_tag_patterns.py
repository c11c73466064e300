"""Patterns over tagged words."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.segment.quotes.tag_patterns import TagPattern
from tasks.segment.quotes.tagger import TaggedText, WordFeature
from tasks.text.buffers import TextBuffer


def tagged(*texts: str) -> TaggedText:
    """The words of texts with their features."""
    return TaggedText(TextBuffer.of(pl.Series(texts, dtype=pl.String)))


def found(pattern: TagPattern, *texts: str) -> list[str]:
    """The phrase that a pattern finds in each text."""
    words = tagged(*texts)
    return words.texts_of(*pattern.find(words, words.first, words.last)).to_list()


def test_a_phrase_is_counted_from_the_end_or_the_beginning() -> None:
    """Lines that end in $ find the last such phrase, those that begin with ^ the first."""
    texts = ("Orr met Brandt also", "he left", "")
    assert found(TagPattern("<CAPITAL> ADVERB* $"), *texts) == ["Brandt", "", ""]
    assert found(TagPattern("^ <CAPITAL | PRONOUN>"), *texts) == ["Orr", "he", ""]


def test_lines_are_tried_in_order() -> None:
    """A later line counts only if no earlier one is found; text after a # is a comment."""
    pattern = TagPattern(
        """
        ^ ANY <CAPITAL{2}> $    # said Ada Brandt
        ^ <ANY+> $
        """
    )
    assert found(pattern, "said Ada Brandt", "Ada Brandt said") == ["Ada Brandt", "Ada Brandt said"]


def test_a_pattern_has_an_end_to_count_from() -> None:
    """A pattern without an anchor raises an error, and so does an unknown name."""
    with pytest.raises(ValueError, match=re.escape("all lines of a pattern end in $")):
        TagPattern("CAPITAL <ADVERB>")
    with pytest.raises(AttributeError, match="CAPITOL"):
        TagPattern("^ <CAPITOL>")


@pytest.mark.parametrize(
    ("text", "feature", "words"),
    [
        ("Smith and Jones came and went", WordFeature.CONJUNCTION, ["and"]),
        ("he said on Thursday, on time", WordFeature.BEFORE_VERB, ["on", "Thursday"]),
        ("Putin's attack dog barked", WordFeature.POSSESSED, ["attack", "dog"]),
        ("he said '\0\0' again", WordFeature.BEHIND_QUOTATION, ["again"]),
    ],
)
def test_features_from_neighbours(text: str, feature: int, words: list[str]) -> None:
    """A feature of a word may depend on its neighbours in the text."""
    own = tagged(text)
    chosen = np.flatnonzero(own.has(feature))
    assert own.texts_of(chosen, chosen + 1).to_list() == words


_SIGNS = {"the": "T", "Orr": "N", "also": "A", ",": "C", "sat": "S"}


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(sorted(_SIGNS)), max_size=9), max_size=5))
def test_a_pattern_is_a_regular_expression_over_words(texts: list[list[str]]) -> None:
    """A pattern finds the same as a regular expression in which each word is one letter; other texts do not matter."""
    pattern = TagPattern("(^ | COMMA) <THE_OR_A? CAPITAL{1,3}> ADVERB* $")
    words = tagged(*map(" ".join, texts))
    start, end = pattern.find(words, words.first, words.last)
    for text, first, begin, behind in zip(texts, words.first.tolist(), start.tolist(), end.tolist(), strict=True):
        plain = re.search(r"(?:^|C)(T?N{1,3})A*$", "".join(_SIGNS[word] for word in text))
        assert (begin - first, behind - first) == (plain.span(1) if plain else (len(text), len(text)))

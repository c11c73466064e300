"""Words of texts, and classes of them."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.segment.quotes.word_classes import word_classes
from tasks.segment.quotes.words import find_words, words_in
from tasks.text.buffers import TextBuffer

_TEXTS = st.lists(
    st.sampled_from([*"aZé9½_'’&/-.,;:()—–$£€ \n\t\u2009“\0", "a.b", "U.S.", " - ", "£5.", "$1.5m", "’s", "٣"]),
    max_size=16,
).map("".join)


@settings(deadline=None, max_examples=400)
@given(st.lists(_TEXTS, max_size=4))
@example(["a.$5", "$5é", "-", " -", "- "])
def test_words_of_a_buffer_are_those_of_each_text(texts: list[str]) -> None:
    """The arrays over a buffer find the words that the pattern finds in each text."""
    buffer = TextBuffer.of(pl.Series(texts, dtype=pl.String))
    starts, ends = find_words(buffer)
    assert buffer.cut(starts, ends).to_list() == [word for text in texts for word in words_in(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's the U.S. Navy.", ["It's", "the", "U.S", "Navy"]),
        ("'Tis well-known – so", ["Tis", "well-known", "–", "so"]),
        ("£1.5m (or $2,000)", ["£1.5m", "(", "or", "$2,000", ")"]),
        ("a - b -c", ["a", "-", "b", "c"]),
    ],
)
def test_what_a_word_is(text: str, words: list[str]) -> None:
    """Apostrophes, hyphens and inner full stops belong to a word; amounts and dashes are words."""
    assert words_in(text) == words


def test_word_classes_are_well_formed() -> None:
    """Every class is described above it, and its words are in lower case, sorted, and listed once."""
    text = files("tasks.segment").joinpath("data", "word_classes.toml").read_text("utf-8")
    lines = text.splitlines()
    for name, entry in tomllib.loads(text).items():
        words = entry["words"].split()
        assert lines[lines.index(f"[{name}]") - 1].startswith("# "), name
        assert words == sorted(set(words), key=lambda word: (word[0].isalpha(), word)), name
        assert words == [word.lower().replace("’", "'") for word in words], name


def test_a_class_holds_what_it_includes() -> None:
    """Words that end a noun phrase to the left also end it to the right."""
    classes = word_classes()
    assert classes["left_boundaries"] < classes["right_boundaries"]
    assert classes["forms_of_be"] < classes["finite_auxiliaries"] < classes["auxiliaries"]

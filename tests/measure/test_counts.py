"""textstat's counts: for one text compared with textstat, for columns compared with one text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks import schemas
from tasks.measure.count_columns import count_texts, count_words
from tasks.measure.counts import WORD_KINDS, count_sentences, count_text, letters_of, linsear_part, word_of
from tasks.measure.dictionary import Dictionary, load_dictionary
from tasks.measure.tokens import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = (
    *("a", "the", "budget", "Treasury", "refuses", "overtonish", "shh", "hmm", "don't", "don’t", "'tis", "rock'n'roll"),
    *(
        "well-known",
        "3.5",
        "U.S.",
        "a.b.c",
        "--",
        "…",
        "...",
        ".",
        "!?",
        "“Yes.”",
        "end.",
        "end?",
        "_",
        "İstanbul",
        "İ",
    ),
    *(
        "é.",
        ".é",
        "日本。",
        "x" * 20,
        "incomprehensibilities",
        "pneumonoultramicroscopicsilicovolcanoconiosis",
        "'",
        "’",
    ),
)
TEXTS = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join),
    st.lists(st.sampled_from(WORDS), min_size=95, max_size=130).map(" ".join),
    st.text("ab.!?' ’-é\n\t\xa0_3", max_size=40),
)


@settings(deadline=None, max_examples=200)  # a busy machine is no error
@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_counts_in_columns_are_those_of_one_text(texts: list[str]) -> None:
    """Each count of each text is that of `count_text`; without tokens, white space and the empty text are alike."""
    tokens = Vocabulary().encode(pl.Series(texts))
    counts = count_texts(tokens, load_dictionary())
    expected = [count_text(text or " ") for text in texts]
    assert {name: values.tolist() for name, values in counts.items()} == {
        name: [of_text[name] for of_text in expected] for name in counts
    }
    assert counts.keys() == expected[0].keys()
    assert count_words(tokens, load_dictionary()).tolist() == counts["lexicon_count"].tolist()


@settings(deadline=None, max_examples=100)  # a busy machine is no error
@given(text=TEXTS)
def test_counts_are_textstats(textstat_counts: Callable[[str], dict[str, Any]], text: str) -> None:
    """The counts that are columns of the tables are what textstat's own functions return."""
    counts = count_text(text)
    assert textstat_counts(text) == {column.name: counts[column.name] for column in schemas.READABILITY_COUNTS}


@pytest.fixture(scope="module")
def textstat_counts(textstat_with: Callable[..., Any]) -> Callable[[str], dict[str, Any]]:
    """textstat, for counts alone."""
    counts: Callable[[str], dict[str, Any]] = textstat_with(
        load_dictionary(), [column.name for column in schemas.READABILITY_COUNTS]
    )
    return counts


def test_names_are_those_of_the_tables() -> None:
    """Each count that the tables have is counted."""
    assert count_text("").keys() >= {column.name for column in schemas.READABILITY_COUNTS} | WORD_KINDS.keys()


@pytest.mark.parametrize(
    ("text", "n_sentences"),
    [
        ("", 0),
        (" ", 1),
        ("One two.", 1),
        ("One two. One two.", 1),
        ("One two three. One two three", 2),
        ("It is 3.5 per cent.", 2),
        ("About 3.5 per cent.", 1),
        ("One two three\none two three", 1),
        ("One two three… one two three", 1),
    ],
)
def test_sentences(text: str, n_sentences: int) -> None:
    """Sentences end only at .!? (also inside numbers), and have three words at least."""
    assert count_sentences(text) == n_sentences


def test_linsear_takes_the_first_hundred_words() -> None:
    """Tokens without a word do not count towards the hundred, and up to a hundred tokens all are used."""
    assert linsear_part("word " * 100) == "word " * 100
    assert linsear_part("word " * 101).split() == ["word"] * 100
    assert linsear_part("- word " * 101).split() == ["-", "word"] * 100
    assert linsear_part("- " * 101) == "- " * 101


@settings(deadline=None)  # a busy machine is no error
@given(st.text(max_size=20))
def test_a_word_holds_letters(token: str) -> None:
    """A token with letters has a word, others have none."""
    assert bool(word_of(token)) == bool(letters_of(token))


def test_syllables_of_another_dictionary() -> None:
    """Counts depend on the given dictionary."""
    one_word = Dictionary("own", "1", pl.DataFrame({"word": ["treasury"], "syllables": [7]}))
    assert count_text("Treasury", one_word)["syllable_count"] == 7

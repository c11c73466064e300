"""Readability formulas as published."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.measure.dictionary import load_dictionary
from tasks.measure.published import (
    FORMULAS,
    coleman_liau,
    measure_published,
    measure_smog,
    published_quantities,
)
from tasks.measure.published_counts import (
    COUNTS,
    count_published,
    count_sentences,
    count_token,
    figure_syllables,
    is_familiar,
    number_syllables,
)
from tasks.measure.tokens import Vocabulary
from tasks.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_example_of_coleman_and_liau() -> None:
    """639 letters, 119 words and 5 sentences are 14.5, as the paper's example says, to the rounding of its steps."""
    assert float(coleman_liau(np.array(639.0), np.array(119.0), np.array(5.0))) == pytest.approx(14.53, abs=0.01)


@pytest.mark.parametrize(
    ("number", "n_syllables"),
    [
        (0, 2),
        (11, 3),
        (17, 3),
        (70, 3),
        (99, 3),
        (100, 3),
        (1066, 4),
        (1905, 4),
        (1999, 5),
        (2005, 4),
        (2024, 5),
        (10**6, 3),
    ],
)
def test_syllables_of_numbers(number: int, n_syllables: int) -> None:
    """Whole numbers have the syllables of their words; four digits are read as years."""
    assert number_syllables(number) == n_syllables


@pytest.mark.parametrize(("figure", "n_syllables"), [("£20", 4), ("0.25", 5), ("9%", 3), ("3,000", 3), ("7:45", 5)])
def test_syllables_of_figures(figure: str, n_syllables: int) -> None:
    """Currencies, decimals, percentages and times are counted as they are read."""
    assert figure_syllables(figure) == n_syllables


def test_words_of_tokens() -> None:
    """A compound with a hyphen is one word, letters are read one by one, a dash is no word."""
    dictionary = load_dictionary()
    assert count_token("harbour-master", dictionary).words == 1
    assert count_token("U.K.", dictionary).syllables == 2
    assert count_token("BBC", dictionary).syllables == 3
    assert count_token("--", dictionary)[:3] == (0, 0, 0)


def test_hard_words_of_the_fog_index() -> None:
    """Names, compounds of short parts, and words of three syllables in -ed or -es are not hard."""
    dictionary = load_dictionary()
    words = ["harbor-master", "expanded", "refuses", "Barcelona", "1975", "anchorage"]
    assert [count_token(word, dictionary).hard_words for word in words] == [0, 0, 0, 0, 0, 1]


def test_familiar_words() -> None:
    """Regular forms of listed words are familiar; other words are not."""
    assert all(map(is_familiar, ["boys", "carries", "stopped", "making", "happily", "kindest", "dog's"]))
    assert not any(map(is_familiar, ["ratify", "treaties", "turbine", "xs"]))


def test_names_are_known_inside_a_sentence_only() -> None:
    """A capital at the beginning of a sentence makes no name."""
    dictionary = load_dictionary()
    assert count_sentences(["He met Barcelona."], dictionary)["unfamiliar"] == 0
    assert count_sentences(["Barcelona met him."], dictionary)["unfamiliar"] == 1


def assert_columns_agree(texts: Sequence[Sequence[str]]) -> None:
    dictionary, vocabulary = load_dictionary(), Vocabulary()
    sentences = vocabulary.encode(pl.Series([sentence for text in texts for sentence in text], dtype=pl.String))
    counts = count_published(sentences, np.array([len(text) for text in texts], np.int64), dictionary)
    expected = [count_sentences(text, dictionary) for text in texts]
    assert {name: values.tolist() for name, values in counts.items()} == {
        name: [row[name] for row in expected] for name in (*COUNTS, "sentences")
    }


def test_columns_are_counted_as_single_texts_are() -> None:
    """Also without a sentence, without a word, and with tokens that are too long to be packed."""
    assert_columns_agree([])
    assert_columns_agree([[]])
    assert_columns_agree(
        [[], ["The Treasury met Ecuador.", "--", "Ecuador paid $5."], ["…"], ["x" * 400 + " is long."], []]
    )


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.text("aeBT1.-'$% é", min_size=1, max_size=40).filter(str.strip), max_size=3), max_size=4))
def test_any_columns_are_counted_as_single_texts_are(texts: list[list[str]]) -> None:
    """The columnar form gives the same as the scalar form."""
    assert_columns_agree(texts)


def test_explained_formulas_give_what_is_measured() -> None:
    """Each formula with a text's own quantities gives the value of its column."""
    text = [
        "The committee met in Ostrel for 3.5 hours on Monday.",
        "Nobody spoke, and the well-known chairman left early.",
    ]
    counts = count_sentences(text, load_dictionary())
    numbers = published_quantities(counts)
    measured = measure_published({name: np.array([count]) for name, count in counts.items()}).row(0, named=True)
    assert measured.keys() == FORMULAS.keys()
    for name, value in measured.items():
        formula = METRICS[name].formula_with(numbers).replace("×", "*").replace("−", "-").replace("√", "sqrt")
        result = eval(formula, {"sqrt": math.sqrt})  # noqa: S307  # of arithmetic from the repository
        assert result == pytest.approx(value, rel=1e-9), name


def test_texts_without_a_figure() -> None:
    """Without a word there is no score, nor in a hundred words and more without a full stop; SMOG needs 30 sentences."""
    counts = {name: np.array([0, 101, 100]) for name in COUNTS} | {"sentences": np.array([0, 1, 1])}
    assert measure_published(counts)["flesch_kincaid_grade_published"].is_null().to_list() == [True, True, False]
    assert measure_smog(counts).null_count() == 3

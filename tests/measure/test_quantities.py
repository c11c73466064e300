"""The quantities behind the metrics of one text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tasks.measure.loaded_language import score_loaded
from tasks.measure.quantities import count_quantities, count_sentiment
from tasks.measure.readability import difficult_words, readability
from tasks.measure.sentiment import sentiment
from tasks.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping


def result(name: str, numbers: Mapping[str, float]) -> float:
    """The value of a metric's formula, as it is shown to readers."""
    formula = METRICS[name].formula_with(numbers)
    python = formula.replace("×", "*").replace("−", "-").replace("²", "**2").replace("√", "sqrt")
    return float(eval(python, {"sqrt": math.sqrt}))  # noqa: S307  # of arithmetic from the repository


def assert_formulas_agree(text: str) -> int:
    counted = count_quantities(text).numbers
    if not counted["words"] or not counted["syllables"]:  # textstat says 0.0 where a formula divides by nothing
        return 0
    numbers = counted | count_sentiment(text)
    checked = 0
    for name, value in (readability(text) | sentiment(text)).items():
        if METRICS[name].quantities:
            checked += 1
            # VADER rounds its shares to three digits, compound to four.
            assert result(name, numbers) == pytest.approx(value, rel=1e-9, abs=6e-4 if "vader" in name else 1e-9), name
    return checked


def test_formulas_give_what_is_measured(fuzzer: Any) -> None:
    """Each formula with a text's own numbers gives the metric, for any text."""
    n_checked = sum(assert_formulas_agree(fuzzer.paragraph()) for _ in range(150))
    assert n_checked > 100 * 30


@pytest.mark.parametrize(
    "text",
    [
        "One.",
        "The Treasury refuses.",
        "İstanbul is İLERİ. Nobody minds, or so they say; the bridge was shut.",
        "It was late when the delegation arrived. " * 20,
        "no stop and no end " * 30,
        "Great! Great? Great!! A fine, fine mess, but not a good one???",
    ],
)
def test_formulas_at_the_edges(text: str) -> None:
    """The same for a text of one word, of more than a hundred words, and without a full stop."""
    assert assert_formulas_agree(text)


def test_words_behind_the_numbers() -> None:
    """The counted words are listed, in order, with repetitions."""
    text = "The Treasury refuses. Officials in the Treasury, meanwhile, said so."
    found = count_quantities(text)
    assert found.words["polysyllables"] == ["Treasury", "refuses", "Officials", "Treasury"]
    assert all(len(words) == found.numbers[name] for name, words in found.words.items())
    assert list(dict.fromkeys(found.words["unlisted_2"])) == difficult_words(text)


def test_no_words() -> None:
    """A text without words has all counts, 0 except for textstat's one sentence."""
    numbers = count_quantities("... — !").numbers
    assert (numbers["words"], numbers["syllables"], numbers["tokens"]) == (0, 0, 3)
    assert count_sentiment("") == {"valence": 0.0, "positive": 0.0, "negative": 0.0, "neutral": 0}


def test_loaded_formulas() -> None:
    """The formulas of loaded language are those of its scores."""
    terms = pl.DataFrame({"document_id": ["a"] * 3, "weight": [1.0, 0.5, 0.7], "voice": ["author", "quoted", "author"]})
    terms = terms.with_columns(attribution=pl.lit("none"))
    units = pl.DataFrame({"document_id": ["a"], "n_words": [50], "n_quoted_words": [12]})
    [row] = score_loaded(terms, units).to_dicts()
    numbers = {
        "points": 2.2,
        "points_author": 1.7,
        "words": 50,
        "author_words": 38,
        "quoted_words": 12,
        "author_terms": 2,
        "quoted_terms": 1,
    }
    for name in (
        "loaded_score",
        "loaded_score_author",
        "loaded_per_1000_words_author",
        "loaded_per_1000_words_quoted",
    ):
        assert result(name, numbers) == pytest.approx(row[name])

from __future__ import annotations

import polars as pl
import pytest

from tasks.measure.loaded_language import load_lexicon, loaded_score, proposed_terms, score_loaded
from tasks.schemas import EPISTEMIC_CATEGORIES, SCORED_CATEGORIES

TERMS = pl.DataFrame(
    {
        "document_id": ["a"] * 5,
        "paragraph_index": [0, 0, 0, 1, 1],
        "weight": [1.0, 0.5, 0.0, 2.0, 0.7],
        "voice": ["author", "quoted", "author", "scare_quoted", "author"],
        "attribution": ["none", "direct", "none", "none", "indirect"],
    }
)
PARAGRAPHS = pl.DataFrame(
    {"document_id": ["a"] * 3, "paragraph_index": [1, 0, 2], "n_words": [10, 40, 0], "n_quoted_words": [0, 10, 0]}
)


def test_scores_come_in_the_order_of_their_units() -> None:
    """Each unit has one row, in the given order; scare quotes count as the author's, reported terms apart."""
    scores = score_loaded(TERMS, PARAGRAPHS)
    assert scores["paragraph_index"].to_list() == [1, 0, 2]
    assert scores["n_loaded_author"].to_list() == [1, 1, 0]
    assert scores["n_loaded_reported"].to_list() == [1, 0, 0]
    assert scores["n_loaded_quoted"].to_list() == [0, 1, 0]
    assert scores["loaded_per_1000_words_author"].round(3).to_list() == [100.0, 33.333, None]
    assert scores["loaded_per_1000_words_quoted"].to_list() == [None, 100.0, None]


def test_scores_decompose_into_their_rows() -> None:
    """The rows' shares, 40 times the weight over the denominator, add up to the score."""
    denominator = 40 * 1.5 + 40 + 40
    expected = sum(40 * weight / denominator for weight in (1.0, 0.5, 0.0))
    assert score_loaded(TERMS, PARAGRAPHS)["loaded_score"][1] == pytest.approx(expected)


def test_nothing_is_scored_without_words() -> None:
    """Without words there is no score; with words and without a hit it is 0."""
    assert score_loaded(TERMS.clear(), PARAGRAPHS)["loaded_score"].to_list() == [0.0, 0.0, None]


def test_score_rises_with_points_and_falls_with_words() -> None:
    """More points raise a score, more words lower it; it stays below 1."""
    assert 0 == loaded_score(0.0, 5) < loaded_score(1.0, 50) < loaded_score(1.0, 5) < loaded_score(2.0, 5) < 1


def test_only_scored_categories_weigh() -> None:
    """Each scored category has a weight, no epistemic one has, and there are at most sixty weights."""
    weights = load_lexicon().weights
    assert all(weights[category] > 0 for category in SCORED_CATEGORIES)
    assert not set(EPISTEMIC_CATEGORIES) & set(weights)
    assert len(weights) <= 60


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("They met the despot.", 1.0),
        ("He is not a despot.", 0.5),
        ("He is not only a despot.", 1.0),
        ("They met despot Putin.", 1.25),
    ],
)
def test_weight_follows_category_intensity_and_form(text: str, factor: float) -> None:
    """Negation halves a weight, a name directly after raises it."""
    lexicon = load_lexicon()
    (term,) = (term for term in proposed_terms(text) if term.term == "despot")
    assert term.weight == pytest.approx(lexicon.weight(lexicon.by_term["despot"][0]) * factor)

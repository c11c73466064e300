"""The figures of whole documents."""

from __future__ import annotations

import polars as pl

from tasks import schemas
from tasks.document_totals import count_paragraphs, is_body, reads_as_english, share, total_documents

PARAGRAPHS = pl.DataFrame(
    {
        "document_id": ["a", "a", "a", "b"],
        "kind": ["headline", "body", "body", "body"],
        "duplicate_of": [None, None, "a:1", None],
        "n_words": [2, 6, 6, 4],
        "n_sentences": [1, 2, 2, 1],
        "n_quoted_words": [0, 3, 0, 5],
    }
)
DOCUMENTS = pl.DataFrame({"document_id": ["b", "a", "empty"], "language": ["fr", "en", None]})
SENTENCES = pl.DataFrame(
    {
        "document_id": ["a", "a", "b", "b"],
        "vader_compound": [0.5, -0.25, None, 0.1],
        "n_words": [1, 3, 9, 0],
    }
)


def totals() -> dict[str, dict[str, object]]:
    """The row of each document."""
    counted = count_paragraphs(DOCUMENTS, PARAGRAPHS)
    readability = pl.DataFrame({column.name: [1, 1, 1] for column in schemas.READABILITY})
    sentiment = pl.DataFrame({"vader_compound": [0.1, 0.2, 0.3], "vader_pos": [0.0, 0.0, 0.0]})
    rows = total_documents(counted, PARAGRAPHS, SENTENCES, readability, sentiment)
    return {row["document_id"]: row for row in rows.to_dicts()}


def test_body_has_no_duplicates() -> None:
    """Only paragraphs of kind body that are not duplicates belong to the body."""
    assert is_body(PARAGRAPHS).to_list() == [False, True, False, True]


def test_counts_of_paragraphs() -> None:
    """Documents keep their order, and one without paragraphs has zero of them."""
    counted = count_paragraphs(DOCUMENTS, PARAGRAPHS)
    assert counted.select("document_id", "n_paragraphs", "n_body_paragraphs").rows() == [
        ("b", 1, 1),
        ("a", 3, 1),
        ("empty", 0, 0),
    ]


def test_sums_over_paragraphs() -> None:
    """Words, sentences and quoted words add up; quoted words are at most all of them; without words there is no ratio."""
    rows = totals()
    assert (rows["a"]["n_words"], rows["a"]["n_sentences"], rows["a"]["n_quoted_words"]) == (14, 5, 3)
    assert [rows[name]["quoted_word_ratio"] for name in ("a", "b", "empty")] == [3 / 14, 1.0, None]


def test_mean_sentiment_is_weighted_by_words() -> None:
    """The mean of the sentences that have a score is weighted by their words, and null if these have no word."""
    rows = totals()
    assert rows["a"]["vader_compound_mean"] == (0.5 - 3 * 0.25) / 4
    assert rows["b"]["vader_compound_mean"] is None


def test_measures_for_english() -> None:
    """Readability and sentiment are null in another language; without a body there is sentiment, but no readability."""
    rows = totals()
    metric = next(column.name for column in schemas.READABILITY if column.nullable)
    assert [rows[name][metric] for name in ("a", "b", "empty")] == [1, None, None]
    assert [rows[name]["vader_compound"] for name in ("a", "b", "empty")] == [0.2, None, 0.3]


def test_unknown_language_reads_as_english() -> None:
    """Text that is too short to detect a language is measured like English."""
    assert reads_as_english(DOCUMENTS).tolist() == [False, True, True]


def test_share_of_nothing() -> None:
    """A share of zero is null, and none is above 1."""
    frame = pl.DataFrame({"part": [1, 3, 0], "whole": [2, 2, 0]})
    assert frame.select(share(pl.col("part"), pl.col("whole"))).to_series().to_list() == [0.5, 1.0, None]

"""When readability figures are unreliable."""

from __future__ import annotations

import polars as pl
import pytest

from tasks.segment import note_readability


@pytest.mark.parametrize(
    ("kind", "language", "n_words", "n_sentences", "note"),
    [
        ("body", "en", 30, 2, "ok"),
        ("body", None, 30, 2, "ok"),
        ("body", "en", 29, 2, "short"),
        ("body", "en", 30, 1, "one_sentence"),
        ("body", "en", 0, 0, "short"),
        ("caption", "en", 90, 4, "not_prose"),
        ("bullet", "en", 90, 4, "not_prose"),
        ("caption", "fr", 3, 1, "not_english"),
    ],
)
def test_the_first_reason_that_applies(
    kind: str, language: str | None, n_words: int, n_sentences: int, note: str
) -> None:
    """Language precedes kind, kind precedes length, length precedes the number of sentences."""
    row = {
        "kind": [kind],
        "language": [language],
        "n_words": [n_words],
        "n_sentences": [n_sentences],
        "sentence_count": [n_sentences],
    }
    frame = pl.DataFrame(row, schema_overrides={"language": pl.String})
    assert frame.select(note_readability()).item() == note


@pytest.mark.parametrize(
    ("sentence_count", "note"), [(4, "ok"), (5, "ok"), (6, "sentences_differ"), (2, "sentences_differ")]
)
def test_sentences_that_textstat_cuts_elsewhere(sentence_count: int, note: str) -> None:
    """A difference of one grade of Flesch-Kincaid by the number of sentences alone is told."""
    row = {
        "kind": ["body"],
        "language": ["en"],
        "n_words": [40],
        "n_sentences": [4],
        "sentence_count": [sentence_count],
    }
    assert pl.DataFrame(row).select(note_readability()).item() == note

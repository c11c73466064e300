"""Why a proposed term is loaded."""

from __future__ import annotations

import polars as pl
import pytest

from tasks.measure.loaded_language import load_lexicon
from tasks.measure.loaded_language.context import load_judge
from tasks.measure.loaded_language.reasons import judge_terms

PARAGRAPHS = pl.DataFrame(
    {
        "document_id": ["a", "a"],
        "paragraph_index": [4, 5],
        "text": ["The despot spoke.", "A brutal wind blew through the vile camp of the despot."],
        "kind": ["body", "body"],
    }
)


def test_terms_of_one_paragraph() -> None:
    """Each proposed term of the paragraph is explained, and of no other; parts add up to the probability."""
    explained = judge_terms(PARAGRAPHS, 5, load_lexicon(), load_judge())
    assert [term["text"] for term in explained] == ["brutal", "vile", "despot"]
    for term in explained:
        logit = sum(one["value"] for one in term["counted"]) + term["others"]
        assert term["is_loaded"] == (logit >= 0)
        assert term["probability"] == pytest.approx(1 / (1 + 2.718281828459045**-logit))

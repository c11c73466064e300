"""Loaded terms of a corpus."""

from pathlib import Path
from typing import Any

import pytest

from tasks.report import summarize
from tasks.report.loaded_terms import by_category
from tasks.store import scan_table


def test_sentences_hold_their_terms(summary: dict[str, Any]) -> None:
    """The weight of a sentence is the sum of its author's terms, and each term is where its offsets say."""
    assert summary["sentences"]
    weights = [sentence["weight"] for sentence in summary["sentences"]]
    assert weights == sorted(weights, reverse=True)
    assert len({sentence["text"] for sentence in summary["sentences"]}) == len(weights)
    for sentence in summary["sentences"]:
        assert sum(term["weight"] for term in sentence["terms"]) == pytest.approx(sentence["weight"])
        for term in sentence["terms"]:
            assert sentence["text"][term["start"] : term["end"]] == term["text"]
            assert term["voice"] != "quoted"


def test_sentences_of_many_terms(tables: Path, summary: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those terms of a sentence are read that its excerpt may show."""
    monkeypatch.setattr("tasks.report.loaded_terms.EXCERPT", 10**9)
    assert summarize(tables)["sentences"] == summary["sentences"]
    monkeypatch.setattr("tasks.report.loaded_terms.EXCERPT", 1)
    firsts = [sentence["terms"][:1] for sentence in summary["sentences"]]
    assert [sentence["terms"] for sentence in summarize(tables)["sentences"]] == firsts


def test_terms_have_contexts(tables: Path, summary: dict[str, Any]) -> None:
    """The contexts of a term are passages of the texts around it, all different."""
    texts = {
        (row["document_id"], row["paragraph_index"]): row["text"]
        for row in scan_table("paragraphs", tables).collect().iter_rows(named=True)
    }
    for term in summary["terms"]:
        assert term["contexts"]
        passages = set()
        for context in term["contexts"]:
            assert context["text"].lower() == term["term"]
            passage = context["before"].lstrip("…") + context["text"] + context["after"].rstrip("…")
            assert passage in texts[context["document_id"], context["paragraph_index"]]
            passages.add(passage)
        assert len(passages) == len(term["contexts"])


def test_categories_without_a_term_are_left_out() -> None:
    """Only found categories are listed, the authors' most frequent first, epistemic ones last."""
    counted = {
        ("hedge", "author"): 9,
        ("doubt", "author"): 1,
        ("slogan", "scare_quoted"): 2,
        ("euphemism", "quoted"): 7,
    }
    assert [row["category"] for row in by_category(counted)] == ["slogan", "doubt", "euphemism", "hedge"]

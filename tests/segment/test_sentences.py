"""Where sentences end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.segment import sentence_spans, sentences, split_sentences

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    "whole",
    [
        "Dr. Brandt met Mr. J. T. Orrin of Orrin & Sons Ltd. on Friday.",
        "It rose by 3.5 per cent to $1.2m, i.e. by a third.",
        "The U.S. Navy said so.",
        "At 5 a.m. Mr. Orrin rowed out.",
        "“Why not?” she asked.",
        "'Never!' the mayor shouted at them.",
        "She was born on Sept. 4 in Ostrel.",
        "See vol. 3, pp. 12-14, and fig. 2.",
        "Write to a.b@post.example or see www.post.example/a.html for more.",
        "He waited … and waited.",
        "They sang ‘Yes!’ and left.",
        "No full stop",
    ],
)
def test_one_sentence(whole: str) -> None:
    """Abbreviations, initials, decimals, addresses and quoted questions do not end a sentence."""
    assert sentences(whole) == [whole]


@pytest.mark.parametrize(
    "parts",
    [
        ["He lives in the U.S.", "She does not."],
        ["'It is ours.'", "The council laughed."],
        ["“Go.”", "“Why?”", "“Go!”"],
        ["It was 5 p.m.", "The boat had gone."],
        ["He waited...", "Nobody came."],
        ["(It was late.)", "They slept."],
        ["Really?!", "Yes."],
        ["It was plan B.", "Nobody had another."],
        ["It cost $5.", "$3 would have done."],
        ["Über alles.", "Élan vital."],
    ],
)
def test_more_sentences(parts: list[str]) -> None:
    """Closing marks belong to the sentence before; an abbreviation can end one."""
    assert sentences(" ".join(parts)) == parts
    assert sentences("\n".join(parts)) == parts


def test_golden_rules(shared: Path) -> None:
    """All 48 of pysbd's golden rules for English hold."""
    cases = [
        json.loads(line)
        for line in (shared / "cases" / "pysbd_english_golden_rules.jsonl").read_text("utf-8").splitlines()
    ]
    failed = [case["id"] for case in cases if sentences(case["input"]) != [part.strip() for part in case["expected"]]]
    assert (len(cases), failed) == (48, [])


PROSE = st.text("ab AB.!?…'\"”’)(\n\t\u00a0 1•$", max_size=80)


@settings(deadline=None)
@given(PROSE | st.text(max_size=60))
def test_only_white_space_is_lost(text: str) -> None:
    """The sentences are the text without the white space between them."""
    spans = sentence_spans(text)
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in spans)


@settings(deadline=None)
@given(st.lists(PROSE | st.text(max_size=40), min_size=1, max_size=6))
def test_columns_are_split_as_single_texts_are(texts: list[str]) -> None:
    """The columnar form gives the same as the scalar form, for each text."""
    paragraphs = pl.DataFrame({"document_id": ["d"] * len(texts), "paragraph_index": range(len(texts)), "text": texts})
    found = split_sentences(paragraphs)
    expected = [
        (i, j, start, end, text[start:end])
        for i, text in enumerate(texts)
        for j, (start, end) in enumerate(sentence_spans(text))
    ]
    assert found.drop("document_id").rows() == expected


def test_marks_of_items_begin_sentences(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """A number or a bullet before an item is in the item's sentence, also if the text does not begin with one."""
    found = split_sentences(make_paragraphs("He named two. 1. The roof. 2. The door.", "It leaks. • 9. The roof."))
    assert found["text"].to_list() == ["He named two.", "1. The roof.", "2. The door.", "It leaks.", "• 9. The roof."]


def test_no_text_no_sentence(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """Blank paragraphs have no sentences."""
    assert split_sentences(make_paragraphs("", " \n")).is_empty()
    assert split_sentences(make_paragraphs()).is_empty()

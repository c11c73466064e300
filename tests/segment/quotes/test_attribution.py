"""The voice and the attribution of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from tasks.segment import (
    attribute_spans,
    find_attributions,
    find_quotations,
    mark_voices,
    reported_rows,
    split_sentences,
    split_voices,
)
from tasks.segment.quotes.quotations import read_quotations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType


@pytest.mark.parametrize(
    ("text", "voices"),
    [
        ("It rained. 'We drown,' said Orr. 'Help!'", ["author", "mixed", "quoted"]),
        ("The 'reform' was small.", ["author"]),
        ("“Go. Now.”", ["quoted", "quoted"]),
        ("Orr accused them of treason.", ["author"]),
    ],
)
def test_voices_of_sentences(text: str, voices: list[str], make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """A sentence is the author's, quoted, or both; scare quotes and indirect speech are the author's."""
    paragraphs = make_paragraphs(text)
    sentences = mark_voices(split_sentences(paragraphs), find_quotations(paragraphs))
    assert sentences["voice"].to_list() == voices


def test_texts_of_either_voice(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """Text outside of speech is the author's, including scare quotes; together they contain every word."""
    paragraphs = make_paragraphs("'We drown,' said Orr of the 'reform' of 1990.", "It rained.", "“Yes.”")
    split = split_voices(paragraphs, find_quotations(paragraphs))
    assert split.select("author_text", "quoted_text", "n_quoted_words").rows() == [
        ("said Orr of the 'reform' of 1990.", "We drown,", 2),
        ("It rained.", "", 0),
        ("", "Yes.", 1),
    ]


def attributed(text: str, word: str, make_paragraphs: Callable[..., pl.DataFrame]) -> tuple[str, str, str | None]:
    """Voice, attribution and speaker of a word of a paragraph."""
    paragraphs = make_paragraphs(text)
    start = text.index(word)
    spans = paragraphs.select("document_id", "paragraph_index", start=start, end=start + len(word))
    spans = spans.cast({"start": pl.Int32, "end": pl.Int32})
    quotations = read_quotations(paragraphs)
    rows, quotations = find_attributions(split_sentences(paragraphs), quotations)
    told = attribute_spans(spans, quotations, reported_rows(rows))
    voice, attribution, speaker = told.select("voice", "attribution", "speaker").row(0)
    return voice, attribution, speaker


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("A despot rules here.", ("author", "none", None)),
        ("'A despot rules here,' said Ada Brandt.", ("quoted", "direct", "Ada Brandt")),
        ("Ada Brandt accused the despot of lying.", ("author", "indirect", "Ada Brandt")),
        ("The harbour's 'despot' is a mild old man.", ("scare_quoted", "none", None)),
        ("He claimed that the despot lied.", ("author", "indirect", None)),
    ],
)
def test_attribution_of_a_word(
    text: str, result: tuple[str, str, str | None], make_paragraphs: Callable[..., pl.DataFrame]
) -> None:
    """A quotation gives a direct attribution, a report an indirect one; a pronoun is not a name."""
    assert attributed(text, "despot", make_paragraphs) == result


def test_basil(shared: Path, score_voices: ModuleType) -> None:
    """On annotated news the voice of a biased span is right more often than the double-quote rule is."""
    scores = score_voices.score(shared / "eval" / "loaded" / "basil.jsonl")
    assert scores["n"] == 396
    assert scores["accuracy"] >= 0.955 > scores["plain_rule"]

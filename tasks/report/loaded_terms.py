"""Loaded terms of a corpus: by category and voice, the most loaded sentences, and the most frequent terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.report import phrasing
from tasks.report.corpus import PARAGRAPH_KEY, is_document_of
from tasks.report.marked_text import EXCERPT, excerpt
from tasks.schemas import CATEGORIES, SCORED_CATEGORIES, TERM_VOICES
from tasks.store import scan_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

AUTHOR_VOICES = ("author", "scare_quoted")
IN_AUTHORS_VOICE = pl.col("voice").is_in(AUTHOR_VOICES) & (pl.col("attribution") == "none")
"""Whether a term is the author's own, neither quoted nor reported."""
VOICE = (
    pl.when(pl.col("attribution") == "indirect").then(pl.lit("reported")).otherwise(pl.col("voice").cast(pl.String))
).alias("voice")
"""The voice of a term, or `reported`."""
_VOICES = (*TERM_VOICES, "reported")
_SCORED = pl.col("category").is_in(SCORED_CATEGORIES)
_SENTENCE_KEY = [*PARAGRAPH_KEY, "sentence_index"]
_TERM_KEY = ["term", "category"]
_MAX_SENTENCES = 25
_MAX_TERMS = 25
_MAX_CONTEXTS = 2
_CONTEXT_CHARS = 70
_TERM_FIELDS = (
    "text",
    "term",
    "category",
    "intensity",
    "weight",
    "voice",
    "attribution",
    "speaker",
    "negated",
    "reason",
    "rule",
)


def scan_terms(scan: Callable[[str], pl.LazyFrame]) -> pl.LazyFrame:
    """The rows of loaded_terms and epistemic_terms, in the order of each; epistemic ones have weight 0.

    `scan` gives the rows of a table by its name.
    """
    epistemic = scan("epistemic_terms").with_columns(weight=pl.lit(0.0))
    return pl.concat([scan("loaded_terms"), epistemic], how="diagonal")


def count_by_voice(terms: pl.LazyFrame) -> dict[tuple[str, str], int]:
    """How many terms there are of each (category, voice), where voice may be `reported`."""
    counted = terms.group_by("category", VOICE).len().collect()
    return {(category, voice): n for category, voice, n in counted.iter_rows()}


def by_category(counted: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    """Counts of terms by (category, voice) as a row for each category found, the author's most frequent ones first.

    >>> by_category({("doubt", "quoted"): 2})
    [{'category': 'doubt', 'scored': True, 'author': 0, 'quoted': 2, 'scare_quoted': 0, 'reported': 0}]
    """
    rows = [
        {
            "category": category,
            "scored": category in SCORED_CATEGORIES,
            **{voice: counted.get((category, voice), 0) for voice in _VOICES},
        }
        for category in CATEGORIES
        if any((category, voice) in counted for voice in _VOICES)
    ]
    return sorted(rows, key=lambda row: (not row["scored"], -row["author"] - row["scare_quoted"], -row["quoted"]))


def most_loaded_sentences(tables: Path, terms: pl.LazyFrame) -> list[dict[str, Any]]:
    """The sentences with the highest sum of weights of the author's terms, each text once, with these terms.

    Offsets of terms count from the beginning of `text`, which is an excerpt if the sentence is long.
    """
    loaded = terms.filter(_SCORED, IN_AUTHORS_VOICE)
    heaviest = (
        loaded.group_by(_SENTENCE_KEY)
        .agg(weight=pl.col("weight").sum().round(6))
        .sort("weight", *_SENTENCE_KEY, descending=[True, False, False, False])
        .head(8 * _MAX_SENTENCES)  # more than are shown: some repeat each other
        .collect()
    )
    sentences = (
        scan_table("sentences", tables)
        .filter(is_document_of(heaviest))
        .join(heaviest.lazy(), on=_SENTENCE_KEY)
        .select(*_SENTENCE_KEY, "weight", "start", "end", "text", "n_words")
        .collect()
        .sort("weight", "n_words", *_SENTENCE_KEY, descending=[True, False, False, False, False])
        .unique("text", keep="first", maintain_order=True)
        .head(_MAX_SENTENCES)
    )
    terms_of = _terms_of_sentences(loaded, sentences)
    result = []
    for row in sentences.iter_rows(named=True):
        key = (row["document_id"], row["paragraph_index"], row["sentence_index"])
        text, shown = excerpt(row["text"], terms_of[key])
        fields = {name: row[name] for name in (*_SENTENCE_KEY, "n_words", "weight")}
        result.append({**fields, "text": text, "terms": shown})
    return result


def _terms_of_sentences(
    loaded: pl.LazyFrame, sentences: pl.DataFrame
) -> dict[tuple[str, int, int], list[dict[str, Any]]]:
    """The terms of each sentence, by its key, with offsets from its beginning."""
    bounds = sentences.lazy().select(*_SENTENCE_KEY, sentence_start="start", sentence_end="end")
    near = pl.col("start") < pl.col("start").min().over(_SENTENCE_KEY) + EXCERPT  # a sentence may hold millions
    found = (
        loaded.filter(is_document_of(sentences))
        .join(bounds, on=_SENTENCE_KEY)
        .filter(near)
        .sort(*PARAGRAPH_KEY, "start")
        .collect()
    )
    terms_of: dict[tuple[str, int, int], list[dict[str, Any]]] = {}
    for term in found.iter_rows(named=True):
        offset, length = term["sentence_start"], term["sentence_end"] - term["sentence_start"]
        key = (term["document_id"], term["paragraph_index"], term["sentence_index"])
        terms_of.setdefault(key, []).append(
            {
                "start": term["start"] - offset,
                "end": min(term["end"] - offset, length),
                **{name: term[name] for name in _TERM_FIELDS},
            }
        )
    return terms_of


def most_frequent_terms(tables: Path, terms: pl.LazyFrame) -> list[dict[str, Any]]:
    """The terms that authors use most, each with a few contexts from different texts."""
    scored = terms.filter(_SCORED)
    top = (
        scored.group_by("term", "category")
        .agg(
            n_author=IN_AUTHORS_VOICE.sum().cast(pl.Int64),
            n_quoted=(~IN_AUTHORS_VOICE).sum().cast(pl.Int64),
            n_documents=pl.col("document_id").n_unique().cast(pl.Int64),
            reason=pl.col("reason").sort().first(),
        )
        .sort("n_author", "n_quoted", "term", "category", descending=[True, True, False, False])
        .head(_MAX_TERMS)
        .collect()
    )
    contexts = _contexts(tables, scored, top)
    return [{**row, "contexts": contexts.get((row["term"], row["category"]), [])} for row in top.iter_rows(named=True)]


def _contexts(tables: Path, scored: pl.LazyFrame, top: pl.DataFrame) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Up to `_MAX_CONTEXTS` passages for each term of `top`, by (term, category); no two from equal paragraphs."""
    places = (
        scored.join(top.lazy().select(_TERM_KEY), on=_TERM_KEY)
        .select(*_TERM_KEY, "voice", *PARAGRAPH_KEY, "start", "end")
        .sort("voice", *PARAGRAPH_KEY, "start")
        .unique([*_TERM_KEY, "document_id"], keep="first", maintain_order=True)
        .group_by(_TERM_KEY, maintain_order=True)
        .head(8 * _MAX_CONTEXTS)  # more than are shown: some repeat each other
        .collect()
    )
    paragraphs = (
        scan_table("paragraphs", tables)
        .filter(is_document_of(places))
        .join(places.lazy().select(PARAGRAPH_KEY).unique(), on=PARAGRAPH_KEY)
        .select(*PARAGRAPH_KEY, "text")
        .collect()
    )
    # Equal texts get one number, and rows hold the number instead of the text: a text may be a hundred megabytes long.
    texts = paragraphs["text"].to_list()
    numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    numbered = paragraphs.select(PARAGRAPH_KEY).with_columns(
        text_number=pl.Series([numbers[text] for text in texts], dtype=pl.Int64)
    )
    shown = (
        places.join(numbered, on=PARAGRAPH_KEY, maintain_order="left")
        .unique([*_TERM_KEY, "text_number"], keep="first", maintain_order=True)
        .group_by(_TERM_KEY, maintain_order=True)
        .head(_MAX_CONTEXTS)
    )
    distinct_texts = list(numbers)
    contexts: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in shown.iter_rows(named=True):
        context = _context(row, distinct_texts[row["text_number"]])
        contexts.setdefault((row["term"], row["category"]), []).append(context)
    return contexts


def _context(row: Mapping[str, Any], text: str) -> dict[str, Any]:
    """A term with the text around it."""
    # One character more than is shown, so that clipping adds an ellipsis where there is more.
    before = text[max(row["start"] - _CONTEXT_CHARS - 1, 0) : row["start"]]
    after = text[row["end"] : row["end"] + _CONTEXT_CHARS + 1]
    return {
        "document_id": row["document_id"],
        "paragraph_index": row["paragraph_index"],
        "before": phrasing.clip_start(before, _CONTEXT_CHARS),
        "text": phrasing.clip(text[row["start"] : row["end"]], 2 * _CONTEXT_CHARS),
        "after": phrasing.clip(after, _CONTEXT_CHARS),
        "voice": row["voice"],
    }

"""Figures of a whole corpus: its counts, its paragraphs, its sources compared, and its course over time.

A document that repeats another one is counted once. Figures that are compared have a 95 % confidence interval with the
document as unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.report import intervals, phrasing
from tasks.schemas import KINDS, READABILITY_NOTES, RELIABLE_NOTES
from tasks.store import scan_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_GRADE = 20
"""The last column of a histogram of grades: this grade and all above."""
LEXICON_LANGUAGE = "en"
"""The language of the lexicon; it is assumed for texts that are too short to detect a language."""
NEGATIVE, POSITIVE = -0.05, 0.05
"""The bounds of negative and positive compound scores that VADER's authors give (Hutto and Gilbert 2014)."""
PARAGRAPH_KEY = ["document_id", "paragraph_index"]
DESCRIPTION = (
    "document_id",
    "source_uri",
    "record",
    "source",
    "language",
    "duplicate_of",
    "n_words",
    "n_repairs",
    "quoted_word_ratio",
    "flesch_kincaid_grade_published",
    "vader_compound_mean",
    "n_loaded_author",
    "n_loaded_quoted",
    "loaded_per_1000_words_author",
)
"""The fields of a document in a summary."""

_MAX_SOURCES = 25
_MIN_STEPS, _MAX_STEPS = 3, 60
"""A timeline with fewer steps shows no development; one with more is unreadable."""


def read_documents(tables: Path) -> pl.DataFrame:
    """The documents with what is measured of each; what was not measured of a document is null.

    Beside columns of the table there are the numerators and denominators of rates: `author_words`, `author_terms`,
    `quoted_words`, `quoted_terms`, `scored_words`, `sentiment_sum`, `graded_words`, `graded_sentences`,
    `graded_syllables`.
    """
    measured = pl.col("loaded_score").is_not_null() & (
        pl.col("language").fill_null(LEXICON_LANGUAGE) == LEXICON_LANGUAGE
    )
    author_words = pl.col("n_words") * (1 - pl.col("quoted_word_ratio").fill_null(0))
    scored = pl.col("vader_compound_mean").is_not_null()
    graded = pl.col("flesch_kincaid_grade_published").is_not_null()
    return (
        scan_table("documents", tables)
        .with_columns(
            author_words=pl.when(measured).then(author_words),
            loaded_per_1000_words_author=pl.when(measured).then(pl.col("loaded_per_1000_words_author")),
            quoted_words=pl.when(measured).then(pl.col("n_words") - author_words),
            author_terms=pl.when(measured).then(pl.col("n_loaded_author")),
            quoted_terms=pl.when(measured).then(pl.col("n_loaded_quoted")),
            scored_words=pl.when(scored).then(pl.col("n_words")),
            sentiment_sum=pl.col("vader_compound_mean") * pl.col("n_words"),
            graded_words=pl.when(graded).then(pl.col("word_count_published")),
            graded_sentences=pl.when(graded).then(pl.col("sentence_count_published")),
            graded_syllables=pl.when(graded).then(pl.col("syllable_count_published")),
        )
        .select(
            *DESCRIPTION,
            "title",
            "published_at",
            "n_paragraphs",
            "n_body_paragraphs",
            "n_sentences",
            "loaded_per_1000_words_quoted",
            "loaded_score",
            "author_words",
            "quoted_words",
            "author_terms",
            "quoted_terms",
            "scored_words",
            "sentiment_sum",
            "graded_words",
            "graded_sentences",
            "graded_syllables",
        )
        .collect()
    )


def figures(distinct: pl.DataFrame) -> dict[str, Any]:
    """The figures of all documents together, each as {value, low, high, n}."""
    return distinct.select(**_estimates()).row(0, named=True)


def _estimates() -> dict[str, pl.Expr]:
    """The figures by which corpora, sources and months are compared, each a struct; see `intervals.Estimate.struct`."""
    column = pl.col
    rate = intervals.ratio(column("author_terms"), column("author_words"), per=1000)
    quoted = intervals.ratio(column("quoted_terms"), column("quoted_words"), per=1000)
    share = intervals.ratio(column("quoted_words"), column("author_words") + column("quoted_words"))
    sentiment = intervals.ratio(column("sentiment_sum"), column("scored_words"))
    grade = intervals.flesch_kincaid_grade(
        column("graded_words"), column("graded_sentences"), column("graded_syllables")
    )
    return {
        "loaded_per_1000_words_author": rate.struct(lowest=0),
        "loaded_per_1000_words_quoted": quoted.struct(lowest=0),
        "quoted_word_ratio": share.struct(lowest=0),
        "vader_compound_mean": sentiment.struct(lowest=-1),
        "flesch_kincaid_grade_published": grade.struct(),
    }


def corpus_counts(documents: pl.DataFrame, distinct: pl.DataFrame) -> dict[str, Any]:
    """Counts over all documents: how many there are and how many are copies, and all else of the `distinct` ones."""
    languages = distinct.group_by("language").len().sort("len", "language", descending=[True, False], nulls_last=True)
    first, last = distinct["published_at"].min(), distinct["published_at"].max()
    counts = distinct.select(
        pl.col("n_paragraphs", "n_body_paragraphs", "n_sentences", "n_repairs").sum().cast(pl.Int64),
        pl.col("n_words").cast(pl.Int64).sum(),
        n_measured=pl.col("author_words").count().cast(pl.Int64),
        author_words=pl.col("author_words").sum().round().cast(pl.Int64),
        quoted_words=pl.col("quoted_words").sum().round().cast(pl.Int64),
        n_loaded_author=pl.col("n_loaded_author").sum().cast(pl.Int64),
        n_loaded_quoted=pl.col("n_loaded_quoted").sum().cast(pl.Int64),
    )
    return {
        "n_documents": documents.height,
        "n_copies": documents.height - distinct.height,
        "n_repaired_documents": int((documents["n_repairs"] > 0).sum()),
        **counts.row(0, named=True),
        "languages": [{"language": code, "n_documents": n} for code, n in languages.iter_rows()],
        "first_published": phrasing.day(first),
        "last_published": phrasing.day(last),
    }


def paragraph_counts(paragraphs: pl.LazyFrame) -> dict[str, Any]:
    """Counts over paragraphs that repeat no other one: kinds, notes, sentiment, and the grades of body paragraphs."""
    distinct = paragraphs.filter(pl.col("duplicate_of").is_null())
    graded = distinct.filter(pl.col("kind") == "body", pl.col("flesch_kincaid_grade_published").is_not_null())
    kinds, notes, grades, sentiment, repeats = pl.collect_all(
        [
            distinct.group_by("kind").len(),
            distinct.group_by("readability_note").len(),
            graded.group_by(
                reliable=pl.col("readability_note").is_in(RELIABLE_NOTES),
                grade=pl.col("flesch_kincaid_grade_published").floor().clip(0, MAX_GRADE).cast(pl.Int64),
            ).len(),
            distinct.select(
                negative=(pl.col("vader_compound") <= NEGATIVE).sum(),
                positive=(pl.col("vader_compound") >= POSITIVE).sum(),
                scored=pl.col("vader_compound").count(),
            ),
            paragraphs.select(pl.col("duplicate_of").count()),
        ]
    )
    by_grade = {(reliable, grade): n for reliable, grade, n in grades.iter_rows()}
    return {
        "kinds": _counts(kinds, KINDS),
        "readability_notes": _counts(notes, READABILITY_NOTES),
        "grades": [
            {"grade": grade, "n": by_grade.get((True, grade), 0), "n_unreliable": by_grade.get((False, grade), 0)}
            for grade in range(MAX_GRADE + 1)
        ],
        "sentiment": sentiment.row(0, named=True),
        "n_repeats": repeats.item(),
    }


def _counts(frame: pl.DataFrame, values: Iterable[str]) -> list[dict[str, Any]]:
    """A row for each value in order, 0 for those that `frame` lacks."""
    known = dict(frame.iter_rows())
    return [{"value": value, "n": known.get(value, 0)} for value in values]


def compare_sources(distinct: pl.DataFrame) -> dict[str, Any]:
    """The sources with the most documents; the most loaded in the authors' voice first, those without an interval last."""
    named = distinct.filter(pl.col("source").is_not_null())
    rows = (
        named.group_by("source")
        .agg(n_documents=pl.len().cast(pl.Int64), n_words=pl.col("n_words").cast(pl.Int64).sum(), **_estimates())
        .sort("n_documents", "source", descending=[True, False])
    )
    rate = pl.col("loaded_per_1000_words_author").struct
    top = rows.head(_MAX_SOURCES).sort(
        rate.field("low").is_null(), rate.field("value"), "source", descending=[False, True, False], nulls_last=True
    )
    return {"n": rows.height, "n_unnamed": distinct.height - named.height, "rows": top.to_dicts()}


def timeline(distinct: pl.DataFrame) -> dict[str, Any]:
    """The figures by the shortest period that gives at most `_MAX_STEPS` steps of documents enough for an interval."""
    dated = distinct.filter(pl.col("published_at").is_not_null())
    chosen = None
    for period in phrasing.PERIOD_NAMES:
        sizes = dated.group_by(pl.col("published_at").dt.truncate(period)).len()["len"]
        if len(sizes) < _MIN_STEPS:
            break
        chosen = period
        if len(sizes) <= _MAX_STEPS and sizes.sort()[len(sizes) // 2] >= intervals.MIN_UNITS:
            break
    if chosen is None:
        return {"period": None, "n_dated": dated.height, "rows": []}
    rows = (
        dated.group_by(start=pl.col("published_at").dt.truncate(chosen).dt.date())
        .agg(n_documents=pl.len().cast(pl.Int64), **_estimates())
        .sort("start")
        .with_columns(pl.col("start").cast(pl.String))
    )
    return {"period": chosen, "n_dated": dated.height, "rows": rows.to_dicts()}


def is_document_of(chosen: pl.DataFrame) -> pl.Expr:
    """Whether a row is of a document of `chosen`. Put before a join it avoids reading the texts of all other rows."""
    return pl.col("document_id").is_in(chosen["document_id"].unique().implode())

"""Who speaks: the speakers of documents, how much each says, how directly, and with which reporting verbs."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import polars as pl

from tasks.segment import source_names

MAX_VERBS = 4
COLUMNS = (
    "document_id",
    "paragraph_index",
    "start",
    "type",
    "speaker",
    "speaker_name",
    "cue",
    "cue_grade",
    "n_words",
    "n_loaded",
)
"""The columns of attributions that are read."""

Row = dict[str, Any]


def list_speakers(attributions: pl.LazyFrame, limit: int) -> list[Row]:
    """The speakers with the most words, at most `limit`; last, speaker None stands for all words of nobody who is named.

    A row has speaker (the full name, or what the text calls it), n_attributions, n_documents, n_words,
    n_quoted_words (those in direct quotations), n_loaded, verbs (the most frequent ones, each as verb, grade and n),
    document_id and paragraph_index (where it speaks first).

    >>> rows = pl.LazyFrame({"document_id": ["d", "d"], "paragraph_index": [0, 3], "start": [0, 0],
    ...     "type": ["direct", "indirect"], "speaker": ["Orr", "he"], "speaker_name": ["Ada Orr", "Ada Orr"],
    ...     "cue": ["say", "say"], "cue_grade": ["neutral", "neutral"], "n_words": [4, 12], "n_loaded": [1, 0]})
    >>> [row] = list_speakers(rows, 10)
    >>> row["speaker"], row["n_words"], row["n_quoted_words"], row["verbs"]
    ('Ada Orr', 16, 4, [{'verb': 'say', 'grade': 'neutral', 'n': 2}])
    """
    named = attributions.select(COLUMNS).with_columns(source_names())
    is_direct = pl.col("type").cast(pl.String) == "direct"
    speakers = (
        named.group_by("source")
        .agg(
            name=pl.coalesce("speaker_name", "speaker").sort_by("document_id", "paragraph_index", "start").first(),
            n_attributions=pl.len(),
            n_documents=pl.col("document_id").n_unique(),
            n_words=pl.col("n_words").sum(),
            n_quoted_words=pl.col("n_words").filter(is_direct).sum(),
            n_loaded=pl.col("n_loaded").sum(),
            first=pl.struct("document_id", "paragraph_index")
            .sort_by("document_id", "paragraph_index", "start")
            .first(),
        )
        .sort(pl.col("source").is_null(), -pl.col("n_words").cast(pl.Int64), "source")
        .collect()
    )
    is_unnamed = speakers["source"].is_null()
    speakers = pl.concat([speakers.filter(~is_unnamed).head(limit), speakers.filter(is_unnamed)])
    verbs = _verbs(named, speakers["source"])
    return [
        {"speaker": name if source else None, **row, **first, "verbs": verbs[source][:MAX_VERBS]}
        for row in speakers.iter_rows(named=True)
        for source, name, first in [(row.pop("source"), row.pop("name"), row.pop("first"))]
    ]


def _verbs(named: pl.LazyFrame, sources: pl.Series) -> defaultdict[str | None, list[Row]]:
    """The reporting verbs of some speakers with their grades and numbers, the most frequent first."""
    counts = (
        named.filter(pl.col("cue").is_not_null())
        .filter(pl.col("source").is_in(sources.drop_nulls().implode()) | pl.col("source").is_null())
        .group_by("source", "cue", "cue_grade")
        .len()
        .sort(-pl.col("len").cast(pl.Int64), "cue")
        .collect()
    )
    found: defaultdict[str | None, list[Row]] = defaultdict(list)
    for source, cue, grade, n in counts.iter_rows():
        found[source].append({"verb": cue, "grade": grade, "n": n})
    return found

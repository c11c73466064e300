"""The figures of whole documents: counts and means over their paragraphs and sentences, readability of the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks import schemas
from tasks.measure.published import add_up, measure_smog, published_columns
from tasks.segment import source_names
from tasks.segment.blocks.reliability import note_readability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tasks.text.arrays import Ints


def is_body(paragraphs: pl.DataFrame) -> pl.Series:
    """Whether each paragraph belongs to the body of its document: its kind is body, and it is not a duplicate."""
    return paragraphs.select((pl.col("kind").cast(pl.String) == "body") & pl.col("duplicate_of").is_null()).to_series()


def reads_as_english(frame: pl.DataFrame) -> NDArray[np.bool_]:
    """Whether measures for English apply to each row: its language is English, or it is too short to detect a language."""
    return (frame["language"].is_null() | (frame["language"] == "en")).to_numpy()


def null_unless(chosen: NDArray[np.bool_], frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with nulls in all rows that are not `chosen`.

    >>> import numpy as np
    >>> null_unless(np.array([True, False]), pl.DataFrame({"a": [1, 2]}))["a"].to_list()
    [1, None]
    """
    return frame.select(pl.when(pl.Series(chosen)).then(pl.all()))


def share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """`part` as a share of `whole`, at most 1; null where the whole is 0."""
    return pl.when(whole > 0).then(part.clip(upper_bound=whole) / whole)


def count_paragraphs(documents: pl.DataFrame, paragraphs: pl.DataFrame) -> pl.DataFrame:
    """`documents` with n_paragraphs and n_body_paragraphs."""
    counts = (
        paragraphs.select("document_id", is_body=is_body(paragraphs))
        .group_by("document_id")
        .agg(n_paragraphs=pl.len().cast(pl.Int32), n_body_paragraphs=pl.col("is_body").sum().cast(pl.Int32))
    )
    return documents.join(counts, on="document_id", how="left", maintain_order="left").with_columns(
        pl.col("n_paragraphs", "n_body_paragraphs").fill_null(0)
    )


def total_documents(
    documents: pl.DataFrame,
    paragraphs: pl.DataFrame,
    sentences: pl.DataFrame,
    body_readability: pl.DataFrame,
    sentiment: pl.DataFrame,
) -> pl.DataFrame:
    """`documents` with the sums of their paragraphs, readability of the body as one text, and sentiment of the whole.

    `documents` come from `count_paragraphs`; `body_readability` and `sentiment` have one row for each of them.
    """
    is_english = reads_as_english(documents)
    has_body = (documents["n_body_paragraphs"] > 0).to_numpy()
    metrics = [column.name for column in schemas.READABILITY if column.nullable]
    sums = paragraphs.group_by("document_id").agg(pl.col("n_words", "n_sentences", "n_quoted_words").sum())
    return (
        documents.with_columns(duplicate_of=pl.lit(None, pl.String))
        .hstack(body_readability.with_columns(null_unless(is_english & has_body, body_readability.select(metrics))))
        .hstack(null_unless(is_english, sentiment.select("vader_compound")))
        .join(sums, on="document_id", how="left", maintain_order="left")
        .join(_mean_sentiment(sentences), on="document_id", how="left", maintain_order="left")
        .with_columns(pl.col("n_words", "n_sentences", "n_quoted_words").fill_null(0).cast(pl.Int32))
        .with_columns(quoted_word_ratio=share(pl.col("n_quoted_words"), pl.col("n_words")))
    )


def count_sources(documents: pl.DataFrame, attributions: pl.DataFrame) -> pl.DataFrame:
    """`documents` (with n_words and n_quoted_words) with n_sources and reported_word_ratio, from their attributions.

    >>> documents = pl.DataFrame({"document_id": ["d"], "n_words": [10], "n_quoted_words": [2], "language": ["en"]})
    >>> rows = pl.DataFrame({"document_id": ["d", "d"], "speaker": ["Orr", "police"], "speaker_name": ["Ada Orr", None],
    ...     "n_words": [2, 5]})
    >>> count_sources(documents, rows).select("n_sources", "reported_word_ratio").rows()
    [(2, 0.5)]
    """
    sums = (
        attributions.with_columns(source_names())
        .group_by("document_id")
        .agg(n_sources=pl.col("source").n_unique() - pl.col("source").has_nulls(), n_told_words=pl.col("n_words").sum())
    )
    # Quoted words inside indirect speech are a part of its words, so what is told in all is one sum.
    reported = share((pl.col("n_told_words").fill_null(0) - pl.col("n_quoted_words")).clip(0), pl.col("n_words"))
    return documents.join(sums, on="document_id", how="left", maintain_order="left").with_columns(
        pl.col("n_sources").fill_null(0).cast(pl.Int32),
        reported_word_ratio=pl.when(pl.Series(reads_as_english(documents))).then(reported),
    )


def add_published(documents: pl.DataFrame, counts: Mapping[str, Ints], are_body: NDArray[np.bool_]) -> pl.DataFrame:
    """`documents` with the published readability of their bodies, and readability_note.

    `counts` are those of all paragraphs in order (`tasks.measure.published_counts`), `are_body` says which of them are
    body; `documents` come from `total_documents`. A document that is not English has counts only.
    """
    document = np.repeat(np.arange(documents.height), documents["n_paragraphs"].to_numpy())
    of_bodies = add_up(counts, np.where(are_body, document, -1), documents.height)
    columns = published_columns(of_bodies).with_columns(measure_smog(of_bodies))
    scores = [name for name, dtype in columns.schema.items() if dtype == pl.Float64]
    columns = columns.with_columns(null_unless(reads_as_english(documents), columns.select(scores)))
    note = note_readability(
        pl.when(pl.col("n_body_paragraphs") > 0).then(pl.lit("body")).otherwise(pl.lit("other")),
        n_words=pl.col("lexicon_count"),
        n_sentences=pl.col("sentence_count_published"),
    )
    return documents.hstack(columns).with_columns(note)


def _mean_sentiment(sentences: pl.DataFrame) -> pl.DataFrame:
    """document_id and vader_compound_mean: the mean of its sentences, weighted by their words."""
    # Sums of integers do not depend on the order, sums of floating-point numbers do; scores have four decimals.
    total = ((pl.col("vader_compound") * 10_000).round().cast(pl.Int64) * pl.col("n_words")).sum()
    n_words = pl.col("n_words").sum()
    return (
        sentences.filter(pl.col("vader_compound").is_not_null())
        .group_by("document_id")
        .agg(vader_compound_mean=pl.when(n_words > 0).then(total / (10_000 * n_words.cast(pl.Int64))))
    )

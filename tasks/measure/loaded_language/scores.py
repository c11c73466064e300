"""From terms to scores: every score is a sum over the rows of its terms.

A term weighs `weights[category]` points times a factor for its intensity (data/rules.toml): a term of loaded language
of intensity 2 is one point. Negated terms weigh half, epithets of a name a quarter more. The judge's probability is a
further factor, so that what is doubtful adds less.

    loaded_score = 40 * points / (40 * points + n_words + 40)

is 0 without a term and rises towards 1. It is 0.5 with one point for every forty words, where forty words are added to
the length of each text, so that one mild word does not give a headline a high score. The denominator is the same for all
terms of a text, so each has its share, 40 * weight / denominator, and the shares add up to the score. The author's score
is the same for the author's terms and words; what is quoted or reported is not the author's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS_PER_POINT = 40
_COUNTS = ("n_loaded_author", "n_loaded_reported", "n_loaded_quoted")
_KEYS = ("document_id", "paragraph_index", "sentence_index")

_Number = TypeVar("_Number", float, pl.Expr)


def loaded_score(points: _Number, n_words: _Number) -> _Number:
    """The score of a text of `n_words` words whose terms weigh `points` together: at least 0, below 1.

    >>> loaded_score(0.0, 20), loaded_score(1.5, 20), loaded_score(15.0, 560)
    (0.0, 0.5, 0.5)

    Source: this project.
    """
    return WORDS_PER_POINT * points / (WORDS_PER_POINT * points + n_words + WORDS_PER_POINT)


def score_loaded(terms: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """The loaded-language figures of sentences, paragraphs or documents, one row each, in their order.

    `units` has some of document_id, paragraph_index, sentence_index as its key, n_words, and may have n_quoted_words
    (0 if it does not); `terms` has that key, weight, voice and attribution. The result has the key, n_loaded_author,
    n_loaded_reported, n_loaded_quoted (terms; scare quotes are the author's), loaded_score, loaded_score_author (0 to 1; null without
    words), loaded_per_1000_words_author, loaded_per_1000_words_quoted (terms per 1,000 words of that voice; null
    without words).

    >>> terms = pl.DataFrame({"document_id": ["a", "a"], "weight": [1.0, 0.5], "voice": ["author", "quoted"],
    ...     "attribution": ["none", "direct"]})
    >>> units = pl.DataFrame({"document_id": ["a", "b"], "n_words": [20, 7], "n_quoted_words": [5, 7]})
    >>> scores = score_loaded(terms, units)
    >>> scores["loaded_score"].to_list(), scores["loaded_score_author"].round(3).to_list()
    ([0.5, 0.0], [0.421, None])
    """
    key = [name for name in _KEYS if name in units.columns]
    scored = pl.col("weight") > 0
    quoted = pl.col("voice").cast(pl.String) == "quoted"
    reported = pl.col("attribution").cast(pl.String) == "indirect"
    authors = ~quoted & ~reported
    # Whole numbers of billionths have the same sum in any order, which floating-point numbers do not.
    billionths = (pl.col("weight") * 1e9).round().cast(pl.Int64)
    sums = terms.group_by(key).agg(
        points=billionths.sum(),
        points_author=billionths.filter(authors).sum(),
        n_loaded_author=(scored & authors).sum().cast(pl.Int32),
        n_loaded_reported=(scored & reported).sum().cast(pl.Int32),
        n_loaded_quoted=(scored & quoted).sum().cast(pl.Int32),
    )
    # Divided by numpy, because polars multiplies by 1 / 1e9 instead.
    sums = sums.with_columns(pl.Series(name, sums[name].to_numpy() / 1e9) for name in ("points", "points_author"))
    n_quoted_words = pl.col("n_quoted_words") if "n_quoted_words" in units.columns else pl.lit(0)
    n_words_author = pl.col("n_words") - n_quoted_words
    return (
        units.join(sums, on=key, how="left", maintain_order="left")
        .with_columns(pl.col("points", "points_author", *_COUNTS).fill_null(0))
        .select(
            *key,
            *_COUNTS,
            loaded_score=_where_words(pl.col("n_words"), loaded_score(pl.col("points"), pl.col("n_words"))),
            loaded_score_author=_where_words(n_words_author, loaded_score(pl.col("points_author"), n_words_author)),
            loaded_per_1000_words_author=_where_words(
                n_words_author, 1000 * pl.col("n_loaded_author") / n_words_author
            ),
            loaded_per_1000_words_quoted=_where_words(
                n_quoted_words, 1000 * pl.col("n_loaded_quoted") / n_quoted_words
            ),
        )
    )


def sentence_probabilities(sentences: pl.DataFrame, terms: pl.DataFrame) -> pl.Series:
    """`loaded_probability` of each sentence: that at least one of its proposed terms is loaded, if they are independent.

    `terms` has the key of a sentence and the probability of each proposed term, null for epistemic ones.

    >>> place = {"document_id": ["a", "a"], "paragraph_index": [0, 0]}
    >>> sentences = pl.DataFrame({**place, "sentence_index": [0, 1]})
    >>> terms = pl.DataFrame({**place, "sentence_index": [0, 0], "probability": [0.5, 0.6]})
    >>> sentence_probabilities(sentences, terms).to_list()
    [0.8, 0.0]
    """
    # The order of the factors, and so the last digit of a product, must not depend on polars' groups.
    none = (
        terms.filter(pl.col("probability").is_not_null())
        .group_by(_KEYS, maintain_order=True)
        .agg(loaded_probability=1 - (1 - pl.col("probability").sort()).product())
    )
    joined = sentences.select(_KEYS).join(none, on=_KEYS, how="left", maintain_order="left")
    return joined["loaded_probability"].fill_null(0.0)


def loaded_rates(terms: pl.DataFrame, n_words: int, by: Sequence[str] = ("category", "voice")) -> pl.DataFrame:
    """How often each category occurs in each voice: the columns of `by`, n_terms, and per_1000_words of `n_words`.

    >>> terms = pl.DataFrame({"category": ["doubt", "doubt"], "voice": ["author", "author"]})
    >>> loaded_rates(terms, 500).rows()
    [('doubt', 'author', 2, 4.0)]
    """
    rate = 1000 * pl.col("n_terms") / n_words if n_words else pl.lit(None, pl.Float64)
    return terms.group_by(by).agg(n_terms=pl.len().cast(pl.Int32)).with_columns(per_1000_words=rate).sort(by)


def _where_words(n_words: pl.Expr, measure: pl.Expr) -> pl.Expr:
    return pl.when(n_words > 0).then(measure)

"""Two groups of documents compared: their figures, and the terms and words that are distinctive of each.

The document is the unit: words of one text are not independent of each other, and a test that counts words finds a
difference almost everywhere. A figure differs if the 95 % interval of the difference (Welch's t) excludes 0 after Holm's
correction for the number of figures (Holm, Scandinavian Journal of Statistics 6, 1979). A term or word is distinctive if
it is in at least `MIN_UNITS` documents, and the difference of its rates survives the procedure of Benjamini and Hochberg
(Journal of the Royal Statistical Society B 57, 1995) at 5 %. Distinctive words are ordered by the log-odds ratio with an
informative Dirichlet prior (Monroe, Colaresi and Quinn, Political Analysis 16, 2008).
"""

from __future__ import annotations

from math import erfc, log1p, sqrt
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.report.intervals import MIN_UNITS, students_t

if TYPE_CHECKING:
    from collections.abc import Mapping

LEVEL = 0.05
PRIOR_WORDS = 500
"""The weight of the prior of the log-odds, in words: the rates of both groups together."""
MAX_WORDS = 1_000_000
"""Words of a group that are compared; of a larger one, documents are drawn by their ids."""
_WORD = r"\p{L}+(?:['’\-]\p{L}+)*"


def compare_figures(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The figures of two groups, each {value, low, high, n} as from `Estimate.struct`, with their differences.

    Rows: name, a, b, difference (a - b), low and high (its 95 % interval), p, and differs, whether the difference is
    significant after Holm's correction. Where a group has fewer than five documents, low, high, p and differs are None.

    >>> a = {"rate": {"value": 9.0, "low": 8.0, "high": 10.0, "n": 40}}
    >>> b = {"rate": {"value": 5.0, "low": 4.0, "high": 6.0, "n": 40}}
    >>> [row] = compare_figures(a, b)
    >>> row["difference"], round(row["low"], 2), round(row["high"], 2), row["differs"]
    (4.0, 2.61, 5.39, True)
    """
    rows = [_difference(name, one[name], other[name]) for name in one]
    tested = sorted((row for row in rows if row["p"] is not None), key=lambda row: row["p"])
    holds = True
    for place, row in enumerate(tested):
        holds = holds and row["p"] <= LEVEL / (len(tested) - place)
        row["differs"] = holds
    return rows


def _difference(name: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "a": dict(a), "b": dict(b), "difference": None}
    row |= {"low": None, "high": None, "p": None, "differs": None}
    if a["value"] is None or b["value"] is None:
        return row
    row["difference"] = a["value"] - b["value"]
    if a["low"] is None or b["low"] is None:
        return row
    errors = [(side["high"] - side["value"]) / students_t(side["n"] - 1.0) for side in (a, b)]
    spread, freedom = welch(errors[0], a["n"], errors[1], b["n"])
    width = students_t(freedom) * spread
    p = p_value(row["difference"] / spread, freedom)
    return row | {"low": row["difference"] - width, "high": row["difference"] + width, "p": p}


def welch(error_a: float, n_a: int, error_b: float, n_b: int) -> tuple[float, float]:
    """The standard error of a difference, and its degrees of freedom (Welch-Satterthwaite), from two standard errors.

    >>> welch(1.0, 10, 1.0, 10)
    (1.4142135623730951, 18.0)
    """
    variance = error_a**2 + error_b**2
    return sqrt(variance), variance**2 / (error_a**4 / (n_a - 1) + error_b**4 / (n_b - 1))


def p_value(t: float, freedom: float) -> float:
    """The two-sided probability of a value of Student's t at least as far from 0.

    By Wallace's normal approximation (Annals of Mathematical Statistics 30, 1959), good to two digits from five degrees of
    freedom on.

    >>> round(p_value(2.228, 10), 3), round(p_value(-1.96, 1e6), 3), p_value(0.0, 5)
    (0.05, 0.05, 1.0)
    """
    z = (8 * freedom + 1) / (8 * freedom + 3) * sqrt(freedom * log1p(t * t / freedom))
    return erfc(z / sqrt(2))


def count_words(paragraphs: pl.DataFrame, document_ids: pl.Series) -> pl.DataFrame:
    """How often each word is in each of these documents: document_id, item, n. Case does not matter; copies do not count.

    Of documents with more than `MAX_WORDS` words together, some are drawn by their ids.
    """
    own = paragraphs.filter(pl.col("document_id").is_in(document_ids.implode()), pl.col("duplicate_of").is_null())
    sizes = (
        own.group_by("document_id").agg(n=pl.col("text").str.len_bytes().sum() // 6).sort(pl.col("document_id").hash(0))
    )
    drawn = sizes.filter(pl.col("n").cum_sum() <= MAX_WORDS)["document_id"]
    return (
        own.filter(pl.col("document_id").is_in(drawn.implode()))
        .select("document_id", item=pl.col("text").str.to_lowercase().str.extract_all(_WORD))
        .explode("item")
        .drop_nulls()
        .group_by("document_id", "item")
        .agg(n=pl.len().cast(pl.Int64))
    )


def distinctive(
    one: pl.DataFrame, other: pl.DataFrame, words_one: Mapping[str, float], words_other: Mapping[str, float]
) -> pl.DataFrame:
    """The items (terms or words) that are more frequent in one group than in the other, the most distinctive first.

    `one` and `other` have document_id, item and n; the mappings have the number of words of every document of a group, also
    of those without an item. Columns: item, n_a, n_b, documents_a, documents_b, rate_a, rate_b (per 1,000 words),
    difference, low, high (95 %), log_odds (positive for the first group), p. Empty if a group has fewer than five
    documents.
    """
    groups = [_rates(one, words_one, "a"), _rates(other, words_other, "b")]
    if min(len(words_one), len(words_other)) < MIN_UNITS:
        return _tested(groups[0], groups[1], len(words_one), len(words_other)).clear()
    tested = _tested(groups[0], groups[1], len(words_one), len(words_other))
    n_tests = tested.height
    ranked = tested.sort("p", "item").with_row_index("rank", offset=1)
    passed = ranked.filter(pl.col("p") <= LEVEL * pl.col("rank") / n_tests)["rank"].max()
    return (
        ranked.filter(pl.col("rank") <= (passed or 0)).drop("rank").sort("log_odds", "item", descending=[True, False])
    )


def n_tested(one: pl.DataFrame, other: pl.DataFrame) -> int:
    """The number of items that `distinctive` compares: those in at least `MIN_UNITS` documents."""
    both = pl.concat([one, other])
    return both.group_by("item").agg(pl.col("document_id").n_unique()).filter(pl.col("document_id") >= MIN_UNITS).height


def _rates(counts: pl.DataFrame, words: Mapping[str, float], side: str) -> pl.DataFrame:
    """For each item its count, documents, rate, and the standard error of the rate, with documents as units.

    With residuals e = (t - r w) / sum(w) the variance is n / (n - 1) * sum(e²); see `intervals`. The sum needs only the
    documents that have the item, and the sum of all w².
    """
    size = pl.DataFrame(
        {"document_id": list(words), "w": list(map(float, words.values()))},
        schema={"document_id": pl.String, "w": pl.Float64},
    )
    total, squares, n = float(size["w"].sum()), float((size["w"] ** 2).sum()), max(size.height, 2)
    rate = pl.col("n").sum() / max(total, 1.0)
    t_squared, t_w = (pl.col("n") ** 2).sum(), (pl.col("n") * pl.col("w")).sum()
    residuals = (t_squared - 2 * rate * t_w + rate**2 * squares) / max(total, 1.0) ** 2
    return (
        counts.join(size, on="document_id")
        .group_by("item")
        .agg(
            pl.col("n").sum().alias(f"n_{side}"),
            pl.len().cast(pl.Int64).alias(f"documents_{side}"),
            rate.alias(f"rate_{side}"),
            (n / (n - 1) * residuals).sqrt().alias(f"error_{side}"),
        )
        .with_columns(pl.lit(total).alias(f"words_{side}"))
    )


def _tested(a: pl.DataFrame, b: pl.DataFrame, n_a: int, n_b: int) -> pl.DataFrame:
    """Items of both groups that are in enough documents, with the difference of their rates and its test."""
    totals = {side: float(frame[f"words_{side}"].max() or 1.0) for side, frame in (("a", a), ("b", b))}  # type: ignore[arg-type]
    both = (
        a.drop("words_a")
        .join(b.drop("words_b"), on="item", how="full", coalesce=True)
        .with_columns(pl.exclude("item").fill_null(0))
        .filter(pl.col("documents_a") + pl.col("documents_b") >= MIN_UNITS)
    )
    rows = []
    for row in both.select("rate_a", "rate_b", "error_a", "error_b").iter_rows(named=True):
        spread, freedom = (
            welch(row["error_a"], max(n_a, 2), row["error_b"], max(n_b, 2))
            if row["error_a"] or row["error_b"]
            else (0.0, 1.0)
        )
        difference = row["rate_a"] - row["rate_b"]
        width = students_t(freedom) * spread
        rows.append((difference - width, difference + width, p_value(difference / spread, freedom) if spread else 1.0))
    tests = pl.DataFrame(rows, schema={"low": pl.Float64, "high": pl.Float64, "p": pl.Float64}, orient="row")
    prior = PRIOR_WORDS * (pl.col("n_a") + pl.col("n_b")) / (totals["a"] + totals["b"])
    odds = [
        ((pl.col(f"n_{side}") + prior) / (totals[side] + PRIOR_WORDS - pl.col(f"n_{side}") - prior)).log()
        for side in ("a", "b")
    ]
    return (
        both.hstack(tests)
        .with_columns(difference=1000 * (pl.col("rate_a") - pl.col("rate_b")), log_odds=odds[0] - odds[1])
        .with_columns(pl.col("rate_a", "rate_b", "low", "high") * 1000)
        .select(
            "item",
            "n_a",
            "n_b",
            "documents_a",
            "documents_b",
            "rate_a",
            "rate_b",
            "difference",
            "low",
            "high",
            "log_odds",
            "p",
        )
    )


def word_counts(counts: pl.DataFrame) -> dict[str, float]:
    """The number of words of each document in what `count_words` returned."""
    return dict(counts.group_by("document_id").agg(pl.col("n").sum().cast(pl.Float64)).iter_rows())

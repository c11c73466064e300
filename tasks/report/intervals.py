"""Pooled figures, and how far chance may carry them.

A rate over several texts is a ratio of sums, r = sum(t) / sum(w). The words of one text are no independent draws, so
the text is the unit: with residuals e = (t - r w) / sum(w), the variance of r is about n / (n - 1) * sum(e²)
(linearization; Cochran, Sampling Techniques, 3rd ed. 1977, chapter 6). The Flesch-Kincaid grade is a weighted sum of
two such ratios, and its residuals are the same weighted sum of theirs.

Everything is a polars expression, so that one line serves a corpus, each source and each month. A unit that was not
measured has null in both the numerator and the denominator, and counts nowhere.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

MIN_UNITS = 5
"""With fewer texts than this an interval would say more about its own assumptions than about the texts."""


class Estimate(NamedTuple):
    """A figure over the rows of a frame or group; `residual` has one value a row, all else one a group."""

    value: pl.Expr
    residual: pl.Expr

    def struct(self, *, lowest: float = float("-inf")) -> pl.Expr:
        """The figure as {value, low, high, n}; the 95 % interval is null for fewer than `MIN_UNITS` units.

        >>> frame = pl.DataFrame({"terms": [4, 6, 5, 9, 1, 3], "words": [500, 600, 450, 800, 300, 350]})
        >>> estimate = ratio(pl.col("terms"), pl.col("words")).struct(lowest=0)
        >>> {name: round(number, 4) for name, number in frame.select(estimate.alias("r"))["r"][0].items()}
        {'value': 0.0093, 'low': 0.0069, 'high': 0.0118, 'n': 6}
        """
        n = self.residual.count()
        spread = (n / (n - 1) * self.residual.pow(2).sum()).sqrt() * students_t(n - 1)
        # Where no unit differs from another (nothing was found in any), the formula's 0 would feign certainty.
        known = (n >= MIN_UNITS) & (spread > 0)
        return pl.struct(
            value=self.value.fill_nan(None),
            low=pl.when(known).then(pl.max_horizontal(self.value - spread, pl.lit(lowest))),
            high=pl.when(known).then(self.value + spread),
            n=n.cast(pl.Int64),
        )


def ratio(numerator: pl.Expr, denominator: pl.Expr, per: float = 1.0) -> Estimate:
    """`per` times the sum of the numerator over the sum of the denominator."""
    value = per * numerator.sum() / denominator.sum()
    return Estimate(value, (per * numerator - value * denominator) / denominator.sum())


def flesch_kincaid_grade(words: pl.Expr, sentences: pl.Expr, syllables: pl.Expr) -> Estimate:
    """The grade of all texts together: 0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid et al. 1975)."""
    length, weight = ratio(words, sentences), ratio(syllables, words)
    return Estimate(
        0.39 * length.value + 11.8 * weight.value - 15.59,
        0.39 * length.residual + 11.8 * weight.residual,
    )


def students_t(freedom: pl.Expr) -> pl.Expr:
    """Student's t that 97.5 % stay below, from the normal quantile (Cornish and Fisher's expansion; Hill 1970).

    >>> pl.select(t=students_t(pl.Series([4, 10, 100])).round(2))["t"].to_list()
    [2.77, 2.23, 1.98]
    """
    z = 1.959963984540054
    return (
        z
        + (z**3 + z) / 4 / freedom
        + (5 * z**5 + 16 * z**3 + 3 * z) / 96 / freedom**2
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384 / freedom**3
    )

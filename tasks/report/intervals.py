"""Pooled figures with confidence intervals, and whether two of them differ.

A rate over several texts is a ratio of sums, r = sum(t) / sum(w). The words of one text are not independent, so the
text is the unit: with residuals e = (t - r w) / sum(w), the variance of r is about n / (n - 1) * sum(e²)
(linearization; Cochran, Sampling Techniques, 3rd ed. 1977, chapter 6). The Flesch-Kincaid grade is a weighted sum of
two such ratios, and its residuals are the same weighted sum of theirs.

Estimates are polars expressions, so that one expression serves a corpus, each source and each month. A unit that was not
measured has null in both the numerator and the denominator, and is not counted.
"""

from __future__ import annotations

from math import hypot
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

MIN_UNITS = 5
"""There is no interval for fewer texts than this: it would depend more on its assumptions than on the texts."""
_LEVEL = 0.05
_Z = NormalDist().inv_cdf(1 - _LEVEL / 2)
_Number = TypeVar("_Number", float, pl.Expr)


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
        # If all units are alike (nothing was found in any of them), the formula gives a width of 0, which is no certainty.
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
    """The grade of all texts together: 0.39 words per sentence + 11.8 syllables per word - 15.59 (Kincaid et al. 1975)."""
    length, weight = ratio(words, sentences), ratio(syllables, words)
    return Estimate(
        0.39 * length.value + 11.8 * weight.value - 15.59,
        0.39 * length.residual + 11.8 * weight.residual,
    )


def students_t(freedom: _Number, z: float = _Z) -> _Number:
    """The quantile of Student's t that belongs to the normal quantile `z`, by default the 97.5 % quantile.

    Cornish and Fisher's expansion (Hill 1970).

    >>> [round(students_t(freedom), 2) for freedom in (4.0, 10.0, 100.0)]
    [2.77, 2.23, 1.98]
    """
    return (
        z
        + (z**3 + z) / 4 / freedom
        + (5 * z**5 + 16 * z**3 + 3 * z) / 96 / freedom**2
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384 / freedom**3
    )


def is_significant(one: Mapping[str, Any], other: Mapping[str, Any], n_groups: int) -> bool:
    """Whether the estimates of two out of `n_groups` groups differ significantly at the 5 % level.

    Both are {value, low, high, n} as from `Estimate.struct`. The difference is significant if the 95 % intervals do not
    overlap, and if a confidence interval of the difference at the level of Bonferroni's correction, for as many comparisons
    as there are pairs of groups, does not include 0. Without the correction, the extremes of 25 equal groups would differ
    in almost every second corpus.

    >>> one, other = ({"value": v, "low": v - 1.0, "high": v + 1.0, "n": 30} for v in (1.0, 3.2))
    >>> is_significant(one, other, n_groups=2), is_significant(one, other, n_groups=25)
    (True, False)
    """
    if one["low"] is None or other["low"] is None:
        return False
    if one["low"] <= other["high"] and other["low"] <= one["high"]:
        return False
    z = NormalDist().inv_cdf(1 - _LEVEL / (n_groups * (n_groups - 1)))
    widths = [
        (estimate["high"] - estimate["value"]) * students_t(estimate["n"] - 1.0, z) / students_t(estimate["n"] - 1.0)
        for estimate in (one, other)
    ]
    difference: float = one["value"] - other["value"]
    return abs(difference) > hypot(*widths)

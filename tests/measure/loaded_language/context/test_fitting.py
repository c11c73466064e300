"""Fitting a judge."""

from __future__ import annotations

import pytest

from tasks.measure.loaded_language.context.fitting import Labelled, calibrated, fit_weights


def rows(n: int) -> list[Labelled]:
    """Terms that are loaded beside "vile" and not beside "car"."""
    return [
        Labelled({"bias": 1.0, f"before_1:{word}": 0.5}, is_loaded)
        for word, is_loaded in (("vile", True), ("car", False))
        for _ in range(n)
    ]


def test_learns_words_that_are_frequent_enough() -> None:
    """A word beside the term gets a weight of the right sign if it occurs often enough, else none."""
    weights = fit_weights(rows(8))
    assert weights["before_1:vile"] > 0 > weights["before_1:car"]
    assert fit_weights(rows(2)).keys() == {"bias"}


def test_starts_from_known_weights() -> None:
    """Weights that no row concerns stay; a strong penalty keeps the others near the start."""
    start = {"bias": 0.0, "before_1:vile": -1.0, "entry:despot": 0.7}
    weights = fit_weights(rows(8), start, penalty=1e6)
    assert weights["entry:despot"] == 0.7
    assert weights["before_1:vile"] == pytest.approx(-1.0, abs=0.01)


def test_weighted_rows_count_more() -> None:
    """A row of weight 3 counts as three rows."""
    loaded, plain = Labelled({"bias": 1.0}, is_loaded=True), Labelled({"bias": 1.0}, is_loaded=False)
    assert fit_weights([loaded._replace(weight=3.0), plain])["bias"] == pytest.approx(
        fit_weights([loaded, loaded, loaded, plain])["bias"], abs=1e-3
    )


def test_fitting_is_the_same_each_time() -> None:
    """The same rows give the same weights."""
    assert fit_weights(rows(8)) == fit_weights(rows(8))


def test_calibration_meets_the_rate() -> None:
    """After calibration the mean probability is the rate of loaded terms, and only the bias has changed."""
    own = [*rows(4), *rows(4)[4:]]
    weights = calibrated({"bias": 3.0, "before_1:vile": 1.0}, own)
    assert weights["before_1:vile"] == 1.0
    assert weights["bias"] < 0

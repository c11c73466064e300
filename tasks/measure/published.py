"""Readability formulas as they were published, beside textstat's: from this project's sentences and the publications' rules.

What is counted is in `published_counts`; a line of `FORMULAS` is a column. A text without a word or a sentence has none of
these figures, and neither has a text of more than a hundred words that is one single sentence: it lacks full stops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.measure import formulas

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tasks.text.arrays import Floats, Ints

MIN_SMOG_SENTENCES = 30
_MAX_SINGLE_SENTENCE = 100


def coleman_liau(letters: Floats, words: Floats, sentences: Floats) -> Floats:
    """Coleman and Liau 1975, with the coefficient that the paper gives, 0.0588; textstat's is 0.058.

    >>> round(float(coleman_liau(639, 119, 5)), 2)  # the example of the paper
    14.53
    """
    # The paper rounds letters and sentences for each 100 words: 537 and 4.20.
    return 0.0588 * (100 * letters / words) - 0.296 * (100 * sentences / words) - 15.8


def dale_chall_1995(unfamiliar: Floats, words: Floats, sentences: Floats) -> Floats:
    """Chall and Dale 1995: a cloze score, higher is easier.

    >>> round(float(dale_chall_1995(10.0, 100.0, 5.0)), 1)
    40.7
    """
    return 64 - 0.95 * (100 * unfamiliar / words) - 0.69 * (words / sentences)


def forcast(monosyllables: Floats, words: Floats) -> Floats:
    """Caylor, Sticht, Fox and Ford 1973: grade from the words of one syllable in 150 words; no sentences are needed.

    >>> float(forcast(100.0, 150.0))
    10.0
    """
    return 20 - (150 * monosyllables / words) / 10


def _linsear(c: Mapping[str, Floats]) -> Floats:
    return formulas.linsear_write_formula((c["words"] + 2 * c["polysyllables"]) / c["sentences"])


FORMULAS: dict[str, Callable[[Mapping[str, Floats]], Floats]] = {
    "flesch_reading_ease_published": lambda c: formulas.flesch_reading_ease(
        c["words"] / c["sentences"], c["syllables"] / c["words"]
    ),
    "flesch_kincaid_grade_published": lambda c: formulas.flesch_kincaid_grade(
        c["words"] / c["sentences"], c["syllables"] / c["words"]
    ),
    "coleman_liau_index_published": lambda c: coleman_liau(c["letters"], c["words"], c["sentences"]),
    "automated_readability_index_published": lambda c: formulas.automated_readability_index(
        c["strokes"] / c["words"], c["words"] / c["sentences"]
    ),
    "gunning_fog_published": lambda c: formulas.gunning_fog(
        c["words"] / c["sentences"], 100 * c["hard_words"] / c["words"]
    ),
    "dale_chall_1948_published": lambda c: formulas.dale_chall_readability_score(
        100 * c["unfamiliar"] / c["words"], c["words"] / c["sentences"]
    ),
    "dale_chall_1995_published": lambda c: dale_chall_1995(c["unfamiliar"], c["words"], c["sentences"]),
    "linsear_write_formula_published": _linsear,
    "lix_published": lambda c: formulas.lix(c["words"] / c["sentences"], 100 * c["long_words"] / c["words"]),
    "rix_published": lambda c: formulas.rix(c["long_words"], c["sentences"]),
    "mcalpine_eflaw_published": lambda c: formulas.mcalpine_eflaw(c["words"], c["miniwords"], c["sentences"]),
    "forcast_published": lambda c: forcast(c["monosyllables"], c["words"]),
}
"""The formula of each column that paragraphs and documents have."""


def measure_published(counts: Mapping[str, Ints]) -> pl.DataFrame:
    """The columns of `FORMULAS`, a row for each text, from the counts of `published_counts.count_published`.

    >>> counts = {name: np.array([20]) for name in ("letters", "strokes", "syllables", "monosyllables")}
    >>> counts |= {name: np.array([0]) for name in ("polysyllables", "miniwords", "long_words", "hard_words", "unfamiliar")}
    >>> counts |= {"words": np.array([20]), "sentences": np.array([2])}
    >>> measure_published(counts)["flesch_kincaid_grade_published"].round(2).item()
    0.11
    """
    number = {name: values.astype(np.float64) for name, values in counts.items()}
    lacks_stops = (number["sentences"] == 1) & (number["words"] > _MAX_SINGLE_SENTENCE)
    measured = (number["words"] > 0) & (number["sentences"] > 0) & ~lacks_stops
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = {name: pl.Series(name, formula(number)) for name, formula in FORMULAS.items()}
    is_measured = pl.Series(measured)
    return pl.DataFrame(columns).select(pl.when(is_measured).then(pl.all()))


_COUNT_COLUMNS = {
    "word_count_published": "words",
    "sentence_count_published": "sentences",
    "syllable_count_published": "syllables",
}


def published_columns(counts: Mapping[str, Ints]) -> pl.DataFrame:
    """The columns of `schemas.READABILITY_PUBLISHED`: three counts, and those of `measure_published`."""
    own = {column: pl.Series(counts[name], dtype=pl.Int32) for column, name in _COUNT_COLUMNS.items()}
    return pl.DataFrame(own).hstack(measure_published(counts))


def measure_smog(counts: Mapping[str, Ints]) -> pl.Series:
    """SMOG of each text; null where it has fewer than the thirty sentences that the formula is made for.

    >>> measure_smog({"sentences": np.array([30, 29]), "polysyllables": np.array([100, 100])}).to_list()
    [13.5591, None]
    """
    sentences = counts["sentences"].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        grades = 1.043 * np.sqrt(30 * counts["polysyllables"] / sentences) + 3.1291
    is_long = pl.Series(sentences >= MIN_SMOG_SENTENCES)
    return (
        pl.DataFrame({"grade": grades}).select(pl.when(is_long).then("grade")).to_series().alias("smog_index_published")
    )


def add_up(counts: Mapping[str, Ints], text_of: Ints, n_texts: int) -> dict[str, Ints]:
    """The counts of longer texts; `text_of` says to which one each text belongs, -1 to none.

    >>> add_up({"words": np.array([3, 4, 5])}, np.array([0, -1, 0]), 2)["words"].tolist()
    [8, 0]
    """
    kept = text_of >= 0
    return {name: np.bincount(text_of[kept], values[kept], n_texts).astype(np.int64) for name, values in counts.items()}


def published_quantities(counts: Mapping[str, int]) -> dict[str, float]:
    """The quantities of the published formulas by their names in `tasks.metrics.QUANTITIES`; the counts are those of one
    text, which has a word.

    >>> names = ("words", "letters", "strokes", "syllables", "monosyllables", "polysyllables", "miniwords", "long_words")
    >>> counts = dict.fromkeys((*names, "hard_words", "unfamiliar"), 20) | {"sentences": 2}
    >>> published_quantities(counts)["published_surcharge"], published_quantities(counts)["linsear_reduction_published"]
    (3.6365, 0)
    """
    kept = {"hard_words", "unfamiliar"}
    points = counts["words"] + 2 * counts["polysyllables"]
    return {
        **{name if name in kept else f"published_{name}": count for name, count in counts.items()},
        "published_surcharge": formulas.dale_chall_surcharge(100.0 * counts["unfamiliar"] / counts["words"]),
        "linsear_points_published": points,
        "linsear_reduction_published": formulas.linsear_reduction(points / counts["sentences"]),
    }

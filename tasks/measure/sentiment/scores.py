"""VADER's scores for whole columns of texts, equal to vaderSentiment 3.3.2 to the last bit.

VADER is quadratic in the length of a text; this is linear.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.measure.sentiment.rule_columns import SentimentWords
from tasks.measure.sentiment.rules import (
    EXCLAMATION_INCREMENT,
    MANY_QUESTIONS_INCREMENT,
    MAX_EXCLAMATIONS,
    MAX_QUESTIONS,
    NORMALIZATION,
    QUESTION_INCREMENT,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.measure.tokens import Tokens
    from tasks.text.arrays import Floats, Ints


def measure_sentiment(tokens: Tokens, folder: Path | None = None) -> pl.DataFrame:
    """VADER's scores: a row a text, the columns of `schemas.VADER`. VADER's data are kept in `folder`, if one is given.

    `vader_neg`, `vader_neu` and `vader_pos` are shares that add up to 1, `vader_compound` runs from -1 to 1; all are 0.0
    for texts without tokens.
    """
    words = SentimentWords.of(tokens, folder)
    return _score(words, words.valences())


def emphasis(words: SentimentWords) -> Floats:
    """The columnar form of `rules.emphasis`: what punctuation adds to each text's score, away from zero."""
    exclamations, questions = words.punctuation()
    increments = np.where(
        questions > MAX_QUESTIONS,
        MANY_QUESTIONS_INCREMENT,
        np.where(questions > 1, questions * QUESTION_INCREMENT, 0.0),
    )
    return np.minimum(exclamations, MAX_EXCLAMATIONS) * EXCLAMATION_INCREMENT + increments


def _score(words: SentimentWords, valences: Floats) -> pl.DataFrame:
    """The columnar form of `rules.sum_valences` and `rules.score`."""
    tokens, text_of = words.tokens, words.text_of
    n_texts, n_tokens = len(tokens), tokens.counts
    # Left to right, as VADER adds: another order differs in the last bit. A positive word also counts as a word: + 1.
    total = sum_by_text(valences, text_of, n_texts)
    positives = np.bincount(text_of, np.where(valences > 0, valences + 1, 0.0), n_texts)
    negatives = np.bincount(text_of, np.where(valences < 0, valences - 1, 0.0), n_texts)
    neutrals = n_tokens - np.bincount(text_of, valences != 0, n_texts)

    increments = emphasis(words)
    total = total + np.sign(total) * increments
    compound = np.clip(total / np.sqrt(total * total + NORMALIZATION), -1.0, 1.0)
    stronger = np.sign(positives - np.abs(negatives))
    positives = np.where(stronger > 0, positives + increments, positives)
    negatives = np.where(stronger < 0, negatives - increments, negatives)
    everything = positives + np.abs(negatives) + neutrals
    everything = np.where(n_tokens > 0, everything, 1.0)
    return pl.DataFrame(
        {
            "vader_neg": round_as_python(np.abs(negatives / everything), 3),
            "vader_neu": round_as_python(np.abs(neutrals / everything), 3),
            "vader_pos": round_as_python(np.abs(positives / everything), 3),
            "vader_compound": round_as_python(compound, 4),
        }
    )


def sum_by_text(values: Floats, text_of: Ints, n_texts: int) -> Floats:
    """Python's own `sum` of each text's values.

    >>> sum_by_text(np.array([1.5, 1.0, 2.0]), np.array([0, 0, 2]), 3).tolist()
    [2.5, 0.0, 2.0]
    """
    if sys.version_info >= (3, 12):  # `sum` compensates for rounding errors there
        return np.array(
            [sum(part.tolist()) for part in np.split(values, np.searchsorted(text_of, np.arange(1, n_texts)))]
        )
    return np.bincount(text_of, values, n_texts).astype(np.float64, copy=False)


def round_as_python(values: Floats, digits: int) -> Floats:
    """Python's own `round`: numpy's, but for values so near a tie that numpy's scaling could push them over it.

    >>> round_as_python(np.array([0.0625, 0.0005]), 3).tolist()
    [0.062, 0.001]
    """
    scaled = values * 10**digits
    rounded: Floats = np.rint(scaled) / 10**digits
    near_tie = np.flatnonzero(np.abs(np.abs(scaled - np.floor(scaled)) - 0.5) < 1e-6)
    rounded[near_tie] = [round(value, digits) for value in values[near_tie].tolist()]
    return rounded

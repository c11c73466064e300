"""Sentiment of whole columns: the basis of the parity with VADER."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.measure.sentiment import measure_sentiment
from tasks.measure.sentiment.scores import round_as_python
from tasks.measure.tokens import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable


def test_rounding_is_pythons() -> None:
    """Ties and near ties are rounded as Python rounds them."""
    values = [i / 2000 for i in range(-4001, 4001)] + [math.nextafter(i / 2000, 9) for i in range(4001)]
    column = pl.Series(values).to_numpy()
    for digits in (3, 4):
        assert round_as_python(column, digits).tolist() == [round(value, digits) for value in values]


def test_row_order_changes_nothing(fuzzer: Any) -> None:
    """The score of a text does not depend on other texts or on the vocabulary."""
    texts = [fuzzer.paragraph() for _ in range(100)]
    vocabulary = Vocabulary()
    together = measure_sentiment(vocabulary.encode(pl.Series(texts)))
    reversed_ = measure_sentiment(vocabulary.encode(pl.Series(texts[::-1])))
    assert reversed_.reverse().equals(together)


def test_a_long_text_takes_linear_time(vader: Callable[[str], dict[str, float]]) -> None:
    """Half a million words, some of them 'but', are scored at once."""
    text = "A fine, good but not a very bad idea. " * 60_000
    assert measure_sentiment(Vocabulary().encode(pl.Series([text])))["vader_compound"].to_list() == [
        vader(text[:4_000])["vader_compound"]
    ]

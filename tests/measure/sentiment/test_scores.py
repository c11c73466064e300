"""Sentiment: the explanation, and the pieces that parity with VADER rests on."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from tasks.measure.sentiment.scores import (
    AFTER_BUT,
    BEFORE_BUT,
    RULES,
    _lexicon,
    _round,
    expand_emojis,
    explain_sentiment,
    explain_sentiments,
    find_sentiment_terms,
    measure_sentiment,
    weigh_by_value,
)
from tasks.measure.tokens import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable


def test_explanations_add_up(fuzzer: Any) -> None:
    """Each row's parts add up to its valence, and a text's valences, first to last, to its score, to the last bit."""
    texts = pl.Series([fuzzer.paragraph() for _ in range(400)])
    tokens = Vocabulary().encode(texts)
    explained = explain_sentiments(tokens)
    for row in explained.select(*RULES, "rounding", "valence").iter_rows():
        assert math.fsum(row[:-1]) == row[-1]
    assert explained["rounding"].abs().max() < 1e-14
    compounds = measure_sentiment(tokens)["vader_compound"].to_list()
    totals = [0.0] * len(texts)
    for text, valence in explained.select("text", "valence").iter_rows():
        totals[text] += valence
    assert [round(max(-1.0, min(1.0, s / math.sqrt(s * s + 15))), 4) for s in totals] == compounds


def test_terms_are_the_explanation_without_its_zeros(fuzzer: Any) -> None:
    """The rows of the table are those of the explanation that hold anything, each at the place of its token."""
    texts = pl.Series([fuzzer.paragraph() for _ in range(400)])
    tokens = Vocabulary().encode(texts)
    paragraphs = pl.DataFrame({"document_id": "d", "paragraph_index": range(len(texts)), "text": texts})
    terms = find_sentiment_terms(paragraphs, tokens)
    explained = explain_sentiments(tokens)
    kept = explained.filter(pl.any_horizontal(pl.col(*RULES) != 0))
    found = terms.filter(pl.any_horizontal(pl.col(*RULES) != 0))
    assert found.select("token", *RULES, "valence").equals(kept.select("token", *RULES, "valence"))
    assert found["paragraph_index"].to_list() == kept["text"].to_list()
    for text, start, end, token, emphasis in found.select(
        "paragraph_index", "start", "end", "token", "emphasis"
    ).iter_rows():
        span = texts[text][start:end]
        if emphasis:
            assert start == end == len(texts[text])
        elif not any(character in _lexicon().emojis for character in span):
            assert span == token
        else:
            assert token in expand_emojis(span)


def test_explanation_has_every_token() -> None:
    """Rows are VADER's tokens in order, emojis spelt out, and one for the punctuation."""
    assert explain_sentiment("So good😀, no?!").get_column("token").to_list() == [
        *("So", "good", "grinning", "face,", "no?!"),
        "!?",
    ]
    assert explain_sentiment("").is_empty()
    assert explain_sentiment("The table!")["token"].to_list() == ["The", "table!"]


def test_each_rule_is_told() -> None:
    """What a rule does stands in its column."""

    def told(text: str, rule: str) -> bool:
        return bool((explain_sentiment(text)[rule] != 0).any())

    assert told("no good", "no")
    assert told("GOOD news", "capitals")
    assert told("very good", "booster")
    assert told("not good", "negation")
    assert told("this is surely the bomb", "idiom")
    assert told("the least good", "least")
    assert told("good but bad", "but")
    assert told("good!", "emphasis")


@pytest.mark.parametrize(("most_at_once", "texts_at_once"), [(4, 4096), (256, 4096), (256, 50)])
def test_weighing_by_value_is_vaders(monkeypatch: pytest.MonkeyPatch, most_at_once: int, texts_at_once: int) -> None:
    """Equal values around a 'but' are confused as VADER's look-up confuses them, in short and in long texts."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    monkeypatch.setattr("tasks.measure.sentiment.scores._MOST_AT_ONCE", most_at_once)
    monkeypatch.setattr("tasks.measure.sentiment.scores._TEXTS_AT_ONCE", texts_at_once)
    chance = random.Random(5)
    values: list[float] = []
    factors: list[float] = []
    counts: list[int] = []
    theirs: list[float] = []
    for n_values in [*range(1, 9)] * 40:
        own = [chance.choice([4.0, 2.0, 1.0, 0.5, 3.0, 4.5, 1.5]) for _ in range(n_values)]
        n_before = chance.randint(0, n_values)
        but = [*["x"] * n_before, "but", *["x"] * (n_values - n_before)]
        weighed = SentimentIntensityAnalyzer._but_check(but, [*own[:n_before], 0, *own[n_before:]])
        values += own
        factors += [BEFORE_BUT] * n_before + [AFTER_BUT] * (n_values - n_before)
        counts.append(n_values)
        theirs += weighed[:n_before] + weighed[n_before + 1 :]
    assert weigh_by_value(np.array(values), np.array(factors), np.array(counts)).tolist() == theirs


def test_rounding_is_pythons() -> None:
    """Ties and near ties are rounded as Python rounds them."""
    values = [i / 2000 for i in range(-4001, 4001)] + [math.nextafter(i / 2000, 9) for i in range(4001)]
    column = pl.Series(values).to_numpy()
    for digits in (3, 4):
        assert _round(column, digits).tolist() == [round(value, digits) for value in values]


def test_row_order_changes_nothing(fuzzer: Any) -> None:
    """A text scores the same whatever texts stand beside it and whatever the vocabulary met before."""
    texts = [fuzzer.paragraph() for _ in range(100)]
    vocabulary = Vocabulary()
    together = measure_sentiment(vocabulary.encode(pl.Series(texts)))
    reversed_ = measure_sentiment(vocabulary.encode(pl.Series(texts[::-1])))
    assert reversed_.reverse().equals(together)


def test_a_long_text_takes_linear_time(vader: Callable[[str], dict[str, float]]) -> None:
    """Half a million words with 'but' among them are scored at once."""
    text = "A fine, good but not a very bad idea. " * 60_000
    assert measure_sentiment(Vocabulary().encode(pl.Series([text])))["vader_compound"].to_list() == [
        vader(text[:4_000])["vader_compound"]
    ]

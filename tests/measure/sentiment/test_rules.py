"""VADER's rules: for one text compared with the library, for columns compared with one text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.measure.sentiment import RULES, explain_sentiment, measure_sentiment, sentiment
from tasks.measure.sentiment.rule_columns import SentimentWords, apply_word_rules, weigh_around_but
from tasks.measure.sentiment.rules import AFTER_BUT, BEFORE_BUT, WORD_RULES, contexts, read_words, weigh_by_value
from tasks.measure.tokens import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

    Oracle = Callable[[str], dict[str, float]]

# Words that a rule names, words of the lexicon, and words that are neutral to VADER.
WORDS = (
    *("no", "or", "nor", "least", "at", "very", "never", "so", "this", "without", "doubt", "kind", "of", "but"),
    *(
        "not",
        "isn't",
        "nothing",
        "barely",
        "extremely",
        "sort",
        "just",
        "enough",
        "the",
        "bomb",
        "shit",
        "yeah",
        "right",
    ),
    *("to", "die", "for", "bus", "stop", "kiss", "death", "beating", "heart", "bad", "ass", "badass"),
    *("good", "great", "disaster", "fine", "awful", ":)", ":D", "lol", "table", "Paris", "é", "😀", "x😀y", "💔"),
)
TOKENS = st.builds(
    lambda before, word, is_upper, after: before + (word.upper() if is_upper else word) + after,
    st.sampled_from(["", "", "", '"', "“"]),
    st.sampled_from(WORDS),
    st.sampled_from([False, False, False, True]),
    st.sampled_from(["", "", "", "", "!", "?", ",", "...", "??!"]),
)
TEXTS = st.lists(TOKENS, max_size=14).map(" ".join)


@settings(deadline=None, max_examples=300)  # a busy machine is no error
@given(TEXTS)
def test_rules_are_vaders(vader: Oracle, text: str) -> None:
    """The rules for one text give the library's scores, by ==."""
    assert sentiment(text) == vader(text)


@settings(deadline=None, max_examples=200)  # a busy machine is no error
@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_each_rule_in_columns_is_the_rule_for_one_text(texts: list[str]) -> None:
    """After each rule, the valences of all texts at once are those of the words one by one, by ==."""
    words = SentimentWords.of(Vocabulary().encode(pl.Series(texts)))
    expected: list[list[float]] = [[] for _ in WORD_RULES]
    places = []
    n_words = 0
    for read in map(read_words, texts):
        for place, context in contexts(read):
            places.append(n_words + place)
            valence = 0.0
            for after_rule, (_, apply) in zip(expected, WORD_RULES, strict=True):
                valence = apply(valence, context)
                after_rule.append(valence)
        n_words += len(read)
    assert words.places.tolist() == places
    steps = list(apply_word_rules(words))
    assert [rule for rule, _ in steps] == [rule for rule, _ in WORD_RULES]
    assert [valences.tolist() for _, valences in steps] == expected
    # The shortcut for words that no rule concerns changes nothing.
    assert words.valences().tolist() == weigh_around_but(steps[-1][1], words).tolist()


@settings(deadline=None, max_examples=200)  # a busy machine is no error
@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_scores_in_columns_are_those_of_one_text(texts: list[str]) -> None:
    """The scores of a column, 'but' and emphasis included, are those of its texts, by ==."""
    assert measure_sentiment(Vocabulary().encode(pl.Series(texts))).to_dicts() == [sentiment(text) for text in texts]


def test_rules_are_all_named(fuzzer: Any) -> None:
    """Each listed rule changes some valence, and only listed rules are applied."""
    assert {rule for rule, _ in WORD_RULES} == {*RULES} - {"but", "emphasis"}
    applied = {rule for _ in range(200) for rule in RULES if (explain_sentiment(fuzzer.paragraph())[rule] != 0).any()}
    assert applied == {*RULES}


@settings(deadline=None)  # a busy machine is no error
@given(
    st.lists(st.sampled_from([4.0, 2.0, 1.0, 0.5, 3.0, 4.5, 1.5, 0.0, -1.0, -0.5]), max_size=12),
    st.integers(0, 12),
)
def test_weighing_by_value_is_vaders(valences: list[float], but: int) -> None:
    """Equal values around a 'but' are confused in the same way as in the library."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    but = min(but, len(valences))
    words = [*["x"] * but, "but", *["x"] * (len(valences) - but)]
    with_but = [*valences[:but], 0.0, *valences[but:]]
    factors = [*[BEFORE_BUT] * but, 1.0, *[AFTER_BUT] * (len(valences) - but)]
    assert weigh_by_value(with_but, factors) == SentimentIntensityAnalyzer._but_check(words, list(with_but))


@pytest.mark.parametrize("n_values", [10, 10_000])
def test_weighing_many_equal_values(n_values: int) -> None:
    """Any number of equal values is weighed once each, and quickly."""
    assert weigh_by_value([3.0] * n_values, [0.5] * n_values) == [1.5] * n_values

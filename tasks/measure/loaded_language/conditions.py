"""Conditions on the words around a match: what must, or must not, stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasks.measure.loaded_language.entries import NAME, NEAR_WORDS, NUMBER, OFFSETS
from tasks.measure.loaded_language.tokenizer import Trait
from tasks.text.arrays import exclusive_sum, ranges
from tasks.text.hash_index import UNKNOWN, HashIndex, hash_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tasks.measure.loaded_language.entries import Condition, Entry
    from tasks.measure.loaded_language.hits import Hits
    from tasks.measure.loaded_language.scalar_text import Hit, Text
    from tasks.measure.loaded_language.tokenizer import Words
    from tasks.text.arrays import Bools, Ints


def holds(condition: Condition, text: Text, hit: Hit) -> bool:
    """Whether a condition on a hit holds in one text."""
    places = ((hit.match_first if offset < 0 else hit.match_last) + offset for offset in OFFSETS[condition.where])
    listed = set(condition.listed_words(text.classes))
    is_met = any(
        text.same_sentence(place, hit.match_first if place < hit.match_first else hit.match_last)
        and (
            text.words[place].listed_as in listed
            or (NAME in condition.words and _is_name(text, place))
            or (NUMBER in condition.words and text.has(place, Trait.NUMBER))
        )
        for place in places
    )
    return is_met == condition.wanted


def _is_name(text: Text, place: int) -> bool:
    is_capitalized = text.has(place, Trait.CAPITAL) and not text.starts_sentence(place)
    return is_capitalized or text.has(place, Trait.POSSESSIVE_NAME)


class ConditionTable:
    """The conditions of all entries as arrays; a word that meets a condition has the key `condition << 32 | code`."""

    def __init__(
        self, entries: Sequence[Entry], code: Callable[[str], int], classes: Mapping[str, frozenset[str]]
    ) -> None:
        conditions = [condition for entry in entries for condition in entry.conditions]
        n_conditions: Ints = np.array([len(entry.conditions) for entry in entries], np.int64)
        self._bounds = exclusive_sum(n_conditions)
        self._wanted = np.array([condition.wanted for condition in conditions], bool)
        self._takes_name = np.array([NAME in condition.words for condition in conditions], bool)
        self._takes_number = np.array([NUMBER in condition.words for condition in conditions], bool)
        self._reaches = {
            offset: np.array([offset in OFFSETS[condition.where] for condition in conditions], bool)
            for offset in OFFSETS["near"]
        }
        keys = {
            number << 32 | code(word)
            for number, condition in enumerate(conditions)
            for word in condition.listed_words(classes)
        }
        codes = [key & 0xFFFFFFFF for key in keys]
        self._is_listed = np.zeros(2 + max(codes, default=0), bool)
        """Whether the word of each code meets any condition; the last item, for larger codes, is false."""
        self._is_listed[codes] = True
        self._keys = HashIndex()
        self._keys.add(hash_numbers(np.array(sorted(keys), np.int64)), np.zeros(len(keys), np.int32))

    def hold(self, words: Words, hits: Hits) -> Bools:
        """Whether all conditions of each hit hold."""
        counts = self._bounds[hits.entry + 1] - self._bounds[hits.entry]
        hit = np.repeat(np.arange(len(hits.entry)), counts)
        condition = ranges(self._bounds[hits.entry], counts)
        is_met = np.zeros(len(hit), bool)
        for offset in (*range(-1, -NEAR_WORDS - 1, -1), *range(1, NEAR_WORDS + 1)):
            edge = hits.match_first if offset < 0 else hits.match_last
            place, inside = words.at(edge + offset)
            inside &= words.sentence[place] == words.sentence[edge]
            # Most words meet no condition, and need not be looked up.
            may_meet = self._is_listed.take(words.codes[place], mode="clip")
            may_meet |= words.has(place, Trait.CAPITAL | Trait.POSSESSIVE_NAME | Trait.NUMBER)
            asked = np.flatnonzero((inside & may_meet)[hit] & self._reaches[offset][condition] & ~is_met)
            is_met[asked] = self._meets(words, place[hit[asked]], condition[asked])
        holds = np.ones(len(hits.entry), bool)
        holds[hit[is_met != self._wanted[condition]]] = False
        return holds

    def _meets(self, words: Words, place: Ints, condition: Ints) -> Bools:
        """Whether the word at each place meets the condition."""
        is_listed = self._keys.find(hash_numbers(condition << 32 | words.codes[place])) != UNKNOWN
        is_capitalized = words.has(place, Trait.CAPITAL) & ~words.starts_sentence[place]
        is_name = is_capitalized | words.has(place, Trait.POSSESSIVE_NAME)
        is_number = words.has(place, Trait.NUMBER)
        found: Bools = is_listed | (self._takes_name[condition] & is_name) | (self._takes_number[condition] & is_number)
        return found

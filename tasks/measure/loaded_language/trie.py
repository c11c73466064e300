"""A trie of all forms of all entries, walked from all words of a column of texts at once.

In each step those walks go on that find a continuation. A term never spans a comma, a stop, a bracket or a dash.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.measure.loaded_language.entries import GAP, word_sequences
from tasks.measure.loaded_language.hits import Hits
from tasks.measure.loaded_language.tokenizer import Trait
from tasks.text.arrays import exclusive_sum, ranges
from tasks.text.hash_index import UNKNOWN, HashIndex, hash_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tasks.measure.loaded_language.entries import Entry
    from tasks.measure.loaded_language.tokenizer import Words
    from tasks.text.arrays import Ints

_STARTS_AT_ONCE = 1 << 20
"""Words from which the trie is walked at once; four megabytes of text have fewer that start a term."""


def build_trie(entries: Sequence[Entry]) -> pl.DataFrame:
    """The trie as a table: a row for each state, the first being the root.

    The columns are the state `before`, the `word` that leads from there to it, and `terminals`: what ends there, as
    `2 * entry`, and 1 more for a form of a verb that would be a noun after a determiner.
    """
    following: list[dict[str, int]] = [{}]
    befores, leading = [0], [""]
    terminals: list[list[int]] = [[]]
    for number, entry in enumerate(entries):
        for words, may_be_noun in word_sequences(entry):
            state = 0
            for word in words:
                before, state = state, following[state].setdefault(word, len(following))
                if state == len(following):
                    following.append({})
                    befores.append(before)
                    leading.append(word)
                    terminals.append([])
            terminals[state].append(number << 1 | may_be_noun)
    schema = pl.Schema({"before": pl.Int64(), "word": pl.String(), "terminals": pl.List(pl.Int64())})
    return pl.DataFrame([befores, leading, terminals], schema)


class Trie:
    """The table of `build_trie`, for numbered words. A transition's key is `state << 32 | code`."""

    def __init__(self, table: pl.DataFrame, code: Callable[[str], int]) -> None:
        gap = code(GAP)
        before = table["before"].to_numpy()
        codes = np.array([code(word) for word in table["word"]], np.int64)
        states = np.arange(len(table))
        from_root, by_any_word = (before == 0) & (states > 0), codes == gap
        self._after_first = np.zeros(codes[from_root].max(initial=0) + 1, np.int64)
        self._after_first[codes[from_root]] = states[from_root]
        self.traits: dict[int, int] = defaultdict(int)
        """By the code of a word: whether it stands first or second in a form."""
        for trait, reached in ((Trait.STARTS_TERM, from_root), (Trait.CONTINUES_TERM, from_root[before])):
            for word in codes[reached].tolist():
                self.traits[word] |= trait
        self._after_any_word = np.zeros(len(table), np.int64)
        self._after_any_word[before[by_any_word]] = states[by_any_word]
        self._following = HashIndex()
        later = before > 0
        self._following.add(hash_numbers((before << 32 | codes)[later]), states[later].astype(np.int32))
        self._bounds = exclusive_sum(table["terminals"].list.len().to_numpy().astype(np.int64))
        self._is_ending = np.diff(self._bounds) > 0
        self._terminals = table["terminals"].explode(empty_as_null=False).to_numpy()

    def walk(self, words: Words) -> Hits:
        """All hits, those that overlap and those of several entries with the same form included."""
        starts = np.flatnonzero(words.traits & Trait.STARTS_TERM > 0)
        blocks = range(0, max(len(starts), 1), _STARTS_AT_ONCE)
        found = [block for i in blocks for block in self._walk_from(starts[i : i + _STARTS_AT_ONCE], words)]
        first, last, terminal = (np.concatenate(column) for column in zip(*found, strict=True))
        return Hits.matched(terminal >> 1, first, last, terminal & 1 > 0)

    def _walk_from(self, start: Ints, words: Words) -> list[tuple[Ints, Ints, Ints]]:
        state = self._after_first[words.codes[start]]
        found = [self._ending(start, start, state)]
        # Most words that start a term are like "the" and "of", and none of the term's words follows.
        goes_on = words.traits.take(start + 1, mode="clip") & Trait.CONTINUES_TERM > 0
        goes_on |= self._after_any_word[state] > 0
        start, state = start[goes_on], state[goes_on]
        here = start
        while len(start):
            going = words.joined[here]
            start, here, state = start[going], here[going] + 1, state[going]
            following = self._following.find(hash_numbers(state << 32 | words.codes[here]))
            exact, any_word = following != UNKNOWN, self._after_any_word[state] > 0
            start = np.concatenate([start[exact], start[any_word]])
            here = np.concatenate([here[exact], here[any_word]])
            state = np.concatenate([following[exact].astype(np.int64), self._after_any_word[state[any_word]]])
            found.append(self._ending(start, here, state))
        return found

    def _ending(self, start: Ints, here: Ints, state: Ints) -> tuple[Ints, Ints, Ints]:
        """Of the walks that reach the end of a form: its first word, its last word, and the terminal."""
        ending = self._is_ending[state]
        start, here, state = start[ending], here[ending], state[ending]
        counts = self._bounds[state + 1] - self._bounds[state]
        terminals = self._terminals[ranges(self._bounds[state], counts)]
        return np.repeat(start, counts), np.repeat(here, counts), terminals

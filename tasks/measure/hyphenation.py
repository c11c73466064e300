"""Liang's hyphenation (Liang 1983), for many words at once: counts what `pyphen.Pyphen.positions` lists.

A pattern is a string of letters with numbers between them: "1b2l" has 1 before "bl" and 2 inside it. Wherever a pattern
occurs in a word (with dots around it: ".word."), its numbers are assigned to the gaps between letters; the highest number
of a gap counts, and where it is odd the word may be hyphenated.

The patterns are kept as a trie: from a node (the letters read so far) and the next letter to the next node, 0 where no
pattern continues like that. A search starts at every letter of every word, and all searches go down the trie together, a
letter at a time; most end after three or four. So a word costs a microsecond; pyphen, which looks up each substring among
the patterns, takes twenty.
"""

from __future__ import annotations

from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.cache import cached_table
from tasks.text.arrays import exclusive_sum

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from tasks.text.arrays import Ints


class Hyphenator:
    """Hyphenation by the trie of some patterns (see `build_trie`), with at least `left` letters before the first hyphen and
    `right` letters after the last.

    >>> american_english().parts(["hyphenation", "overtones", "of"]).tolist()
    [3, 2, 1]
    """

    def __init__(self, trie: pl.DataFrame, left: int, right: int) -> None:
        self._left, self._right = left, right
        letters = [ord(column) for column in trie.columns if len(column) == 1]
        # Letters that are in no pattern share the number 0, and so do all code points above the last letter of a pattern.
        self._letter_numbers = np.zeros(max(letters) + 2, np.intp)
        self._letter_numbers[letters] = np.arange(1, len(letters) + 1)
        self._next = np.column_stack([np.zeros(trie.height, np.int32), *(trie[chr(letter)] for letter in letters)])
        self._numbers = trie.select("^number .*$").to_numpy()
        self._ends_pattern = trie["ends_pattern"].to_numpy()

    def parts(self, words: Sequence[str]) -> Ints:
        """The number of parts that each word, in lower case, can be hyphenated into."""
        if not len(words):
            return np.zeros(0, np.int64)
        # All words are read as one string: no pattern continues beyond the dot after a word, since another dot follows.
        dotted = "".join([f".{word}." for word in words])
        may_hyphenate = self._gap_numbers(dotted) % 2 == 1
        lengths = np.array([len(word) for word in words])
        word_starts = exclusive_sum(lengths + 2)[:-1] + 1
        hyphens_before = exclusive_sum(may_hyphenate)
        first, last = word_starts + self._left, word_starts + lengths - self._right
        hyphens: Ints = hyphens_before[np.maximum(last + 1, first)] - hyphens_before[first]
        return 1 + hyphens

    def _gap_numbers(self, text: str) -> NDArray[np.int8]:
        """The highest number that a pattern assigns to the gap before each character, and to some gaps behind the end."""
        code_points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        letters = self._letter_numbers[np.minimum(code_points, len(self._letter_numbers) - 1)]
        letters = np.append(letters, 0)
        highest = np.zeros(len(letters) + self._numbers.shape[1], np.int8)
        starts, nodes, depth = np.arange(len(text)), np.zeros(len(text), np.int32), 0
        while len(starts):
            nodes = self._next[nodes, letters[starts + depth]]
            starts, nodes = starts[nodes > 0], nodes[nodes > 0]
            depth += 1
            is_pattern = self._ends_pattern[nodes]
            at, patterns = starts[is_pattern], nodes[is_pattern]
            for gap in range(depth + 1):  # between the letters of the pattern, before and after it
                highest[at + gap] = np.maximum(highest[at + gap], self._numbers[patterns, gap])
        return highest


def build_trie(patterns: Mapping[str, tuple[int, Sequence[int]]]) -> pl.DataFrame:
    """The trie of patterns: a row a node. Columns: for each letter, under its name, the next node; `ends_pattern`, whether a
    pattern ends here; and the pattern's numbers for the gaps before its first letter (`number 0`), after it (`number 1`)
    and so on.

    `patterns` are pyphen's: for the letters of each, the place of its first number and its numbers from there on.

    >>> build_trie({"bl": (0, (1, 2))}).rows()
    [(1, 0, False, 0, 0, 0), (0, 2, False, 0, 0, 0), (0, 0, True, 1, 2, 0)]
    """
    nodes = {"": 0}
    for pattern in patterns:
        for length in range(1, len(pattern) + 1):
            nodes.setdefault(pattern[:length], len(nodes))
    following = {letter: np.zeros(len(nodes), np.int32) for letter in sorted(set("".join(patterns)))}
    for path, node in nodes.items():
        if path:
            following[path[-1]][nodes[path[:-1]]] = node
    ends_pattern = np.zeros(len(nodes), bool)
    by_gap = np.zeros((max(map(len, patterns)) + 1, len(nodes)), np.int8)
    for pattern, (first, numbers) in patterns.items():
        ends_pattern[nodes[pattern]] = True
        by_gap[first : first + len(numbers), nodes[pattern]] = numbers
    return pl.DataFrame(
        {**following, "ends_pattern": ends_pattern, **{f"number {gap}": column for gap, column in enumerate(by_gap)}}
    )


@cache
def american_english(folder: Path | None = None) -> Hyphenator:
    """The patterns and margins that textstat uses (pyphen's `en_US`); kept in the cache `folder`, if one is given."""
    trie = cached_table(folder, "hyphenation", metadata.version("pyphen"), _read_pyphen)
    return Hyphenator(trie, *trie.select("left", "right").row(0))


def _read_pyphen() -> pl.DataFrame:
    import pyphen

    english = pyphen.Pyphen(lang="en_US")
    return build_trie(english.hd.patterns).with_columns(left=pl.lit(english.left), right=pl.lit(english.right))

"""Liang's hyphenation, for a million words at once: counts what `pyphen.Pyphen.positions` lists.

A pattern is a string of letters with numbers between them: "1b2l" says 1 before "bl" and 2 inside it. Wherever a pattern
occurs in a word (set between dots: ".word."), its numbers bid for the gaps between letters; the highest bid for a gap
holds, and where that is odd the word may be hyphenated.

The patterns are kept as a tree of letters: from a node (what was read so far) and the next letter to the next node, 0
where no pattern goes on like that. Searches start at every letter of every word, and all of them walk down the tree
together, a letter a round; most end after three or four. So a word costs a microsecond, where pyphen, which asks for each
substring whether it is a pattern, takes twenty.
"""

from __future__ import annotations

from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.cache import cached_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


class Hyphenator:
    """Hyphenation by the tree of some patterns (see `grow_tree`), with at least so many letters kept to the left and to
    the right.

    >>> american_english().parts(["hyphenation", "overtones", "of"]).tolist()
    [3, 2, 1]
    """

    def __init__(self, tree: pl.DataFrame, left: int, right: int) -> None:
        self._left, self._right = left, right
        letters = [ord(column) for column in tree.columns if len(column) == 1]
        # Letters that no pattern holds share the number 0, as does everything beyond the last that one does.
        self._letter_numbers = np.zeros(max(letters) + 2, np.intp)
        self._letter_numbers[letters] = np.arange(1, len(letters) + 1)
        self._next = np.column_stack([np.zeros(tree.height, np.int32), *(tree[chr(letter)] for letter in letters)])
        self._bids = tree.select("^bid .*$").to_numpy()
        self._ends_pattern = tree["ends_pattern"].to_numpy()

    def parts(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The number of parts that each word, in lower case, can be hyphenated into."""
        if not len(words):
            return np.zeros(0, np.int64)
        # Words are read in one go: no pattern goes on beyond a dot at a word's end, for another dot follows.
        dotted = "".join([f".{word}." for word in words])
        code_points = np.frombuffer(dotted.encode("utf-32-le"), np.uint32)
        letters = self._letter_numbers[np.minimum(code_points, len(self._letter_numbers) - 1)]
        letters = np.append(letters, 0)
        bids = np.zeros(len(letters) + self._bids.shape[1], np.int8)  # for the gap before each character
        starts, nodes, depth = np.arange(len(dotted)), np.zeros(len(dotted), np.int32), 0
        while len(starts):
            nodes = self._next[nodes, letters[starts + depth]]
            starts, nodes = starts[nodes > 0], nodes[nodes > 0]
            depth += 1
            found = self._ends_pattern[nodes]
            at, bidders = starts[found], nodes[found]
            for gap in range(depth + 1):  # within a pattern's letters, at its ends too
                bids[at + gap] = np.maximum(bids[at + gap], self._bids[bidders, gap])
        lengths = np.array([len(word) for word in words])
        ends = np.cumsum(lengths + 2)
        word_starts = ends - lengths - 1
        hyphens_before = np.concatenate([np.zeros(1, np.int64), np.cumsum(bids % 2 == 1)])
        first, last = word_starts + self._left, word_starts + lengths - self._right
        hyphens: NDArray[np.int64] = hyphens_before[np.maximum(last + 1, first)] - hyphens_before[first]
        return 1 + hyphens


def grow_tree(patterns: Mapping[str, tuple[int, Sequence[int]]]) -> pl.DataFrame:
    """The tree of patterns: a row a node, with the next node for each letter, named for it, whether a pattern ends here,
    and the pattern's bids for the gaps before its first letter (`bid 0`), after it (`bid 1`) and so on.

    `patterns` are pyphen's: for the letters of each, the place of its first number and its numbers from there on.

    >>> grow_tree({"bl": (0, (1, 2))}).rows()
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
    bids = np.zeros((max(map(len, patterns)) + 1, len(nodes)), np.int8)
    for pattern, (first, numbers) in patterns.items():
        ends_pattern[nodes[pattern]] = True
        bids[first : first + len(numbers), nodes[pattern]] = numbers
    return pl.DataFrame(
        {**following, "ends_pattern": ends_pattern, **{f"bid {gap}": bid for gap, bid in enumerate(bids)}}
    )


@cache
def american_english(folder: Path | None = None) -> Hyphenator:
    """The patterns and margins that textstat asks pyphen for (`en_US`); kept in `folder`, if one is given."""
    tree = cached_table(folder, "hyphenation", metadata.version("pyphen"), _read_pyphen)
    return Hyphenator(tree, *tree.select("left", "right").row(0))


def _read_pyphen() -> pl.DataFrame:
    import pyphen

    english = pyphen.Pyphen(lang="en_US")
    return grow_tree(english.hd.patterns).with_columns(left=pl.lit(english.left), right=pl.lit(english.right))

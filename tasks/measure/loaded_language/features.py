"""The features of a fitted scorer: the n-grams of each token, and what the lexicon finds there.

The *grams* of a token are the token in lower case without its punctuation and, if asked for, its character n-grams of
three to five letters. They are hashed (CRC-32) into a fixed number of weights. What a token's grams weigh together
depends on the token alone, and is computed once for each distinct one.

The lexicon's features of a token: for each category whether a hit of it covers the token; the hit's points; whether it
is strong, is scored, was found by a rule of form; whether the token has a capital; and whether a scored hit covers the
token before or after.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import polars as pl

from tasks.schemas import CATEGORIES
from tasks.text.arrays import exclusive_sum, ranges

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tasks.measure.tokens import Tokens
    from tasks.text.arrays import Floats, Ints

NGrams = Literal["none", "words", "letters"]
"""Which grams are features: none, whole words, or words and their character n-grams."""

PUNCTUATION = ".,;:!?()[]{}\"'“”‘’…-–—/*"
_LENGTHS = (3, 4, 5)
_N_CATEGORIES = len(CATEGORIES)
_POINTS, _STRONG, _SCORED, _BY_RULE, _CAPITAL, _BEFORE, _AFTER = range(_N_CATEGORIES, _N_CATEGORIES + 7)
N_WORD_FEATURES = _N_CATEGORIES + 7
_MOST_HITS = 3  # more hits of one kind make a sentence no more loaded


class Grams(NamedTuple):
    """The grams of distinct tokens: those of token i begin at `starts[i]`. Each token has at least one, or no token has."""

    grams: Ints
    starts: Ints
    token_of: Ints
    """For each gram, its token."""
    roots: Floats
    """For each token, the square root of the number of its grams."""
    n_weights: int

    def sums(self, weights: Floats) -> Floats:
        """The sum of the weights of each token's grams, divided by the square root of their number."""
        if not len(self.grams):
            return np.zeros(len(self.starts))
        total: Floats = np.add.reduceat(weights[self.grams], self.starts) / self.roots
        return total

    def spread(self, values: NDArray[Any]) -> Floats:
        """The transpose of `sums`, for gradients: the sum of each gram's shares in the values of the tokens."""
        shares = (values / self.roots)[self.token_of]
        return np.bincount(self.grams, shares, minlength=self.n_weights).astype(np.float64)


def read_grams(tokens: Sequence[str], n_weights: int, kind: NGrams) -> Grams:
    """The grams of each token, as indices of `n_weights` weights.

    >>> [len(read_grams(["“Vile”"], 1000, kind).grams) for kind in ("none", "words", "letters")]
    [0, 1, 10]
    """
    grams: list[int] = []
    counts: list[int] = []
    for token in tokens:
        word = token.lower().strip(PUNCTUATION)
        own = [word] if kind != "none" else []
        if kind == "letters":
            framed = f"<{word}>"
            own += [framed[i : i + n] for n in _LENGTHS for i in range(len(framed) - n + 1)]
        grams += [zlib.crc32(gram.encode()) % n_weights for gram in own]
        counts.append(len(own))
    n_grams = np.array(counts, np.int64)
    token_of = np.repeat(np.arange(len(counts)), n_grams)
    roots = np.sqrt(np.maximum(n_grams, 1))
    return Grams(np.array(grams, np.int64), exclusive_sum(n_grams)[:-1], token_of, roots, n_weights)


class Places(NamedTuple):
    """Where tokens stand in their texts, in code points, and which of them each hit covers."""

    starts: Ints
    ends: Ints
    hit: Ints
    """The hit, once for each token that it covers; hits that cover none are missing."""
    covered: Ints
    """That token."""


def find_places(texts: pl.Series, tokens: Tokens, rows: Ints, found: pl.DataFrame) -> Places:
    """The places of all tokens, and those that each row of `found` (start, end) covers; it lies in the text that `rows` says."""
    starts = tokens.starts(texts)
    lengths = tokens.vocabulary.feature("n_letters", lambda strings: np.array([len(s) for s in strings], np.int64))
    ends = starts + lengths[tokens.ids]
    # One search for all texts: keys sort by the text first, then by the place in it.
    longest = int(ends.max(initial=0)) + 1
    first = np.searchsorted(tokens.text_of * longest + ends, rows * longest + found["start"].to_numpy(), "right")
    last = np.searchsorted(tokens.text_of * longest + starts, rows * longest + found["end"].to_numpy(), "left")
    counts = np.maximum(last - first, 0)
    return Places(starts, ends, np.repeat(np.arange(len(rows)), counts), ranges(first, counts))


def word_features(tokens: Tokens, places: Places, found: pl.DataFrame) -> Floats:
    """`N_WORD_FEATURES` numbers for each token, from the rows of `find_loaded_terms`."""
    of_hits = np.zeros((found.height, N_WORD_FEATURES))
    categories = (
        found["category"].cast(pl.String).replace_strict(CATEGORIES, range(_N_CATEGORIES), return_dtype=pl.Int64)
    )
    of_hits[np.arange(found.height), categories.to_numpy()] = 1.0
    weight = found["weight"].to_numpy()
    of_hits[:, _POINTS] = weight
    of_hits[:, _STRONG] = (weight > 0) & (found["intensity"] == 3).to_numpy()
    of_hits[:, _SCORED] = weight > 0
    of_hits[:, _BY_RULE] = (found["rule"] != "lexicon").to_numpy()
    words = np.zeros((len(tokens.ids), N_WORD_FEATURES))
    np.add.at(words, places.covered, of_hits[places.hit])
    capitals = tokens.vocabulary.feature(
        "has a capital", lambda strings: np.array([s[:1].isupper() for s in strings], bool)
    )
    words[:, _CAPITAL] = capitals[tokens.ids]
    same_text = np.diff(tokens.text_of) == 0
    words[1:, _BEFORE] = words[:-1, _SCORED] * same_text
    words[:-1, _AFTER] = words[1:, _SCORED] * same_text
    return words


def text_features(tokens: Tokens, words: Floats) -> Floats:
    """Features of each text from those of its tokens: how often each holds, how densely, and the text's length."""
    sums = np.zeros((len(tokens), N_WORD_FEATURES))
    np.add.at(sums, tokens.text_of, words)
    n_tokens = np.maximum(tokens.counts, 1)[:, None]
    return np.hstack([np.minimum(sums, _MOST_HITS), 10 * sums / (n_tokens + 10), np.log(n_tokens + 1.0)])

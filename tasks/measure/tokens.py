"""Tokens of a column of texts, as ids into a vocabulary that only grows.

A token is a piece of `str.split()`, punctuation included. What is true of a token is true wherever it stands, so facts
are computed once for each distinct token and looked up by id: the texts are read once, and all that follows is
arithmetic on arrays of integers.

Splitting is done by polars, which knows one separator only. So a text is cut at each U+0020 into *pieces*, and pieces
are looked up by their hash. Nearly always a piece is a token. The others (empty, or holding a line end, a no-break space
or any of the 29 characters that `str.split` takes for white space) are *odd*: Python's own `split` says, once for each
distinct odd piece, which tokens it holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasks.measure.hash_index import UNKNOWN, HashIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

# One to one, so that offsets stay true: see `scoring_view`.
_FOLDS = {
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{SINGLE LOW-9 QUOTATION MARK}": "'",
    "\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{DOUBLE LOW-9 QUOTATION MARK}": '"',
    "\N{DOUBLE HIGH-REVERSED-9 QUOTATION MARK}": '"',
}
_FOLD_TABLE = str.maketrans(_FOLDS)

# White space is what Python says it is; Rust's regular expressions know four characters fewer.
_WHITE_SPACE = "".join(filter(str.isspace, map(chr, range(ord("\N{IDEOGRAPHIC SPACE}") + 1))))  # the last there is
_ODD = f"^$|[{_WHITE_SPACE}]"


def fold_quotes(text: str) -> str:
    r"""`text` with typographic quotes and apostrophes as ASCII, one for one: the view that scores are taken on.

    >>> fold_quotes("“Don’t”")
    '"Don\'t"'
    """
    return text.translate(_FOLD_TABLE)


def scoring_view(texts: pl.Series) -> pl.Series:
    """`fold_quotes` of each text of a column."""
    return texts.str.replace_many(list(_FOLDS), list(_FOLDS.values()))


class Vocabulary:
    """Distinct tokens and what is known of them; `strings[i]` is the token with id i.

    It grows by a few hundred bytes for each token that it had not met, and forgets nothing: whoever reads without end
    begins a new one now and then.
    """

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._index = HashIndex()  # of pieces: the token's id, or -2 - k for the odd piece k
        self._odd_pieces: list[NDArray[np.int32]] = []
        self._facts: dict[str, dict[str, NDArray[Any]]] = {}
        self._related: dict[str, Vocabulary] = {}

    def __len__(self) -> int:
        return len(self.strings)

    def encode(self, texts: pl.Series) -> Tokens:
        r"""The tokens of each text; a null is a text without tokens.

        >>> tokens = Vocabulary().encode(pl.Series(["No, no. No!", "", "no.\n\u00a0No,"]))
        >>> tokens.ids.tolist(), tokens.offsets.tolist()
        ([0, 1, 2, 1, 0], [0, 3, 3, 5])
        """
        pieces = texts.cast(pl.String).fill_null("").str.split(" ")
        codes = self._codes(pieces.explode(empty_as_null=False))
        ends = np.cumsum(pieces.list.len().to_numpy(), dtype=np.int64)
        odd = codes < 0
        if odd.any():
            inside = [self._odd_pieces[-2 - code] for code in codes[odd].tolist()]
            n_tokens = np.ones(len(codes), np.int64)
            n_tokens[odd] = [len(ids) for ids in inside]
            codes = np.repeat(codes, n_tokens)
            codes[np.repeat(odd, n_tokens)] = np.concatenate(inside)
            ends = np.cumsum(n_tokens)[ends - 1]
        return Tokens(codes, np.concatenate([np.zeros(1, np.int64), ends]), self)

    def intern(self, tokens: Sequence[str]) -> NDArray[np.int32]:
        """The id of each token.

        >>> Vocabulary().intern(["so", "be", "so"]).tolist()
        [0, 1, 0]
        """
        return self._codes(pl.Series(tokens, dtype=pl.String))

    def _codes(self, pieces: pl.Series) -> NDArray[np.int32]:
        """Each piece's entry in the index; those never met are learnt on the way."""
        hashes = pieces.hash().to_numpy()
        codes = self._index.find(hashes)
        unknown = np.flatnonzero(codes == UNKNOWN)
        if len(unknown):
            new = unknown[pl.Series(hashes[unknown]).arg_unique().to_numpy()]
            self._learn(pieces.gather(new), hashes[new])
            codes[unknown] = self._index.find(hashes[unknown])
        return codes

    def _learn(self, pieces: pl.Series, hashes: NDArray[np.uint64]) -> None:
        odd = pieces.str.contains(_ODD)
        is_odd = odd.to_numpy()
        before = len(self.strings)
        self.strings.extend(pieces.filter(~odd).to_list())
        self._index.add(hashes[~is_odd], np.arange(before, len(self.strings), dtype=np.int32))
        if is_odd.any():
            inside = [piece.split() for piece in pieces.filter(odd).to_list()]
            ids = self.intern([token for tokens in inside for token in tokens])
            before = len(self._odd_pieces)
            self._odd_pieces.extend(np.split(ids, np.cumsum([len(tokens) for tokens in inside])[:-1]))
            self._index.add(hashes[is_odd], -2 - np.arange(before, len(self._odd_pieces), dtype=np.int32))

    def related(self, name: str) -> Vocabulary:
        """A vocabulary that belongs to this one: of the tokens without their punctuation, say."""
        return self._related.setdefault(name, Vocabulary())

    def fact_columns(
        self, name: str, compute: Callable[[Sequence[str]], Mapping[str, NDArray[Any]]]
    ) -> Mapping[str, NDArray[Any]]:
        """What `compute` says of each distinct token: named columns, by id; asked once for each token, under a name of
        your choice.
        """
        known = self._facts.get(name, {})
        n_known = len(next(iter(known.values()))) if known else 0
        if not known or n_known < len(self.strings):
            new = compute(self.strings[n_known:])
            known = {
                column: np.concatenate([known[column], values]) if known else values for column, values in new.items()
            }
            self._facts[name] = known
        return known

    def facts(self, name: str, compute: Callable[[Sequence[str]], NDArray[Any]]) -> NDArray[Any]:
        """`fact_columns` with a single column.

        >>> vocabulary = Vocabulary()
        >>> tokens = vocabulary.encode(pl.Series(["a bb a"]))
        >>> lengths = vocabulary.facts("length", lambda strings: np.array([len(s) for s in strings]))
        >>> lengths[tokens.ids].tolist()
        [1, 2, 1]
        """
        return self.fact_columns(name, lambda strings: {name: compute(strings)})[name]


@dataclass(frozen=True)
class Tokens:
    """The tokens of n texts: those of text i are `ids[offsets[i]:offsets[i + 1]]`."""

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    vocabulary: Vocabulary

    def __len__(self) -> int:
        """How many texts there are."""
        return len(self.offsets) - 1

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """The number of tokens of each text."""
        return np.diff(self.offsets)

    @cached_property
    def text_of(self) -> NDArray[np.int64]:
        """For each token, the text that it belongs to."""
        return np.repeat(np.arange(len(self)), self.counts)

    def of(self, text: int) -> list[str]:
        """The tokens of one text, as strings.

        >>> Vocabulary().encode(pl.Series(["yes", "oh no"])).of(1)
        ['oh', 'no']
        """
        return [self.vocabulary.strings[i] for i in self.ids[self.offsets[text] : self.offsets[text + 1]].tolist()]

    def ranges(self, starts: NDArray[np.integer[Any]], ends: NDArray[np.integer[Any]]) -> Tokens:
        """Texts made of the tokens from each start up to each end, places in `ids`: sentences of paragraphs, say.

        >>> tokens = Vocabulary().encode(pl.Series(["a b c d"]))
        >>> tokens.ranges(np.array([0, 1]), np.array([1, 3])).of(1)
        ['b', 'c']
        """
        counts = ends - starts
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
        if len(counts) and (starts[1:] == ends[:-1]).all():
            return Tokens(self.ids[starts[0] : ends[-1]], offsets, self.vocabulary)
        places = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], counts)
        return Tokens(self.ids[places], offsets, self.vocabulary)

    def select(self, texts: NDArray[np.integer[Any]]) -> Tokens:
        """Some of the texts, by their places.

        >>> Vocabulary().encode(pl.Series(["a", "b c", "d"])).select(np.array([2, 1])).of(1)
        ['b', 'c']
        """
        return self.ranges(self.offsets[texts], self.offsets[texts + 1])

    def join(self, counts: NDArray[np.integer[Any]]) -> Tokens:
        """Longer texts, each of the next `counts[i]` texts: documents of paragraphs, say.

        >>> Vocabulary().encode(pl.Series(["a", "b c", "d"])).join(np.array([2, 0, 1])).offsets.tolist()
        [0, 3, 3, 4]
        """
        last = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
        return Tokens(self.ids, self.offsets[last], self.vocabulary)

    def where(self, kept: NDArray[np.bool_]) -> Tokens:
        """The same texts with only those tokens for which `kept` is true: the quoted part of paragraphs, say.

        >>> Vocabulary().encode(pl.Series(["a b", "c"])).where(np.array([False, True, False])).offsets.tolist()
        [0, 1, 1]
        """
        n_kept = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept, dtype=np.int64)])
        return Tokens(self.ids[kept], n_kept[self.offsets], self.vocabulary)

    def starts(self, texts: pl.Series) -> NDArray[np.int64]:
        r"""Where each token begins in its text, in code points; `texts` are those that were encoded.

        >>> texts = pl.Series(["ab c", " x\n\ny"])
        >>> Vocabulary().encode(texts).starts(texts).tolist()
        [0, 3, 1, 4]
        """
        lengths = self.vocabulary.facts("length", _lengths)[self.ids]
        # As if tokens stood one character apart, which is so where the lengths leave room for nothing else.
        ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths + 1)])
        starts: NDArray[np.int64] = ends[:-1] - np.repeat(ends[self.offsets[:-1]], self.counts)
        shortest = np.maximum(ends[self.offsets[1:]] - ends[self.offsets[:-1]] - 1, 0)
        for text in np.flatnonzero(texts.str.len_chars().to_numpy() != shortest).tolist():
            starts[self.offsets[text] : self.offsets[text + 1]] = _starts_in(texts[text], self.of(text))
        return starts


def _lengths(tokens: Sequence[str]) -> NDArray[np.int64]:
    lengths: NDArray[np.int64] = pl.Series(tokens, dtype=pl.String).str.len_chars().cast(pl.Int64).to_numpy()
    return lengths


def _starts_in(text: str, tokens: list[str]) -> list[int]:
    starts, end = [], 0
    for token in tokens:
        starts.append(text.index(token, end))
        end = starts[-1] + len(token)
    return starts

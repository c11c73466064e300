"""Tokens of a column of texts, as ids into a vocabulary that only grows.

A token is a piece of `str.split()`, punctuation included. What is true of a token is true wherever it stands, so facts
are computed once for each distinct token and looked up by id: the texts are read once, and all that follows is
arithmetic on arrays of integers.

The texts are read as one row of bytes, a space between them, in blocks that fit into the processor's cache. A block is
cut at each U+0020 into *pieces*; these are hashed, eight bytes at a time, all pieces at once; and an index says which
token a hash stands for. Nearly always a piece is a token. The others (empty, or holding a line end, a no-break space or
any other of the characters that `str.split` takes for white space) are *odd*: Python's own `split` says, once for each
distinct odd piece, which tokens it holds. A piece with typographic quotes may stand for the token with plain ones (see
`fold_quotes`), so folding costs nothing but for pieces never met before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import compress, islice
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasks.measure.hash_index import MULTIPLIER, UNKNOWN, HashIndex, hash_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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

_BLOCK_BYTES = 1 << 18


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
    """Distinct tokens and what is known of them; `strings[i]` is the token with id i. With `fold`, texts are read as
    their scoring view.

    It grows by a few hundred bytes for each token that it had not met, and forgets nothing: whoever reads without end
    begins a new one now and then.
    """

    def __init__(self, *, fold: bool = False) -> None:
        self.strings: list[str] = []
        self.folds = fold
        self._ids: dict[str, int] = {}
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
        >>> Vocabulary(fold=True).encode(pl.Series(["“Don’t”"])).of(0)
        ['"Don\'t"']
        """
        if not len(texts):
            return Tokens(np.zeros(0, np.int32), np.zeros(1, np.int64), self)
        texts = texts.cast(pl.String).fill_null("")
        # Before each piece and after it stands a space, and after the last enough bytes for a whole window.
        joined: bytes = pl.concat([_EMPTY, texts, _PADDING]).str.join(" ").cast(pl.Binary).item()
        text_ends = np.cumsum(texts.str.len_bytes().to_numpy() + np.uint64(1), dtype=np.int64)
        codes, ends, n_pieces = [], [np.zeros(1, np.int64)], 0
        start, last = 0, int(text_ends[-1])
        while start < last:
            end = joined.find(b" ", min(start + _BLOCK_BYTES, last))
            edges = np.flatnonzero(np.frombuffer(joined, np.uint8, end - start + 1, start) == ord(" "))
            codes.append(self._codes(joined, start, edges))
            ended = text_ends[slice(*np.searchsorted(text_ends, (start, end), "right"))] - start
            ends.append(n_pieces + np.searchsorted(edges, ended))
            n_pieces += len(edges) - 1
            start = end
        return self._read_odd(np.concatenate(codes), np.concatenate(ends))

    def _read_odd(self, codes: NDArray[np.int32], offsets: NDArray[np.int64]) -> Tokens:
        """Tokens, from the codes of pieces."""
        odd = codes < 0
        if odd.any():
            inside = [self._odd_pieces[-2 - code] for code in codes[odd].tolist()]
            n_tokens = np.ones(len(codes), np.int64)
            n_tokens[odd] = [len(ids) for ids in inside]
            codes = np.repeat(codes, n_tokens)
            codes[np.repeat(odd, n_tokens)] = np.concatenate(inside)
            offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(n_tokens)])[offsets]
        return Tokens(codes, offsets, self)

    def intern(self, tokens: Iterable[str]) -> NDArray[np.int32]:
        """The id of each token.

        >>> Vocabulary().intern(["so", "be", "so"]).tolist()
        [0, 1, 0]
        """
        ids = self._ids
        interned = np.array([ids.setdefault(token, len(ids)) for token in tokens], np.int32)
        self.strings += [*islice(reversed(ids), len(ids) - len(self.strings))][::-1]
        return interned

    def _codes(self, joined: bytes, start: int, edges: NDArray[np.int64]) -> NDArray[np.int32]:
        """The entry in the index of each piece between two `edges`, the places of spaces from `start` on; pieces never
        met are learnt on the way.
        """
        hashes = _hash_pieces(joined, start, edges)
        codes = self._index.find(hashes)
        unknown = np.flatnonzero(codes == UNKNOWN)
        if len(unknown):
            _, first = np.unique(hashes[unknown], return_index=True)
            new = unknown[np.sort(first)]
            begins, ends = (start + edges[new] + 1).tolist(), (start + edges[new + 1]).tolist()
            self._learn([joined[begin:end] for begin, end in zip(begins, ends, strict=True)], hashes[new])
            codes[unknown] = self._index.find(hashes[unknown])
        return codes

    def _learn(self, new: Sequence[bytes], hashes: NDArray[np.uint64]) -> None:
        text = b" ".join(new).decode()
        if self.folds:
            text = fold_quotes(text)
        pieces = text.split(" ")
        is_token = np.ones(len(pieces), bool)
        if text.split() != pieces:
            is_token[:] = [piece.split() == [piece] for piece in pieces]
        codes = np.empty(len(pieces), np.int32)
        codes[is_token] = self.intern(compress(pieces, is_token.tolist()))
        for number in np.flatnonzero(~is_token).tolist():
            codes[number] = -2 - len(self._odd_pieces)
            self._odd_pieces.append(self.intern(pieces[number].split()))
        self._index.add(hashes, codes)

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


_WINDOW = 8
_LONG_PIECE = 64
_EMPTY, _PADDING = pl.Series([""]), pl.Series([" " * _WINDOW])
# For each distance between two spaces the bytes of a window that belong to the piece between them.
_INSIDE = np.array([0, *((1 << 8 * n) - 1 for n in range(_WINDOW + 1))], np.uint64)


def _hash_pieces(joined: bytes, start: int, edges: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A hash of each piece between two edges, from its length and its windows of eight bytes, one after the other.

    >>> hashes = _hash_pieces(b" no no, no         ", 0, np.array([0, 3, 7, 10]))
    >>> (hashes == hashes[0]).tolist()
    [True, False, True]
    """
    # The window at an edge holds what follows the edge.
    windows = np.ndarray((len(joined) - start - _WINDOW,), "<u8", joined, start + 1, strides=(1,))

    def mix(hashes: NDArray[np.uint64], edges: NDArray[np.int64], distances: NDArray[np.int64]) -> NDArray[np.uint64]:
        hashes = hashes ^ (windows[edges] & _INSIDE.take(distances, mode="clip"))
        hashes *= MULTIPLIER
        hashes ^= hashes >> np.uint64(32)
        return hashes

    distances = np.diff(edges)
    hashes = mix(hash_numbers(distances), edges[:-1], distances)
    longer = np.flatnonzero(distances > _WINDOW + 1)
    for read in range(_WINDOW, _LONG_PIECE, _WINDOW):
        if not len(longer):
            return hashes
        hashes[longer] = mix(hashes[longer], edges[longer] + read, distances[longer] - read)
        longer = longer[distances[longer] > read + _WINDOW + 1]
    for piece in longer.tolist():
        content = joined[start + int(edges[piece]) + 1 : start + int(edges[piece + 1])]
        hashes[piece] = int.from_bytes(blake2b(content, digest_size=_WINDOW).digest(), "little")
    return hashes


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
            string = fold_quotes(texts[text]) if self.vocabulary.folds else texts[text]
            starts[self.offsets[text] : self.offsets[text + 1]] = _starts_in(string, self.of(text))
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

"""Tokens of a column of texts, as ids into a vocabulary that only grows.

A token is a piece of `str.split()`, punctuation included. What is true of a token is true wherever it occurs, so its
features are computed once for each distinct token and looked up by id: the texts are read once, and all that follows is
arithmetic on arrays of integers.

The texts are joined to one string of bytes, a space between them, and read in blocks that fit into the processor's cache.
A block is cut at each U+0020 into *pieces*; all pieces are hashed at once (see `tasks.text.token_features`), and an index
maps each hash to a token. Nearly always a piece is a token. The others are *irregular*: empty, or with a line end, a
no-break space or another character in them that `str.split` takes for white space. Python's own `split` gives the tokens
of each distinct irregular piece, once. A piece with typographic quotes may be mapped to the token with plain ones (see
`fold_quotes`), so folding costs nothing but for new pieces.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, islice
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasks.text.arrays import exclusive_sum, ranges
from tasks.text.buffers import TextBuffer
from tasks.text.hash_index import UNKNOWN, HashIndex
from tasks.text.token_features import hash_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from tasks.text.arrays import Bools, Ints

# Each is replaced by one character, so offsets stay valid: see `scoring_view`.
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
_TOKEN = re.compile(r"\S+")  # the pieces of `str.split`: in Python's patterns, too, white space is what `isspace` says

_BLOCK_BYTES = 1 << 18
_LONG_TEXT = 100_000  # bytes
_EMPTY = pl.Series([""])


def fold_quotes(text: str) -> str:
    r"""`text` with typographic quotes and apostrophes as ASCII, character by character: the view that is scored.

    >>> fold_quotes("“Don’t”")
    '"Don\'t"'
    """
    return text.translate(_FOLD_TABLE)


def scoring_view(texts: pl.Series) -> pl.Series:
    """`fold_quotes` of each text of a column."""
    return texts.str.replace_many(list(_FOLDS), list(_FOLDS.values()))


class Vocabulary:
    """Distinct tokens and their features; `strings[i]` is the token with id i. With `fold`, texts are read as their
    scoring view.

    It grows by nearly a kilobyte for each new token, so a process that reads without end has it `forget` now and then.
    """

    def __init__(self, *, fold: bool = False) -> None:
        self.folds = fold
        self.forget()

    def forget(self) -> None:
        """Start again. What was encoded before is invalid afterwards."""
        self.strings: list[str] = []
        self._ids: defaultdict[str, int] = defaultdict()
        self._index = HashIndex()  # of pieces: the token's id, or -2 - k for the irregular piece k
        self._irregular_pieces: list[NDArray[np.int32]] = []
        self._features: dict[str, dict[str, NDArray[Any]]] = {}
        self._numbers: dict[str, HashIndex] = {}

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
        text_ends = np.cumsum(texts.str.len_bytes().to_numpy() + np.uint64(1), dtype=np.int64)
        joined = _join(texts, are_long=text_ends[-1] > _LONG_TEXT * len(texts))
        codes, offsets, n_pieces = [], [np.zeros(1, np.int64)], 0
        first, last = 0, int(text_ends[-1])
        while first < last:
            end = joined.find(b" ", min(first + _BLOCK_BYTES, last))
            block = np.frombuffer(joined, np.uint8, end - first + 1, first)
            starts = np.flatnonzero(block == ord(" ")) + 1
            codes.append(self._codes(block, starts))
            ended = text_ends[slice(*np.searchsorted(text_ends, (first, end), "right"))] - first
            offsets.append(n_pieces + np.searchsorted(starts, ended, "right"))
            n_pieces += len(starts) - 1
            first = end
        return self._read_irregular(np.concatenate(codes), np.concatenate(offsets))

    def _read_irregular(self, codes: NDArray[np.int32], offsets: Ints) -> Tokens:
        """Tokens, from the codes of pieces."""
        is_irregular = codes < 0
        if is_irregular.any():
            inside = [self._irregular_pieces[-2 - code] for code in codes[is_irregular].tolist()]
            n_tokens = np.ones(len(codes), np.int64)
            n_tokens[is_irregular] = [len(ids) for ids in inside]
            codes = np.repeat(codes, n_tokens)
            codes[np.repeat(is_irregular, n_tokens)] = np.concatenate(inside)
            offsets = exclusive_sum(n_tokens)[offsets]
        return Tokens(codes, offsets, self)

    def intern(self, tokens: Iterable[str]) -> NDArray[np.int32]:
        """The id of each token.

        >>> Vocabulary().intern(["so", "be", "so"]).tolist()
        [0, 1, 0]
        """
        ids = self._ids
        ids.default_factory = ids.__len__  # a new token's id is the number of those before it
        interned = np.fromiter(map(ids.__getitem__, tokens), np.int32)
        ids.default_factory = None
        self.strings += [*islice(reversed(ids), len(ids) - len(self.strings))][::-1]
        return interned

    def _codes(self, block: NDArray[np.uint8], starts: Ints) -> NDArray[np.int32]:
        """The entry in the index of each piece that begins at one of the `starts` and ends a space before the next;
        new pieces are added to it.
        """
        hashes = hash_tokens(TextBuffer(block, starts).windows, starts[:-1], starts[1:] - 1)
        codes = self._index.find(hashes)
        unknown = np.flatnonzero(codes == UNKNOWN)
        if len(unknown):
            new = unknown[pl.Series(hashes[unknown]).arg_unique().to_numpy()]
            places = ranges(starts[new], starts[new + 1] - starts[new])
            self._add_pieces(block[places[:-1]].tobytes(), hashes[new])
            codes[unknown] = self._index.find(hashes[unknown])
        return codes

    def _add_pieces(self, new: bytes, hashes: NDArray[np.uint64]) -> None:
        """Add pieces, given with a space between them, to the index, by their hashes."""
        text = new.decode()
        if self.folds:
            text = fold_quotes(text)
        pieces = text.split(" ")
        is_token = np.ones(len(pieces), bool)
        if text.split() != pieces:
            is_token[:] = [piece.split() == [piece] for piece in pieces]
        codes = np.empty(len(pieces), np.int32)
        codes[is_token] = self.intern(compress(pieces, is_token.tolist()))
        for number in np.flatnonzero(~is_token).tolist():
            codes[number] = -2 - len(self._irregular_pieces)
            self._irregular_pieces.append(self.intern(pieces[number].split()))
        self._index.add(hashes, codes)

    def number(self, name: str, strings: pl.Series) -> NDArray[np.int32]:
        """A number for each string, from 0, in the order in which strings are given; a string keeps its number under that
        `name`. For what tokens have in common, as the word without punctuation.

        >>> Vocabulary().number("words", pl.Series(["so", "be", "so"])).tolist()
        [0, 1, 0]
        """
        index = self._numbers.setdefault(name, HashIndex())
        hashes = strings.hash().to_numpy()
        numbers = index.find(hashes)
        unknown = np.flatnonzero(numbers == UNKNOWN)
        new = hashes[unknown[pl.Series(hashes[unknown]).arg_unique().to_numpy()]]
        index.add(new, np.arange(len(index), len(index) + len(new), dtype=np.int32))
        numbers[unknown] = index.find(hashes[unknown])
        return numbers

    def features(
        self, name: str, compute: Callable[[Sequence[str]], Mapping[str, NDArray[Any]]]
    ) -> Mapping[str, NDArray[Any]]:
        """What `compute` returns for each distinct token: named columns, by id. It is called once for each token, and its
        results are kept under a `name` of your choice.
        """
        known = self._features.get(name, {})
        n_known = len(next(iter(known.values()))) if known else 0
        if not known or n_known < len(self.strings):
            new = compute(self.strings[n_known:])
            known = {
                column: np.concatenate([known[column], values]) if known else values for column, values in new.items()
            }
            self._features[name] = known
        return known

    def feature(self, name: str, compute: Callable[[Sequence[str]], NDArray[Any]]) -> NDArray[Any]:
        """`features` with a single column.

        >>> vocabulary = Vocabulary()
        >>> tokens = vocabulary.encode(pl.Series(["a bb a"]))
        >>> lengths = vocabulary.feature("length", lambda strings: np.array([len(s) for s in strings]))
        >>> lengths[tokens.ids].tolist()
        [1, 2, 1]
        """
        return self.features(name, lambda strings: {name: compute(strings)})[name]


def _join(texts: pl.Series, *, are_long: bool) -> bytes:
    """The bytes of all texts, with a space before and after each piece."""
    parts = pl.concat([_EMPTY, texts, _EMPTY])
    if are_long:  # polars would make five copies of what it joins
        return b" ".join(parts.cast(pl.Binary).to_list())
    joined: bytes = parts.str.join(" ").cast(pl.Binary).item()  # in a quarter of the time
    return joined


@dataclass(frozen=True)
class Tokens:
    """The tokens of n texts: those of text i are `ids[offsets[i]:offsets[i + 1]]`."""

    ids: NDArray[np.int32]
    offsets: Ints
    vocabulary: Vocabulary

    def __len__(self) -> int:
        """How many texts there are."""
        return len(self.offsets) - 1

    @cached_property
    def counts(self) -> Ints:
        """The number of tokens of each text."""
        return np.diff(self.offsets)

    @cached_property
    def text_of(self) -> Ints:
        """For each token, the text that it belongs to."""
        return np.repeat(np.arange(len(self)), self.counts)

    def of(self, text: int) -> list[str]:
        """The tokens of one text, as strings.

        >>> Vocabulary().encode(pl.Series(["yes", "oh no"])).of(1)
        ['oh', 'no']
        """
        return [self.vocabulary.strings[i] for i in self.ids[self.offsets[text] : self.offsets[text + 1]].tolist()]

    def ranges(self, starts: NDArray[np.integer[Any]], ends: NDArray[np.integer[Any]]) -> Tokens:
        """Texts made of the tokens from each start up to each end, places in `ids`: for example sentences of paragraphs.

        >>> tokens = Vocabulary().encode(pl.Series(["a b c d"]))
        >>> tokens.ranges(np.array([0, 1]), np.array([1, 3])).of(1)
        ['b', 'c']
        """
        counts: Ints = (ends - starts).astype(np.int64)
        offsets = exclusive_sum(counts)
        if len(counts) and (starts[1:] == ends[:-1]).all():
            return Tokens(self.ids[starts[0] : ends[-1]], offsets, self.vocabulary)
        return Tokens(self.ids[ranges(starts.astype(np.int64), counts)], offsets, self.vocabulary)

    def blocks(self, n_tokens: int) -> Iterator[Tokens]:
        """The same texts, some at a time: as many as have up to so many tokens together, but at least one.

        >>> tokens = Vocabulary().encode(pl.Series(["a b c", "d", "e", "f g"]))
        >>> [block.offsets.tolist() for block in tokens.blocks(2)]
        [[0, 3], [0, 1, 2], [0, 2]]
        """
        first = 0
        while first < len(self) or not first:
            reached = int(np.searchsorted(self.offsets, self.offsets[first] + n_tokens, "right")) - 1
            last = min(max(reached, first + 1), len(self))
            start, end = self.offsets[first], self.offsets[last]
            yield Tokens(self.ids[start:end], self.offsets[first : last + 1] - start, self.vocabulary)
            first = max(last, 1)

    def select(self, texts: NDArray[np.integer[Any]]) -> Tokens:
        """Some of the texts, by their places.

        >>> Vocabulary().encode(pl.Series(["a", "b c", "d"])).select(np.array([2, 1])).of(1)
        ['b', 'c']
        """
        return self.ranges(self.offsets[texts], self.offsets[texts + 1])

    def join(self, counts: NDArray[np.integer[Any]]) -> Tokens:
        """Longer texts, each of the next `counts[i]` texts: for example documents of paragraphs.

        >>> Vocabulary().encode(pl.Series(["a", "b c", "d"])).join(np.array([2, 0, 1])).offsets.tolist()
        [0, 3, 3, 4]
        """
        return Tokens(self.ids, self.offsets[exclusive_sum(counts)], self.vocabulary)

    def where(self, kept: Bools) -> Tokens:
        """The same texts with only those tokens for which `kept` is true: for example the quoted part of paragraphs.

        >>> Vocabulary().encode(pl.Series(["a b", "c"])).where(np.array([False, True, False])).offsets.tolist()
        [0, 1, 1]
        """
        return Tokens(self.ids[kept], exclusive_sum(kept)[self.offsets].astype(np.int64), self.vocabulary)

    def cut(self, texts: pl.Series, rows: NDArray[np.integer[Any]], starts: pl.Series, pieces: pl.Series) -> Tokens:
        """The tokens of `pieces` of texts: for example of sentences, where the texts are paragraphs. `texts` are those that
        were encoded; `rows` and `starts` say in which of them each piece is, and at which code point it begins.

        >>> texts = pl.Series(["He left. She", "stayed."])
        >>> tokens = Vocabulary().encode(texts)
        >>> tokens.cut(texts, np.array([0, 0]), pl.Series([0, 9]), pl.Series(["He left.", "She"])).of(1)
        ['She']
        """
        places, is_regular = self._places(texts)
        begin = places[self.offsets[rows]] + starts.to_numpy()
        end = begin + pieces.str.len_chars().to_numpy() + 1
        first, last = np.searchsorted(places, begin), np.searchsorted(places, end)
        is_whole = is_regular[rows]
        for place, wanted in ((first, begin), (last, end)):
            is_whole &= places.take(place, mode="clip") == wanted
        found = self.ranges(np.where(is_whole, first, 0), np.where(is_whole, last, 0))
        others = np.flatnonzero(~is_whole)
        if not len(others):
            return found
        # Pieces whose place does not follow from lengths, or that cut a token, are encoded again.
        order = np.arange(len(pieces))
        order[others] = len(pieces) + np.arange(len(others))
        return concat([found, self.vocabulary.encode(pieces[others])]).select(order)

    def starts(self, texts: pl.Series) -> Ints:
        r"""Where each token begins in its text, in code points; `texts` are those that were encoded.

        >>> texts = pl.Series(["ab c", " x\n\ny"])
        >>> Vocabulary().encode(texts).starts(texts).tolist()
        [0, 3, 1, 4]
        """
        places, is_regular = self._places(texts)
        starts = places[:-1]
        starts -= np.repeat(places[self.offsets[:-1]], self.counts)
        for text in np.flatnonzero(~is_regular).tolist():
            own = slice(self.offsets[text], self.offsets[text + 1])
            tokens = _TOKEN.finditer(texts[text])
            starts[own] = np.fromiter((token.start() for token in tokens), np.int64, self.counts[text])
        return starts

    def _places(self, texts: pl.Series) -> tuple[Ints, Bools]:
        """Where each token would begin, and one more after the last, if all were one character apart, through all texts;
        and whether they are in each text: where its length leaves room for nothing else.
        """
        lengths = self.vocabulary.feature("length", _lengths).take(self.ids)
        places = exclusive_sum(lengths + 1)
        shortest = np.maximum(np.diff(places[self.offsets]) - 1, 0)
        return places, texts.str.len_chars().to_numpy() == shortest


def concat(parts: Sequence[Tokens]) -> Tokens:
    """The texts of all `parts`, which are of one vocabulary, one after the other.

    >>> vocabulary = Vocabulary()
    >>> concat([vocabulary.encode(pl.Series(["a"])), vocabulary.encode(pl.Series(["b", "c a"]))]).offsets.tolist()
    [0, 1, 2, 4]
    """
    offsets = exclusive_sum(np.concatenate([part.counts for part in parts]))
    return Tokens(np.concatenate([part.ids for part in parts]), offsets, parts[0].vocabulary)


def _lengths(tokens: Sequence[str]) -> NDArray[np.int32]:
    lengths: NDArray[np.int32] = pl.Series(tokens, dtype=pl.String).str.len_chars().cast(pl.Int32).to_numpy()
    return lengths

"""Tokens of a column of texts, as ids into a vocabulary that only grows.

A token is a piece of `str.split()`, punctuation included. What is true of a token is true wherever it stands, so facts
are computed once for each distinct token and looked up by id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl
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


def fold_quotes(text: str) -> str:
    """`text` with typographic quotes and apostrophes as ASCII, one for one: the view that scores are taken on.

    >>> fold_quotes("“Don’t”")
    '"Don\\'t"'
    """
    return text.translate(_FOLD_TABLE)


def scoring_view(texts: pl.Series) -> pl.Series:
    """`fold_quotes` of each text of a column."""
    return texts.str.replace_many(list(_FOLDS), list(_FOLDS.values()))


@dataclass
class Vocabulary:
    """Distinct tokens and what is known of them; `strings[i]` is the token with id i."""

    strings: list[str] = field(default_factory=list)
    _ids: dict[str, int] = field(default_factory=dict, repr=False)
    _facts: dict[str, NDArray[Any]] = field(default_factory=dict, repr=False)

    def encode(self, texts: pl.Series) -> Tokens:
        """The tokens of each text.

        >>> import polars as pl
        >>> tokens = Vocabulary().encode(pl.Series(["No, no. No!", "", "no."]))
        >>> tokens.ids.tolist(), tokens.offsets.tolist()
        ([0, 1, 2, 1], [0, 3, 3, 4])
        """
        pieces = [text.split() for text in texts]
        offsets = np.zeros(len(pieces) + 1, np.int64)
        np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
        ids = np.fromiter((self._id(token) for piece in pieces for token in piece), np.int32, int(offsets[-1]))
        return Tokens(ids, offsets, self)

    def _id(self, token: str) -> int:
        known = self._ids.get(token)
        if known is None:
            known = self._ids[token] = len(self.strings)
            self.strings.append(token)
        return known

    def facts(self, name: str, compute: Callable[[Sequence[str]], NDArray[Any]]) -> NDArray[Any]:
        """What `compute` says of each distinct token, by id; asked once for each token, under a name of your choice.

        >>> import polars as pl
        >>> vocabulary = Vocabulary()
        >>> tokens = vocabulary.encode(pl.Series(["a bb a"]))
        >>> lengths = vocabulary.facts("length", lambda strings: np.array([len(s) for s in strings]))
        >>> lengths[tokens.ids].tolist()
        [1, 2, 1]
        """
        known = self._facts.get(name)
        done = 0 if known is None else len(known)
        if known is None or done < len(self.strings):
            new = compute(self.strings[done:])
            known = new if known is None else np.concatenate([known, new])
            self._facts[name] = known
        return known


@dataclass(frozen=True)
class Tokens:
    """The tokens of n texts: those of text i are `ids[offsets[i]:offsets[i + 1]]`."""

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    vocabulary: Vocabulary

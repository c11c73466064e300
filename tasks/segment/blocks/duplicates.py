"""Paragraphs that are copies of another one.

Captions repeat the body, agencies' paragraphs occur in many articles, and pages print a teaser twice. A copy is exact
if its fingerprint is equal: a 64-bit hash of the text in lower case, without the punctuation around it. It is nearly
exact if three quarters of its word pairs are in the other paragraph.

Which paragraphs of a document are compared is decided by shared windows of 24 bytes. A window begins at each word with
one of a few first letters, about every other word, so the same words give the same windows in any place, and the time
is linear in the text. Across the corpus, only fingerprints are compared.
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from tasks.text.arrays import ranges, shifted
from tasks.text.buffers import TextBuffer
from tasks.text.hash_index import hash_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tasks.text.arrays import Bools, Ints

_MIN_CHARS = 40  # words in a paragraph that can be a near copy: seven or eight
_WINDOW = 24  # bytes
_MIN_SHARED = 0.75  # of a paragraph's word pairs
_WINDOW_LETTERS = b"bcdfhmprswBCDFHMPRSW"
_WORD = re.compile(r"[^\W_]+")

# Arithmetic on these wraps around at 64 bits, on purpose.
_MULTIPLIERS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)
_LOWERCASE = np.uint64(0x2020202020202020)  # the bit that lower-case ASCII letters have and capitals have not
_MIN_WINDOWS = 0.2  # share of its windows, for its word pairs to be compared at all

_AROUND = " .,:;!?…\"'“”‘’()[]"
_HASH_BYTES = 8


def fingerprint_texts(texts: pl.Series) -> pl.Series:
    """A 64-bit number for each text, the same on every machine and day; 0 for a text of punctuation alone.

    >>> prints = fingerprint_texts(pl.Series(["The roof fell in.", "the ROOF fell in", "The roof fell on", "..."]))
    >>> prints[0] == prints[1], prints[0] == prints[2], prints[3]
    (True, False, 0)
    """
    trimmed = texts.str.strip_chars(_AROUND).str.to_lowercase().fill_null("").cast(pl.Binary).to_list()
    nothing = bytes(_HASH_BYTES)
    digests = [blake2b(text, digest_size=_HASH_BYTES).digest() if text else nothing for text in trimmed]
    return pl.Series("fingerprint", np.frombuffer(b"".join(digests), "<u8"))


def find_duplicates(paragraphs: pl.DataFrame, is_body_like: pl.Series, texts: TextBuffer | None = None) -> pl.DataFrame:
    """`paragraphs` with fingerprint, duplicate_of (the original of each copy within its document, as
    "document_id:paragraph_index"; null for what is no copy) and copied_ratio (the share of its word pairs that stand in
    the paragraph it is most like; 0 if it is like none).

    The original is the first of equal paragraphs that look like body text, or the first of all if none does. The
    paragraphs of a document stand together; `texts` are their bytes, if they are read already.

    >>> paragraphs = pl.DataFrame({"document_id": ["d"] * 3, "paragraph_index": [0, 1, 2], "text": [
    ...     "A crowd of angry people gathers outside the old town hall", "Share this",
    ...     "There, a crowd of angry people gathers outside the old town hall."]})
    >>> find_duplicates(paragraphs, pl.Series([False, False, True]))["duplicate_of"].to_list()
    ['d:2', None, None]
    """
    paragraphs = paragraphs.with_columns(fingerprint_texts(paragraphs["text"]))
    document, is_body = paragraphs["document_id"].rle_id().to_numpy().astype(np.int64), is_body_like.to_numpy()
    fingerprint = paragraphs["fingerprint"].to_numpy()
    with_words = np.flatnonzero(fingerprint)
    rows = np.arange(len(paragraphs))
    original = rows.copy()
    copy, first = _originals(fingerprint[with_words] + hash_numbers(document[with_words]), with_words, is_body)
    original[copy] = first
    ratio = (original != rows).astype(float)
    texts = texts or TextBuffer.of(paragraphs["text"])
    for near in _near_copies(paragraphs["text"], texts, document, is_body, ratio == 0):
        ratio[near.row] = near.ratio
        if near.ratio >= _MIN_SHARED:
            original[near.row] = original[near.original]
    copies = np.flatnonzero(original != rows)
    originals = paragraphs[original[copies]].select(pl.format("{}:{}", "document_id", "paragraph_index")).to_series()
    duplicate_of = pl.Series("duplicate_of", [None], dtype=pl.String).new_from_index(0, len(paragraphs))
    return paragraphs.with_columns(duplicate_of.scatter(copies, originals), copied_ratio=pl.Series(ratio))


class _NearCopy(NamedTuple):
    row: int
    original: int
    ratio: float


def _near_copies(
    texts: pl.Series, buffer: TextBuffer, document: Ints, is_body: Bools, is_wanted: Bools
) -> Iterator[_NearCopy]:
    """The wanted rows that share windows with another row of their document, and the share of their word pairs there."""
    starts, rows, n_windows = _find_windows(buffer, is_wanted)
    # Eight bytes from the middle are enough to tell most windows apart.
    window = hash_numbers(document)[rows] + (buffer.windows[starts + 8] | _LOWERCASE) * _MULTIPLIERS[1]
    some = _likely_repeated(window)
    starts, rows, window = starts[some], rows[some], window[some]
    for i in (0, 2):
        window += (buffer.windows[starts + 8 * i] | _LOWERCASE) * _MULTIPLIERS[i]
    # Each is compared with one other, so that a thousand copies cost a thousand comparisons.
    pairs, n_shared = np.unique(np.stack(_originals(window, rows, is_body)), axis=1, return_counts=True)
    row, original = pairs
    # A common phrase is not a copy: "a spokesman for the council said".
    likely = np.flatnonzero(n_shared >= _MIN_WINDOWS * n_windows[row])
    likely = likely[np.lexsort((original[likely], -n_shared[likely], row[likely]))]
    likely = likely[np.diff(row[likely], prepend=-1) > 0]  # the one that each shares most with
    known: dict[int, set[tuple[str, str]]] = {}

    def word_pairs(row: int) -> set[tuple[str, str]]:
        if row not in known:
            words = _WORD.findall(texts[row].lower())
            known[row] = set(pairwise(words))
        return known[row]

    for one, other in zip(row[likely].tolist(), original[likely].tolist(), strict=True):
        own = word_pairs(one)
        if own:
            yield _NearCopy(one, other, len(own & word_pairs(other)) / len(own))


def _find_windows(buffer: TextBuffer, is_wanted: Bools) -> tuple[Ints, Ints, Ints]:
    """Where the windows of the wanted paragraphs begin, the rows of these, and how many windows each paragraph has."""
    starts = buffer.spaces + 1
    starts = starts[: np.searchsorted(starts, len(buffer.data))]
    # Selected by index: a mask of so many costs ten times as much.
    starts = starts[np.flatnonzero(_may_begin_windows().take(buffer.data[starts]))]
    first = np.searchsorted(starts, buffer.offsets[:-1])
    end = np.searchsorted(starts, buffer.offsets[1:] - _WINDOW + 1)
    is_long = np.diff(buffer.offsets) >= _MIN_CHARS
    n_windows = np.where(is_wanted & is_long, np.maximum(end - first, 0), 0)
    rows = np.repeat(np.arange(len(n_windows)), n_windows)
    return starts[ranges(first, n_windows)], rows, n_windows


@cache
def _may_begin_windows() -> Bools:
    may_begin = np.zeros(256, bool)
    may_begin[list(_WINDOW_LETTERS)] = True
    return may_begin


def _originals(key: NDArray[np.uint64], row: Ints, is_body: Bools) -> tuple[Ints, Ints]:
    """Each row that shares a key with others, once for each such key, and the original: the first of these rows that is
    body text, or the first of all if none is. The originals themselves are left out.

    >>> row, original = _originals(np.array([5, 7, 5], np.uint64), np.arange(3), np.array([False, False, True]))
    >>> row.tolist(), original.tolist()
    ([0], [2])
    """
    some = _likely_repeated(key)
    key, row = key[some], row[some]
    order = np.lexsort((row, ~is_body[row], key))
    key, row = key[order], row[order]
    is_first = _differs_from_previous(key)
    original = row[np.maximum.accumulate(np.where(is_first, np.arange(len(row)), 0))]
    is_copy = (row != original) & _differs_from_previous(row)
    return row[is_copy], original[is_copy]


def _differs_from_previous(values: NDArray[Any]) -> Bools:
    differs: Bools = shifted(values, 1) != values
    differs[:1] = True
    return differs


_TABLE_BITS = 18


def _likely_repeated(hashes: NDArray[np.uint64]) -> Ints:
    """The indices of all hashes that occur more than once, which few do, and of some others with the same first bits.

    >>> _likely_repeated(np.array([5, 7 << 60, 5], np.uint64)).tolist()
    [0, 2]
    """
    # Sorting many numbers is fast; grouping them or looking each of them up is not, so only their highest bits are used.
    in_order = np.sort(hashes)
    repeated = in_order[1:][in_order[1:] == in_order[:-1]]
    is_likely = np.zeros(1 << _TABLE_BITS, bool)
    shift = np.uint64(64 - _TABLE_BITS)
    is_likely[repeated >> shift] = True
    return np.flatnonzero(is_likely.take((hashes >> shift).view(np.int64)))

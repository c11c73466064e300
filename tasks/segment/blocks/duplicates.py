"""Paragraphs that say again what another one said.

Captions repeat the body, agencies' paragraphs come again in every article, and pages print a teaser twice. A copy is
exact if its fingerprint is equal: a 64-bit hash of the letters, whatever their case, up to the closing punctuation. It is
nearly exact if three quarters of its word pairs stand in the other paragraph.

Which paragraphs of a document to compare is told by windows of 24 bytes that they share. A window begins at each word
with one of a few first letters, about every other word, so that the same words give the same windows wherever they stand,
and everything stays linear in the text. Across the corpus only fingerprints are compared.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.text.buffers import FIRST_BYTES, TextBuffer
from tasks.text.hash_index import hash_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tasks.text.arrays import Ints

_MIN_CHARS = 40  # of a paragraph that can be a near copy: seven or eight words
_WINDOW = 24  # bytes
_MIN_SHARED = 0.75  # of a paragraph's word pairs
_WINDOW_LETTERS = b"bcdfhmprswBCDFHMPRSW"
_WORD = re.compile(r"[^\W_]+")

# Arithmetic on these wraps around at 64 bits, on purpose.
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], np.uint64)
_SMALL = np.uint64(0x2020202020202020)  # the bit that small ASCII letters have and capitals have not
_BLOCKS_AT_ONCE = 1 << 20
"""Of eight bytes: as many as a batch of eight megabytes has. Of each, seven numbers are reckoned."""
_MIN_WINDOWS = 0.2  # of its windows, for its word pairs to be compared at all


def fingerprint_texts(texts: pl.Series) -> pl.Series:
    """A 64-bit number for each text, the same on every machine and day; 0 for a text without letters or digits.

    >>> prints = fingerprint_texts(pl.Series(["The roof fell in.", "the ROOF fell in", "The roof fell on", "..."]))
    >>> prints[0] == prints[1], prints[0] == prints[2], prints[3]
    (True, False, 0)
    """
    trimmed = texts.str.strip_chars(" .,:;!?…\"'“”‘’()[]")
    buffer = TextBuffer.of(trimmed)
    n_bytes = np.diff(buffer.offsets)
    n_blocks = -(-n_bytes // 8)
    behind = np.cumsum(n_blocks)
    first = behind - n_blocks
    totals = n_bytes.astype(np.uint64)
    n_all = int(n_blocks.sum())
    for begin in range(0, n_all, _BLOCKS_AT_ONCE):
        stop = min(begin + _BLOCKS_AT_ONCE, n_all)
        some = np.arange(np.searchsorted(behind, begin, side="right"), np.searchsorted(behind, stop) + 1)
        some = some[n_blocks[some] > 0]
        begins, ends = np.maximum(first[some], begin), np.minimum(behind[some], stop)
        counts = ends - begins
        place = np.arange(begin, stop) - np.repeat(first[some], counts)
        blocks = buffer.windows[np.repeat(buffer.offsets[some], counts) + 8 * place]
        blocks |= _SMALL
        is_ended = ends == behind[some]
        blocks[ends[is_ended] - 1 - begin] &= FIRST_BYTES[(n_bytes[some[is_ended]] - 1) % 8 + 1]
        blocks *= _MIX[0]
        blocks ^= blocks >> np.uint64(29)
        blocks *= place.view(np.uint64) * _MIX[1] | np.uint64(1)  # odd, so that nothing is lost
        totals[some] += np.add.reduceat(blocks, begins - begin)
    return pl.Series("fingerprint", totals)


def find_duplicates(paragraphs: pl.DataFrame, is_body_like: pl.Series, texts: TextBuffer | None = None) -> pl.DataFrame:
    """`paragraphs` with fingerprint, duplicate_of (the first copy of each within its document, as
    "document_id:paragraph_index"; null for what repeats nothing) and repeated_ratio (the share of its word pairs that
    stand in the paragraph it is most like; 0 if it is like none).

    Between a paragraph that looks like body text and one that does not, the body's is the first copy, wherever it stands.
    The paragraphs of a document stand together; `texts` are their bytes, if they are read already.

    >>> paragraphs = pl.DataFrame({"document_id": ["d"] * 3, "paragraph_index": [0, 1, 2], "text": [
    ...     "A crowd of angry people gathers outside the old town hall", "Share this",
    ...     "There, a crowd of angry people gathers outside the old town hall."]})
    >>> find_duplicates(paragraphs, pl.Series([False, False, True]))["duplicate_of"].to_list()
    ['d:2', None, None]
    """
    paragraphs = paragraphs.with_columns(fingerprint_texts(paragraphs["text"]))
    document, is_body = paragraphs["document_id"].rle_id().to_numpy().astype(np.int64), is_body_like.to_numpy()
    fingerprint = paragraphs["fingerprint"].to_numpy()
    worded = np.flatnonzero(fingerprint)
    row, original = _originals(fingerprint[worded] + hash_numbers(document[worded]), worded, is_body)
    first = np.arange(len(paragraphs))
    first[row] = original
    ratio = (first != np.arange(len(paragraphs))).astype(float)
    texts = texts or TextBuffer.of(paragraphs["text"])
    for near in _near_repeats(paragraphs["text"], texts, document, is_body, ratio == 0):
        ratio[near.row] = near.ratio
        if near.ratio >= _MIN_SHARED:
            first[near.row] = first[near.original]
    repeats = np.flatnonzero(first != np.arange(len(paragraphs)))
    originals = paragraphs[first[repeats]].select(pl.format("{}:{}", "document_id", "paragraph_index")).to_series()
    duplicate_of = pl.Series("duplicate_of", [None], dtype=pl.String).new_from_index(0, len(paragraphs))
    return paragraphs.with_columns(duplicate_of.scatter(repeats, originals), repeated_ratio=pl.Series(ratio))


class _Near(NamedTuple):
    row: int
    original: int
    ratio: float


def _near_repeats(
    texts: pl.Series,
    buffer: TextBuffer,
    document: NDArray[np.int64],
    is_body: NDArray[np.bool_],
    is_wanted: NDArray[np.bool_],
) -> Iterator[_Near]:
    """The wanted rows that share windows with another row of their document, and how much they share with it."""
    starts, rows, n_windows = _find_windows(buffer, is_wanted)
    # Most windows are told apart by eight bytes from their middle.
    window = hash_numbers(document)[rows] + (buffer.windows[starts + 8] | _SMALL) * _MIX[1]
    some = _likely_repeated(window)
    starts, rows, window = starts[some], rows[some], window[some]
    for i in (0, 2):
        window += (buffer.windows[starts + 8 * i] | _SMALL) * _MIX[i]
    # Each is compared with one other, so that a thousand copies cost a thousand comparisons.
    pairs, n_shared = np.unique(np.stack(_originals(window, rows, is_body)), axis=1, return_counts=True)
    row, original = pairs
    # A phrase in common is no copy: "a spokesman for the council said".
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
            yield _Near(one, other, len(own & word_pairs(other)) / len(own))


def _find_windows(
    buffer: TextBuffer, is_wanted: NDArray[np.bool_]
) -> tuple[Ints, NDArray[np.int64], NDArray[np.int64]]:
    """Where the windows of the wanted paragraphs begin, the rows of these, and how many windows each paragraph has."""
    starts = buffer.spaces + 1
    starts = starts[: np.searchsorted(starts, len(buffer.data))]
    # By their numbers, for a mask of so many costs ten times that.
    starts = starts[np.flatnonzero(_may_begin_windows().take(buffer.data[starts]))]
    first = np.searchsorted(starts, buffer.offsets[:-1])
    behind = np.searchsorted(starts, buffer.offsets[1:] - _WINDOW + 1)
    is_long = np.diff(buffer.offsets) >= _MIN_CHARS
    n_windows = np.where(is_wanted & is_long, np.maximum(behind - first, 0), 0)
    rows = np.repeat(np.arange(len(n_windows)), n_windows)
    nth = np.arange(len(rows)) + np.repeat(first - np.cumsum(n_windows) + n_windows, n_windows)
    return starts[nth], rows, n_windows


@cache
def _may_begin_windows() -> NDArray[np.bool_]:
    may_begin = np.zeros(256, bool)
    may_begin[list(_WINDOW_LETTERS)] = True
    return may_begin


def _originals(
    key: NDArray[np.uint64], row: NDArray[np.int64], is_body: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each row that shares a key with others, once for each such key, and the first of these others: of body text, or at
    all where none is. The first ones themselves are left out.

    >>> row, original = _originals(np.array([5, 7, 5], np.uint64), np.arange(3), np.array([False, False, True]))
    >>> row.tolist(), original.tolist()
    ([0], [2])
    """
    some = _likely_repeated(key)
    key, row = key[some], row[some]
    order = np.lexsort((row, ~is_body[row], key))
    key, row = key[order], row[order]
    is_first = np.append(True, key[1:] != key[:-1])[: len(key)]
    original = row[np.maximum.accumulate(np.where(is_first, np.arange(len(row)), 0))]
    is_copy = (row != original) & np.append(True, row[1:] != row[:-1])[: len(row)]
    return row[is_copy], original[is_copy]


_TABLE_BITS = 18


def _likely_repeated(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Where those of the hashes stand that come more than once, which few do, and some that are like them.

    >>> _likely_repeated(np.array([5, 7 << 60, 5], np.uint64)).tolist()
    [0, 2]
    """
    # Sorting that many numbers is quick; grouping them is not, nor is looking each of them up: their highest bits must do.
    in_order = np.sort(hashes)
    repeated = in_order[1:][in_order[1:] == in_order[:-1]]
    is_likely = np.zeros(1 << _TABLE_BITS, bool)
    shift = np.uint64(64 - _TABLE_BITS)
    is_likely[repeated >> shift] = True
    return np.flatnonzero(is_likely.take((hashes >> shift).view(np.int64)))

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

from tasks.buffers import TextBuffer
from tasks.measure.hash_index import UNKNOWN, HashIndex
from tasks.segment.characters import rows_of
from tasks.segment.pieces import FIRST_BYTES, eight_bytes_from_each

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tasks.segment.characters import Bytes

_MIN_CHARS = 40  # of a paragraph that can be a near copy: seven or eight words
_MIN_SHARED = 0.75  # of a paragraph's word pairs
_WINDOW_LETTERS = b"bcdfhmprswBCDFHMPRSW"
_WORD = re.compile(r"[^\W_]+")

# Arithmetic on these wraps around at 64 bits, on purpose.
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], np.uint64)
_SMALL = np.uint64(0x2020202020202020)  # the bit that small ASCII letters have and capitals have not
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
    first = np.cumsum(n_blocks) - n_blocks
    place = np.arange(int(n_blocks.sum())) - np.repeat(first, n_blocks)
    starts = np.repeat(buffer.offsets[:-1], n_blocks) + 8 * place
    kept = np.minimum(np.repeat(buffer.offsets[1:], n_blocks) - starts, 8)
    blocks = (eight_bytes_from_each(buffer.data)[starts] | _SMALL) & FIRST_BYTES[kept]
    blocks *= _MIX[0]
    blocks ^= blocks >> np.uint64(29)
    blocks *= place.astype(np.uint64) * _MIX[1] | np.uint64(1)  # odd, so that nothing is lost
    totals = np.zeros(len(texts), np.uint64)
    worded = np.flatnonzero(n_blocks)
    if len(worded):
        totals[worded] = np.add.reduceat(blocks, first[worded]) + n_bytes[worded].astype(np.uint64)
    return pl.Series("fingerprint", totals)


def find_repeats(paragraphs: pl.DataFrame, is_body_like: pl.Series) -> pl.DataFrame:
    """`paragraphs` with fingerprint, duplicate_of (the first copy of each within its document, as
    "document_id:paragraph_index"; null for what repeats nothing) and repeated_ratio (the share of its word pairs that
    stand in the paragraph it is most like; 0 if it is like none).

    Between a paragraph that looks like body text and one that does not, the body's is the first copy, wherever it stands.

    >>> paragraphs = pl.DataFrame({"document_id": ["d"] * 3, "paragraph_index": [0, 1, 2], "text": [
    ...     "A crowd of angry people gathers outside the old town hall", "Share this",
    ...     "There, a crowd of angry people gathers outside the old town hall."]})
    >>> find_repeats(paragraphs, pl.Series([False, False, True]))["duplicate_of"].to_list()
    ['d:2', None, None]
    """
    paragraphs = paragraphs.with_columns(fingerprint_texts(paragraphs["text"]))
    row = pl.int_range(pl.len(), dtype=pl.Int64).alias("row")
    is_copied = pl.struct("document_id", "fingerprint").is_duplicated() & (pl.col("fingerprint") != 0)
    copied = paragraphs.select("document_id", "fingerprint", row, is_copied=is_copied, body=is_body_like)
    copied = copied.filter("is_copied").with_columns(
        first=pl.coalesce(pl.col("row").filter("body").min(), pl.col("row").min()).over("document_id", "fingerprint")
    )
    first = np.arange(len(paragraphs))
    first[copied["row"].to_numpy()] = copied["first"].to_numpy()
    is_exact = first != np.arange(len(paragraphs))
    ratio = is_exact.astype(float)
    for near in _near_repeats(paragraphs, is_body_like.to_numpy(), is_exact):
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
    paragraphs: pl.DataFrame, is_body_like: NDArray[np.bool_], is_exact: NDArray[np.bool_]
) -> Iterator[_Near]:
    """The rows that share windows with another row of their document, and how much they share with it."""
    window, window_row = _windows(paragraphs, is_exact)
    is_shared = _are_repeated(window)
    if not is_shared.any():
        return
    shared = pl.DataFrame({"window": window[is_shared], "row": window_row[is_shared]}).unique(maintain_order=True)
    n_windows = pl.Series(np.bincount(window_row, minlength=len(paragraphs)))
    # Each is compared with one other, so that a thousand copies cost a thousand comparisons.
    pairs = (
        shared.with_columns(body=pl.Series(is_body_like).gather(shared["row"]))
        .with_columns(original=pl.coalesce(pl.col("row").filter("body").min(), pl.col("row").min()).over("window"))
        .filter(pl.col("row") != pl.col("original"))
        .group_by("row", "original")
        .len()
        # A phrase in common is no copy: "a spokesman for the council said".
        .filter(pl.col("len") >= _MIN_WINDOWS * pl.lit(n_windows).gather("row"))
        .sort("len", "row", "original", descending=[True, False, False])
        .unique("row", keep="first", maintain_order=True)
        .sort("row")
    )
    texts = paragraphs["text"]
    known: dict[int, set[tuple[str, str]]] = {}

    def word_pairs(row: int) -> set[tuple[str, str]]:
        if row not in known:
            words = _WORD.findall(texts[row].lower())
            known[row] = set(pairwise(words))
        return known[row]

    for row, original in pairs.select("row", "original").iter_rows():
        own = word_pairs(row)
        if own:
            yield _Near(row, original, len(own & word_pairs(original)) / len(own))


def _windows(paragraphs: pl.DataFrame, is_exact: NDArray[np.bool_]) -> tuple[NDArray[np.uint64], Bytes]:
    """The windows of the paragraphs that may be near copies, as hashes of the document and 24 bytes, and their rows."""
    buffer = TextBuffer.of(paragraphs["text"])
    is_wanted = (np.diff(buffer.offsets) >= _MIN_CHARS) & ~is_exact
    data = buffer.data
    starts = np.flatnonzero(data[:-1] <= ord(" ")) + 1
    starts = starts[np.flatnonzero(_may_begin_windows().take(data[starts]))]  # a mask of so many costs ten times that
    rows = rows_of(buffer, starts)
    whole = np.flatnonzero(is_wanted[rows] & (starts + 24 <= buffer.offsets[1:][rows]))
    starts, rows = starts[whole], rows[whole]
    eights = eight_bytes_from_each(data)
    window = (paragraphs["document_id"].rle_id().to_numpy().astype(np.uint64) * _MIX[3])[rows]
    for i in range(3):
        window += (eights[starts + 8 * i] | _SMALL) * _MIX[i]
    window ^= window >> np.uint64(32)
    return window, rows


@cache
def _may_begin_windows() -> NDArray[np.bool_]:
    may_begin = np.zeros(256, bool)
    may_begin[list(_WINDOW_LETTERS)] = True
    return may_begin


def _are_repeated(numbers: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of the numbers, hashes of which few are equal, come more than once.

    >>> _are_repeated(np.array([5, 7, 5], np.uint64)).tolist()
    [True, False, True]
    """
    # Sorting that many numbers is quick; grouping them is not.
    in_order = np.sort(numbers)
    repeated = np.unique(in_order[1:][in_order[1:] == in_order[:-1]])
    index = HashIndex()
    index.add(repeated, np.zeros(len(repeated), np.int32))
    is_repeated: NDArray[np.bool_] = index.find(numbers) != UNKNOWN
    return is_repeated

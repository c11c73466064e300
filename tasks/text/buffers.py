"""A column of texts as one array of UTF-8 bytes, from which pieces are cut at byte offsets without copying the texts.

Where a rule reads single characters of every text (line ends, full stops), numpy over the bytes is twenty times faster
than a regular expression over each text. Bytes and code points differ only where a text is not ASCII: UTF-8 writes a
character as one leading byte and up to three continuation bytes (10xxxxxx), so a position in code points is the position
in bytes minus the number of continuation bytes before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tasks.text.arrays import Ints

WHITE_SPACE = (
    " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\N{NO-BREAK SPACE}\N{OGHAM SPACE MARK}"
    + "".join(map(chr, range(0x2000, 0x200B)))  # en quad to hair space
    + "\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}\N{NARROW NO-BREAK SPACE}"
    + "\N{MEDIUM MATHEMATICAL SPACE}\N{IDEOGRAPHIC SPACE}"
)
"""The characters at which Python's `str.split` splits; written out, since the white space of polars lacks a few."""

_WINDOW = 8  # bytes
FIRST_BYTES = np.array([(1 << 8 * n) - 1 for n in range(_WINDOW + 1)], np.uint64)
"""Element n is the mask that keeps the first n bytes of a window: see `byte_windows`."""
_LONGEST_INLINE = 12  # bytes of a text that is stored inside its view
_BUFFER_BITS = 30  # offsets in a buffer of views have 31 bits


def byte_windows(padded: NDArray[np.uint8]) -> NDArray[np.uint64]:
    r"""Element i holds the bytes i to i + 7 as a little-endian number; seven elements fewer than there are bytes.

    Nothing is copied. The elements are not aligned, which costs little where they are indexed; numpy's `take` would copy
    all of them first.

    >>> byte_windows(np.frombuffer(b"a \0\0\0\0\0\0\0", np.uint8)).tolist()
    [8289, 32]
    """
    return np.ndarray((max(len(padded) - _WINDOW + 1, 0),), "<u8", padded, strides=(1,))


@dataclass(frozen=True)
class TextBuffer:
    """Text i of a column is `data[offsets[i]:offsets[i + 1]]`, in UTF-8."""

    data: NDArray[np.uint8]
    offsets: Ints

    @classmethod
    def of(cls, texts: pl.Series) -> TextBuffer:
        """The bytes of `texts`; nulls count as empty.

        >>> TextBuffer.of(pl.Series(["né", "", "a"])).offsets.tolist()
        [0, 3, 3, 4]
        """
        array = texts.fill_null("").rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.large_string())
        _, offsets, data = array.buffers()
        bounds = np.frombuffer(offsets, np.int64, len(array) + 1, array.offset * 8)
        content = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
        return cls(content[bounds[0] : bounds[-1]], bounds - bounds[0])

    def cut(self, starts: Ints, ends: Ints) -> pl.Series:
        """The pieces from `starts` to `ends`, in bytes; in any order, and they may overlap. Where an end is not after its
        start, the piece is empty.

        >>> TextBuffer.of(pl.Series(["one two", "three"])).cut(np.array([4, 7, 6]), np.array([7, 10, 6])).to_list()
        ['two', 'thr', '']
        """
        # A view in Arrow is 16 bytes: a length, and the text itself if it has at most twelve bytes; else its first four
        # bytes, the number of a buffer and the offset there. So no text is copied.
        lengths = np.maximum(ends - starts, 0)
        views = np.empty((len(starts), 2), np.uint64)
        firsts = self.windows[starts]
        short = np.flatnonzero(lengths <= _LONGEST_INLINE)
        n_short = lengths[short]
        firsts[short] &= FIRST_BYTES.take(n_short, mode="clip")
        views[:, 0] = lengths.view(np.uint64) | (firsts << np.uint64(32))
        n_bytes = 1 << _BUFFER_BITS
        views[:, 1] = (starts >> _BUFFER_BITS | (starts & (n_bytes - 1)) << 32).view(np.uint64)
        views[short, 1] = self.windows[starts[short] + 4] & FIRST_BYTES.take(n_short - 4, mode="clip")
        buffers = [self.data[first:] for first in range(0, max(len(self.data), 1), n_bytes)]
        pieces = pa.Array.from_buffers(
            pa.string_view(), len(starts), [None, pa.py_buffer(views), *map(pa.py_buffer, buffers)]
        )
        return pl.Series(pl.from_arrow(pieces))

    def code_points(self, positions: Ints) -> Ints:
        """`positions` in bytes of the whole buffer as positions in code points.

        >>> TextBuffer.of(pl.Series(["né!"])).code_points(np.array([1, 3, 4])).tolist()
        [1, 2, 3]
        """
        if not len(self._continuations):
            return positions
        return positions - np.searchsorted(self._continuations, positions)

    def bytes_at(self, texts: Ints, positions: Ints) -> Ints:
        """Where in the bytes of text `texts[i]` its code point `positions[i]` begins: the inverse of `code_points`.

        >>> TextBuffer.of(pl.Series(["né!", "né"])).bytes_at(np.array([0, 0, 1]), np.array([1, 2, 2])).tolist()
        [1, 3, 3]
        """
        starts = self.offsets[texts]
        places = self.code_points(starts) + positions  # in code points of the whole buffer
        # How many code points begin before each continuation byte: a position is after those with fewer than its own.
        begun = self._continuations - np.arange(len(self._continuations))
        return places + np.searchsorted(begun, places, side="right") - starts

    @cached_property
    def spaces(self) -> Ints:
        """The positions of ASCII white space.

        >>> TextBuffer.of(pl.Series(["a b", "c "])).spaces.tolist()
        [1, 4]
        """
        return np.flatnonzero((self.data == ord(" ")) | (self.data - np.uint8(ord("\t")) <= ord("\r") - ord("\t")))

    @cached_property
    def windows(self) -> NDArray[np.uint64]:
        """The windows of eight bytes that begin at each byte, and beyond the end zeros: see `byte_windows`."""
        return byte_windows(np.append(self.data, np.zeros(2 * _WINDOW, np.uint8)))

    @cached_property
    def _continuations(self) -> Ints:
        """The positions of continuation bytes: 80 to BF, which are below -40 as signed numbers."""
        return np.flatnonzero(self.data.view(np.int8) < -0x40)


def blocks_of(texts: pl.Series, n_bytes: int) -> Iterator[pl.Series]:
    """The same texts in blocks: as many at a time as have up to `n_bytes` together, but at least one.

    >>> [block.to_list() for block in blocks_of(pl.Series(["abc", "d", "e", "fg"]), 2)]
    [['abc'], ['d', 'e'], ['fg']]
    """
    ends = np.cumsum(texts.str.len_bytes().fill_null(0).to_numpy(), dtype=np.int64)
    first = 0
    while first < len(texts):
        reached = int(np.searchsorted(ends, (ends[first - 1] if first else 0) + n_bytes, "right"))
        last = max(reached, first + 1)
        yield texts[first:last]
        first = last

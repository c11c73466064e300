"""What of a batch of texts needs the repairer at all, found in the bytes of the whole batch at once.

Most of a newspaper is ASCII and calm signs (curly quotes, dashes). So the runs of bytes beyond ASCII are looked up in
one pass; those that are one calm sign are counted and left; of the others, each distinct one is asked once whether
anything could change it. A text without such a run has nothing to repair. Of one that has, the repairer gets the
places of all runs but calm signs, each with the two characters on both sides that its rules ask for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.clean.artefacts import may_hold_artefacts
from tasks.clean.candidates import NonAsciiRun
from tasks.clean.mojibake import SAFE_PUNCTUATION, may_be_damaged

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl
    from numpy.typing import NDArray

    from tasks.parts import Parts
    from tasks.text.buffers import TextBuffer

# Artefacts in ASCII, control characters apart. Each alternative begins with a literal, which is what makes it fast.
_ESCAPES = r"&[#A-Za-z][#0-9A-Za-z]{1,31};|\\[ux][0-9a-fA-F]{2}|%[C-F][0-9A-F]%|=[C-F][0-9A-F]="

_CHUNK = 1 << 18
"""Bytes looked at in one go: what is worked out for so many stays in the processor's cache."""

_CALM_LAST_BYTES = np.zeros(256, bool)  # calm signs are E2 80 and one of these
_CALM_LAST_BYTES[[sign.encode()[2] for sign in SAFE_PUNCTUATION]] = True

_LENGTHS = 1 + (np.arange(256) >= 0xC0) + (np.arange(256) >= 0xE0) + (np.arange(256) >= 0xF0)
"""How many bytes of UTF-8 a character has, by the first of them."""


@dataclass(frozen=True)
class Findings:
    """What was found in a batch."""

    rows: NDArray[np.int64]
    """For each place of a text that may be damaged, the number of that text."""
    starts: NDArray[np.int64]
    """Where the run of the place begins in its text, in code points."""
    places: list[NonAsciiRun]
    """In their order: all runs beyond ASCII of those texts, but not calm signs."""
    has_calm_signs: NDArray[np.bool_]
    """For each text, whether it has those."""
    artefacts: NDArray[np.bool_]
    """For each text, whether it may hold artefacts other than mojibake; where there are places, those in ASCII."""


def scan_texts(texts: pl.Series, buffer: TextBuffer, parts: Parts | None = None) -> Findings:
    r"""The places of texts that may be damaged, and which texts may hold artefacts; what is in neither is clean.

    `buffer` is of `texts`. LimitExceeded if there are more places than `parts` allow.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> texts = pl.Series(["Plain.", "“Fine”", "It â€” this é line —", "AT&amp;T"])
    >>> found = scan_texts(texts, TextBuffer.of(texts))
    >>> for place in zip(found.rows.tolist(), found.starts.tolist(), found.places):
    ...     print(place)
    (2, 3, NonAsciiRun(before='t ', run='â€”', after=' t'))
    (2, 12, NonAsciiRun(before='s ', run='é', after=' l'))
    >>> found.has_calm_signs.tolist(), found.artefacts.tolist()
    ([False, True, True, False], [False, False, False, True])
    """
    data, offsets = buffer.data, buffer.offsets
    special = _special(data)
    values = data[special]
    artefacts = texts.str.contains(_ESCAPES).fill_null(value=False).to_numpy().copy()
    controls = special[(values < 0x80) & (values != 0x09)]
    artefacts[_rows(offsets, controls)] = True
    high = special[values >= 0x80]
    has_calm_signs = np.zeros(len(texts), bool)
    if not len(high):
        return Findings(high, high, [], has_calm_signs, artefacts)

    starts, ends = _runs(data, offsets, high)
    rows = _rows(offsets, starts)
    is_calm = ends - starts == 3
    calm_starts = starts[is_calm]
    is_calm[is_calm] = (
        (data[calm_starts] == 0xE2) & (data[calm_starts + 1] == 0x80) & _CALM_LAST_BYTES[data[calm_starts + 2]]
    )
    has_calm_signs[rows[is_calm]] = True
    starts, ends, rows = starts[~is_calm], ends[~is_calm], rows[~is_calm]
    runs = buffer.cut(starts, ends)
    distinct = runs.unique().to_list()

    def are(question: Callable[[str], bool]) -> NDArray[np.bool_]:
        """The answer for each run, asked once for each distinct one."""
        return runs.is_in([*filter(question, distinct)]).to_numpy().astype(np.bool_)

    is_damaged = np.zeros(len(texts), bool)
    is_damaged[rows[are(may_be_damaged)]] = True
    chosen = is_damaged[rows]
    artefacts[rows[are(may_hold_artefacts) & ~chosen]] = True
    starts, ends, rows = starts[chosen], ends[chosen], rows[chosen]
    if not len(starts):
        return Findings(rows, starts, [], has_calm_signs, artefacts)

    if parts:
        parts.check(len(starts), "places to repair")
    begins = _step_back(data, offsets[rows], _step_back(data, offsets[rows], starts))
    stops = _step_on(data, offsets[rows + 1], _step_on(data, offsets[rows + 1], ends))
    pieces = buffer.cut(begins, starts), runs.filter(chosen), buffer.cut(ends, stops)
    return Findings(
        rows,
        buffer.code_points(starts) - buffer.code_points(offsets[rows]),
        [*map(NonAsciiRun, *(piece.to_list() for piece in pieces))],
        has_calm_signs,
        artefacts,
    )


def _step_back(data: NDArray[np.uint8], limits: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the character before each place begins, or the place itself if none is before it in its line and text."""
    before = np.maximum(places - 1, limits)
    while (is_inside := data[before] & 0xC0 == 0x80).any():
        before -= is_inside
    return np.where(data[before] == 0x0A, places, before)


def _step_on(data: NDArray[np.uint8], limits: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the character at each place ends, or the place itself if none follows in its line and text."""
    values = data[np.minimum(places, len(data) - 1)]
    return np.where((places == limits) | (values == 0x0A), places, places + _LENGTHS[values])


def _special(data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where the bytes are that are neither printing characters of ASCII (20 to 7E) nor line feeds."""
    places = []
    shifted, is_special, is_no_line_feed = np.empty(_CHUNK, np.int8), np.empty(_CHUNK, bool), np.empty(_CHUNK, bool)
    for start in range(0, len(data), _CHUNK):
        chunk = data[start : start + _CHUNK].view(np.int8)
        # As signed numbers bytes from 80 on are negative, and 7F becomes so when 1 is added.
        np.add(chunk, 1, out=shifted[: len(chunk)])
        np.less(shifted, 0x21, out=is_special)
        np.not_equal(chunk, 0x0A, out=is_no_line_feed[: len(chunk)])
        is_special &= is_no_line_feed
        places.append(np.flatnonzero(is_special[: len(chunk)]) + start)
    return np.concatenate(places) if places else np.zeros(0, np.int64)


def _rows(offsets: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.searchsorted(offsets, places, side="right") - 1


def _runs(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], high: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the runs beyond ASCII begin and end, of which `high` are the bytes; none goes on into the next text."""
    gaps = np.diff(high)
    begins = np.append(True, gaps != 1)
    # As in `mojibake`, a space after â (C3 A2) or ã (C3 A3) does not end a run, if more beyond ASCII follows.
    near = np.flatnonzero(gaps == 2)
    last = high[near]
    is_joined = (data[last + 1] == 0x20) & (data[last] & 0xFE == 0xA2) & (data[last - 1] == 0xC3)
    joined = near[is_joined & (_rows(offsets, last) == _rows(offsets, last + 1))]
    begins[joined + 1] = False
    at = np.searchsorted(high, offsets)
    inside = at < len(high)
    at, limits = at[inside], offsets[inside]
    begins[at[high[at] == limits]] = True
    first = np.flatnonzero(begins)
    return high[first], high[np.append(first[1:], len(high)) - 1] + 1

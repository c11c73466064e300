"""What of a batch of texts needs the repairer at all, found in the bytes of the whole batch at once.

Most of a newspaper is ASCII and calm signs (curly quotes, dashes). So the runs of bytes beyond ASCII are looked up in
one pass; those that are one calm sign are counted and left; of the others, each distinct one is asked once whether
anything could change it. A text without such a run has nothing to repair. Of one that has, the repairer gets an
excerpt: from the lines that hold more than calm signs, the runs and a little of what stands around them.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import add
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.clean.artefacts import may_hold_artefacts
from tasks.clean.ledger import Repair, Step, rewrite
from tasks.clean.mojibake import CALM, may_be_damaged, repair_excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from tasks.buffers import TextBuffer

# Artefacts in ASCII, control characters apart. Each alternative begins with a literal, which is what makes it fast.
_ESCAPES = r"&[#A-Za-z][#0-9A-Za-z]{1,31};|\\[ux][0-9a-fA-F]{2}|%[C-F][0-9A-F]%|=[C-F][0-9A-F]="

_CONTEXT = 10
"""How many bytes around a run stay with it. Rules look at six at most, and a repair may take one and look again."""

_CHUNK = 1 << 18
"""Bytes looked at in one go: what is worked out for so many stays in the processor's cache."""

_CALM_LAST_BYTES = np.zeros(256, bool)  # calm signs are E2 80 and one of these
_CALM_LAST_BYTES[[sign.encode()[2] for sign in CALM]] = True


@dataclass(frozen=True)
class Excerpt:
    """The stretches of one text, of row `row`, that may need repair."""

    row: int
    pieces: list[str]
    """Before each stretch, what stands between it and the one before: a line feed, or a tab for the rest of a line."""
    starts: list[int]
    """Where each begins in the text, in code points."""
    beside_sound_signs: bool
    """Whether there are calm signs in the text."""

    def repair(self, text: str) -> tuple[Repair, bool]:
        """What `repair_text` makes of the text of which this is the excerpt, and whether its runs may hold artefacts then."""
        excerpt = repair_excerpt("".join(self.pieces)[1:], beside_sound_signs=self.beside_sound_signs)
        if not excerpt.steps:
            return Repair(text), may_hold_artefacts(excerpt.text)
        places = [*accumulate(map(len, self.pieces), initial=0)]
        starts, ends, *columns = zip(*excerpt.steps, strict=True)
        pieces = [bisect_right(places, start) - 1 for start in starts]
        shifts = [self.starts[piece] - places[piece] for piece in pieces]
        steps = [*map(Step, map(add, starts, shifts), map(add, ends, shifts), *columns)]
        return rewrite(text, steps), may_hold_artefacts(excerpt.text)


@dataclass(frozen=True)
class Findings:
    """What was found in a batch."""

    excerpts: list[Excerpt]
    """In the order of their rows."""
    artefacts: NDArray[np.bool_]
    """For each text, whether it may hold artefacts other than mojibake; where there is an excerpt, those in ASCII."""


def find_damage(texts: pl.Series, buffer: TextBuffer) -> Findings:
    r"""The excerpts to repair, and which texts may hold artefacts; what is in neither is clean. `buffer` is of `texts`.

    >>> from tasks.buffers import TextBuffer
    >>> texts = pl.Series(["Plain.", "“Fine”", "It â€” this line —\nand not this", "AT&amp;T"])
    >>> found = find_damage(texts, TextBuffer.of(texts))
    >>> found.excerpts
    [Excerpt(row=2, pieces=['\nIt â€” this line —'], starts=[0], beside_sound_signs=True)]
    >>> found.artefacts.tolist()
    [False, False, False, True]
    """
    data, offsets = buffer.data, buffer.offsets
    special = _special(data)
    values = data[special]
    artefacts = texts.str.contains(_ESCAPES).fill_null(value=False).to_numpy().copy()
    controls = special[(values < 0x80) & (values != 0x0A) & (values != 0x09)]
    artefacts[_rows(offsets, controls)] = True
    high = special[values >= 0x80]
    if not len(high):
        return Findings([], artefacts)

    starts, ends = _runs(offsets, high)
    rows = _rows(offsets, starts)
    is_calm = ends - starts == 3
    calm_starts = starts[is_calm]
    is_calm[is_calm] = (
        (data[calm_starts] == 0xE2) & (data[calm_starts + 1] == 0x80) & _CALM_LAST_BYTES[data[calm_starts + 2]]
    )
    has_calm = np.zeros(len(texts), bool)
    has_calm[rows[is_calm]] = True
    other_rows, other_ends = rows[~is_calm], ends[~is_calm]
    runs = buffer.cut(starts[~is_calm], other_ends)
    is_damaged = np.zeros(len(texts), bool)
    is_damaged[other_rows[_are(runs, may_be_damaged) | _are_joined(data, offsets[other_rows + 1], other_ends)]] = True
    artefacts[other_rows[_are(runs, may_hold_artefacts) & ~is_damaged[other_rows]]] = True
    if not is_damaged.any():
        return Findings([], artefacts)

    breaks = special[values == 0x0A]
    lines = np.searchsorted(breaks, starts) + rows  # a number for each line of each text
    is_chosen = np.zeros(lines[-1] + 1, bool)
    is_chosen[lines[~is_calm & is_damaged[rows]]] = True
    chosen = is_chosen[lines]
    return Findings([*_cut_excerpts(buffer, breaks, starts[chosen], ends[chosen], has_calm)], artefacts)


def _cut_excerpts(
    buffer: TextBuffer,
    breaks: NDArray[np.int64],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    has_calm: NDArray[np.bool_],
) -> Iterator[Excerpt]:
    """The excerpts around the runs from `starts` to `ends`; `breaks` are the line feeds."""
    rows, numbers = _rows(buffer.offsets, starts), np.searchsorted(breaks, starts)
    bounds = np.concatenate([[-1], breaks, [len(buffer.data)]])
    begins = np.maximum(starts - _CONTEXT, np.maximum(bounds[numbers] + 1, buffer.offsets[rows]))
    stops = np.minimum(ends + _CONTEXT, np.minimum(bounds[numbers + 1], buffer.offsets[rows + 1]))
    opens_line = np.diff(numbers + rows, prepend=-1) != 0
    first = np.flatnonzero(opens_line | (begins > np.append(0, stops[:-1])))
    begins, stops, rows = begins[first], stops[np.append(first[1:], len(starts)) - 1], rows[first]
    gaps = pl.Series(["\t", "\n"]).gather(opens_line[first])
    pieces = (gaps + buffer.cut(begins, stops)).to_list()
    places = (buffer.code_points(begins) - buffer.code_points(buffer.offsets[rows])).tolist()
    cuts = [0, *(np.flatnonzero(np.diff(rows)) + 1).tolist(), len(rows)]
    for start, end in pairwise(cuts):
        row = int(rows[start])
        yield Excerpt(row, pieces[start:end], places[start:end], bool(has_calm[row]))


def _special(data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where the bytes are that are no printing characters of ASCII: 0 to 1F, and 7F to FF."""
    places = []
    shifted, is_special = np.empty(_CHUNK, np.int8), np.empty(_CHUNK, bool)
    for start in range(0, len(data), _CHUNK):
        chunk = data[start : start + _CHUNK].view(np.int8)
        # As signed numbers bytes from 80 on are negative, and 7F becomes so when 1 is added.
        np.add(chunk, 1, out=shifted[: len(chunk)])
        np.less(shifted, 0x21, out=is_special)
        places.append(np.flatnonzero(is_special[: len(chunk)]) + start)
    return np.concatenate(places) if places else np.zeros(0, np.int64)


def _rows(offsets: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.searchsorted(offsets, places, side="right") - 1


def _runs(offsets: NDArray[np.int64], high: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the runs of bytes beyond ASCII, whose places are `high`, begin and end; none goes on into the next text."""
    begins = np.diff(high, prepend=-2) != 1
    at = np.searchsorted(high, offsets)
    inside = at < len(high)
    at, limits = at[inside], offsets[inside]
    begins[at[high[at] == limits]] = True
    first = np.flatnonzero(begins)
    return high[first], high[np.append(first[1:], len(high)) - 1] + 1


def _are(runs: pl.Series, question: Callable[[str], bool]) -> NDArray[np.bool_]:
    """The answer for each run, asked once for each distinct one."""
    return runs.is_in([run for run in runs.unique().to_list() if question(run)]).to_numpy().astype(np.bool_)


def _are_joined(data: NDArray[np.uint8], limits: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a space and another run follow each run: `â €` is mojibake with a space for a no-break space."""
    inside = ends + 1 < limits
    after = np.where(inside, ends, 0)
    joined: NDArray[np.bool_] = inside & (data[after] == 0x20) & (data[np.minimum(after + 1, len(data) - 1)] >= 0x80)
    return joined

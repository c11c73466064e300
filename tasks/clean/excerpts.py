"""What of a batch of texts needs the repairer at all, found in the bytes of the whole batch at once.

Most of a newspaper is ASCII and calm signs (curly quotes, dashes). So the runs of bytes beyond ASCII are looked up in
one pass; those that are one calm sign are counted and left; of the others, each distinct one is asked once whether
anything could change it. A text with such a run is given to the repairer without the lines that hold calm signs only,
and one without has nothing to repair.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from tasks.buffers import TextBuffer
from tasks.clean.artefacts import may_hold_artefacts
from tasks.clean.ledger import Repair, rewrite
from tasks.clean.mojibake import CALM, may_be_damaged, repair_excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl
    from numpy.typing import NDArray

# Artefacts in ASCII, control characters apart. Each alternative begins with a literal, which is what makes it fast.
_ESCAPES = r"&[#A-Za-z][#0-9A-Za-z]{1,31};|\\[ux][0-9a-fA-F]{2}|%[C-F][0-9A-F]%|=[C-F][0-9A-F]="

_CALM_LAST_BYTES = np.zeros(256, bool)  # calm signs are E2 80 and one of these
_CALM_LAST_BYTES[[sign.encode()[2] for sign in CALM]] = True


@dataclass(frozen=True)
class Excerpt:
    """The lines of one text, of row `row`, that may need repair."""

    row: int
    lines: list[str]
    starts: list[int]
    """Where each begins in the text, in code points."""
    beside_sound_signs: bool
    """Whether there are calm signs in the text."""

    def repair(self, text: str) -> Repair:
        """What `repair_text` makes of the text of which this is the excerpt."""
        steps = []
        places = np.cumsum([0, *(len(line) + 1 for line in self.lines)]).tolist()
        line = 0
        for step in repair_excerpt("\n".join(self.lines), beside_sound_signs=self.beside_sound_signs).steps:
            while step.start >= places[line + 1]:
                line += 1
            shift = self.starts[line] - places[line]
            steps.append(step._replace(start=step.start + shift, end=step.end + shift))
        return rewrite(text, steps)


@dataclass(frozen=True)
class Findings:
    """What was found in a batch."""

    excerpts: list[Excerpt]
    """In the order of their rows."""
    artefacts: NDArray[np.bool_]
    """For each text, whether it may hold artefacts other than mojibake."""


def find_damage(texts: pl.Series) -> Findings:
    r"""The excerpts to repair, and which texts may hold artefacts; what is in neither is clean.

    >>> import polars as pl
    >>> found = find_damage(pl.Series(["Plain.", "“Fine”", "It â€” this line —\nand not this", "AT&amp;T"]))
    >>> found.excerpts
    [Excerpt(row=2, lines=['It â€” this line —'], starts=[0], beside_sound_signs=True)]
    >>> found.artefacts.tolist()
    [False, False, False, True]
    """
    buffer = TextBuffer.of(texts)
    data, offsets = buffer.data, buffer.offsets
    special = np.flatnonzero(data - np.uint8(0x20) > 0x7E - 0x20)  # 0 to 1F come out on top
    values = data[special]
    artefacts = texts.str.contains(_ESCAPES).fill_null(value=False).to_numpy().copy()
    controls = special[((values < 0x20) & (values != 0x0A) & (values != 0x09)) | (values == 0x7F)]
    artefacts[_rows(offsets, controls)] = True
    high = special[values >= 0x80]
    if not len(high):
        return Findings([], artefacts)

    starts, ends = _runs(offsets, high)
    is_calm = ends - starts == 3
    calm_starts = starts[is_calm]
    is_calm[is_calm] = (
        (data[calm_starts] == 0xE2) & (data[calm_starts + 1] == 0x80) & _CALM_LAST_BYTES[data[calm_starts + 2]]
    )
    has_calm = np.zeros(len(texts), bool)
    has_calm[_rows(offsets, starts[is_calm])] = True
    starts, ends = starts[~is_calm], ends[~is_calm]
    rows = _rows(offsets, starts)
    runs = buffer.cut(starts, ends)
    artefacts[rows[_are(runs, may_hold_artefacts)]] = True
    damaged = np.zeros(len(texts), bool)
    damaged[rows[_are(runs, may_be_damaged) | _are_joined(data, offsets[rows + 1], ends)]] = True

    chosen = damaged[rows]
    breaks = special[values == 0x0A]
    numbers = np.searchsorted(breaks, starts[chosen])
    _, first = np.unique(np.stack([rows[chosen], numbers]), axis=1, return_index=True)
    rows, numbers = rows[chosen][first], numbers[first]
    bounds = np.concatenate([[-1], breaks, [len(data)]])
    line_starts = np.maximum(bounds[numbers] + 1, offsets[rows])
    lines = buffer.cut(line_starts, np.minimum(bounds[numbers + 1], offsets[rows + 1])).to_list()
    continuations = high[data[high] < 0xC0]
    places = _code_points(continuations, line_starts) - _code_points(continuations, offsets[rows])
    return Findings([*_group(rows, lines, places, has_calm)], artefacts)


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


def _code_points(continuations: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    return places - np.searchsorted(continuations, places)


def _group(
    rows: NDArray[np.int64], lines: list[str], places: NDArray[np.int64], has_calm: NDArray[np.bool_]
) -> Iterator[Excerpt]:
    cuts = [0, *(np.flatnonzero(np.diff(rows)) + 1).tolist(), len(rows)]
    for start, end in pairwise(cuts):
        if start < end:
            row = int(rows[start])
            yield Excerpt(row, lines[start:end], places[start:end].tolist(), bool(has_calm[row]))

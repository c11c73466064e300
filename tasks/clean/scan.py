"""Scan: finds the texts of a batch that need repair, in the bytes of the whole batch at once.

Most news text is ASCII and safe punctuation (curly quotes, dashes). So the runs of non-ASCII bytes are found in one
pass over the batch. Runs that are a single safe sign are only counted. For each distinct run of the others, it is
checked once whether it could be changed at all (`mojibake.may_be_damaged`). A text without such a run needs no repair.
For the other texts, all runs except safe signs are returned, each with the two characters on both sides that the rules
need.

The result is the same as that of `runs.find_runs`, which searches one text with a pattern; a property test compares the
two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.clean.artefacts import may_hold_artefacts
from tasks.clean.character_classes import SAFE_PUNCTUATION
from tasks.clean.mixups import DENSE, run_evidence
from tasks.clean.mojibake import may_be_damaged
from tasks.clean.runs import NonAsciiRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tasks.parts import Parts
    from tasks.text.buffers import TextBuffer

# How ASCII artefacts except control characters begin. One set at the start makes the search fast. Whether it is an
# escape at all is decided in the texts that have one.
_ESCAPES = r"[&\\%=+](?:[#A-Za-z][#0-9A-Za-z]|'[0-9a-fA-F]|[?2][?0-9A-Za-z])"

_CHUNK = 1 << 18
"""Number of bytes that are compared at once; their results fit into the processor's cache."""

_SAFE_LAST_BYTES = np.zeros(256, bool)  # safe signs are E2 80 and one of these
_SAFE_LAST_BYTES[[sign.encode()[2] for sign in SAFE_PUNCTUATION]] = True

_LENGTHS = 1 + (np.arange(256) >= 0xC0) + (np.arange(256) >= 0xE0) + (np.arange(256) >= 0xF0)
"""Number of bytes of a UTF-8 character, by its first byte."""


@dataclass(frozen=True)
class ScanResult:
    """The result of the scan of a batch."""

    rows: NDArray[np.int64]
    """For each run of a text that may be damaged, the number of that text."""
    starts: NDArray[np.int64]
    """The position of each run in its text, in code points."""
    runs: list[NonAsciiRun]
    """All runs of those texts in order, without safe signs."""
    has_safe_punctuation: NDArray[np.bool_]
    """For each text, whether it has safe signs."""
    may_hold_artefacts: NDArray[np.bool_]
    """For each text, whether it may contain artefacts other than mojibake; only ASCII ones if the text has runs."""


class _Runs(NamedTuple):
    """Runs, each with the number of its text, and the bytes of the batch at which it starts and ends."""

    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> _Runs:
        return _Runs(self.rows[chosen], self.starts[chosen], self.ends[chosen])


def scan_texts(texts: pl.Series, buffer: TextBuffer, parts: Parts | None = None) -> ScanResult:
    r"""The runs of texts that may be damaged, and the texts that may contain artefacts; all others are clean.

    `buffer` contains `texts`. Raises LimitExceeded if there are more runs than `parts` allow.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> texts = pl.Series(["Plain.", "“Fine”", "It â€” this é line —", "AT&amp;T"])
    >>> found = scan_texts(texts, TextBuffer.of(texts))
    >>> for run in zip(found.rows.tolist(), found.starts.tolist(), found.runs):
    ...     print(run)
    (2, 3, NonAsciiRun(before='t ', text='â€”', after=' t'))
    (2, 12, NonAsciiRun(before='s ', text='é', after=' l'))
    >>> found.has_safe_punctuation.tolist(), found.may_hold_artefacts.tolist()
    ([False, True, True, False], [False, False, False, True])
    """
    data, offsets = buffer.data, buffer.offsets
    special = _special(data)
    values = data[special]
    artefacts = texts.str.contains(_ESCAPES).fill_null(value=False).to_numpy().copy()
    artefacts[_rows(offsets, special[(values < 0x80) & (values != 0x09)])] = True  # control characters
    has_safe = np.zeros(len(texts), bool)
    high = special[values >= 0x80]
    if not len(high):
        return ScanResult(high, high, [], has_safe, artefacts)

    found = _find_runs(data, offsets, high)
    is_safe = _is_safe(data, found)
    has_safe[found.rows[is_safe]] = True
    found = found.where(~is_safe)
    run_texts = buffer.cut(found.starts, found.ends)
    distinct = run_texts.unique().to_list()

    def which(holds: Callable[[str], bool]) -> NDArray[np.bool_]:
        """The result for each run, computed once for each distinct one."""
        return run_texts.is_in([*filter(holds, distinct)]).to_numpy().astype(np.bool_)

    is_damaged = np.zeros(len(texts), bool)
    is_damaged[found.rows[which(may_be_damaged)]] = True
    mixed_up = _may_be_mixups(offsets, found, run_texts, which)
    artefacts |= mixed_up
    is_damaged |= mixed_up
    chosen = is_damaged[found.rows]
    artefacts[found.rows[which(may_hold_artefacts) & ~chosen]] = True
    found = found.where(chosen)
    if not len(found.rows):  # code points are counted only where they are needed
        return ScanResult(found.rows, found.starts, [], has_safe, artefacts)
    if parts:
        parts.check(len(found.rows), "places to repair")
    starts = buffer.code_points(found.starts) - buffer.code_points(offsets[found.rows])
    return ScanResult(found.rows, starts, _with_context(buffer, found), has_safe, artefacts)


def _may_be_mixups(
    offsets: NDArray[np.int64],
    found: _Runs,
    run_texts: pl.Series,
    which: Callable[[Callable[[str], bool]], NDArray[np.bool_]],
) -> NDArray[np.bool_]:
    """`mixups.may_be_mixup` for each text, from its runs (without safe signs)."""
    n_runs = np.bincount(found.rows, minlength=len(offsets) - 1)
    is_dense: NDArray[np.bool_] = n_runs * DENSE > np.diff(offsets)
    if not is_dense.any():
        return is_dense
    result = np.zeros(len(is_dense), bool)
    result[found.rows[which(lambda run: run_evidence(run)[1])]] = True
    left = np.flatnonzero((is_dense & ~result)[found.rows])
    if len(left):
        own = run_texts.gather(left).rename("run")
        distinct = own.unique()
        bits = pl.DataFrame([distinct, pl.Series("bits", [run_evidence(run)[0] for run in distinct], pl.Int64)])
        languages = own.to_frame().join(bits, on="run", how="left", maintain_order="left")["bits"].to_numpy()
        rows, firsts = np.unique(found.rows[left], return_index=True)
        result[rows[np.bitwise_and.reduceat(languages, firsts) == 0]] = True
    return result & is_dense


def _is_safe(data: NDArray[np.uint8], found: _Runs) -> NDArray[np.bool_]:
    """Which runs are a single safe sign."""
    is_safe: NDArray[np.bool_] = found.ends - found.starts == 3
    starts = found.starts[is_safe]
    is_safe[is_safe] = (data[starts] == 0xE2) & (data[starts + 1] == 0x80) & _SAFE_LAST_BYTES[data[starts + 2]]
    return is_safe


def _with_context(buffer: TextBuffer, found: _Runs) -> list[NonAsciiRun]:
    """The runs, each with up to two characters of its line on both sides."""
    data, first, last = buffer.data, buffer.offsets[found.rows], buffer.offsets[found.rows + 1]
    begins = _step_back(data, first, _step_back(data, first, found.starts))
    stops = _step_on(data, last, _step_on(data, last, found.ends))
    pieces = buffer.cut(begins, found.starts), buffer.cut(found.starts, found.ends), buffer.cut(found.ends, stops)
    return [*map(NonAsciiRun, *(piece.to_list() for piece in pieces))]


def _step_back(data: NDArray[np.uint8], limits: NDArray[np.int64], positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """The start of the character before each position; the position itself at the start of its line or text."""
    before = np.maximum(positions - 1, limits)
    while (is_inside := data[before] & 0xC0 == 0x80).any():
        before -= is_inside
    return np.where(data[before] == 0x0A, positions, before)


def _step_on(data: NDArray[np.uint8], limits: NDArray[np.int64], positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """The end of the character at each position; the position itself at the end of its line or text."""
    values = data[np.minimum(positions, len(data) - 1)]
    return np.where((positions == limits) | (values == 0x0A), positions, positions + _LENGTHS[values])


def _special(data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The positions of bytes that are neither printable ASCII (20 to 7E) nor line feeds."""
    positions = []
    shifted, is_special, is_no_line_feed = np.empty(_CHUNK, np.int8), np.empty(_CHUNK, bool), np.empty(_CHUNK, bool)
    for start in range(0, len(data), _CHUNK):
        chunk = data[start : start + _CHUNK].view(np.int8)
        # As signed numbers, bytes from 80 on are negative, and 7F becomes negative when 1 is added.
        np.add(chunk, 1, out=shifted[: len(chunk)])
        np.less(shifted, 0x21, out=is_special)
        np.not_equal(chunk, 0x0A, out=is_no_line_feed[: len(chunk)])
        is_special &= is_no_line_feed
        positions.append(np.flatnonzero(is_special[: len(chunk)]) + start)
    return np.concatenate(positions) if positions else np.zeros(0, np.int64)


def _rows(offsets: NDArray[np.int64], positions: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.searchsorted(offsets, positions, side="right") - 1


def _find_runs(data: NDArray[np.uint8], offsets: NDArray[np.int64], high: NDArray[np.int64]) -> _Runs:
    """The runs; `high` are the positions of non-ASCII bytes. No run continues into the next text."""
    gaps = np.diff(high)
    begins = np.append(True, gaps != 1)
    # As in `runs.RUN`, a space after â (C3 A2) or ã (C3 A3) does not end a run if a non-ASCII byte follows.
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
    starts = high[first]
    return _Runs(_rows(offsets, starts), starts, high[np.append(first[1:], len(high)) - 1] + 1)

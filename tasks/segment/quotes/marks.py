"""Where quotations open and close, in all texts of a buffer at once.

The rules are those of `mark_rules`, which has them for one text, with examples. Here they are arrays over the bytes of
a batch, which takes a tenth of the time. Single marks are processed one by one only if a word or a number decides
(elisions, years, inches), and quotations only if they were never closed.

- “I said ‘no’,” she recalled. 'Go!' has two quotations: “I said ‘no’,” (double) and 'Go!' (single)
- the second text of ["He is 'afraid of losing. That was all.", "'Yes.'"] opens with a mark: if both belong to one
  document, the quotation of the first continues to the end of that text
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasks.segment.quotes.mark_rules import (
    BEFORE_YEAR,
    CLOSE,
    ELISION,
    NO_MARK,
    OPEN,
    SOFT_CLOSE,
    YEAR,
    end_of_sentence,
)
from tasks.text.arrays import exclusive_sum
from tasks.text.buffers import FIRST_BYTES
from tasks.text.characters import CharClass, char_sizes, classes_at, rows_of, skip, step_back

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.text.arrays import Bools, Ints
    from tasks.text.buffers import TextBuffer


class QuotedSpans(NamedTuple):
    """The outermost quotations of all texts of a buffer, in order: which text, and where in the buffer (bytes)."""

    row: Ints
    start: Ints
    end: Ints
    mark: NDArray[np.uint8]
    """An index into QUOTATION_MARKS."""
    unclosed: Bools


# The kind of a mark by its bytes; the two of Latin-1 and those of General Punctuation begin with C2 and E2 80.
_APOSTROPHE, _STRAIGHT, _BACKTICK, _OPENING_DOUBLE, _CLOSING_DOUBLE, _OPENING_SINGLE, _CLOSING_SINGLE = range(1, 8)
_LATIN = {0xAB: _OPENING_DOUBLE, 0xBB: _CLOSING_DOUBLE}  # « »
_GENERAL = {
    0x98: _OPENING_SINGLE,  # ‘
    0x99: _CLOSING_SINGLE,  # ’
    0x9A: _OPENING_SINGLE,  # ‚
    0x9C: _OPENING_DOUBLE,  # “
    0x9D: _CLOSING_DOUBLE,  # ”
    0x9E: _OPENING_DOUBLE,  # „
}
_TWICE = np.zeros(8, np.uint8)
"""The kind of two equal marks in a row; 0 if they stay two."""
_TWICE[[_APOSTROPHE, _BACKTICK, _OPENING_SINGLE, _CLOSING_SINGLE]] = (
    _STRAIGHT, _OPENING_DOUBLE, _OPENING_DOUBLE, _CLOSING_DOUBLE,
)  # fmt: skip
_OPENERS = [(int.from_bytes(mark.encode(), "little"), len(mark.encode())) for mark in ("'", '"', "``", *"“‘„«")]
_NEIGHBOURHOOD = 16  # bytes on either side of a mark that identify elisions and years


def find_spans(buffer: TextBuffer, runs_on: Bools) -> QuotedSpans:
    """`mark_rules.quoted_spans` for every text of a buffer; `runs_on` has an element for each text."""
    marks = _read_marks(buffer)
    doubles = _pair(buffer, marks.select(marks.is_double), runs_on)
    singles = marks.select(~marks.is_double)
    closed = doubles.select(~doubles.unclosed)
    singles = singles.select(~_stand_within(singles.start, closed.start, closed.end))
    both = _Spans.concat(doubles, _pair(buffer, singles, runs_on))
    mark = (np.arange(len(both.row)) < len(doubles.row)).astype(np.uint8)
    order = np.lexsort((-both.end, both.start))
    order = order[_are_outermost(both.select(order))]
    both = both.select(order)
    return QuotedSpans(both.row, both.start, both.end, mark[order], both.unclosed)


def open_with_mark(buffer: TextBuffer) -> Bools:
    """Which texts begin with an opening mark, apart from white space.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> open_with_mark(TextBuffer.of(pl.Series(["“So", " 'so", "so", "", "”"]))).tolist()
    [True, True, False, False, False]
    """
    limits = buffer.offsets[1:]
    begins = skip(buffer, buffer.offsets[:-1], limits, CharClass.SPACE)
    letters = buffer.windows[begins]
    opens = begins < limits
    opens[opens] = np.any([letters[opens] & FIRST_BYTES[n] == mark for mark, n in _OPENERS], axis=0)
    return opens


class _Marks(NamedTuple):
    """Marks that open or close something, in order."""

    row: Ints
    start: Ints
    end: Ints
    role: NDArray[np.uint8]
    is_double: Bools
    after_stop: Bools
    """Whether there is a comma or a full stop directly before."""

    def select(self, chosen: Bools) -> _Marks:
        return _Marks._make(column[chosen] for column in self)


class _Spans(NamedTuple):
    row: Ints
    start: Ints
    end: Ints
    unclosed: Bools

    def select(self, chosen: Bools | NDArray[np.intp]) -> _Spans:
        return _Spans._make(column[chosen] for column in self)

    @classmethod
    def concat(cls, *parts: _Spans) -> _Spans:
        return cls._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


class _Seen(NamedTuple):
    """Everything that may be a mark, its kind, and the classes of the characters before and after it."""

    row: Ints
    start: Ints
    end: Ints
    mark: NDArray[np.uint8]
    before: NDArray[np.uint16]
    after: NDArray[np.uint16]

    def select(self, chosen: Bools) -> _Seen:
        return _Seen._make(column[chosen] for column in self)


def _read_marks(buffer: TextBuffer) -> _Marks:
    start, end, mark = _find_marks(buffer)
    row = rows_of(buffer, start)
    before, after = np.zeros(len(start), np.uint16), np.zeros(len(start), np.uint16)
    has_before, has_after = start > buffer.offsets[row], end < buffer.offsets[row + 1]
    before[has_before] = classes_at(buffer, step_back(buffer, start[has_before]))
    after[has_after] = classes_at(buffer, end[has_after])
    seen = _Seen(row, start, end, mark, before, after)
    is_double = (mark == _STRAIGHT) | (mark == _OPENING_DOUBLE) | (mark == _CLOSING_DOUBLE)
    is_single = ~is_double & (mark != _BACKTICK)
    role = np.full(len(start), NO_MARK, np.uint8)
    role[is_double] = _read_doubles(buffer, seen.select(is_double))
    role[is_single] = _read_singles(buffer, seen.select(is_single))
    after_stop = (before & (CharClass.STOP | CharClass.COMMA)) != 0
    return _Marks(row, start, end, role, is_double, after_stop).select(role != NO_MARK)


def _find_marks(buffer: TextBuffer) -> tuple[Ints, Ints, NDArray[np.uint8]]:
    """Start, end and kind of everything that may be a mark; '' and `` are one mark each."""
    data = buffer.data
    # Five comparisons are faster than one table of bytes.
    start = np.flatnonzero(
        (data == ord('"')) | (data == ord("'")) | (data == ord("`")) | (data == 0xC2) | (data == 0xE2)
    )
    first = data[start]
    mark = np.zeros(len(start), np.uint8)
    mark[first == ord('"')] = _STRAIGHT
    end = start + char_sizes(first)
    for lead, last, kinds in ((0xC2, 1, _LATIN), (0xE2, 2, _GENERAL)):
        table = np.zeros(256, np.uint8)
        table[list(kinds)] = list(kinds.values())
        led = np.flatnonzero(first == lead)
        if last == 2:
            led = led[data[start[led] + 1] == 0x80]
        mark[led] = table[data[start[led] + last]]
    mark[first == ord("'")], mark[first == ord("`")] = _APOSTROPHE, _BACKTICK
    found = np.flatnonzero(mark)
    start, end, mark = start[found], end[found], mark[found]
    # In a run of equal ones, the first and second are one mark, then the third and fourth.
    last = data[end - 1]
    goes_on = (start[1:] == end[:-1]) & (mark[1:] == mark[:-1]) & (last[1:] == last[:-1]) & (_TWICE[mark[1:]] > 0)
    begins = start[1:][goes_on]  # not of a text
    goes_on[goes_on] = buffer.offsets[np.searchsorted(buffer.offsets, begins)] != begins
    goes_on = np.append(False, goes_on)[: len(start)]
    nth = np.arange(len(start))
    nth -= np.maximum.accumulate(np.where(goes_on, 0, nth))
    is_second = nth % 2 == 1
    is_first = np.append(is_second[1:], False)[: len(start)]
    mark[is_first] = _TWICE[mark[is_first]]
    end[is_first] = end[is_second]
    return start[~is_second], end[~is_second], mark[~is_second]


def _read_doubles(buffer: TextBuffer, marks: _Seen) -> NDArray[np.uint8]:
    before, after, mark = marks.before, marks.after, marks.mark
    may_open = ((before & CharClass.ALNUM) == 0) & (after != 0) & ((after & CharClass.SPACE) == 0)
    may_close = (before != 0) & ((before & CharClass.SPACE) == 0) & ((after & CharClass.ALNUM) == 0)
    # French has a space inside; only German »so« opens with the mark that closes elsewhere.
    opens = np.where(mark == _CLOSING_DOUBLE, ((after & CharClass.ALNUM) != 0) & ~may_close, may_open)
    opens |= (mark == _OPENING_DOUBLE) & ~may_close
    role = np.where(opens, OPEN, CLOSE).astype(np.uint8)
    # A straight mark with letters or with spaces on both sides opens if none is open, else closes.
    for i in np.flatnonzero((mark == _STRAIGHT) & (may_open == may_close)).tolist():
        is_open = i > 0 and marks.row[i - 1] == marks.row[i] and bool(opens[i - 1])
        is_inches = not is_open and bool(before[i] & CharClass.DIGIT) and buffer.data[marks.start[i]] == ord('"')
        opens[i] = not is_open and not is_inches
        role[i] = NO_MARK if is_inches else CLOSE if is_open else OPEN
    return role


def _read_singles(buffer: TextBuffer, marks: _Seen) -> NDArray[np.uint8]:
    before, after, mark = marks.before, marks.after, marks.mark
    word_before, word_after = (before & CharClass.ALNUM) != 0, (after & CharClass.ALNUM) != 0
    is_inside = (after != 0) & ((after & CharClass.SPACE) == 0)
    stands_free = ((before == 0) | ((before & (CharClass.SPACE | CharClass.OPENER)) != 0)) & is_inside
    role = np.full(len(mark), SOFT_CLOSE, np.uint8)
    role[
        ((before & CharClass.PAUSE) != 0)
        | (after == 0)
        | ((after & (CharClass.PUNCTUATION | CharClass.DASH_OR_CLOSER)) != 0)
    ] = CLOSE
    role[(before == 0) | ((before & CharClass.SPACE) != 0)] = NO_MARK
    is_left = mark == _OPENING_SINGLE
    role[is_left] = np.where(word_after[is_left], OPEN, NO_MARK)
    role[stands_free] = np.where((after[stands_free] & CharClass.PUNCTUATION) != 0, NO_MARK, OPEN)
    role[_end_clipped_words(marks, role)] = NO_MARK
    role[_stand_before_s(buffer, marks)] = NO_MARK
    role[word_before & word_after & (buffer.data[marks.end - 1] != 0x98)] = NO_MARK  # an apostrophe, unless it is ‘
    for i in np.flatnonzero(stands_free & word_after & (role == OPEN)).tolist():
        if _is_elision(buffer, int(marks.row[i]), int(marks.start[i]), int(marks.end[i])):
            role[i] = NO_MARK
    return role


def _stand_before_s(buffer: TextBuffer, marks: _Seen) -> Bools:
    """Which marks stand between a stop or a closing mark and an s that ends its word: "the U.S.'s ports"."""
    found = np.zeros(len(marks.start), bool)
    following = np.append(buffer.data, np.zeros(2, np.uint8))
    some = np.flatnonzero(
        (following[marks.end] == ord("s")) & (marks.before != 0) & (buffer.data[marks.end - 1] != 0x98)
    )
    some = some[marks.end[some] < buffer.offsets[marks.row[some] + 1]]
    previous = step_back(buffer, marks.start[some])
    lead = buffer.data[previous]
    is_led = (lead == ord(".")) | (lead == ord('"')) | ((lead == 0xE2) & (buffer.data[marks.start[some] - 1] == 0x9D))
    some, behind = some[is_led], marks.end[some[is_led]] + 1
    goes_on = np.zeros(len(some), bool)
    has_more = behind < buffer.offsets[marks.row[some] + 1]
    goes_on[has_more] = (classes_at(buffer, behind[has_more]) & CharClass.ALNUM) != 0
    found[some[~goes_on]] = True
    return found


def _end_clipped_words(marks: _Seen, role: NDArray[np.uint8]) -> Bools:
    """Which marks end a clipped word at the end of speech: the first one in "goin'," he said", inside single marks."""
    closes: Bools = (
        (role == CLOSE) & ((marks.before & CharClass.ALNUM) != 0) & ((marks.after & CharClass.PUNCTUATION) != 0)
    )
    closes[-1:] = False
    i = np.flatnonzero(closes)
    ends_speech = (marks.start[i + 1] == marks.end[i] + 1) & ((marks.after[i + 1] & CharClass.ALNUM) == 0)
    closes[i] = ends_speech & (marks.row[i + 1] == marks.row[i])
    return closes


def _is_elision(buffer: TextBuffer, row: int, start: int, end: int) -> bool:
    """Whether a mark before a letter or digit stands for omitted characters: "'90s", "the '63 freeze", "'em"."""
    behind = buffer.data[end : min(end + _NEIGHBOURHOOD, buffer.offsets[row + 1])].tobytes().decode("utf-8", "replace")
    if ELISION.match(behind):
        return True
    if not YEAR.match(behind):
        return False
    before = buffer.data[max(start - _NEIGHBOURHOOD, buffer.offsets[row]) : start].tobytes().decode("utf-8", "replace")
    return BEFORE_YEAR.search(before) is not None


def _pair(buffer: TextBuffer, marks: _Marks, runs_on: Bools) -> _Spans:
    """Spans from opening to closing marks of one style."""
    n = len(marks.row)
    # A weakly closing mark is a possessive if the next other mark certainly closes.
    other = np.where(marks.role == SOFT_CLOSE, n, np.arange(n))
    following = np.append(np.minimum.accumulate(other[::-1])[::-1], n)[1:]
    has_other = following < n
    ahead = np.minimum(following, n - 1)
    is_soft = marks.role == SOFT_CLOSE
    is_possessive = is_soft & has_other & (marks.row[ahead] == marks.row) & (marks.role[ahead] == CLOSE)
    # The same after an s, if another mark closes weakly after some other letter: "'it's the Joneses' fault' and"
    behind_s = (buffer.data[np.maximum(marks.start, 1) - 1] | 0x20) == ord("s")
    is_possessive[:-1] |= (is_soft & behind_s)[:-1] & (is_soft & ~behind_s)[1:] & (marks.row[1:] == marks.row[:-1])
    marks = marks.select(~is_possessive)
    opens = marks.role == OPEN
    n = len(marks.row)
    has_next = np.zeros(n, bool)
    has_next[:-1] = marks.row[1:] == marks.row[:-1]
    is_closed = opens & has_next
    is_closed[:-1] &= ~opens[1:]
    first = np.flatnonzero(is_closed)
    closed = _Spans(marks.row[first], marks.start[first], marks.end[first + 1], np.zeros(len(first), bool))
    return _Spans.concat(_ran_on(buffer, marks, opens), closed, _unclosed(buffer, marks, opens & ~is_closed, runs_on))


def _ran_on(buffer: TextBuffer, marks: _Marks, opens: Bools) -> _Spans:
    """Quotations from before their paragraph, up to the first mark that closes them, if nothing opens before that."""
    n_opened = exclusive_sum(opens)
    of_row = np.searchsorted(marks.row, marks.row)  # the first mark of the row
    closes = (marks.role == CLOSE) & marks.after_stop & (n_opened[:-1] == n_opened[of_row])
    row, first = np.unique(marks.row[closes], return_index=True)
    end = marks.end[closes][first]
    return _Spans(row, buffer.offsets[row], end, np.zeros(len(row), bool))


def _unclosed(buffer: TextBuffer, marks: _Marks, which: Bools, runs_on: Bools) -> _Spans:
    """Quotations that were never closed: to the end of their sentence, or to the next opening mark if that comes first;
    to the end of the paragraph if there is nothing before them or the next paragraph continues the speech.
    """
    chosen = np.flatnonzero(which)
    row, start = marks.row[chosen], marks.start[chosen]
    ends = []
    for i, text, place in zip(chosen.tolist(), row.tolist(), start.tolist(), strict=True):
        is_last = i + 1 == len(marks.row) or marks.row[i + 1] != text
        first, last = int(buffer.offsets[text]), int(buffer.offsets[text + 1])
        limit = last if is_last else int(marks.start[i + 1])
        if is_last and (runs_on[text] or not buffer.data[first:place].tobytes().decode().strip()):
            ends.append(limit)
            continue
        piece = buffer.data[place:limit].tobytes().decode()
        ends.append(place + len(piece[: end_of_sentence(piece)].encode()))
    return _Spans(row, start, np.array(ends, np.int64), np.ones(len(chosen), bool))


def _stand_within(places: Ints, starts: Ints, ends: Ints) -> Bools:
    """Whether each of the places is inside one of the spans, which do not overlap."""
    order = np.argsort(starts)
    nth = np.searchsorted(starts[order], places, side="right")
    return places < np.append(0, ends[order])[nth]


def _are_outermost(spans: _Spans) -> Bools:
    """Which of the spans, in order, begin after the end of the last one that was kept."""
    reached = np.append(0, np.maximum.accumulate(spans.end))[:-1]
    overlaps = spans.start < reached
    is_kept = ~overlaps
    reach = 0
    for i in np.flatnonzero(np.isin(spans.row, spans.row[overlaps])).tolist():
        is_kept[i] = spans.start[i] >= reach
        if is_kept[i]:
            reach = spans.end[i]
    return is_kept

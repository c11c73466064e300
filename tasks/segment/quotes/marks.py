"""Where quotations open and close.

Marks are read from their neighbours, for straight marks say nothing of themselves. A mark with a space before and a
letter behind opens, the other way round it closes; inside a word it is an apostrophe. What makes it hard is the single
mark: it also ends plural possessives ("the boys' house") and begins elisions ("'90s", "'em"). So

- a mark before a known elision or a decade is none;
- a mark between a letter and a space closes only softly: if a mark that surely closes (with punctuation beside it)
  follows before the next opening one, the soft one was a possessive; so it was behind an s if the next mark closes
  softly behind another letter;
- an opening mark that meets another opening mark was never closed, and reaches to the end of its sentence, or over the
  whole paragraph if the next paragraph opens with a mark: then the speech goes on there;
- a mark that closes what nothing opened, after a comma or full stop, closes what ran on from before the paragraph.

All marks of a batch are read at once, as arrays of their bytes. Single ones are looked at one by one only where a word
or a number decides (elisions, years, inches), and quotations only where they were never closed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.schemas import QUOTATION_MARKS
from tasks.text.buffers import FIRST_BYTES, TextBuffer
from tasks.text.characters import CharClass as Is
from tasks.text.characters import char_sizes, classes_at, rows_of, skip, step_back

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.text.arrays import Ints as Bytes


class QuotedSpan(NamedTuple):
    """Code points `start` to `end` of a paragraph, marks included; `mark` is single, double or block."""

    start: int
    end: int
    mark: str
    unclosed: bool


class QuotedSpans(NamedTuple):
    """The outermost quotations of all texts of a buffer, in order: which text, and where in the buffer (bytes)."""

    row: Bytes
    start: Bytes
    end: Bytes
    mark: NDArray[np.uint8]
    """An index into QUOTATION_MARKS."""
    unclosed: NDArray[np.bool_]


_OPEN, _CLOSE, _SOFT_CLOSE, _NONE = range(4)
# What a mark is by its bytes; the two of Latin-1 and those of General Punctuation begin with C2 and E2 80.
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
"""What two of them in a row are; 0 where they stay two."""
_TWICE[[_APOSTROPHE, _BACKTICK, _OPENING_SINGLE, _CLOSING_SINGLE]] = (
    _STRAIGHT, _OPENING_DOUBLE, _OPENING_DOUBLE, _CLOSING_DOUBLE,
)  # fmt: skip
_ELISION = re.compile(
    r"\d0s\b|(?:em|im|er|tis|twas|til|till|cause|cos|bout|round|neath|n|nuff|ere|ello|tude|burbs)\b", re.IGNORECASE
)
_YEAR = re.compile(r"\d\d\b(?![,.]?\d)")
_BEFORE_YEAR = re.compile(r"\b(?:the|of|in|since|from|until|by|summer|winter|spring|autumn)\s$", re.IGNORECASE)
_OPENERS = [(int.from_bytes(mark.encode(), "little"), len(mark.encode())) for mark in ("'", '"', "``", *"“‘„«")]
_NEIGHBOURHOOD = 16  # bytes to either side of a mark that tell elisions and years
_SENTENCE_END = re.compile(r"[.!?…](?<![.!?…].)[.!?…]*[\"'”’)\]]*(?=\s|$)")


def quoted_spans(text: str, *, runs_on: bool = False) -> list[QuotedSpan]:
    """The outermost quotations of one paragraph, in order; `runs_on` says that the next paragraph opens with a mark.

    >>> text = "In the '90s the boys' club said: 'It's ours.'"
    >>> [text[span.start : span.end] for span in quoted_spans(text)]
    ["'It's ours.'"]
    >>> quoted_spans("He is 'terrified of losing. So he said.")
    [QuotedSpan(start=6, end=27, mark='single', unclosed=True)]
    """
    buffer = TextBuffer.of(pl.Series([text]))
    spans = find_spans(buffer, np.array([runs_on]))
    places = (buffer.code_points(spans.start).tolist(), buffer.code_points(spans.end).tolist())
    return list(map(QuotedSpan, *places, (QUOTATION_MARKS[mark] for mark in spans.mark), spans.unclosed.tolist()))


def find_spans(buffer: TextBuffer, runs_on: NDArray[np.bool_]) -> QuotedSpans:
    """As `quoted_spans`, for every text of a buffer; `runs_on` has an element for each text."""
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


def open_with_mark(buffer: TextBuffer) -> NDArray[np.bool_]:
    """Which texts begin with an opening mark, but for white space.

    >>> open_with_mark(TextBuffer.of(pl.Series(["“So", " 'so", "so", "", "”"]))).tolist()
    [True, True, False, False, False]
    """
    limits = buffer.offsets[1:]
    begins = skip(buffer, buffer.offsets[:-1], limits, Is.SPACE)
    letters = buffer.windows[begins]
    opens = begins < limits
    opens[opens] = np.any([letters[opens] & FIRST_BYTES[n] == mark for mark, n in _OPENERS], axis=0)
    return opens


class _Marks(NamedTuple):
    """Marks that open or close something, in order."""

    row: Bytes
    start: Bytes
    end: Bytes
    role: NDArray[np.uint8]
    is_double: NDArray[np.bool_]
    after_stop: NDArray[np.bool_]
    """Whether a comma or a full stop stands directly before."""

    def select(self, chosen: NDArray[np.bool_]) -> _Marks:
        return _Marks._make(column[chosen] for column in self)


class _Spans(NamedTuple):
    row: Bytes
    start: Bytes
    end: Bytes
    unclosed: NDArray[np.bool_]

    def select(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> _Spans:
        return _Spans._make(column[chosen] for column in self)

    @classmethod
    def concat(cls, *parts: _Spans) -> _Spans:
        return cls._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


class _Seen(NamedTuple):
    """Everything that may be a mark, its kind, and what the characters before and after it are."""

    row: Bytes
    start: Bytes
    end: Bytes
    mark: NDArray[np.uint8]
    before: NDArray[np.uint16]
    after: NDArray[np.uint16]

    def select(self, chosen: NDArray[np.bool_]) -> _Seen:
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
    role = np.full(len(start), _NONE, np.uint8)
    role[is_double] = _read_doubles(buffer, seen.select(is_double))
    role[is_single] = _read_singles(buffer, seen.select(is_single))
    after_stop = (before & (Is.STOP | Is.COMMA)) != 0
    return _Marks(row, start, end, role, is_double, after_stop).select(role != _NONE)


def _find_marks(buffer: TextBuffer) -> tuple[Bytes, Bytes, NDArray[np.uint8]]:
    """Start, end and kind of everything that may be a mark; '' and `` are one each."""
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
    # In a run of equal ones the first and second are one mark, then the third and fourth.
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
    may_open = ((before & Is.ALNUM) == 0) & (after != 0) & ((after & Is.SPACE) == 0)
    may_close = (before != 0) & ((before & Is.SPACE) == 0) & ((after & Is.ALNUM) == 0)
    # French sets a space inside; only German »so« opens with what closes elsewhere.
    opens = np.where(mark == _CLOSING_DOUBLE, ((after & Is.ALNUM) != 0) & ~may_close, may_open)
    opens |= (mark == _OPENING_DOUBLE) & ~may_close
    role = np.where(opens, _OPEN, _CLOSE).astype(np.uint8)
    # A straight mark with letters or with spaces on both sides opens where none is open, and closes where one is.
    for i in np.flatnonzero((mark == _STRAIGHT) & (may_open == may_close)).tolist():
        is_open = i > 0 and marks.row[i - 1] == marks.row[i] and bool(opens[i - 1])
        is_inches = not is_open and bool(before[i] & Is.DIGIT) and buffer.data[marks.start[i]] == ord('"')
        opens[i] = not is_open and not is_inches
        role[i] = _NONE if is_inches else _CLOSE if is_open else _OPEN
    return role


def _read_singles(buffer: TextBuffer, marks: _Seen) -> NDArray[np.uint8]:
    before, after, mark = marks.before, marks.after, marks.mark
    word_before, word_after = (before & Is.ALNUM) != 0, (after & Is.ALNUM) != 0
    is_inside = (after != 0) & ((after & Is.SPACE) == 0)
    stands_free = ((before == 0) | ((before & (Is.SPACE | Is.OPENER)) != 0)) & is_inside
    role = np.full(len(mark), _SOFT_CLOSE, np.uint8)
    role[((before & Is.PAUSE) != 0) | (after == 0) | ((after & (Is.PUNCTUATION | Is.DASH_OR_CLOSER)) != 0)] = _CLOSE
    role[(before == 0) | ((before & Is.SPACE) != 0)] = _NONE
    is_left = mark == _OPENING_SINGLE
    role[is_left] = np.where(word_after[is_left], _OPEN, _NONE)
    role[stands_free] = np.where((after[stands_free] & Is.PUNCTUATION) != 0, _NONE, _OPEN)
    role[_end_clipped_words(marks, role)] = _NONE
    role[word_before & word_after & (buffer.data[marks.end - 1] != 0x98)] = _NONE  # an apostrophe, unless it is ‘
    for i in np.flatnonzero(stands_free & word_after & (role == _OPEN)).tolist():
        if _is_elision(buffer, int(marks.row[i]), int(marks.start[i]), int(marks.end[i])):
            role[i] = _NONE
    return role


def _end_clipped_words(marks: _Seen, role: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which marks end a clipped word at the end of speech: in "goin'," he said", set in single marks, the first one."""
    closes: NDArray[np.bool_] = (
        (role == _CLOSE) & ((marks.before & Is.ALNUM) != 0) & ((marks.after & Is.PUNCTUATION) != 0)
    )
    closes[-1:] = False
    i = np.flatnonzero(closes)
    ends_speech = (marks.start[i + 1] == marks.end[i] + 1) & ((marks.after[i + 1] & Is.ALNUM) == 0)
    closes[i] = ends_speech & (marks.row[i + 1] == marks.row[i])
    return closes


def _is_elision(buffer: TextBuffer, row: int, start: int, end: int) -> bool:
    """Whether a mark before a letter or digit stands for what was left out: "'90s", "the '63 freeze", "'em"."""
    behind = buffer.data[end : min(end + _NEIGHBOURHOOD, buffer.offsets[row + 1])].tobytes().decode("utf-8", "replace")
    if _ELISION.match(behind):
        return True
    if not _YEAR.match(behind):
        return False
    before = buffer.data[max(start - _NEIGHBOURHOOD, buffer.offsets[row]) : start].tobytes().decode("utf-8", "replace")
    return _BEFORE_YEAR.search(before) is not None


def _pair(buffer: TextBuffer, marks: _Marks, runs_on: NDArray[np.bool_]) -> _Spans:
    """Spans from opening to closing marks of one style."""
    n = len(marks.row)
    # What closes softly is a possessive where the next other mark surely closes.
    other = np.where(marks.role == _SOFT_CLOSE, n, np.arange(n))
    following = np.append(np.minimum.accumulate(other[::-1])[::-1], n)[1:]
    has_other = following < n
    ahead = np.minimum(following, n - 1)
    is_soft = marks.role == _SOFT_CLOSE
    is_possessive = is_soft & has_other & (marks.row[ahead] == marks.row) & (marks.role[ahead] == _CLOSE)
    # So is one behind an s where another closes softly behind some other letter: "'it's the Joneses' fault' and"
    behind_s = (buffer.data[np.maximum(marks.start, 1) - 1] | 0x20) == ord("s")
    is_possessive[:-1] |= (is_soft & behind_s)[:-1] & (is_soft & ~behind_s)[1:] & (marks.row[1:] == marks.row[:-1])
    marks = marks.select(~is_possessive)
    opens = marks.role == _OPEN
    n = len(marks.row)
    has_next = np.zeros(n, bool)
    has_next[:-1] = marks.row[1:] == marks.row[:-1]
    is_closed = opens & has_next
    is_closed[:-1] &= ~opens[1:]
    first = np.flatnonzero(is_closed)
    closed = _Spans(marks.row[first], marks.start[first], marks.end[first + 1], np.zeros(len(first), bool))
    return _Spans.concat(_ran_on(buffer, marks, opens), closed, _unclosed(buffer, marks, opens & ~is_closed, runs_on))


def _ran_on(buffer: TextBuffer, marks: _Marks, opens: NDArray[np.bool_]) -> _Spans:
    """What was opened before its paragraph, up to the first mark that closes it, if nothing opens before that."""
    n_opened = np.append(0, np.cumsum(opens))
    of_row = np.searchsorted(marks.row, marks.row)  # the first mark of the row
    closes = (marks.role == _CLOSE) & marks.after_stop & (n_opened[:-1] == n_opened[of_row])
    row, first = np.unique(marks.row[closes], return_index=True)
    end = marks.end[closes][first]
    return _Spans(row, buffer.offsets[row], end, np.zeros(len(row), bool))


def _unclosed(buffer: TextBuffer, marks: _Marks, which: NDArray[np.bool_], runs_on: NDArray[np.bool_]) -> _Spans:
    """Quotations that were never closed: to the end of their sentence, or to the next mark that opens if that comes
    first; to the end of the paragraph if nothing stands before them there or the next paragraph goes on.
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
        sentence_end = _SENTENCE_END.search(piece)
        kept = piece[: sentence_end.end()] if sentence_end else piece.rstrip()
        ends.append(place + len(kept.encode()))
    return _Spans(row, start, np.array(ends, np.int64), np.ones(len(chosen), bool))


def _stand_within(places: Bytes, starts: Bytes, ends: Bytes) -> NDArray[np.bool_]:
    """Whether each of the places stands in one of the spans, which do not overlap."""
    order = np.argsort(starts)
    nth = np.searchsorted(starts[order], places, side="right")
    return places < np.append(0, ends[order])[nth]


def _are_outermost(spans: _Spans) -> NDArray[np.bool_]:
    """Which of the spans, in order, begin behind the end of the one kept before."""
    reached = np.append(0, np.maximum.accumulate(spans.end))[:-1]
    overlaps = spans.start < reached
    is_kept = ~overlaps
    reach = 0
    for i in np.flatnonzero(np.isin(spans.row, spans.row[overlaps])).tolist():
        is_kept[i] = spans.start[i] >= reach
        if is_kept[i]:
            reach = spans.end[i]
    return is_kept

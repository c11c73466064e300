"""Where quotations open and close in one paragraph: the rules for quotation marks.

The role of a mark is decided by its neighbours, because straight marks are the same on both sides. A mark after a space
and before a letter opens; a mark after a letter and before a space closes; inside a word it is an apostrophe. The
difficult case is the single mark: it also ends plural possessives ("the boys' house") and begins elisions ("'90s",
"'em"). So there are further rules:

- A mark before a known elision or a decade is an apostrophe. So is one between a stop or a closing mark and an s: "the
  U.S.'s ports".
- A mark between a letter and a space closes only weakly. If a mark that certainly closes (with punctuation beside it)
  follows before the next opening mark, the weak one was a possessive. It was one after an s, too, if the next mark
  closes weakly after another letter.
- An opening mark that is followed by another opening mark was never closed. It reaches to the end of its sentence, or
  of the paragraph if the next paragraph opens with a mark: then the speech continues there.
- A mark that closes without an opening mark, after a comma or full stop, closes a quotation from before the paragraph.

Double marks are paired first; single marks inside a closed double quotation are not paired. Two examples: in "In the
'90s the boys' club said: 'It's ours.'" the quotation is "'It's ours.'"; in "He is 'terrified of losing. So he said." it
is "'terrified of losing.", which is never closed.

This module has the rules for one text. `marks` applies the same rules to all texts of a buffer; tests compare the two.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tasks.segment.quotes.word_classes import alternatives
from tasks.segment.sentence_tokens import Before, kind_before

MARKS = "\"'“”„«»‘’‚`"
"""Everything that opens or closes a quotation."""
OPEN, CLOSE, SOFT_CLOSE, NO_MARK = range(4)
"""What a mark does."""

ELISION = re.compile(rf"\d0s\b|(?:{alternatives('elisions')})\b", re.IGNORECASE)
YEAR = re.compile(r"\d\d\b(?![,.]?\d)")
BEFORE_YEAR = re.compile(rf"\b(?:{alternatives('before_years')})\s$", re.IGNORECASE)
SENTENCE_END = re.compile(r"[.!?…](?<![.!?…].)[.!?…]*[\"'”’)\]]*(?=\s|$)")

_MARK = re.compile("''|``|‘‘|‚‚|’’|[" + MARKS + "]")
_OPENING_DOUBLES = {"“", "„", "«", "``", "‘‘", "‚‚"}
_CLOSING_DOUBLES = {"”", "»", "’’"}
_STRAIGHT_DOUBLES = {'"', "''"}
_OPENING_SINGLES = {"‘", "‚"}
_OPENERS = '([{"“—–-/'  # after them, as after a space, a single mark opens
_PUNCTUATION = ".,;:!?)"  # no quotation begins with it
_PAUSES = ',.!?…;:)”"'  # after them a single mark closes
_AFTER_CLOSE = _PUNCTUATION + ']"”—–-'  # before them a single mark closes
_STOPS = ".!?…,"
_BEFORE_S = tuple('."”')
_LONGEST_TOKEN = 40  # code points
_ENDING = {Before.STOP, Before.EXCLAMATION, Before.ELLIPSIS}
_S = re.compile(r"s(?![^\W_])", re.ASCII)


class QuotedSpan(NamedTuple):
    """Code points `start` to `end` of a paragraph, marks included; `mark` is single, double or block."""

    start: int
    end: int
    mark: str
    unclosed: bool


class _Mark(NamedTuple):
    """A mark, with the characters before and after it; these are empty at the ends of the text."""

    text: str
    start: int
    end: int
    before: str
    after: str
    role: int = NO_MARK

    @property
    def is_double(self) -> bool:
        return self.text in _OPENING_DOUBLES | _CLOSING_DOUBLES | _STRAIGHT_DOUBLES


def quoted_spans(text: str, *, runs_on: bool = False) -> list[QuotedSpan]:
    """The outermost quotations of one paragraph, in order; `runs_on` says that the next paragraph opens with a mark.

    >>> text = "In the '90s the boys' club said: 'It's ours.'"
    >>> [text[span.start : span.end] for span in quoted_spans(text)]
    ["'It's ours.'"]
    >>> quoted_spans("He is 'terrified of losing. So he said.")
    [QuotedSpan(start=6, end=27, mark='single', unclosed=True)]
    """
    marks = [
        _Mark(found[0], found.start(), found.end(), text[: found.start()][-1:], text[found.end() :][:1])
        for found in _MARK.finditer(text)
    ]
    doubles = _pair(text, _read_doubles([mark for mark in marks if mark.is_double]), "double", runs_on=runs_on)
    singles = _read_singles(text, [mark for mark in marks if not mark.is_double and mark.text != "`"])
    closed = [span for span in doubles if not span.unclosed]
    singles = [mark for mark in singles if not any(span.start <= mark.start < span.end for span in closed)]
    spans = doubles + _pair(text, singles, "single", runs_on=runs_on)
    outermost: list[QuotedSpan] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not outermost or span.start >= outermost[-1].end:
            outermost.append(span)
    return outermost


def _read_doubles(marks: list[_Mark]) -> list[_Mark]:
    """The double marks with what each does."""
    read: list[_Mark] = []
    for mark in marks:
        may_open = not mark.before.isalnum() and mark.after != "" and not mark.after.isspace()
        may_close = mark.before != "" and not mark.before.isspace() and not mark.after.isalnum()
        if mark.text in _STRAIGHT_DOUBLES and may_open == may_close:
            # With letters or with spaces on both sides it closes where one is open, else opens: 6" is in inches.
            is_open = bool(read) and read[-1].role == OPEN
            is_inches = not is_open and mark.before.isdigit() and mark.text == '"'
            role = NO_MARK if is_inches else CLOSE if is_open else OPEN
        elif mark.text in _CLOSING_DOUBLES:  # German »so« opens with what closes elsewhere
            role = OPEN if mark.after.isalnum() and not may_close else CLOSE
        elif mark.text in _OPENING_DOUBLES:  # French sets a space inside
            role = OPEN if may_open or not may_close else CLOSE
        else:
            role = OPEN if may_open else CLOSE
        read.append(mark._replace(role=role))
    return [mark for mark in read if mark.role != NO_MARK]


def _read_singles(text: str, marks: list[_Mark]) -> list[_Mark]:
    """The single marks with what each does."""
    following: list[_Mark | None] = [*marks[1:], None]
    read = [
        mark._replace(role=_role_of_single(text, mark, after))
        for mark, after in zip(marks, following[: len(marks)], strict=True)
    ]
    return [mark for mark in read if mark.role != NO_MARK]


def _role_of_single(text: str, mark: _Mark, following: _Mark | None) -> int:
    stands_behind_space = mark.before == "" or mark.before.isspace()
    stands_before_text = mark.after != "" and not mark.after.isspace()
    if mark.before.isalnum() and mark.after.isalnum() and mark.text != "‘":
        return NO_MARK  # an apostrophe
    if mark.before in _BEFORE_S and mark.text != "‘" and _S.match(text, mark.end):
        return NO_MARK
    if stands_before_text and (stands_behind_space or mark.before in _OPENERS):
        return NO_MARK if mark.after in _PUNCTUATION or _is_elision(text, mark) else OPEN
    if mark.text in _OPENING_SINGLES:
        return OPEN if mark.after.isalnum() else NO_MARK
    if stands_behind_space:
        return NO_MARK
    if mark.before in _PAUSES or mark.after == "" or mark.after in _AFTER_CLOSE:
        return NO_MARK if _ends_clipped_word(mark, following) else CLOSE
    return SOFT_CLOSE


def _is_elision(text: str, mark: _Mark) -> bool:
    """Whether a mark stands for what was left out: "'90s", "the '63 freeze", "'em"."""
    if ELISION.match(text, mark.end):
        return True
    return YEAR.match(text, mark.end) is not None and BEFORE_YEAR.search(text[: mark.start]) is not None


def _ends_clipped_word(mark: _Mark, following: _Mark | None) -> bool:
    """Whether a mark ends a clipped word at the end of speech: in "goin'," he said", set in single marks, the first one."""
    return (
        mark.before.isalnum()
        and mark.after != ""
        and mark.after in _PUNCTUATION
        and following is not None
        and following.start == mark.end + 1
        and not following.after.isalnum()
    )


def _pair(text: str, marks: list[_Mark], style: str, *, runs_on: bool) -> list[QuotedSpan]:
    """Spans from opening to closing marks of one style; then those that were opened before the text, or never closed."""
    marks = [mark for i, mark in enumerate(marks) if not _is_possessive(mark, marks[i + 1 :])]
    spans: list[QuotedSpan] = []
    if ran_on := _ran_on(marks):
        spans.append(QuotedSpan(0, ran_on.end, style, unclosed=False))
    for i, mark in enumerate(marks):
        following = marks[i + 1] if i + 1 < len(marks) else None
        if mark.role != OPEN:
            continue
        if following and following.role != OPEN:
            spans.append(QuotedSpan(mark.start, following.end, style, unclosed=False))
        else:
            end = _end_of_unclosed(text, mark, following, runs_on=runs_on)
            spans.append(QuotedSpan(mark.start, end, style, unclosed=True))
    return spans


def _is_possessive(mark: _Mark, following: list[_Mark]) -> bool:
    """Whether a mark that closes softly is a possessive: the next other mark surely closes, or it follows an s and the
    next mark closes softly after another letter ("'it's the Joneses' fault' and").
    """
    if mark.role != SOFT_CLOSE:
        return False
    if next((other.role for other in following if other.role != SOFT_CLOSE), None) == CLOSE:
        return True
    is_behind_s = mark.before in {"s", "S"}
    return is_behind_s and bool(following) and following[0].role == SOFT_CLOSE and following[0].before not in {"s", "S"}


def _ran_on(marks: list[_Mark]) -> _Mark | None:
    """The first mark that closes what was opened before the text, if nothing opens before that."""
    for mark in marks:
        if mark.role == OPEN:
            return None
        if mark.role == CLOSE and mark.before and mark.before in _STOPS:
            return mark
    return None


def _end_of_unclosed(text: str, mark: _Mark, following: _Mark | None, *, runs_on: bool) -> int:
    """Where a quotation ends that was never closed: with its sentence, or at the next mark that opens if that comes first;
    with the paragraph if nothing stands before it there or the next paragraph goes on.
    """
    if following is None and (runs_on or not text[: mark.start].strip()):
        return len(text)
    piece = text[mark.start : following.start if following else len(text)]
    return mark.start + end_of_sentence(piece)


def end_of_sentence(text: str) -> int:
    """Where the first sentence of a text ends, not counting the full stops of abbreviations.

    >>> end_of_sentence("So said Mrs. Orr. It rained.")
    17
    """
    for found in SENTENCE_END.finditer(text):
        token = text[max(found.end() - _LONGEST_TOKEN, 0) : found.end()].rsplit(maxsplit=1)[-1]
        if kind_before(token) in _ENDING:
            return found.end()
    return len(text.rstrip())

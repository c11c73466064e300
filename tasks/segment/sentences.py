"""Where English sentences end.

A sentence can end only where a token that ends in a full stop, question mark, exclamation mark or ellipsis (closing
quotes and brackets may follow) meets another token. Whether it does is told by these two tokens: what kind of end the
first one is (`Before`), what kind of start the second one is (`After`), and a table of the pairs that part sentences
(`_ENDS`). Both kinds are facts of a token alone, so they are found once for each distinct token.

A few constructions need more than two tokens, and the paragraphs that hold them take the scalar way: lists inside a
line ("1. The first 2. The second"), spaced ellipses (". . ."), a time of day before a capital, and questions that are
quoted ("'Why?' Mr Smith asked.").

No character but white space is lost: the sentences of a text are its pieces between the points found.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.buffers import WHITE_SPACE, TextBuffer
from tasks.segment.characters import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


class Before(IntEnum):
    """What the token before a possible sentence end is."""

    OPEN = 0
    """No end at all: "word", "Smith,", "[...]"."""
    STOP = 1
    """A full stop: "town.", 'town."'."""
    EXCLAMATION = 2
    """A question or exclamation mark: "what?", "No!'"."""
    ELLIPSIS = 3
    """Three dots or the character for them: "well...", "…"."""
    INITIAL = 4
    """A capital letter with a full stop: "J."."""
    NEVER = 5
    """An abbreviation that something must follow: "Mr.", "e.g."."""
    NUMBER = 6
    """An abbreviation unless a number follows: "No.", "Sept."."""
    MAYBE = 7
    """An abbreviation that can end a sentence: "Inc.", "U.S."."""
    TIME = 8
    """"a.m." and "p.m."."""


class After(IntEnum):
    """What the token after a possible sentence end is."""

    NO_START = 0
    """A small letter or a mark: "and", "-"."""
    CAPITAL = 1
    """A capital that could be a name's: "Smith", "“Smith"."""
    OPENER = 2
    """A capital on a word that is written small inside a sentence: "The", "'We"."""
    FIRST_PERSON = 3
    """"I", which is always a capital."""
    NUMBER = 4
    """A number or a sum: "20", "$5m"."""


_STARTS = frozenset({After.CAPITAL, After.OPENER, After.FIRST_PERSON, After.NUMBER})
_ENDED_BY: dict[Before, frozenset[After]] = {
    Before.OPEN: frozenset(),
    Before.STOP: _STARTS,
    Before.EXCLAMATION: _STARTS,
    Before.ELLIPSIS: _STARTS - {After.FIRST_PERSON},
    Before.INITIAL: frozenset({After.OPENER, After.FIRST_PERSON}),
    Before.NEVER: frozenset(),
    Before.NUMBER: _STARTS - {After.NUMBER},
    Before.MAYBE: frozenset({After.OPENER, After.FIRST_PERSON}),
    Before.TIME: _STARTS - {After.NUMBER},
}
_ENDS = np.array([[after in _ENDED_BY[before] for after in After] for before in Before])

_CLOSERS = "\"'”’»›)]}*_"
_OPENERS = "\"'“‘«‹([{*_¿¡`-–—"
_TERMINATORS = ".!?…。！？"
_LAST_BYTES = sorted({mark.encode()[-1] for mark in _TERMINATORS + _CLOSERS})

# What makes a paragraph take the scalar way, in Rust's regular expressions.
_NEEDS_CONTEXT = "|".join(
    (
        r"^\s*(?:[•⁃]|\(?(?:\d{1,3}|[a-z])[.)]{1,2}\s)",  # begins like a list
        r"^\s*\.\s|\.\s+\.",
        r"(?i:[ap]\.m\.)[\"'”’)]*\s+\p{Lu}",
        r"[?!][\"'”’]+\s+\p{Lu}",
        # white space that is not one byte, and what Python takes for white space and Rust does not
        r"[\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]",
    )
)
_TOKEN = re.compile(r"\S+")
_LIST_MARK = re.compile(r"([•⁃]?)(\(?)(\d{1,3}|[a-z]|)([.)]{0,2})")
# A name or two and a verb of asking: what was asked before it is part of the same sentence.
ASKED = re.compile(
    r"(?:(?:[Tt]he|[A-Z][\w.'’-]*)\s+){1,4}?"
    r"(?:said|says|asked|asks|added|cried|shouted|wrote|tweeted|replied|demanded|demands|wondered|joked|yelled|exclaimed)\b"
)
_SMALLEST_SENTENCE = 4  # tokens; "At 5 a.m." is none
_ELLIPSIS_STOPS = 3


@cache
def _abbreviations() -> dict[str, Before]:
    text = files("tasks.segment").joinpath("abbreviations.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {abbreviation: Before[kind.upper()] for abbreviation, kind in rows}


@cache
def _opening_words() -> frozenset[str]:
    text = files("tasks.segment").joinpath("sentence_openers.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


@lru_cache(maxsize=1 << 17)
def kind_before(token: str) -> Before:
    """What kind of end `token` is.

    >>> [kind_before(token).name for token in ["town.'", "Mr.", "U.S.", "why?", "J.", "[...]", "3.5"]]
    ['STOP', 'NEVER', 'MAYBE', 'EXCLAMATION', 'INITIAL', 'OPEN', 'OPEN']
    """
    bare = token.rstrip(_CLOSERS)
    if not bare or bare[-1] not in _TERMINATORS:
        return Before.OPEN
    if bare[-1] in "!?！？":
        return Before.EXCLAMATION
    word = bare.rstrip(".…。")
    if len(bare) - len(word) > 1 or bare[-1] == "…":
        # Four dots are an ellipsis and a full stop.
        if bare.endswith("...."):
            return Before.STOP
        return Before.OPEN if word.endswith(("[", "(")) else Before.ELLIPSIS
    word = word.lstrip(_OPENERS)
    if len(word) == 1 and word.isupper():
        return Before.INITIAL
    known = _abbreviations().get(word.lower())
    if known is not None:
        return known
    # Letters with stops between: "U.S.", "J.K.".
    return Before.MAYBE if re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", word) else Before.STOP


@lru_cache(maxsize=1 << 17)
def kind_after(token: str) -> After:
    """What kind of start `token` is.

    >>> [kind_after(token).name for token in ["Smith", "'The", "I've", "(20", "and", "—"]]
    ['CAPITAL', 'OPENER', 'FIRST_PERSON', 'NUMBER', 'NO_START', 'NO_START']
    """
    bare = token.lstrip(_OPENERS)
    if not bare:
        return After.NO_START
    if bare[0].isdigit() or bare[0] in "$£€¥#@•":
        return After.NUMBER
    word = re.split(r"[^\w]", bare, maxsplit=1)[0]
    if word == "I":
        return After.FIRST_PERSON
    if word.lower() in _opening_words() and word[:1].isupper():
        return After.OPENER
    # Scripts without capitals begin sentences too.
    return After.CAPITAL if bare[0].isalpha() and not bare[0].islower() else After.NO_START


def sentences(text: str) -> list[str]:
    """The sentences of one paragraph.

    >>> sentences("At 5 a.m. Mr. Smith left for the U.S. He was 'tired.' Why?")
    ['At 5 a.m. Mr. Smith left for the U.S.', "He was 'tired.'", 'Why?']
    >>> sentences("1. The first item 2. The second item")
    ['1. The first item', '2. The second item']
    """
    return [text[start:end] for start, end in sentence_spans(text)]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence of one paragraph, in code points; white space around sentences is left out.

    >>> sentence_spans("One.  Two.")
    [(0, 4), (6, 10)]
    """
    places = [match.span() for match in _TOKEN.finditer(text)]
    if not places:
        return []
    tokens = [text[start:end] for start, end in places]
    spans = []
    first = 0
    is_list = _is_list_mark(tokens[0])
    for i in range(1, len(tokens)):
        if (is_list or tokens[i - 1][-1] in _TERMINATORS + _CLOSERS) and _parts(tokens, first, i):
            spans.append((places[first][0], places[i - 1][1]))
            first = i
    spans.append((places[first][0], places[-1][1]))
    return spans


def _parts(tokens: list[str], first: int, i: int) -> bool:
    """Whether token i begins a sentence, the one before having begun at token `first`."""
    before, after = kind_before(tokens[i - 1]), kind_after(tokens[i])
    if _goes_on_with_list(tokens[0], tokens[i]):
        return True
    if i - first <= 2 and all(_is_list_mark(token) for token in tokens[first:i]):
        return False  # "1." and "• 9." begin a sentence and are none
    if tokens[i] == ".":
        # "... compounds. . . . The practice": the first stop ends a sentence, the ellipsis opens the next.
        opens = tokens[i : i + 5]
        return (
            before is Before.STOP
            and tokens[i - 1] != "."
            and opens[:_ELLIPSIS_STOPS] == ["."] * _ELLIPSIS_STOPS
            and len(opens) > _ELLIPSIS_STOPS
            and kind_after(opens[_ELLIPSIS_STOPS]) is not After.NO_START
        )
    if tokens[i - 1].rstrip(_CLOSERS) == ".":
        stops = tokens[max(first, i - 5) : i]
        if set(stops) == {"."} and i - first <= _ELLIPSIS_STOPS:
            return False  # an ellipsis that opened this sentence
        # Three stops apart are an ellipsis; a fourth ends the sentence.
        before = Before.ELLIPSIS if stops[-4:-1].count(".") == _ELLIPSIS_STOPS - 1 else Before.STOP
    if before is Before.TIME and after is After.CAPITAL and i - first < _SMALLEST_SENTENCE:
        return False
    if before is Before.EXCLAMATION and tokens[i - 1][-1] in _CLOSERS and ASKED.match(" ".join(tokens[i : i + 5])):
        return False
    return bool(_ENDS[before, after])


def _is_list_mark(token: str) -> bool:
    match = _LIST_MARK.fullmatch(token)
    return match is not None and bool(match[1] or (match[3] and match[4]))


def _goes_on_with_list(first: str, token: str) -> bool:
    """Whether `token` marks an item further down a list that the paragraph begins with.

    >>> _goes_on_with_list("1.)", "2.)"), _goes_on_with_list("a.", "b."), _goes_on_with_list("1.", "2004.")
    (True, True, False)
    """
    one, other = _LIST_MARK.fullmatch(first), _LIST_MARK.fullmatch(token)
    if not (one and other and _is_list_mark(first) and _is_list_mark(token)):
        return False
    if one[1]:
        return one[1] == other[1]
    same_style = (one[2], one[4], one[3].isdigit()) == (other[2], other[4], other[3].isdigit())
    later = int(other[3]) > int(one[3]) if one[3].isdigit() and other[3].isdigit() else other[3] > one[3]
    return not other[1] and same_style and later


def split_sentences(paragraphs: pl.DataFrame) -> pl.DataFrame:
    """The sentences of each paragraph, in order: document_id, paragraph_index, sentence_index, start, end, text.

    start and end are code points in the paragraph; paragraphs that hold nothing have no sentence.

    >>> paragraphs = pl.DataFrame({"document_id": ["d"], "paragraph_index": [4], "text": ["He left. She stayed."]})
    >>> split_sentences(paragraphs).rows()
    [('d', 4, 0, 0, 8, 'He left.'), ('d', 4, 1, 9, 20, 'She stayed.')]
    """
    texts = paragraphs["text"]
    buffer = TextBuffer.of(texts)
    in_context = texts.str.contains(_NEEDS_CONTEXT).fill_null(value=False).to_numpy()
    ends, begins = _part_by_pairs(buffer, ~in_context)
    odd_ends, odd_begins = _part_in_context(texts, buffer, np.flatnonzero(in_context))
    starts = np.sort(np.concatenate([buffer.offsets[:-1], begins, odd_begins]))
    ends = np.sort(np.concatenate([ends, odd_ends, buffer.offsets[1:]]))
    starts, ends = _trim(buffer, starts, ends)
    row = np.searchsorted(buffer.offsets, starts, side="right") - 1
    offset = buffer.code_points(buffer.offsets)[row]
    return pl.DataFrame(
        {
            "document_id": paragraphs["document_id"].gather(row),
            "paragraph_index": paragraphs["paragraph_index"].gather(row),
            "sentence_index": (np.arange(len(row)) - np.searchsorted(row, row)).astype(np.int32),
            "start": (buffer.code_points(starts) - offset).astype(np.int32),
            "end": (buffer.code_points(ends) - offset).astype(np.int32),
            "text": buffer.cut(starts, ends),
        }
    )


def _part_by_pairs(buffer: TextBuffer, wanted: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where sentences end inside the wanted texts and where the next ones begin, in bytes, by the table alone."""
    data = buffer.data
    # Other white space than this makes a text take the scalar way.
    spaces = np.flatnonzero((data == ord(" ")) | ((data >= ord("\t")) & (data <= ord("\r"))))
    may_end = np.zeros(256, bool)
    may_end[_LAST_BYTES] = True
    nth = np.flatnonzero(may_end[data[spaces - 1]])
    text = rows_of(buffer, spaces[nth])
    first, last = buffer.offsets[text], buffer.offsets[text + 1]
    kept = wanted[text] & (spaces[nth] > first)
    nth, first, last = nth[kept], first[kept], last[kept]
    ends = spaces[nth]
    run_end = _last_of_runs(spaces, nth)
    starts = spaces[run_end] + 1
    kept = starts < last  # else the text ends in white space
    nth, run_end, ends, starts, first, last = (column[kept] for column in (nth, run_end, ends, starts, first, last))
    if not len(ends):
        return ends, ends
    before = np.where(nth > 0, spaces[nth - 1] + 1, 0)
    behind = np.append(spaces, len(data))[run_end + 1]
    befores = buffer.cut(np.maximum(before, first), ends)
    afters = buffer.cut(starts, np.minimum(behind, last))
    parts = _ENDS[_kinds(befores, kind_before), _kinds(afters, kind_after)]
    return ends[parts], starts[parts]


def _last_of_runs(spaces: NDArray[np.int64], nth: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each of the `nth` spaces, the last one of those that follow it without a gap; mostly itself."""
    last = nth.copy()
    goes_on = np.append(spaces[1:] - spaces[:-1] == 1, False)[: len(spaces)]
    odd = np.flatnonzero(goes_on[nth])
    if len(odd):
        ends = np.flatnonzero(~goes_on)
        last[odd] = ends[np.searchsorted(ends, nth[odd])]
    return last


def _kinds(tokens: pl.Series, kind_of: Callable[[str], IntEnum]) -> NDArray[np.uint8]:
    distinct = tokens.unique()
    kinds = [int(kind_of(token)) for token in distinct]
    return tokens.replace_strict(distinct, kinds, return_dtype=pl.UInt8).to_numpy()


def _part_in_context(
    texts: pl.Series, buffer: TextBuffer, rows: NDArray[np.intp]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """As `_part_by_pairs`, by `sentence_spans`, for the texts at `rows`."""
    ends: list[int] = []
    begins: list[int] = []
    for row, text in zip(rows.tolist(), texts.gather(rows), strict=True):
        position, place = 0, int(buffer.offsets[row])  # the same point, in code points and in bytes
        spans = sentence_spans(text)
        for (_, end), (begin, _) in pairwise(spans):
            place += len(text[position:end].encode())
            ends.append(place)
            place += len(text[end:begin].encode())
            begins.append(place)
            position = begin
    return np.array(ends, np.int64), np.array(begins, np.int64)


def _trim(
    buffer: TextBuffer, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The spans without white space at their ends; empty ones are left out."""
    kept = starts < ends
    starts, ends = starts[kept], ends[kept]
    is_plain = (buffer.data > ord(" ")) & (buffer.data < 0x80)
    odd = np.flatnonzero(~(is_plain[starts] & is_plain[ends - 1]))
    if len(odd):
        pieces = buffer.cut(starts[odd], ends[odd])
        ends[odd] = starts[odd] + pieces.str.strip_chars_end(WHITE_SPACE).str.len_bytes().to_numpy()
        starts[odd] = np.minimum(
            ends[odd],
            starts[odd]
            + (pieces.str.len_bytes() - pieces.str.strip_chars_start(WHITE_SPACE).str.len_bytes()).to_numpy(),
        )
        kept = starts < ends
        starts, ends = starts[kept], ends[kept]
    return starts, ends

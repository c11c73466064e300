"""Where English sentences end.

A sentence can end only where a token that ends in a full stop, question mark, exclamation mark or ellipsis (closing
quotes and brackets may follow) is followed by another token. Whether it does depends on these two tokens: the kind of
end of the first one (`Before`), the kind of start of the second one (`After`), and a table of the pairs between which a
sentence ends (`ENDS`). Both kinds are features of a token alone, so they are computed once for each distinct token.

A few constructions need more than two tokens. A quoted question ends no sentence if a reporting clause follows ("'Why?'
Mr Smith asked."). Paragraphs with lists inside a line ("1. The first 2. The second"), spaced ellipses (". . ."), a time
of day before a capital ("9 a.m. Monday") or sentences without white space between ("Monday.It opens") are read by
`sentence_spans`, one by one.

`sentence_spans` states the rules for one text; `split_sentences` applies them to columns and gives the same. Only white
space between sentences is lost.
"""

from __future__ import annotations

import re
from array import array
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np
import polars as pl

from tasks.segment.sentence_tokens import (
    CLOSERS,
    ENDS,
    TERMINATORS,
    After,
    Before,
    glued_places,
    goes_with_time,
    kind_after,
    kind_before,
)
from tasks.text.buffers import WHITE_SPACE, TextBuffer
from tasks.text.characters import CharClass, classes_at, rows_of
from tasks.text.token_features import FeatureCache

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.parts import Parts
    from tasks.text.arrays import Bools, Ints


# Last characters of tokens after which a sentence may end.
_LAST = frozenset(TERMINATORS + CLOSERS)
_LAST_BYTES = sorted({mark.encode()[-1] for mark in _LAST})

# How lists inside a paragraph begin, and spaced ellipses; for polars. White space at the beginning is rare.
_OPENS_LIST = r"^(?:\s|[•⁃]|\(?(?:\d{1,3}|[a-z])[.)]{1,2}\s|\.\s)"
_FIRST_BYTES_OF_LISTS = frozenset(b"\t\n\v\f\r (.0123456789abcdefghijklmnopqrstuvwxyz" + "•⁃".encode())
_TOKEN = re.compile(r"\S+")
_LIST_MARK = re.compile(r"([•⁃]?)(\(?)(\d{1,3}|[a-z]|)([.)]{0,2})")
_COUNTER = re.compile(r"(\d{1,2})[.)](?=\s+[\"“'‘(*_]*[A-Z])")
# A name or two and a reporting verb: the quoted question before it belongs to the same sentence.
_REPORTS = (
    r"(?:said|says|asked|asks|added|called|chanted|cried|shouted|screamed|whispered|muttered|wrote|tweeted|replied|demanded|"
    r"demands|wondered|wonders|joked|quipped|yelled|exclaimed|inquired|enquired|snapped|roared|pleaded|begged|insisted)\b"
)
ASKED = re.compile(r"(?:(?:[Tt]he|[A-Z][\w.'’-]*)\s+){1,4}?(?:(?<=['’]s\s)[a-z]+\s+)?(?:[a-z]+ly\s+)?" + _REPORTS)
# More quoted cries before the reporting clause: “Go home!” “Never!” they shouted.
_MORE_CRIES = re.compile(rf"(?:[\"“'‘][^\"“”]{{1,80}}[!?][\"”'’] ){{1,3}}(?:[a-z]|{ASKED.pattern})")
_ASKED_TOKENS = 24
_LONGEST_ASKED = 400  # bytes of them
_ANSWERING = frozenset({"said", "say", "says", "saying", "answered", "replied", "voted"})  # before "no."
_SMALLEST_SENTENCE = 4  # tokens; "At 5 a.m." is none
_ELLIPSIS_STOPS = 3
_TIME_TOKENS = 3  # "New York time"
_GLUE_WINDOW = 256  # bytes on either side of a mark, more than `glued_places` reads
# The bytes of a closing or opening mark by its first byte.
_LENGTH_OF_MARK = np.zeros(256, np.int64)
_LENGTH_OF_MARK[list(b")](")] = 1
_LENGTH_OF_MARK["»".encode()[0]] = 2
_LENGTH_OF_MARK["”".encode()[0]] = 3


def sentences(text: str) -> list[str]:
    """The sentences of one paragraph.

    >>> sentences("At 5 a.m. Mr. Smith left for the U.S. He was 'tired.' Why?")
    ['At 5 a.m. Mr. Smith left for the U.S.', "He was 'tired.'", 'Why?']
    >>> sentences("1. The first item 2. The second item")
    ['1. The first item', '2. The second item']
    """
    return [text[start:end] for start, end in sentence_spans(text)]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence of one paragraph, in code points, without the white space around it.

    >>> sentence_spans("One.  Two.")
    [(0, 4), (6, 10)]
    """
    tokens = _Tokens(text)
    if not len(tokens):
        return []
    starts, ends = tokens.starts, tokens.ends
    spans = []
    first = 0
    is_list = _is_list_mark(tokens[0]) or bool(tokens.counters)
    for i in range(1, len(tokens)):
        if (is_list or text[ends[i - 1] - 1] in _LAST) and _begins_sentence(tokens, first, i):
            spans.append((starts[first], ends[i - 1]))
            first = i
    spans.append((starts[first], ends[-1]))
    return spans


class _Tokens:
    """The tokens of a text, cut on access: few are needed, and a paragraph may be of any length."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.starts, self.ends = array("i"), array("i")
        glued = iter([*glued_places(text), len(text)])
        place = next(glued)
        for match in _TOKEN.finditer(text):
            start, end = match.span()
            while start < place < end:
                self.starts.append(start)
                self.ends.append(place)
                start, place = place, next(glued)
            self.starts.append(start)
            self.ends.append(end)
        self.counters = _find_counters(text)

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, wanted: int) -> str: ...

    @overload
    def __getitem__(self, wanted: slice) -> list[str]: ...

    def __getitem__(self, wanted: int | slice) -> str | list[str]:
        if isinstance(wanted, slice):
            return [self[i] for i in range(*wanted.indices(len(self)))]
        return self._text[self.starts[wanted] : self.ends[wanted]]

    def following(self, i: int) -> str:
        """The text from token i, as far as a reporting clause is looked for."""
        start = self.starts[i]
        return _shorten(self._text[start : start + _LONGEST_ASKED].encode()[:_LONGEST_ASKED])


def _shorten(following: bytes) -> str:
    return " ".join(following.decode("utf-8", "ignore").split()[:_ASKED_TOKENS])


def _find_counters(text: str) -> dict[int, int]:
    """Start and number of the counters of a list inside `text`: 1., 2. and so on.

    >>> _find_counters("They were: 1. Oslo 2. Bern. In 3. place nobody.")
    {11: 1, 19: 2}
    >>> _find_counters("He was 12. She was 1. They left.")
    {}
    """
    counters: dict[int, int] = {}
    series: dict[int, int] = {}
    for match in _COUNTER.finditer(text):
        if not text[match.start() - 1 : match.start()].isspace() and match.start():
            continue
        number = int(match[1])
        if number == len(series) + 1:
            series[match.start()] = number
        elif number == 1:
            series = {match.start(): 1}
        if len(series) > 1:
            counters |= series
    return counters


def _begins_sentence(tokens: _Tokens, first: int, i: int) -> bool:
    """Whether token i begins a sentence, where the sentence before it begins at token `first`."""
    before, after = kind_before(tokens[i - 1]), kind_after(tokens[i])
    if _is_later_item(tokens[0], tokens[i]) or tokens.counters.get(tokens.starts[i], 1) > 1:
        return True
    if tokens.starts[i - 1] in tokens.counters:
        return False  # a counter and its item
    if i - first <= 2 and all(_is_list_mark(token) for token in tokens[first:i]):
        return False  # "1." and "• 9." begin a sentence and are not one by themselves
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
    if tokens[i - 1].rstrip(CLOSERS) == ".":
        stops = tokens[max(first, i - 5) : i]
        if set(stops) == {"."} and i - first <= _ELLIPSIS_STOPS:
            return False  # an ellipsis that opened this sentence
        # Three spaced stops are an ellipsis; a fourth ends the sentence.
        before = Before.ELLIPSIS if stops[-4:-1].count(".") == _ELLIPSIS_STOPS - 1 else Before.STOP
    if i - first == 1 and before in {Before.INITIAL, Before.MAYBE}:
        return False  # an abbreviation alone: "Q. Did you lie?"
    if before is Before.TIME and after is After.CAPITAL:
        return i - first >= _SMALLEST_SENTENCE and not goes_with_time(tokens[i : i + _TIME_TOKENS])
    if tokens[i - 1] == "no." and after is After.NUMBER:
        return tokens[max(first, i - 2)] in _ANSWERING
    if before is Before.EXCLAMATION and _is_asked(tokens[i - 1], tokens.following(i)):
        return False
    return bool(ENDS[before, after])


def _is_asked(token: str, following: str) -> bool:
    """Whether a reporting clause follows a token that ends a quoted question, or more questions and then the clause."""
    return token[-1] in CLOSERS and bool(ASKED.match(following) or _MORE_CRIES.match(following))


def _is_list_mark(token: str) -> bool:
    match = _LIST_MARK.fullmatch(token)
    return match is not None and bool(match[1] or (match[3] and match[4]))


def _is_later_item(first: str, token: str) -> bool:
    """Whether `token` marks an item further down a list that the paragraph begins with.

    >>> _is_later_item("1.)", "2.)"), _is_later_item("a.", "b."), _is_later_item("1.", "2004.")
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


def split_sentences(
    paragraphs: pl.DataFrame, buffer: TextBuffer | None = None, parts: Parts | None = None
) -> pl.DataFrame:
    """The sentences of each paragraph, in order: document_id, paragraph_index, sentence_index, start, end, text.

    start and end are code points in the paragraph; blank paragraphs have no sentence. `buffer` holds the bytes of the
    paragraphs, if they are read already. The sentences are counted in `parts`; LimitExceeded if there are more than it
    allows.

    >>> paragraphs = pl.DataFrame({"document_id": ["d"], "paragraph_index": [4], "text": ["He left. She stayed."]})
    >>> split_sentences(paragraphs).rows()
    [('d', 4, 0, 0, 8, 'He left.'), ('d', 4, 1, 9, 20, 'She stayed.')]
    """
    texts = paragraphs["text"]
    buffer = buffer or TextBuffer.of(texts)
    pairs = _find_pairs(buffer)
    in_context = _need_context(texts, buffer, pairs)
    is_end = pairs.may_end & ~in_context[pairs.row] & ~_were_asked(buffer, pairs)
    ends_in_context, starts_in_context = _split_in_context(texts, buffer, np.flatnonzero(in_context))
    starts = np.sort(np.concatenate([buffer.offsets[:-1], pairs.start[is_end], starts_in_context]))
    ends = np.sort(np.concatenate([pairs.end[is_end], ends_in_context, buffer.offsets[1:]]))
    starts, ends = _trim(buffer, starts, ends)
    if parts:
        parts.add(len(starts), "sentences", each=0.75)
    row = rows_of(buffer, starts)
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


class _Pairs(NamedTuple):
    """All pairs of neighbouring tokens between which a sentence may end, in order."""

    row: Ints
    """The text that they stand in."""
    first: Ints
    """Where the first token begins, in bytes."""
    end: Ints
    """Where it ends."""
    start: Ints
    """Where the second one begins."""
    before: Ints
    """The kind of end of the first one (`Before`)."""
    after: Ints
    """The kind of start of the second one (`After`)."""

    @property
    def may_end(self) -> Bools:
        """Whether a sentence ends between them by the table of kinds."""
        may_end: Bools = ENDS[self.before, self.after]
        return may_end


def _find_pairs(buffer: TextBuffer) -> _Pairs:
    data = buffer.data
    spaces = buffer.spaces
    may_end = np.zeros(256, bool)
    may_end[_LAST_BYTES] = True
    nth = np.flatnonzero(may_end.take(data.take(spaces - 1)))
    row = rows_of(buffer, spaces[nth])
    text_start, text_end = buffer.offsets[row], buffer.offsets[row + 1]
    run_end = _last_of_runs(spaces, nth)
    end, start = spaces[nth], spaces[run_end] + 1
    first = np.maximum(np.where(nth > 0, spaces[nth - 1] + 1, 0), text_start)
    last = np.minimum(np.append(spaces, len(data))[run_end + 1], text_end)
    kept = (end > text_start) & (start < text_end)  # else the text begins or ends in white space
    row, first, end, start, last = (column[kept] for column in (row, first, end, start, last))
    ends, starts = _kinds_of_tokens()
    return _Pairs(row, first, end, start, ends.features(buffer, first, end), starts.features(buffer, start, last))


@cache
def _kinds_of_tokens() -> tuple[FeatureCache, FeatureCache]:
    return FeatureCache(kind_before), FeatureCache(kind_after)


def _last_of_runs(spaces: Ints, nth: Ints) -> Ints:
    """For each of the `nth` spaces the last of the run of spaces that it is in; mostly itself."""
    last = nth.copy()
    following = np.minimum(nth + 1, len(spaces) - 1)
    in_run = np.flatnonzero(spaces[following] - spaces[nth] == 1)
    if len(in_run):
        ends = np.append(np.flatnonzero(np.diff(spaces) > 1), len(spaces) - 1)
        last[in_run] = ends[np.searchsorted(ends, nth[in_run])]
    return last


def _were_asked(buffer: TextBuffer, pairs: _Pairs) -> Bools:
    """Between which tokens a quoted question ends that a reporting clause follows: "'Why?' Mr Smith asked."."""
    data, text_ends = buffer.data, buffer.offsets[1:]
    were_asked = np.zeros(len(pairs.row), bool)
    last_byte = data[pairs.end - 1]
    is_closed = (last_byte != ord("?")) & (last_byte != ord("!"))
    for i in np.flatnonzero((pairs.before == Before.EXCLAMATION) & is_closed & pairs.may_end).tolist():
        token = data[pairs.first[i] : pairs.end[i]].tobytes().decode()
        limit = min(int(text_ends[pairs.row[i]]), int(pairs.start[i]) + _LONGEST_ASKED)
        were_asked[i] = _is_asked(token, _shorten(data[pairs.start[i] : limit].tobytes()))
    return were_asked


def _need_context(texts: pl.Series, buffer: TextBuffer, pairs: _Pairs) -> Bools:
    """Which texts have to be read by `sentence_spans`, because more than two tokens matter there."""
    data = buffer.data
    first_byte, last_byte, next_byte = data[pairs.first], data[pairs.end - 1], data[pairs.start]
    is_time = (pairs.before == Before.TIME) & (pairs.after == After.CAPITAL)
    is_spaced = (last_byte == ord(".")) & (next_byte == ord("."))  # an ellipsis
    is_bullet = (pairs.after == After.NUMBER) & (next_byte == "•".encode()[0])
    is_no = (pairs.before == Before.NUMBER) & (pairs.after == After.NUMBER) & (first_byte == ord("n"))
    needs = np.zeros(len(texts), bool)
    needs[pairs.row[is_time | is_spaced | is_bullet | is_no | _are_alone(buffer, pairs)]] = True
    needs |= _hold_counters(pairs, data, len(texts))
    needs[rows_of(buffer, _may_be_glued(buffer))] = True
    # A sentence of one token may be the mark of an item.
    for i in np.flatnonzero((pairs.first[1:] == pairs.start[:-1]) & pairs.may_end[:-1]).tolist():
        needs[pairs.row[i]] |= _is_list_mark(data[pairs.start[i] : pairs.end[i + 1]].tobytes().decode())
    # White space of more than one byte, or that only Python takes for white space.
    rare = np.flatnonzero((data >= 0xC0) | ((data >= 0x1C) & (data <= 0x1F)))
    needs[rows_of(buffer, rare[(classes_at(buffer, rare) & CharClass.SPACE) != 0])] = True
    # Few texts begin with anything but a capital or a quotation mark.
    may_open_list = np.zeros(256, bool)
    may_open_list[list(_FIRST_BYTES_OF_LISTS)] = True
    filled = np.flatnonzero(np.diff(buffer.offsets))
    filled = filled[may_open_list[data[buffer.offsets[filled]]]]
    needs[filled] |= texts.gather(filled).str.contains(_OPENS_LIST).to_numpy()
    return needs


def _are_alone(buffer: TextBuffer, pairs: _Pairs) -> Bools:
    """Which pairs end a sentence that would be an abbreviation alone."""
    is_short = (pairs.before == Before.INITIAL) | (pairs.before == Before.MAYBE)
    is_alone = pairs.first == buffer.offsets[pairs.row]
    is_alone[1:] |= (pairs.first[1:] == pairs.start[:-1]) & pairs.may_end[:-1]
    alone: Bools = is_short & is_alone & pairs.may_end
    return alone


def _hold_counters(pairs: _Pairs, data: NDArray[np.uint8], n_texts: int) -> Bools:
    """Which texts hold a counter 1 and a counter 2."""
    holds = np.ones(n_texts, bool)
    is_short = pairs.end - pairs.first == len("1.")
    for digit in b"12":
        has = np.zeros(n_texts, bool)
        has[pairs.row[is_short & (data[pairs.first] == digit)]] = True
        holds &= has
    return holds


def _may_be_glued(buffer: TextBuffer) -> Ints:
    """The places of marks inside tokens with which `glued_places` finds the beginning of a sentence nearby."""
    data = buffer.data
    is_mark = data == ord(".")
    is_mark |= data == ord("?")
    is_mark |= data == ord("!")
    mark = np.flatnonzero(is_mark[1:-1]) + 1
    mark = mark[(data[mark + 1] > ord(" ")) & (data[mark - 1] >= ord("a")) & (data[mark - 1] <= ord("z"))]
    # Behind the mark may stand a closing and an opening mark.
    place = mark + 1
    for _ in range(2):
        place = np.minimum(place + _LENGTH_OF_MARK[data[place]], len(data) - 1)
    is_capital = (data[place] >= ord("A")) & (data[place] <= ord("Z"))
    mark, place = mark[is_capital], place[is_capital]
    row = rows_of(buffer, mark)
    inside = place < buffer.offsets[row + 1]
    mark, row = mark[inside], row[inside]
    nth = np.searchsorted(buffer.spaces, mark)
    spaces = np.concatenate([[-1], buffer.spaces, [len(data)]])
    begin = np.maximum(np.maximum(spaces[nth] + 1, mark - _GLUE_WINDOW), buffer.offsets[row])
    end = np.minimum(np.minimum(spaces[nth + 1], mark + _GLUE_WINDOW), buffer.offsets[row + 1])
    found = [
        bool(glued_places(data[start:stop].tobytes().decode("utf-8", "ignore")))
        for start, stop in zip(begin.tolist(), end.tolist(), strict=True)
    ]
    glued: Ints = mark[np.array(found, bool)]
    return glued


def _split_in_context(texts: pl.Series, buffer: TextBuffer, rows: NDArray[np.intp]) -> tuple[Ints, Ints]:
    """Where sentences end inside the texts at `rows`, and where the next ones begin, in bytes of the buffer."""
    ends: list[int] = []
    begins: list[int] = []
    for row, text in zip(rows.tolist(), texts.gather(rows), strict=True):
        position, place = 0, int(buffer.offsets[row])  # the same position, in code points and in bytes
        spans = sentence_spans(text)
        for (_, end), (begin, _) in pairwise(spans):
            place += len(text[position:end].encode())
            ends.append(place)
            place += len(text[end:begin].encode())
            begins.append(place)
            position = begin
    return np.array(ends, np.int64), np.array(begins, np.int64)


def _trim(buffer: TextBuffer, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """The spans without white space at their ends; empty ones are left out."""
    kept = starts < ends
    starts, ends = starts[kept], ends[kept]
    is_plain = (buffer.data > ord(" ")) & (buffer.data < 0x80)
    others = np.flatnonzero(~(is_plain[starts] & is_plain[ends - 1]))
    if len(others):
        pieces = buffer.cut(starts[others], ends[others])
        ends[others] = starts[others] + pieces.str.strip_chars_end(WHITE_SPACE).str.len_bytes().to_numpy()
        starts[others] = np.minimum(
            ends[others],
            starts[others]
            + (pieces.str.len_bytes() - pieces.str.strip_chars_start(WHITE_SPACE).str.len_bytes()).to_numpy(),
        )
        kept = starts < ends
        starts, ends = starts[kept], ends[kept]
    return starts, ends

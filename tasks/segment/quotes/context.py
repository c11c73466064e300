"""The context of quotations: the author's words around each one in its sentence, with all quoted text masked.

Masked is the inside of a quotation, except its first and last two characters (its marks and one letter or full stop).
So its words are not mistaken for the author's, and sentences still begin and end. A masked byte is a null character.
The end of a sentence is decided as in `sentences`, by the token before the stop and the letter after it.

- "Orr came. He said 'no, never' again.": before is "He said ", after is " again"
- "'It is so.' He left.": after is empty, because the quotation ends its sentence
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasks.schemas import QUOTATION_MARKS
from tasks.segment.quotes.marks import QuotedSpans, find_spans
from tasks.segment.quotes.word_classes import alternatives
from tasks.segment.sentence_tokens import Before, kind_before
from tasks.segment.sentences import ASKED
from tasks.text.buffers import TextBuffer
from tasks.text.characters import (
    CharClass,
    char_sizes,
    character_before,
    character_from,
    classes_at,
    find_bytes,
    rows_of,
    skip,
    skip_back,
    step_back,
)
from tasks.text.token_features import FeatureCache

if TYPE_CHECKING:
    import polars as pl

    from tasks.text.arrays import Bools, Ints

_WINDOW = 300  # bytes on either side of a quotation in which its reporting clause is searched for
_MAX_BETWEEN = (
    8  # maximum number of quotations between a quotation and its reporting clause; it limits the sum of all windows
)
_LONGEST_NICKNAME = 30  # bytes
_LONGEST_TOKEN = 20  # bytes; no abbreviation is longer
_BREAKING = {Before.STOP, Before.EXCLAMATION, Before.ELLIPSIS}
_OPENS_SENTENCE = r"(?:^|[^.!?…])[.!?…]+[\"'”’)\]]*(?:\s|$)"
# "... told troops to 'run' after the despot spoke of '...'": the words after the conjunction are not the speaker's.
_NEW_CLAUSE = rf"(?s)\x00.{{1,3}}?\s(?:{alternatives('new_clauses')})\s(.*)"


class Blocks(NamedTuple):
    """For each text whether it is a quotation as a whole, and where that begins, in bytes."""

    is_block: Bools
    start: Ints


class QuotationContext:
    """The texts of a batch, their quotations (`spans`) and the author's words around them."""

    def __init__(self, texts: TextBuffer, runs_on: Bools, blocks: Blocks, above: Ints) -> None:
        """For each text: whether the next one opens with a mark, whether it is a quotation as a whole, and which text is above
        it in its document, or -1.
        """
        self.texts = texts
        self.above = above
        self.spans = _with_blocks(find_spans(self.texts, runs_on), self.texts, blocks)
        self._bytes = self._mask()

    def _mask(self) -> bytearray:
        start, end = self.spans.start, self.spans.end
        last = len(self.texts.data) - 1
        first_kept = start.copy()
        for _ in range(2):
            first_kept += char_sizes(self.texts.data[np.minimum(first_kept, last)])
        last_kept = step_back(self.texts, step_back(self.texts, end))
        is_block = self.spans.mark == QUOTATION_MARKS.index("block")
        first_kept[is_block], last_kept[is_block] = start[is_block], end[is_block]
        masked = bytearray(self.texts.data.data)
        some = np.flatnonzero((first_kept < last_kept) & ~self._are_nicknames())
        for begin, stop in zip(first_kept[some].tolist(), last_kept[some].tolist(), strict=True):
            masked[begin:stop] = bytes(stop - begin)
        return masked

    def _are_nicknames(self) -> Bools:
        """Which quotations are a part of a name: Ada "Duchess" Brandt."""
        spans, offsets = self.spans, self.texts.offsets
        are_nicknames = (spans.end - spans.start <= _LONGEST_NICKNAME) & ~spans.unclosed
        some = np.flatnonzero(are_nicknames)
        first = character_from(self.texts, np.maximum(spans.start[some] - _LONGEST_TOKEN, offsets[spans.row[some]]))
        last = character_before(self.texts, np.minimum(spans.end[some] + 4, offsets[spans.row[some] + 1]))
        around = zip(self.texts.cut(first, spans.start[some]), self.texts.cut(spans.end[some], last), strict=True)
        are_nicknames[some] = [stand_in_name(before, after) for before, after in around]
        return are_nicknames

    @cached_property
    def masked(self) -> TextBuffer:
        """The texts with each masked byte replaced by a null character."""
        return TextBuffer(np.frombuffer(self._bytes, np.uint8), self.texts.offsets)

    def piece(self, start: int, end: int) -> str:
        """The masked text from byte `start` to `end`, without characters that are cut in two."""
        return self._bytes[start:end].decode("utf-8", "ignore")

    def of_row(self, row: int) -> str:
        """The masked text of one row."""
        return self.piece(int(self.texts.offsets[row]), int(self.texts.offsets[row + 1]))

    def before(self) -> pl.Series:
        """The text before each quotation in its sentence."""
        spans = self.spans
        window = np.maximum(self.texts.offsets[spans.row], spans.start - _WINDOW)
        window[_MAX_BETWEEN:] = np.maximum(window[_MAX_BETWEEN:], spans.start[:-_MAX_BETWEEN])
        stops, begins, capitals = self._breaks
        nth = np.searchsorted(capitals, spans.start) - 1
        is_separate = (nth >= 0) & (np.append(stops, 0)[nth] >= window)
        begin = np.where(is_separate, np.append(begins, 0)[nth], window)
        texts = self._pieces(begin, spans.start)
        # The first word of a text that was cut may be incomplete.
        cut = np.flatnonzero(~is_separate & (window > self.texts.offsets[spans.row]))
        texts = texts.scatter(cut, texts.gather(cut).str.replace(r"^\S*\s", ""))
        opens_sentence = texts.str.strip_chars_end().str.tail(4).str.contains(_OPENS_SENTENCE).arg_true()
        quoting = texts.str.contains_any(["\0"]).arg_true()
        clauses = texts.gather(quoting).str.extract(_NEW_CLAUSE)
        texts = texts.scatter(quoting.filter(clauses.is_not_null()), clauses.drop_nulls())
        return texts.scatter(opens_sentence, "")

    def after(self) -> pl.Series:
        """The text after each quotation in its sentence; empty if the quotation ends the sentence."""
        spans = self.spans
        limit = np.minimum(self.texts.offsets[spans.row + 1], spans.end + _WINDOW)
        limit[:-_MAX_BETWEEN] = np.minimum(limit[:-_MAX_BETWEEN], spans.end[_MAX_BETWEEN:])
        stops, _, capitals = self._breaks
        nth = np.searchsorted(stops, spans.end)
        is_separate = np.append(capitals, len(self._bytes))[nth] < limit
        end = np.where(is_separate, np.append(stops, 0)[nth], limit)
        ends_sentence, is_question = self._end_sentences(limit)
        for i in np.flatnonzero(is_question).tolist():
            ends_sentence[i] = not ASKED.match(self.piece(int(spans.end[i]), int(limit[i])).lstrip())
        return self._pieces(spans.end, np.where(ends_sentence, spans.end, end))

    def _pieces(self, starts: Ints, ends: Ints) -> pl.Series:
        """`piece` for many ranges, which may overlap."""
        return self.masked.cut(character_from(self.masked, starts), character_before(self.masked, ends))

    def _end_sentences(self, limit: Ints) -> tuple[Bools, Bools]:
        """Which quotations end their sentence, and which do unless they are a question that somebody asked."""
        spans, buffer = self.spans, self.masked
        before_marks = skip_back(buffer, spans.end, self.texts.offsets[spans.row], CharClass.MARK)
        last = step_back(buffer, before_marks)
        has_last = last >= self.texts.offsets[spans.row]
        last_facts = np.where(has_last, classes_at(buffer, np.maximum(last, 0)), 0)
        following = skip(buffer, spans.end, limit, CharClass.SPACE)
        has_following = following < limit
        facts = np.zeros(len(following), np.uint16)
        facts[has_following] = classes_at(buffer, following[has_following])
        is_exclamation = np.isin(buffer.data[np.maximum(last, 0)], [ord("!"), ord("?")]) & has_last
        is_stop = ((last_facts & CharClass.STOP) != 0) & ~is_exclamation
        return is_stop & ((facts & (CharClass.LOWER | CharClass.COMMA)) == 0), is_exclamation & (
            (facts & CharClass.UPPER) != 0
        )

    @cached_property
    def _breaks(self) -> tuple[Ints, Ints, Ints]:
        """The ends of sentences in the masked texts: the last stop, and the next sentence's beginning and capital."""
        buffer = self.masked
        data = buffer.data
        is_stop = (data == ord(".")) | (data == ord("!")) | (data == ord("?"))
        is_stop[find_bytes(data, "…".encode()) + 2] = True
        end = np.flatnonzero(is_stop) + 1
        row = rows_of(buffer, end - 1)
        has_quotation = np.zeros(len(buffer.offsets), bool)
        has_quotation[self.spans.row] = True
        end, row = end[has_quotation[row]], row[has_quotation[row]]
        limit = buffer.offsets[row + 1]
        closed = skip(buffer, end, limit, CharClass.CLOSER)
        begin = skip(buffer, closed, limit, CharClass.SPACE)
        capital = skip(buffer, begin, limit, CharClass.BEGINS)
        parts = (closed < begin) & (capital < limit)
        parts[parts] = (classes_at(buffer, capital[parts]) & (CharClass.CAPITAL | CharClass.DIGIT)) != 0
        end, closed, begin, capital = end[parts], closed[parts], begin[parts], capital[parts]
        breaking = self._are_breaking(closed, buffer.offsets[row[parts]])
        return step_back(buffer, end[breaking]), begin[breaking], capital[breaking]

    def _are_breaking(self, ends: Ints, earliest: Ints) -> Bools:
        """Whether the tokens that end at `ends` end a sentence; abbreviations do not."""
        if not len(ends):
            return np.zeros(0, bool)
        data = self.masked.data
        # Backwards from each end to a space or to masked text; one \0 of that begins the token.
        places = ends[:, None] - np.arange(1, _LONGEST_TOKEN + 1)
        letters = data[np.maximum(places, 0)]
        is_edge = (letters <= ord(" ")) | (places < earliest[:, None])
        is_edge[:, -1] = True
        length = is_edge.argmax(axis=1)
        length += (letters[np.arange(len(ends)), length] == 0) & (ends - length > earliest)
        return _known_ends().features(self.masked, character_from(self.masked, ends - length), ends).astype(bool)


_NAME_BEFORE = re.compile(r"[^\W\d_a-z][^\W\d_]+\s$")


def stand_in_name(before: str, after: str) -> bool:
    """Whether words of a name stand right before and after a quotation: Ada "Duchess" Brandt.

    >>> stand_in_name("So Ada ", " Brandt"), stand_in_name("He said ", " Brandt")
    (True, False)
    """
    found = _NAME_BEFORE.search(before)
    return bool(found and found[0][0].isupper() and after[:1].isspace() and after[1:2].isupper())


@cache
def _known_ends() -> FeatureCache:
    return FeatureCache(lambda token: kind_before(token.split()[-1]) in _BREAKING)


def _with_blocks(spans: QuotedSpans, texts: TextBuffer, of_texts: Blocks) -> QuotedSpans:
    """The spans, with those of texts that are quotations as a whole."""
    blocks = np.flatnonzero(of_texts.is_block)
    if not len(blocks):
        return spans
    others = ~of_texts.is_block[spans.row]
    own = QuotedSpans(
        blocks,
        of_texts.start[blocks],
        texts.offsets[blocks + 1],
        np.full(len(blocks), QUOTATION_MARKS.index("block"), np.uint8),
        np.zeros(len(blocks), bool),
    )
    both = QuotedSpans._make(np.concatenate([spans[i][others], own[i]]) for i in range(len(spans)))
    order = np.argsort(both.row, kind="stable")
    return QuotedSpans._make(column[order] for column in both)

"""Indirect speech: what a sentence reports somebody to have said, without quoting.

What a verb reports reaches from the verb to the end of its clause. A verb with nothing to report behind it, at the end of
the sentence or before a time or place, reports what stands before its subject.

- "Orr accused the council of betrayal, but nobody cared.": "the council of betrayal", by Orr
- "The roof fell in, Ostrel police said on Monday.": "The roof fell in", by Ostrel police

Which verbs report, and who speaks, is decided in `reporting_clauses`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.segment.quotes.reporting_clauses import ReportingClause, find_clauses, speaker_names
from tasks.segment.quotes.reporting_verbs import ACCORDING_TO, verbs_by_number
from tasks.segment.quotes.tagger import TaggedText
from tasks.segment.quotes.word_classes import alternatives, word_classes
from tasks.text.buffers import TextBuffer, blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class Reported(NamedTuple):
    """Code points `start` to `end` of a sentence that somebody is reported to have said."""

    start: int
    end: int
    speaker: str | None
    cue: str
    grade: str


_AT_ONCE = 4_000_000  # bytes of sentences; what is known of their words takes twenty times that
_CLAUSE_END = re.compile(rf"[;—]|\s[–-]\s|,\s(?:{alternatives('clause_starters')}|as\s(?:he|she|they|it|the)\b)")
_ANY_WORD = re.compile(r"[^\W_]|[,;:()—–]")
_ENDS_REPORT = frozenset({",", ")", "—"}) | word_classes()["days"]
_LONGEST_CIRCUMSTANCE = 8  # words


def reported_spans(sentence: str) -> list[Reported]:
    """What a sentence reports somebody to have said, without quoting: in order, without overlap.

    >>> [(r.speaker, r.cue) for r in reported_spans("Orr accused the council of betrayal.")]
    [('Orr', 'accuse')]
    >>> sentence = "The roof fell in, Ostrel police said."
    >>> [sentence[r.start:r.end] for r in reported_spans(sentence)]
    ['The roof fell in']
    >>> reported_spans("Orr said no more.") == reported_spans("The red house stood empty.")
    False
    """
    return [report for _, report in find_reports(pl.Series([sentence]))]


def find_reports(sentences: pl.Series) -> Iterator[tuple[int, Reported]]:
    """As `reported_spans`, for each of the sentences: its row and the report."""
    n_before = 0
    for block in blocks_of(sentences, _AT_ONCE):
        for row, report in _find_in_block(block):
            yield n_before + row, report
        n_before += len(block)


def _find_in_block(sentences: pl.Series) -> Iterator[tuple[int, Reported]]:
    tagged = TaggedText(TextBuffer.of(sentences))
    verb = np.flatnonzero(tagged.verb)
    found = find_clauses(tagged, verb)
    verb, start, end = (column[found.reports] for column in (verb, found.start, found.end))
    buffer = tagged.buffer
    offset = buffer.code_points(buffer.offsets)[tagged.row[verb]]
    places = (buffer.code_points(bound[verb]) - offset for bound in (tagged.start, tagged.end))
    clauses = zip(
        verb.tolist(),
        tagged.verb[verb].tolist(),
        tagged.row[verb].tolist(),
        *(place.tolist() for place in places),
        speaker_names(tagged, start, end).to_list(),
        strict=True,
    )
    row_before, text, earliest = -1, "", 0
    for word, number, row, verb_start, verb_end, speaker in clauses:
        if row != row_before:
            row_before, text, earliest = row, sentences[row], 0
        if verb_start < earliest:
            continue  # said inside what is already reported
        clause = ReportingClause(speaker, *verbs_by_number()[number])
        says_nothing = _says_nothing_after(tagged, word + 1 + clause.lemma.count(" "), int(tagged.last[row]))
        report = _report_at(text, verb_start, verb_end, clause, earliest, says_nothing=says_nothing)
        if report:
            earliest = report.end
            yield row, report


def _report_at(
    text: str, verb_start: int, start: int, clause: ReportingClause, earliest: int, *, says_nothing: bool
) -> Reported | None:
    """What a verb reports that stands from `verb_start` to `start`; nothing before `earliest`. If the verb `says_nothing`
    to its right, it is what stands to its left.
    """
    end = len(text.rstrip())
    if clause.lemma == ACCORDING_TO.lemma:
        comma = text.find(",", start)
        opens = not _ANY_WORD.search(text, earliest, verb_start)
        if opens and comma >= 0:
            return _reported(text, comma + 1, end, clause)
        return _reported(text, earliest, verb_start, clause)
    if says_nothing:
        # "..., officials said": what stands before the comma before the subject.
        before = text.rfind(",", earliest, verb_start)
        return _reported(text, earliest, before, clause) if before > earliest and clause.frame == "that" else None
    clause_end = _CLAUSE_END.search(text, start)
    return _reported(text, start, clause_end.start() if clause_end else end, clause)


def _says_nothing_after(tagged: TaggedText, first: int, last: int) -> bool:
    """Whether the words from `first` to `last`, behind a verb, are no report: none, another clause, or when and where."""
    if first >= last:
        return True
    following = tagged.lowercase(first)
    if following in _ENDS_REPORT:
        return True
    is_short = last - first <= _LONGEST_CIRCUMSTANCE
    return (
        following in word_classes()["circumstances"]
        and is_short
        and all(tagged.lowercase(i) != "that" for i in range(first, last))
    )


def _reported(text: str, start: int, end: int, clause: ReportingClause) -> Reported | None:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip(" ,:\n"))
    end = start + len(text[start:end].rstrip(" ,.\n"))
    return Reported(start, end, clause.speaker, clause.lemma, clause.grade) if start < end else None

"""Turns: speech without quotation marks, in interviews and transcripts, and below a line that introduces it.

A turn is a paragraph that begins with who speaks and a colon. A document has turns if it has three paragraphs like this,
or two of them that begin with "Q" and "A". What stands after the colon is the speaker's.

- "SARAH REED: Are you worried?" / "TIM SNOW: I am." / "SR: Why?": three turns, two of them by Sarah Reed
- "Q: What went wrong?" / "A. Everything.": two turns, by nobody who is named

A paragraph of its own below a reporting clause with a colon is that speaker's, too:

- "In her letter, Ada Brandt wrote:" / "We left the town at night.": by Ada Brandt
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.segment.quotes.reporting_clauses import find_reporting_clauses
from tasks.segment.quotes.word_classes import alternatives

if TYPE_CHECKING:
    from tasks.text.arrays import Bools, Ints

_WORD = r"[^\W\d_a-z](?:[^\W\d_]|['’-])*\.?"
_LABEL = re.compile(
    rf"\s*(?:\*\*|__)?({_WORD}(?:\s{_WORD}){{0,3}})(?:\s\([^()]{{1,40}}\))?(?:\*\*|__)?:(?:\*\*|__)?\s+(?=\S)"
)
_QUESTION_OR_ANSWER = re.compile(r"\s*(?:\*\*|__)?([QA])(?:[.:]|\s?[-–—])(?:\*\*|__)?\s+(?=\S)")
_NO_SPEAKER = re.compile(rf"(?:{alternatives('labels')})\b", re.IGNORECASE)
_PROSE = re.compile(r"[.!?…][\"”’)]*\s*$")
_LONGEST_LABEL = 120  # code points
_MARKED = "\"“‘«„'"
_FEWEST = 3
_FEWEST_WORDS = 5
_LONGEST_END = 8  # code points
_INTRODUCTION = 300  # code points


class Turns(NamedTuple):
    """For each paragraph whether it is a turn, where its words begin (code points), and the speaker as a label gives it."""

    is_turn: Bools
    start: Ints
    speaker: pl.Series


def turn_label(text: str) -> str | None:
    """The label with which a paragraph begins: a name, initials, or Q and A; None if there is none.

    >>> turn_label("SARAH REED: Are you worried?"), turn_label("TS: I am."), turn_label("A. Not at all.")
    ('SARAH REED', 'TS', 'A')
    >>> turn_label("It was late: the river rose."), turn_label("Read more: The river rose.")
    (None, None)
    """
    found = _find_label(text)
    return found[0] if found else None


def _find_label(text: str) -> tuple[str, int] | None:
    """The label and where the words after it begin."""
    found = _QUESTION_OR_ANSWER.match(text) or _LABEL.match(text)
    if not found or not found[1][0].isupper() or _NO_SPEAKER.match(found[1]):
        return None
    is_name = all(word[0].isupper() for word in found[1].split())
    return (found[1], found.end()) if is_name else None


def find_turns(paragraphs: pl.DataFrame, above: Ints) -> Turns:
    """The turns of paragraphs; `above` is the row of the paragraph above each one, or -1.

    >>> texts = ["Sam Orr: Is it late?", "Ada Brandt: It is.", "SO: Why?", "The river rose."]
    >>> turns = find_turns(pl.DataFrame({"document_id": ["d"] * 4, "text": texts}), np.arange(-1, 3))
    >>> turns.is_turn.tolist(), turns.start.tolist(), turns.speaker.to_list()
    ([True, True, True, False], [9, 12, 4, 0], ['Sam Orr', 'Ada Brandt', 'Sam Orr', None])
    """
    texts = paragraphs["text"]
    beginnings = texts.str.head(_LONGEST_LABEL)
    may = beginnings.str.contains_any([":", "Q.", "A.", "Q -", "A -", "Q –", "A –", "Q —", "A —"]).arg_true()
    found = [
        (row, _find_label(text)) for row, text in zip(may.to_list(), beginnings.gather(may).to_list(), strict=True)
    ]
    labelled = [(row, *label) for row, label in found if label]
    labels = pl.DataFrame(
        {
            "row": [row for row, *_ in labelled],
            "label": [label for _, label, _ in labelled],
            "start": [start for *_, start in labelled],
        },
        schema={"row": pl.Int64, "label": pl.String, "start": pl.Int64},
    )
    labels = labels.with_columns(paragraphs["document_id"].gather(labels["row"]).alias("document"))
    is_letter = pl.col("label").is_in(["Q", "A"])
    has_turns = (pl.len() >= _FEWEST) | (is_letter.sum() >= _FEWEST - 1)
    labels = labels.filter(has_turns.over("document"))
    rows = labels["row"].to_numpy()
    is_turn, start = np.zeros(len(texts), bool), np.zeros(len(texts), np.int64)
    is_turn[rows], start[rows] = True, labels["start"].to_numpy()
    speaker = pl.Series([None], dtype=pl.String).new_from_index(0, len(texts))
    speaker = speaker.scatter(rows, _full_labels(labels))
    return _add_introduced(texts, above, Turns(is_turn, start, speaker), paragraphs)


def _full_labels(labels: pl.DataFrame) -> pl.Series:
    """The labels, with initials replaced by the name in the document that has them; null for Q and A."""
    full: dict[tuple[str, str], str] = {}
    found: list[str | None] = []
    for document, label in labels.select("document", "label").iter_rows():
        words = re.findall(r"[^\W\d_]+", label)
        full.setdefault((document, "".join(word[0] for word in words)), label)
        is_initials = len(words) == 1 and label.isupper()
        found.append(None if label in {"Q", "A"} else full.get((document, label), label) if is_initials else label)
    return pl.Series(found, dtype=pl.String)


def _add_introduced(texts: pl.Series, above: Ints, turns: Turns, paragraphs: pl.DataFrame) -> Turns:
    """`turns` and the paragraphs without marks below a reporting clause with a colon."""
    ends_in_colon = texts.str.tail(_LONGEST_END).str.strip_chars_end().str.ends_with(":").to_numpy()
    may = (above >= 0) & ends_in_colon[np.maximum(above, 0)] & ~turns.is_turn & ~ends_in_colon
    if "marker" in paragraphs.columns:
        may &= (paragraphs["marker"] == "").to_numpy()
    rows = np.flatnonzero(may)
    own = texts.gather(rows).to_list()
    is_prose = [
        _PROSE.search(text) is not None and len(text.split()) >= _FEWEST_WORDS and text.lstrip()[:1] not in _MARKED
        for text in own
    ]
    rows = rows[np.array(is_prose, bool)]
    if not len(rows):
        return turns
    introductions = texts.gather(above[rows]).str.tail(_INTRODUCTION)
    nothing = pl.Series([""], dtype=pl.String).new_from_index(0, len(rows))
    clauses = find_reporting_clauses(nothing, nothing, introductions)
    said = rows[(clauses.verb > 0) & clauses.speaker.is_not_null().to_numpy()]
    turns.is_turn[said] = True
    return turns

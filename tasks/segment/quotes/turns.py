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

_WORD = r"(?:\p{Lu}[\p{L}'’-]*\.?|\p{Lu}\.)"
_LABEL = rf"^\s*(?:\*\*|__)?((?:{_WORD})(?:\s{_WORD}){{0,3}})(?:\s\([^()]{{1,40}}\))?(?:\*\*|__)?:(?:\*\*|__)?\s+\S"
_QUESTION_OR_ANSWER = r"^\s*(?:\*\*|__)?([QA])(?:[.:]|\s?[-–—])(?:\*\*|__)?\s+\S"
_NO_SPEAKER = rf"(?i)^(?:{alternatives('labels')})\b"
_MARKED = r"^\s*[\"“‘«„']"
_FEWEST = 3
_FEWEST_WORDS = 5
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
    label = _labels(pl.Series([text]))[0]
    return None if label is None else str(label)


def _labels(texts: pl.Series) -> pl.Series:
    is_letter = texts.str.extract(_QUESTION_OR_ANSWER)
    names = texts.str.extract(_LABEL)
    is_other = names.str.contains(_NO_SPEAKER).fill_null(value=False)
    return is_letter.zip_with(is_letter.is_not_null() | is_other, names)


def find_turns(paragraphs: pl.DataFrame, above: Ints) -> Turns:
    """The turns of paragraphs; `above` is the row of the paragraph above each one, or -1.

    >>> texts = ["Sam Orr: Is it late?", "Ada Brandt: It is.", "SO: Why?", "The river rose."]
    >>> turns = find_turns(pl.DataFrame({"document_id": ["d"] * 4, "text": texts}), np.arange(-1, 3))
    >>> turns.is_turn.tolist(), turns.start.tolist(), turns.speaker.to_list()
    ([True, True, True, False], [9, 12, 4, 0], ['Sam Orr', 'Ada Brandt', 'Sam Orr', None])
    """
    texts = paragraphs["text"]
    labels = pl.DataFrame({"document": paragraphs["document_id"], "label": _labels(texts)}).with_row_index("row")
    labels = labels.filter(pl.col("label").is_not_null())
    is_letter = pl.col("label").is_in(["Q", "A"])
    has_turns = (pl.len() >= _FEWEST) | (is_letter.sum() >= _FEWEST - 1)
    labels = labels.filter(has_turns.over("document"))
    rows = labels["row"].to_numpy().astype(np.int64)
    is_turn, start = np.zeros(len(texts), bool), np.zeros(len(texts), np.int64)
    is_turn[rows] = True
    behind = texts.gather(rows).str.replace(r"^\s*(?:\*\*|__)?(?:[QA](?:\s?[-–—]|\.)|[^:]*:)(?:\*\*|__)?\s*", "")
    start[rows] = (texts.gather(rows).str.len_chars() - behind.str.len_chars()).to_numpy()
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
    ends_in_colon = texts.str.strip_chars_end().str.ends_with(":").to_numpy()
    may = (above >= 0) & ends_in_colon[np.maximum(above, 0)] & ~turns.is_turn & ~ends_in_colon
    if "marker" in paragraphs.columns:
        may &= (paragraphs["marker"] == "").to_numpy()
    rows = np.flatnonzero(may)
    own = texts.gather(rows)
    is_prose = own.str.contains(r"[.!?…][\"”’)]*\s*$") & (own.str.count_matches(r"\S+") >= _FEWEST_WORDS)
    rows = rows[(is_prose & ~own.str.contains(_MARKED)).to_numpy()]
    if not len(rows):
        return turns
    introductions = texts.gather(above[rows]).str.tail(_INTRODUCTION)
    nothing = pl.Series([""], dtype=pl.String).new_from_index(0, len(rows))
    clauses = find_reporting_clauses(nothing, nothing, introductions)
    said = rows[(clauses.verb > 0) & clauses.speaker.is_not_null().to_numpy()]
    turns.is_turn[said] = True
    return turns

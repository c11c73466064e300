"""Whose words they are: the author's, or those of somebody quoted or reported.

Speech inside quotation marks is its speaker's. Scare quotes and titles are the author's own words, marked. What the
author reports without marks ("Orr accused them of betrayal") stays in the author's voice, for the author chose the
words, but is attributed: `indirect`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.schemas import ATTRIBUTIONS, CUE_GRADES, TERM_VOICES, VOICES
from tasks.segment.speakers import find_reports
from tasks.segment.words import PRONOUNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.segment.speakers import Reported

_PLACE = ["document_id", "paragraph_index"]
_WORD = re.compile(r"\w")
_MARKS = "\"'“”„«»‘’‚`"


def mark_voices(sentences: pl.DataFrame, quotations: pl.DataFrame) -> pl.DataFrame:
    """`sentences` with `voice`: quoted if all their words stand in quoted speech, author if none do, else mixed.

    >>> sentences = pl.DataFrame({"document_id": ["d"] * 3, "paragraph_index": [0] * 3, "start": [0, 11, 20],
    ...     "end": [10, 19, 40], "text": ["'Go! Never", "Return.'", "Orr said 'no' again."]})
    >>> quotations = pl.DataFrame({"document_id": ["d"] * 2, "paragraph_index": [0, 0], "start": [0, 29],
    ...     "end": [19, 33], "kind": ["speech", "speech"]})
    >>> mark_voices(sentences, quotations)["voice"].to_list()
    ['quoted', 'quoted', 'mixed']
    """
    speech = quotations.filter(pl.col("kind") == "speech").sort(*_PLACE, "start")
    first, last = _touching(sentences, speech)
    touched = np.flatnonzero(first < last)
    starts, ends = speech["start"].to_list(), speech["end"].to_list()
    voice = np.full(len(sentences), VOICES.index("author"), np.uint8)
    some = sentences.select("start", "text")[touched]
    for row, i, j, (start, text) in zip(
        touched.tolist(), first[touched].tolist(), last[touched].tolist(), some.iter_rows(), strict=True
    ):
        outside, position = [], 0
        for q_start, q_end in zip(starts[i:j], ends[i:j], strict=True):
            outside.append(text[position : max(0, q_start - start)])
            position = q_end - start
        outside.append(text[position:])
        voice[row] = VOICES.index("mixed" if _WORD.search(" ".join(outside)) else "quoted")
    return sentences.with_columns(pl.Series("voice", VOICES, pl.Enum(VOICES)).gather(voice))


def _touching(spans: pl.DataFrame, others: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each span the first of the `others` that touches it, and the one behind the last; equal if none does.

    `others` are sorted by place and start, and do not overlap: so their ends are in order, too, and both are looked up,
    where a join would pair each span of a long paragraph with each of the others in it.
    """
    place = [column.cast(pl.Int32) if column.name == "paragraph_index" else column for column in others.select(_PLACE)]
    paragraphs = pl.DataFrame(place).unique(maintain_order=True).with_row_index("paragraph")

    def numbered(frame: pl.DataFrame) -> pl.DataFrame:
        own = frame.select("document_id", pl.col("paragraph_index").cast(pl.Int32), "start", "end")
        joined = own.join(paragraphs, on=_PLACE, how="left", maintain_order="left")
        # Where there are no others, a place before all of them.
        base = (pl.col("paragraph").cast(pl.Int64).fill_null(-1) + 1) * 2**32
        return joined.select(start=base + pl.col("start"), end=base + pl.col("end"))

    span, other = numbered(spans), numbered(others)
    first = np.searchsorted(other["end"].to_numpy(), span["start"].to_numpy(), side="right")
    last = np.searchsorted(other["start"].to_numpy(), span["end"].to_numpy(), side="left")
    return first, np.maximum(first, last)


def split_voices(paragraphs: pl.DataFrame, quotations: pl.DataFrame) -> pl.DataFrame:
    """`paragraphs` with author_text, quoted_text and n_quoted_words: what stands outside quoted speech, what stands
    inside (without its marks), and how many words that is. Scare quotes and titles are the author's.

    >>> paragraphs = pl.DataFrame({"document_id": ["d"], "paragraph_index": [0], "text": ["'No,' said Orr. 'Go.'"]})
    >>> quotations = pl.DataFrame({"document_id": ["d"] * 2, "paragraph_index": [0, 0], "start": [0, 16],
    ...     "end": [5, 21], "kind": ["speech"] * 2, "n_words": [1, 1]})
    >>> split_voices(paragraphs, quotations).select("author_text", "quoted_text", "n_quoted_words").rows()
    [('said Orr.', 'No, Go.', 2)]
    """
    speech = quotations.filter(pl.col("kind") == "speech")
    numbered = paragraphs.with_row_index("row")
    spoken = (
        numbered.select("row", *_PLACE, "text")
        .join(speech.select(*_PLACE, "start", "end", "n_words"), on=_PLACE)
        .group_by("row", maintain_order=True)
        .agg(pl.col("text").first(), "start", "end", pl.col("n_words").sum().alias("n_quoted_words"))
    )
    authors, quoted = [], []
    for text, starts, ends in spoken.select("text", "start", "end").iter_rows():
        outside, position = [], 0
        for start, end in zip(starts, ends, strict=True):
            outside.append(text[position:start].strip())
            position = end
        outside.append(text[position:].strip())
        authors.append(" ".join(filter(None, outside)))
        quoted.append(" ".join(text[start:end].strip(_MARKS) for start, end in zip(starts, ends, strict=True)))
    parts = spoken.select(
        "row",
        "n_quoted_words",
        author_text=pl.Series(authors, dtype=pl.String),
        quoted_text=pl.Series(quoted, dtype=pl.String),
    )
    return (
        numbered.join(parts, on="row", how="left", maintain_order="left")
        .with_columns(
            pl.col("author_text").fill_null(pl.col("text")),
            pl.col("quoted_text").fill_null(""),
            pl.col("n_quoted_words").fill_null(0).cast(pl.Int32),
        )
        .drop("row")
    )


def find_reported(sentences: pl.DataFrame) -> pl.DataFrame:
    """What sentences report without quoting: document_id, paragraph_index, start, end (code points in the paragraph),
    speaker (null if a pronoun or none), cue and cue_grade.

    Only sentences that matter need be given, such as those with a loaded term.

    >>> sentences = pl.DataFrame({"document_id": ["d"], "paragraph_index": [0], "start": [10],
    ...     "text": ["Ada Brandt accused Orr of treason."]})
    >>> find_reported(sentences).select("start", "end", "speaker", "cue").rows()
    [(29, 43, 'Ada Brandt', 'accuse')]
    """
    rows: list[int] = []
    found: list[Reported] = []
    for row, report in find_reports(sentences["text"]):
        rows.append(row)
        found.append(report)
    speakers = [None if report.speaker and report.speaker.lower() in PRONOUNS else report.speaker for report in found]
    place = sentences.select(*_PLACE, offset="start")[rows].cast({"paragraph_index": pl.Int32, "offset": pl.Int32})
    reports = pl.DataFrame(
        {
            "start": [report.start for report in found],
            "end": [report.end for report in found],
            "speaker": speakers,
            "cue": [report.cue for report in found],
            "cue_grade": [report.grade for report in found],
        },
        schema={
            "start": pl.Int32(),
            "end": pl.Int32(),
            "speaker": pl.String(),
            "cue": pl.String(),
            "cue_grade": pl.Enum(CUE_GRADES),
        },
    )
    return place.hstack(reports).with_columns(pl.col("start", "end") + pl.col("offset")).drop("offset")


def attribute_spans(spans: pl.DataFrame, quotations: pl.DataFrame, reported: pl.DataFrame) -> pl.DataFrame:
    """`spans` (document_id, paragraph_index, start, end in code points of the paragraph) with voice (author, quoted or
    scare_quoted), attribution (none, direct or indirect) and speaker, in the order given.

    A span that touches quoted speech is quoted; one that touches a scare quote is the author's, held at arm's length.
    What is only reported stays the author's.

    >>> place = {"document_id": ["d"] * 3, "paragraph_index": [0] * 3}
    >>> spans = pl.DataFrame({**place, "start": [1, 20, 40], "end": [6, 25, 44]})
    >>> quotations = pl.DataFrame({"document_id": ["d"], "paragraph_index": [0], "start": [0],
    ...     "end": [9], "kind": ["speech"], "speaker": ["Orr"]})
    >>> reported = pl.DataFrame({"document_id": ["d"], "paragraph_index": [0], "start": [18], "end": [30],
    ...     "speaker": ["Ada Brandt"]})
    >>> attribute_spans(spans, quotations, reported).select("voice", "attribution", "speaker").rows()
    [('quoted', 'direct', 'Orr'), ('author', 'indirect', 'Ada Brandt'), ('author', 'none', None)]
    """
    numbered = spans.with_row_index("row")
    quoted = _first_touching(
        numbered, quotations.filter(pl.col("kind").cast(pl.String) != "title"), ["kind", "speaker"]
    )
    told = _first_touching(numbered, reported.with_columns(is_reported=True), ["is_reported", "speaker"])
    kind = pl.col("kind").cast(pl.String)
    is_speech, is_scare = kind.eq_missing(pl.lit("speech")), kind.eq_missing(pl.lit("scare"))
    is_reported = pl.col("is_reported").fill_null(value=False)
    return (
        numbered.join(quoted, on="row", how="left", maintain_order="left")
        .join(told, on="row", how="left", maintain_order="left", suffix="_reported")
        .with_columns(
            voice=pl.when(is_speech)
            .then(pl.lit("quoted"))
            .when(is_scare)
            .then(pl.lit("scare_quoted"))
            .otherwise(pl.lit("author"))
            .cast(pl.Enum(TERM_VOICES)),
            attribution=pl.when(is_speech)
            .then(pl.lit("direct"))
            .when(is_reported)
            .then(pl.lit("indirect"))
            .otherwise(pl.lit("none"))
            .cast(pl.Enum(ATTRIBUTIONS)),
            speaker=pl.when(is_speech).then("speaker").when(is_reported).then("speaker_reported"),
        )
        .select(*spans.columns, "voice", "attribution", "speaker")
    )


def _first_touching(numbered: pl.DataFrame, others: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """For each span that some of `others` touches: its row and the first one's columns."""
    others = others.sort(*_PLACE, "start")
    first, last = _touching(numbered, others)
    touched = np.flatnonzero(first < last)
    return numbered.select("row")[touched].hstack(others.select(columns)[first[touched]])

"""Whose words they are: the author's, or those of somebody quoted or reported.

Speech inside quotation marks is its speaker's. Scare quotes and titles are the author's own words, marked. What the
author reports without marks ("Orr accused them of betrayal") stays in the author's voice, for the author chose the
words, but is attributed: `indirect`.
"""

from __future__ import annotations

import re

import polars as pl

from tasks.schemas import ATTRIBUTIONS, CUE_GRADES, TERM_VOICES, VOICES
from tasks.segment.speakers import PRONOUNS, reported_spans

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
    speech = quotations.filter(pl.col("kind") == "speech").select(*_PLACE, q_start="start", q_end="end")
    numbered = sentences.with_row_index("row")
    touched = (
        numbered.join(speech, on=_PLACE)
        .filter((pl.col("q_start") < pl.col("end")) & (pl.col("q_end") > pl.col("start")))
        .group_by("row", maintain_order=True)
        .agg("q_start", "q_end", pl.col("start", "text").first())
    )
    quoted: list[int] = []
    mixed: list[int] = []
    for row, starts, ends, start, text in touched.iter_rows():
        outside, position = [], 0
        for q_start, q_end in zip(starts, ends, strict=True):
            outside.append(text[position : max(0, q_start - start)])
            position = q_end - start
        outside.append(text[position:])
        (mixed if _WORD.search(" ".join(outside)) else quoted).append(row)
    row = pl.col("row")
    return numbered.with_columns(
        pl.when(row.is_in(quoted))
        .then(pl.lit("quoted"))
        .when(row.is_in(mixed))
        .then(pl.lit("mixed"))
        .otherwise(pl.lit("author"))
        .cast(pl.Enum(VOICES))
        .alias("voice")
    ).drop("row")


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
    rows = []
    for document_id, paragraph_index, start, text in sentences.select(*_PLACE, "start", "text").iter_rows():
        for found in reported_spans(text):
            speaker = None if found.speaker and found.speaker.lower() in PRONOUNS else found.speaker
            rows.append(
                (document_id, paragraph_index, start + found.start, start + found.end, speaker, found.cue, found.grade)
            )
    schema = {
        "document_id": pl.String(),
        "paragraph_index": pl.Int32(),
        "start": pl.Int32(),
        "end": pl.Int32(),
        "speaker": pl.String(),
        "cue": pl.String(),
        "cue_grade": pl.Enum(CUE_GRADES),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


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
    renamed = others.select(*_PLACE, *columns, other_start="start", other_end="end")
    return (
        numbered.select("row", *_PLACE, "start", "end")
        .join(renamed, on=_PLACE)
        .filter((pl.col("other_start") < pl.col("end")) & (pl.col("other_end") > pl.col("start")))
        .sort("row", "other_start")
        .unique("row", keep="first", maintain_order=True)
        .select("row", *columns)
    )

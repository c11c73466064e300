"""The rows of the table `attributions`: every piece of somebody's words, quoted or reported, with its source.

What a sentence reports (`indirect_speech`) and what is quoted (`quotations`) are put together. A report that holds quoted
words is one row, mixed; a quotation that stands alone is direct. Pieces of one report or quotation that a reporting clause
parts point at their first piece (`continues`).

- "Orr said the plan was 'grim' and would fail.": "the plan was 'grim' and would fail", mixed, by Orr
- "'It is over,' said Orr, 'for good.'": two direct rows, the second continues the first
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.schemas import ATTRIBUTION_TYPES, CUE_CLASSES, CUE_GRADES
from tasks.segment.quotes.attribution import touching
from tasks.segment.quotes.indirect_speech import find_reports
from tasks.segment.quotes.naming import name_speakers
from tasks.segment.quotes.quotations import count_words
from tasks.segment.quotes.reporting_verbs import verbs_by_number
from tasks.segment.quotes.tagger import TaggedText
from tasks.segment.quotes.word_classes import word_classes
from tasks.text.arrays import ranges
from tasks.text.buffers import TextBuffer

if TYPE_CHECKING:
    from tasks.text.arrays import Bools

_PLACE = ["document_id", "paragraph_index"]
_TYPE = pl.Enum(ATTRIBUTION_TYPES)
_GRADE, _CLASS = pl.Enum(CUE_GRADES), pl.Enum(CUE_CLASSES)


def find_attributions(sentences: pl.DataFrame, quotations: pl.DataFrame) -> pl.DataFrame:
    """The table `attributions` without n_loaded, from the sentences and the quotations of a batch, in the order of both.

    >>> sentences = pl.DataFrame({"document_id": ["d"], "paragraph_index": [0], "start": [0], "end": [34],
    ...     "text": ["Ada Brandt accused Orr of treason."]})
    >>> from tasks.schemas import QUOTATIONS
    >>> nothing = QUOTATIONS.empty().with_columns(
    ...     speaker_written=pl.lit(None, pl.String), parted=pl.lit(False))
    >>> find_attributions(sentences, nothing).select("start", "end", "type", "speaker_name", "cue_class").rows()
    [(19, 33, 'indirect', 'Ada Brandt', 'accusation')]
    """
    texts = TextBuffer.of(sentences["text"])
    speech = quotations.filter(pl.col("kind") == "speech")
    tagged = TaggedText(mask_speech(texts, sentences, speech))
    reports = _describe_reports(sentences, texts, tagged)
    is_held = _are_held(speech, reports)
    rows = pl.concat([_describe_quotations(speech.filter(~is_held)), reports], how="diagonal")
    rows = rows[_in_order(rows, sentences)]
    return name_speakers(rows, sentences, texts, tagged).select(
        *_PLACE,
        "start",
        "end",
        "type",
        "speaker",
        "speaker_name",
        "continues",
        "cue",
        "cue_grade",
        "cue_class",
        "n_words",
    )


def reported_rows(attributions: pl.DataFrame) -> pl.DataFrame:
    """The rows that are told, at least in part, without quoting; in `speaker` whom a pronoun stands for, or null."""
    is_pronoun = pl.col("speaker").str.to_lowercase().is_in(sorted(word_classes()["pronouns"]))
    return attributions.filter(pl.col("type") != "direct").with_columns(
        pl.when(is_pronoun).then("speaker_name").otherwise("speaker").alias("speaker")
    )


def mask_speech(texts: TextBuffer, sentences: pl.DataFrame, speech: pl.DataFrame) -> TextBuffer:
    """The bytes of sentences with null characters for what is quoted speech."""
    first, last, order = touching(sentences, speech)
    touched = np.flatnonzero(first < last)
    n_speeches = (last - first)[touched]
    sentence = np.repeat(touched, n_speeches)
    bounds = speech.select("start", "end")[order[ranges(first[touched], n_speeches)]]
    own = sentences.select("start", "end")[sentence]
    length = (own["end"] - own["start"]).to_numpy()
    places = (np.clip((bounds[edge] - own["start"]).to_numpy(), 0, length) for edge in bounds.columns)
    start, end = (texts.offsets[sentence] + texts.bytes_at(sentence, place) for place in places)
    masked = texts.data.copy()
    for begin, stop in zip(start.tolist(), end.tolist(), strict=True):
        masked[begin:stop] = 0
    return TextBuffer(masked, texts.offsets)


def _describe_reports(sentences: pl.DataFrame, texts: TextBuffer, tagged: TaggedText) -> pl.DataFrame:
    """What sentences report, as rows; `source` is the word of the tagged text at which its source begins, or -1."""
    reports = find_reports(texts, tagged)
    number, row = reports["cue_number"].to_numpy(), reports["row"].to_numpy()
    cues = verbs_by_number()
    begin, end = (reports[edge].to_numpy() for edge in ("first_byte", "last_byte"))
    is_mixed = _hold_masked(tagged.buffer, begin, end)
    place = sentences.select(*_PLACE, offset="start")[row].cast({"paragraph_index": pl.Int32, "offset": pl.Int32})
    described = place.hstack(reports).with_columns(
        pl.col("start", "end") + pl.col("offset"),
        pl.Series("type", np.where(is_mixed, "mixed", "indirect"), _TYPE),
        pl.Series("cue", [cue.lemma for cue in cues], dtype=pl.String).gather(number),
        pl.Series("cue_grade", [cue.grade or None for cue in cues], _GRADE).gather(number),
        pl.Series("cue_class", [cue.cue_class for cue in cues], _CLASS).gather(number),
        n_words=pl.Series(count_words(texts.cut(begin, end))),
    )
    goes_on = described["goes_on"].to_numpy()
    first = np.maximum.accumulate(np.where(goes_on, 0, np.arange(len(goes_on))))
    return described.with_columns(
        continues=described["start"].gather(first), speaker_known=pl.lit(None, pl.String)
    ).drop("offset", "goes_on", "cue_number", "first_byte", "last_byte")


def _hold_masked(masked: TextBuffer, begin: np.ndarray, end: np.ndarray) -> Bools:
    """Between which bytes a masked quotation stands."""
    places = np.flatnonzero(masked.data == 0)
    return np.searchsorted(places, begin) < np.searchsorted(places, end)


def _are_held(speech: pl.DataFrame, reports: pl.DataFrame) -> pl.Series:
    """Which quotations stand in what is reported, whose row is theirs, too."""
    first, last, _ = touching(speech, reports)
    return pl.Series(first < last, dtype=pl.Boolean)


def _describe_quotations(speech: pl.DataFrame) -> pl.DataFrame:
    """Quoted speech as rows."""
    classes = {cue.lemma: cue.cue_class for cue in reversed(verbs_by_number()) if cue.lemma}
    # Parted by a reporting clause: "'It is over,' said Orr, 'for good.'"; it names the speaker of both pieces.
    same = [pl.col(name) == pl.col(name).shift() for name in (*_PLACE, "cue")]
    same.append(pl.col("speaker").is_null() | (pl.col("speaker") == pl.col("speaker").shift()))
    goes_on = speech.select(pl.all_horizontal(*same, pl.col("parted")).fill_null(value=False)).to_series().to_numpy()
    first = np.maximum.accumulate(np.where(goes_on, 0, np.arange(len(goes_on))))
    return speech.select(
        *_PLACE,
        "start",
        "end",
        pl.lit("direct").cast(_TYPE).alias("type"),
        speech["speaker_written"].gather(first).alias("speaker"),
        speech["speaker"].gather(first).alias("speaker_known"),
        speech["start"].gather(first).alias("continues"),
        "cue",
        "cue_grade",
        pl.col("cue").replace_strict(classes, default=None, return_dtype=_CLASS).alias("cue_class"),
        "n_words",
    )


def _in_order(rows: pl.DataFrame, sentences: pl.DataFrame) -> pl.Series:
    """The rows in the order of the documents, paragraphs and places."""
    documents = sentences["document_id"].unique(maintain_order=True)
    numbered = pl.DataFrame({"document_id": documents}).with_row_index("document")
    return (
        rows.select(*_PLACE, "start")
        .with_row_index("place")
        .join(numbered, on="document_id", how="left")
        .sort("document", "paragraph_index", "start")["place"]
    )

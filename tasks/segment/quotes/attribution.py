"""Attribution: whose words they are, the author's, or those of somebody quoted or reported.

Speech inside quotation marks is its speaker's. Scare quotes and titles are the author's own words, marked. What the author
reports without marks stays the author's, who chose the words, but is attributed: `indirect`. Evidence is the kind of the
quotations (`quotations`) and the reports (`indirect_speech`) that a span touches.

- "'A despot rules here,' said Ada Brandt.": "despot" is quoted, directly attributed to Ada Brandt
- "Orr accused them of betrayal.": "betrayal" is the author's word, indirectly attributed to Orr
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasks.schemas import TERM_ATTRIBUTIONS, TERM_VOICES, VOICES
from tasks.segment.quotes.mark_rules import MARKS
from tasks.text.arrays import exclusive_sum, ranges, shifted
from tasks.text.buffers import WHITE_SPACE, TextBuffer
from tasks.text.characters import are_letters
from tasks.text.hash_index import HashIndex, hash_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray


def mark_voices(sentences: pl.DataFrame, quotations: pl.DataFrame) -> pl.DataFrame:
    """`sentences` with `voice`: quoted if all their words stand in quoted speech, author if none do, else mixed.

    >>> sentences = pl.DataFrame({"document_id": ["d"] * 3, "paragraph_index": [0] * 3, "start": [0, 11, 20],
    ...     "end": [10, 19, 40], "text": ["'Go! Never", "Return.'", "Orr said 'no' again."]})
    >>> quotations = pl.DataFrame({"document_id": ["d"] * 2, "paragraph_index": [0, 0], "start": [0, 29],
    ...     "end": [19, 33], "kind": ["speech", "speech"]})
    >>> mark_voices(sentences, quotations)["voice"].to_list()
    ['quoted', 'quoted', 'mixed']
    """
    speech = quotations.filter(pl.col("kind") == "speech")
    first, last, order = touching(sentences, speech)
    touched = np.flatnonzero(first < last)
    some = sentences.select("start", "end", "text")[touched]
    n_speeches = (last - first)[touched]
    sentence = np.repeat(np.arange(len(touched)), n_speeches)
    bounds = speech.select("start", "end")[order[ranges(first[touched], n_speeches)]]
    # Where each speech begins and ends in its sentence, and how many letters and digits stand between them.
    buffer = TextBuffer.of(some["text"])
    length = (some["end"] - some["start"]).to_numpy()[sentence]
    places = (np.clip(bounds[edge] - some["start"].gather(sentence), 0, length) for edge in bounds.columns)
    start, end = (buffer.offsets[sentence] + buffer.bytes_at(sentence, place) for place in places)
    n_letters = exclusive_sum(are_letters(buffer))
    n_quoted = np.bincount(sentence, n_letters[end] - n_letters[start], minlength=len(touched))
    is_mixed = n_quoted < np.diff(n_letters[buffer.offsets])
    voice = np.full(len(sentences), VOICES.index("author"), np.uint8)
    voice[touched] = np.where(is_mixed, VOICES.index("mixed"), VOICES.index("quoted"))
    return sentences.with_columns(pl.Series("voice", VOICES, pl.Enum(VOICES)).gather(voice))


def touching(spans: pl.DataFrame, others: pl.DataFrame) -> tuple[NDArray[np.int64], ...]:
    """For each span the first of the `others` that touches it, and the one behind the last (equal if none does), as
    places in their order by paragraph and start; and that order.

    `others` do not overlap: so their ends are in the same order, and both are looked up, where a join would pair each
    span of a long paragraph with each of the others in it.
    """
    places = hash_places(others)
    _, firsts, paragraph = np.unique(places, return_index=True, return_inverse=True)

    def bounds_of(frame: pl.DataFrame, paragraph: NDArray[np.integer[Any]]) -> tuple[NDArray[np.int64], ...]:
        # Where there are no others, a place before all of them.
        base = (paragraph.astype(np.int64) + 1) << 32
        return base + frame["start"].to_numpy(), base + frame["end"].to_numpy()

    other_start, other_end = bounds_of(others, paragraph)
    start, end = bounds_of(spans, _find_places(places[firsts], spans))
    order = np.argsort(other_start, kind="stable")
    first = np.searchsorted(other_end[order], start, side="right")
    last = np.searchsorted(other_start[order], end, side="left")
    return first, np.maximum(first, last), order


def hash_places(frame: pl.DataFrame) -> NDArray[np.uint64]:
    """A hash of the paragraph that each row is of."""
    document, paragraph = frame["document_id"].hash().to_numpy(), frame["paragraph_index"].cast(pl.Int64).to_numpy()
    return document + hash_numbers(paragraph)


def _find_places(known: NDArray[np.uint64], frame: pl.DataFrame) -> NDArray[np.int32]:
    """Where among the `known` hashes of paragraphs, all of them distinct, that of each row is; -1 if it is not."""
    index = HashIndex()
    index.add(known, np.arange(len(known), dtype=np.int32))
    return index.find(hash_places(frame))


def split_voices(paragraphs: pl.DataFrame, quotations: pl.DataFrame, texts: TextBuffer | None = None) -> pl.DataFrame:
    """`paragraphs` with author_text, quoted_text and n_quoted_words: what stands outside quoted speech, what stands
    inside (without its marks), and how many words that is. Scare quotes and titles are the author's. `texts` are the bytes
    of the paragraphs, if they are read already.

    >>> paragraphs = pl.DataFrame({"document_id": ["d"], "paragraph_index": [0], "text": ["'No,' said Orr. 'Go.'"]})
    >>> quotations = pl.DataFrame({"document_id": ["d"] * 2, "paragraph_index": [0, 0], "start": [0, 16],
    ...     "end": [5, 21], "kind": ["speech"] * 2, "n_words": [1, 1]})
    >>> split_voices(paragraphs, quotations).select("author_text", "quoted_text", "n_quoted_words").rows()
    [('said Orr.', 'No, Go.', 2)]
    """
    speech = quotations.filter(pl.col("kind") == "speech")
    speech = (
        speech.with_columns(row=_find_places(hash_places(paragraphs), speech))
        .filter(pl.col("row") >= 0)
        .sort("row", "start")
    )
    spoken = speech.group_by("row", maintain_order=True).agg(pl.col("n_words").sum().cast(pl.Int32))
    texts = texts or TextBuffer.of(paragraphs["text"])
    row, rows = (frame["row"].to_numpy().astype(np.int64) for frame in (speech, spoken))
    start, end = (texts.offsets[row] + texts.bytes_at(row, speech[edge].to_numpy()) for edge in ("start", "end"))
    # What is not speech begins with the text or behind a speech, and ends with the text or before one.
    begins, ends = np.sort(np.append(texts.offsets[rows], end)), np.sort(np.append(start, texts.offsets[rows + 1]))
    authors = texts.cut(begins, ends).str.strip_chars(WHITE_SPACE)
    says = (authors != "").to_numpy()
    author_text = _join(authors.filter(says), np.sort(np.append(row, rows))[says], rows)
    quoted_text = _join(texts.cut(start, end).str.strip_chars(MARKS), row, rows)
    return paragraphs.with_columns(
        pl.Series("n_quoted_words", [0], pl.Int32).new_from_index(0, len(paragraphs)).scatter(rows, spoken["n_words"]),
        paragraphs["text"].scatter(rows, author_text).alias("author_text"),
        pl.Series("quoted_text", [""], pl.String).new_from_index(0, len(paragraphs)).scatter(rows, quoted_text),
    )


def _join(pieces: pl.Series, row: NDArray[np.int64], rows: NDArray[np.int64]) -> pl.Series:
    """For each of the `rows` its pieces, which are in order, as one text with spaces between; empty where it has none."""
    goes_on = row == shifted(row, -1, fill=-1)
    spaced = TextBuffer.of(pieces + pl.Series(["", " "]).gather(goes_on.astype(np.uint32)))
    return spaced.cut(*(spaced.offsets[np.searchsorted(row, rows, side=side)] for side in ("left", "right")))


def attribute_spans(spans: pl.DataFrame, quotations: pl.DataFrame, reported: pl.DataFrame) -> pl.DataFrame:
    """`spans` (document_id, paragraph_index, start, end in code points of the paragraph) with voice (author, quoted or
    scare_quoted), attribution (none, direct or indirect) and speaker, in the order given.

    A span that touches quoted speech is quoted; one that touches a scare quote is the author's (scare_quoted). What is
    only reported stays the author's.

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
    in_report = _first_touching(numbered, reported.with_columns(is_reported=True), ["is_reported", "speaker"])
    kind = pl.col("kind").cast(pl.String)
    is_speech, is_scare = kind.eq_missing(pl.lit("speech")), kind.eq_missing(pl.lit("scare"))
    is_reported = pl.col("is_reported").fill_null(value=False)
    return (
        numbered.join(quoted, on="row", how="left", maintain_order="left")
        .join(in_report, on="row", how="left", maintain_order="left", suffix="_reported")
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
            .cast(pl.Enum(TERM_ATTRIBUTIONS)),
            speaker=pl.when(is_speech).then("speaker").when(is_reported).then("speaker_reported"),
        )
        .select(*spans.columns, "voice", "attribution", "speaker")
    )


def _first_touching(numbered: pl.DataFrame, others: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """For each span that some of `others` touches: its row and the first one's columns."""
    first, last, order = touching(numbered, others)
    touched = np.flatnonzero(first < last)
    return numbered.select("row")[touched].hstack(others.select(columns)[order[first[touched]]])


def count_touching(attributions: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """`attributions` with n_loaded, how many of the `terms` that weigh something each touches.

    >>> place = {"document_id": ["d"], "paragraph_index": [0]}
    >>> attributions = pl.DataFrame({**place, "start": [1], "end": [6]})
    >>> terms = pl.DataFrame({**place, "start": [2], "end": [5], "weight": [1.0]})
    >>> count_touching(attributions, terms)["n_loaded"].to_list()
    [1]
    """
    first, last, _ = touching(attributions, terms.filter(pl.col("weight") > 0))
    return attributions.with_columns(pl.Series("n_loaded", last - first, pl.Int32))

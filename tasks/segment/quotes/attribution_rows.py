"""The rows of the table `attributions`: every piece of somebody's words, quoted or reported, with its speaker.

What a sentence reports (`indirect_speech`) and what is quoted (`quotations`) are put together. A report that contains
quoted words is one row, mixed; other quotations are direct. If a reporting clause interrupts a report or a quotation, each
further piece has the start of the first one (`continues`).

- "Orr said the plan was 'grim' and would fail.": "the plan was 'grim' and would fail", mixed, by Orr
- "'It is over,' said Orr, 'for good.'": two direct rows, the second continues the first
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.schemas import ATTRIBUTION_TYPES, ATTRIBUTIONS, CUE_CLASSES, CUE_GRADES, QUOTATIONS
from tasks.segment.quotes.attribution import touching
from tasks.segment.quotes.indirect_speech import find_reports
from tasks.segment.quotes.naming import Places, name_speakers
from tasks.segment.quotes.quotations import count_words, read_quotations
from tasks.segment.quotes.reporting_verbs import verbs_by_number
from tasks.segment.quotes.tagger import TaggedText
from tasks.segment.quotes.word_classes import word_classes
from tasks.segment.sentences import split_sentences
from tasks.text.arrays import previous_true, ranges
from tasks.text.buffers import TextBuffer

if TYPE_CHECKING:
    from tasks.parts import Parts
    from tasks.text.arrays import Bools, Ints

_PLACE = ["document_id", "paragraph_index"]
_COLUMNS = [column.name for column in ATTRIBUTIONS.columns if column.name != "n_loaded"]
_TYPE = pl.Enum(ATTRIBUTION_TYPES)
_GRADE, _CLASS = pl.Enum(CUE_GRADES), pl.Enum(CUE_CLASSES)


class Attributed(NamedTuple):
    """What `find_attributions` finds."""

    attributions: pl.DataFrame
    """The table `attributions` without n_loaded."""
    quotations: pl.DataFrame
    """The table `quotations`."""


def find_quotations(
    paragraphs: pl.DataFrame, texts: TextBuffer | None = None, parts: Parts | None = None
) -> pl.DataFrame:
    """The quotations of all paragraphs, as the table `quotations` declares them.

    `paragraphs` has document_id, paragraph_index, text and, if they are known, marker and kind; its rows are in document
    order, because speech continues over paragraphs and "he" is somebody named before. `texts` are the bytes of the
    paragraphs, if they are read already; the quotations are added to `parts`.

    >>> paragraphs = pl.DataFrame({"document_id": ["d"] * 3, "paragraph_index": [0, 1, 2], "text": [
    ...     "'The bridge is closed,' Ada Brandt said.", "'And it will stay so.'", "She added: 'For good.'"]})
    >>> find_quotations(paragraphs).select("paragraph_index", "start", "end", "speaker", "cue").rows()
    [(0, 0, 23, 'Ada Brandt', 'say'), (1, 0, 22, 'Ada Brandt', None), (2, 11, 22, 'Ada Brandt', 'add')]
    """
    return find_attributions(split_sentences(paragraphs, texts), read_quotations(paragraphs, texts, parts)).quotations


def find_attributions(sentences: pl.DataFrame, quotations: pl.DataFrame) -> Attributed:
    """Whose words the sentences and quotations (of `read_quotations`) of a batch are, in the order of both.

    >>> sentences = pl.DataFrame({"document_id": ["d"], "paragraph_index": [0], "start": [0], "end": [34],
    ...     "text": ["Ada Brandt accused Orr of treason."]})
    >>> found = find_attributions(sentences, read_quotations(sentences.clear())).attributions
    >>> found.select("start", "end", "type", "speaker_name", "cue_class").rows()
    [(19, 33, 'indirect', 'Ada Brandt', 'accusation')]
    """
    blocks = _blocks(sentences)
    if not blocks.any():
        return _attribute_block(sentences, quotations)
    block_of = sentences.select(*_PLACE, block=pl.Series(blocks)).unique(_PLACE, keep="first")
    block_of_quotation = quotations.join(block_of, on=_PLACE, how="left", maintain_order="left")["block"]
    found = [
        _attribute_block(sentences.filter(blocks == block), quotations.filter(block_of_quotation == block))
        for block in range(int(blocks[-1]) + 1)
    ]
    return Attributed(*(pl.concat(frames) for frames in zip(*found, strict=True)))


_AT_ONCE = 4_000_000  # bytes of sentences; what is known of their words takes thirty times that
_LONGEST = 16_000_000  # bytes of one document; the names of a longer one are found in parts


def _blocks(sentences: pl.DataFrame) -> Ints:
    """The number of the block of each sentence: some megabytes of whole documents, or a part of a very long one.

    >>> place = {"document_id": ["a", "a", "b"], "paragraph_index": [0, 1, 0]}
    >>> _blocks(pl.DataFrame({**place, "text": ["x" * _LONGEST, "y" * _AT_ONCE, "z"]})).tolist()
    [0, 1, 2]
    """
    size = sentences["text"].str.len_bytes().to_numpy().astype(np.int64)
    before = np.cumsum(size) - size
    document = sentences["document_id"].rle_id().to_numpy()
    begins = np.diff(document, prepend=-1) != 0
    part = (before - before[begins][document]) // _LONGEST
    part = np.where(np.diff(sentences["paragraph_index"].to_numpy(), prepend=-1) != 0, part, -1)
    begins |= part > np.maximum.accumulate(np.append(0, part))[:-1]
    unit = np.cumsum(begins) - 1
    blocks: Ints = np.cumsum(np.diff(before[begins] // _AT_ONCE, prepend=0) != 0)[unit]
    return blocks


def _attribute_block(sentences: pl.DataFrame, quotations: pl.DataFrame) -> Attributed:
    """`find_attributions` of some documents."""
    texts = TextBuffer.of(sentences["text"])
    speech = quotations.filter(pl.col("kind") == "speech")
    tagged = TaggedText(mask_speech(texts, sentences, speech))
    reports = _describe_reports(sentences, texts, tagged)
    is_held = _are_held(speech, reports)
    rows = pl.concat([_describe_quotations(speech, is_held), reports], how="diagonal")
    document = sentences["document_id"].rle_id().to_numpy().astype(np.int64)
    sentence, word = _places(rows, sentences, texts, tagged)
    order = np.lexsort((rows["start"].to_numpy(), sentence))
    rows, sentence, word = rows[order], sentence[order], word[order]
    trusts = (pl.col("cue_class") == "speech").fill_null(value=False)
    named = name_speakers(
        rows.select("speaker", trusts=trusts), Places(document[sentence], sentence, word), tagged, document
    )
    rows = _continue(_take_from_reports(rows.hstack(named)))
    speakers = rows.filter(pl.col("quotation").is_not_null())
    place = np.flatnonzero((quotations["kind"] == "speech").to_numpy())[speakers["quotation"].to_numpy()]
    own = {"speaker": "speaker_resolved", "cue": "cue", "cue_grade": "cue_grade"}
    quotations = quotations.with_columns(
        quotations[name].scatter(place, speakers[value]).alias(name) for name, value in own.items()
    )
    return Attributed(rows.filter(~pl.col("is_held")).select(_COLUMNS), QUOTATIONS.conform(quotations))


def _take_from_reports(rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with the speaker and the cue of the report around each quotation that has no reporting clause of its own."""
    is_held = rows["is_held"].to_numpy()
    around = previous_true(~is_held & rows["quotation"].is_null().to_numpy())[:-1]
    takes = is_held & rows["cue"].is_null().to_numpy() & (around >= 0)
    takes = np.flatnonzero(takes & ~rows["is_denied"].fill_null(value=False).to_numpy()[around])
    taken = ("speaker", "speaker_name", "speaker_reason", "speaker_resolved", "cue", "cue_grade", "cue_class")
    return rows.with_columns(rows[name].scatter(takes, rows[name].gather(around[takes])) for name in taken)


def _continue(rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with the speaker of speech that continues the quotation before it."""
    quotation = rows["quotation"].fill_null(-1).to_numpy()
    continued = rows["continued"].fill_null(-1).to_numpy()
    goes_on = np.flatnonzero(continued >= 0)
    place = np.zeros(rows.height + 1, np.int64)
    is_quotation = np.flatnonzero(quotation >= 0)
    place[quotation[is_quotation]] = is_quotation
    source = place[continued[goes_on]]
    copied = {
        name: rows[name].scatter(goes_on, rows[name].gather(source))
        for name in ("speaker", "speaker_name", "speaker_resolved")
    }
    has_source = (rows["speaker"].gather(source)).is_not_null().to_numpy()
    carried = goes_on[has_source & (rows["is_carried"].gather(goes_on)).to_numpy()]
    reason = rows["speaker_reason"].scatter(goes_on, rows["speaker_reason"].gather(source))
    return rows.with_columns(**copied, speaker_reason=reason.scatter(carried, "continued"))


def _places(rows: pl.DataFrame, sentences: pl.DataFrame, texts: TextBuffer, tagged: TaggedText) -> tuple[Ints, Ints]:
    """The sentence that each row begins in, and the word of the tagged text that its source is, or stands before."""
    first, _, order = touching(rows, sentences)
    sentence = order[np.minimum(first, len(order) - 1)]
    start = np.maximum((rows["start"] - sentences["start"].gather(sentence)).to_numpy(), 0)
    word = np.searchsorted(tagged.start, texts.offsets[sentence] + texts.bytes_at(sentence, start))
    source = rows["source"].fill_null(-1).to_numpy()
    return sentence, np.where(source >= 0, source, word)


def reported_rows(attributions: pl.DataFrame) -> pl.DataFrame:
    """The rows that are indirect speech, at least in part; in `speaker` the person a pronoun stands for, or null."""
    is_pronoun = pl.col("speaker").str.to_lowercase().is_in(sorted(word_classes()["pronouns"]))
    return attributions.filter(pl.col("type") != "direct").with_columns(
        pl.when(is_pronoun).then("speaker_name").otherwise("speaker").alias("speaker")
    )


def source_names() -> pl.Expr:
    """By which name the source of each attribution is counted: its speaker_name, else the speaker as written, in lower case;
    null if that is only a pronoun, or missing.

    >>> pl.DataFrame({"speaker": ["Orr", "The police", "he"], "speaker_name": ["Ada Orr", None, None]}).select(
    ...     source_names()).to_series().to_list()
    ['Ada Orr', 'the police', None]
    """
    written = pl.col("speaker").str.to_lowercase()
    classes = word_classes()
    is_pronoun = written.is_in(sorted(classes["pronouns"] | classes["possessives"] | classes["objects"]))
    return pl.coalesce("speaker_name", pl.when(~is_pronoun).then(written)).alias("source")


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
    """What sentences report, as rows; `source` is the word of the tagged text with which the speaker begins, or -1."""
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
        pl.when("goes_on").then(described["start"].gather(first)).alias("continues"), is_held=pl.lit(False)
    ).drop("offset", "goes_on", "cue_number", "first_byte", "last_byte")


def _hold_masked(masked: TextBuffer, begin: np.ndarray, end: np.ndarray) -> Bools:
    """Whether a masked quotation stands between the bytes."""
    places = np.flatnonzero(masked.data == 0)
    return np.searchsorted(places, begin) < np.searchsorted(places, end)


def _are_held(speech: pl.DataFrame, reports: pl.DataFrame) -> pl.Series:
    """Which quotations are inside of a report, whose row is theirs, too."""
    first, last, _ = touching(speech, reports)
    return pl.Series(first < last, dtype=pl.Boolean)


def _describe_quotations(speech: pl.DataFrame, is_held: pl.Series) -> pl.DataFrame:
    """Quoted speech as rows, with `quotation`, its number, and `continued`, that of the quotation whose speaker it has."""
    classes = {cue.lemma: cue.cue_class for cue in reversed(verbs_by_number()) if cue.lemma}
    # Interrupted by a reporting clause: "'It is over,' said Orr, 'for good.'"; it names the speaker of both pieces.
    same = [pl.col(name) == pl.col(name).shift() for name in (*_PLACE, "cue")]
    same.append(pl.col("speaker").is_null() | (pl.col("speaker") == pl.col("speaker").shift()))
    is_piece = speech.select(pl.all_horizontal(*same, pl.col("parted")).fill_null(value=False)).to_series().to_numpy()
    number = np.arange(speech.height)
    first = np.maximum.accumulate(np.where(is_piece, 0, number))
    is_carried = speech["carries_on"].to_numpy()
    source = np.maximum.accumulate(np.where(is_piece | is_carried, 0, number))
    return speech.select(
        *_PLACE,
        "start",
        "end",
        "speaker",
        "cue",
        "cue_grade",
        "n_words",
        pl.lit("direct").cast(_TYPE).alias("type"),
        pl.when(pl.Series(is_piece)).then(speech["start"].gather(first)).alias("continues"),
        pl.col("cue").replace_strict(classes, default=None, return_dtype=_CLASS).alias("cue_class"),
        pl.Series("quotation", number),
        pl.Series("continued", np.where(is_piece | is_carried, source, -1)),
        is_held.alias("is_held"),
        is_carried="carries_on",
    )

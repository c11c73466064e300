"""The order of the stages: from documents as received to finished tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks import schemas
from tasks.clean import clean_documents
from tasks.document_totals import (
    add_published,
    count_paragraphs,
    count_sources,
    is_body,
    null_unless,
    reads_as_english,
    share,
    total_documents,
)
from tasks.measure.loaded_language import find_loaded_terms, score_loaded, sentence_probabilities
from tasks.measure.published import published_columns
from tasks.measure.published_counts import count_published
from tasks.measure.readability import count_words
from tasks.measure.sentiment import find_sentiment_terms
from tasks.parts import Parts, unlimited
from tasks.schemas import FINGERPRINT_SCHEMA, FINGERPRINTS
from tasks.segment import (
    Segments,
    attribute_spans,
    count_touching,
    fingerprint_texts,
    note_readability,
    reported_rows,
    segment_documents,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from tasks.measure.tokens import Tokens
    from tasks.options import Options
    from tasks.resources import Resources

_PARAGRAPH = ("document_id", "paragraph_index")
_SENTENCE = (*_PARAGRAPH, "sentence_index")
_TEXTS_OF_VOICES = {"vader_compound_author": "author_text", "vader_compound_quoted": "quoted_text"}
_ENGLISH_RATES = ("loaded_per_1000_words_author", "loaded_per_1000_words_quoted", "loaded_score")
_PADDED_FROM = 1_000_000
"""Minimum size in bytes of a single document that gets a second row."""
_PADDING_ID = ""


def analyze_documents(
    documents: pl.DataFrame, invalid_bytes: pl.DataFrame, options: Options, resources: Resources
) -> dict[str, pl.DataFrame]:
    """All tables of `documents` except failures and runs, by name, and the table `fingerprints`.

    `documents` and `invalid_bytes` are results of `tasks.ingest.read_documents`. Duplicates across the corpus are found
    later, by their fingerprints, when the tables are published. Raises LimitExceeded if all documents together have
    more parts than `options` allow.
    """
    parts = Parts(options.limits.max_document_parts)
    is_padded = documents.height == 1 and documents["n_bytes"].item() >= _PADDED_FROM
    if is_padded:
        documents = _pad_single_row(documents)
        parts.add(-1, "paragraphs")  # without those of the padding
        parts.add(-1, "sentences", each=0.75)
    documents, repairs = clean_documents(documents, invalid_bytes, options, parts)
    documents = documents.with_columns(fingerprint_texts(documents["text"]))
    segments = segment_documents(documents, parts)
    del documents  # frees their texts
    segments = replace(segments, documents=segments.documents.drop("text"))
    tables = {"repairs": repairs, FINGERPRINTS: _fingerprints(segments)}
    tables |= measure_segments(segments, options, resources, parts)
    if is_padded:
        tables = {name: frame.filter(pl.col("document_id") != _PADDING_ID) for name, frame in tables.items()}
    return tables


def _pad_single_row(document: pl.DataFrame) -> pl.DataFrame:
    """A frame of one document, with a short document as a second row, whose id is `_PADDING_ID`.

    Polars 2.1 stores a column of one row as a scalar, and copies the scalar for each new frame. A text of 100 MB
    (document, paragraph and sentence) would exist up to six times. Remove this with the first version of polars that
    shares the buffer of a scalar column.
    """
    text = pl.Series("text", ["That was the end of it."])
    both = document.drop("text")[[0, 0]].with_columns(
        document_id=pl.Series([document["document_id"].item(), _PADDING_ID])
    )
    return both.with_columns(pl.concat([document["text"], text])).select(document.columns)


def no_tables() -> dict[str, pl.DataFrame]:
    """What `analyze_documents` returns, without any row."""
    tables = {name: table.empty() for name, table in schemas.TABLES.items() if name not in {"failures", "runs"}}
    return {**tables, FINGERPRINTS: pl.DataFrame(schema=FINGERPRINT_SCHEMA)}


def _fingerprints(segments: Segments) -> pl.DataFrame:
    """The table `fingerprints`: equal texts have equal numbers; null for texts too short to count as duplicates.

    The text of a document has paragraph_index -1. An article of an archive's export has a second row, -2, with the
    fingerprint of its id there: two exports may hold the same article in different states.
    """
    documents = segments.documents.select(
        "document_id",
        pl.lit(-1, pl.Int32).alias("paragraph_index"),
        "fingerprint",
        duplicate_of=pl.lit(None, pl.String),
    )
    paragraphs = segments.paragraphs.select(*_PARAGRAPH, "fingerprint", "duplicate_of")
    exported = segments.documents.filter(
        pl.col("format").cast(pl.String).is_in(schemas.ARCHIVES) & pl.col("provider_id").is_not_null()
    )
    ids = exported.select(
        "document_id",
        pl.lit(-2, pl.Int32).alias("paragraph_index"),
        fingerprint_texts(exported["provider_id"]),
        duplicate_of=pl.lit(None, pl.String),
    )
    both = pl.concat([documents, ids, paragraphs.cast(dict(FINGERPRINT_SCHEMA))])  # type: ignore[arg-type]
    return both.with_columns(pl.col("fingerprint").replace(0, None))


def measure_segments(
    segments: Segments, options: Options, resources: Resources, parts: Parts | None = None
) -> dict[str, pl.DataFrame]:
    """Documents, paragraphs, sentences, quotations, loaded terms and sentiment terms, with all their measures.

    Text that is not English has counts only; measures for English are null. Loaded terms and distinct words are added
    to `parts`.
    """
    parts = parts or unlimited()
    documents = count_paragraphs(segments.documents, segments.paragraphs)
    paragraph_of_sentence = _paragraph_rows(segments.sentences, segments.paragraphs)
    tokens = resources.vocabulary.encode(segments.paragraphs["text"])
    _count_different_words(tokens, parts)
    texts = _texts_to_measure(replace(segments, documents=documents), tokens, paragraph_of_sentence, resources)
    is_english = reads_as_english(segments.paragraphs)
    terms, loaded_probabilities = _find_terms(segments, tokens, is_english, resources, parts)
    of_paragraphs, of_sentences, of_documents, of_voices = resources.sentiments(
        tokens, texts.sentences, texts.documents, texts.voices
    )
    readability, of_bodies = resources.readabilities(tokens, texts.bodies)

    sentences = _measure_sentences(
        segments.sentences, texts.sentences, of_sentences, is_english[paragraph_of_sentence], resources
    ).with_columns(loaded_probabilities)
    n_sentences = np.bincount(paragraph_of_sentence, minlength=segments.paragraphs.height)
    published = count_published(texts.sentences, n_sentences, resources.pronunciations)
    paragraphs = _measure_paragraphs(segments.paragraphs, readability, of_paragraphs, n_sentences)
    paragraphs = paragraphs.hstack(published_columns(published))
    has_words = (count_words(texts.voices, resources.pronunciations) > 0).to_numpy()
    paragraphs = _add_voices(paragraphs, texts.of_part, null_unless(has_words, of_voices)["vader_compound"])
    has_tokens = texts.documents.counts > 0
    documents = total_documents(documents, paragraphs, sentences, of_bodies, null_unless(has_tokens, of_documents))
    documents = add_published(documents, published, is_body(segments.paragraphs).to_numpy())
    documents = count_sources(documents, segments.attributions)

    is_scored = pl.col("weight") > 0
    loaded = terms.filter(is_scored)
    paragraphs = _add_loaded_figures(paragraphs, loaded, _PARAGRAPH)
    paragraphs = paragraphs.with_columns(null_unless(is_english, paragraphs.select(_english_measures())))
    sentences = _add_loaded_figures(sentences, loaded, _SENTENCE)
    sentences = sentences.with_columns(
        null_unless(is_english[paragraph_of_sentence], sentences.select("loaded_score", "loaded_probability"))
    )
    documents = _add_loaded_figures(documents, loaded, ("document_id",))
    documents = documents.with_columns(null_unless(reads_as_english(documents), documents.select(_ENGLISH_RATES)))
    return {
        "documents": schemas.DOCUMENTS.conform(documents),
        "paragraphs": schemas.PARAGRAPHS.conform(paragraphs),
        "sentences": schemas.SENTENCES.conform(sentences),
        "quotations": schemas.QUOTATIONS.conform(segments.quotations),
        "attributions": schemas.ATTRIBUTIONS.conform(count_touching(segments.attributions, loaded)),
        "loaded_terms": schemas.LOADED_TERMS.conform(loaded),
        "epistemic_terms": schemas.EPISTEMIC_TERMS.conform(terms.filter(~is_scored)),
        "sentiment_terms": _sentiment_terms(segments, tokens, is_english, options),
    }


class _Texts(NamedTuple):
    """The texts that are measured in addition to the paragraphs, as tokens."""

    sentences: Tokens
    documents: Tokens
    bodies: Tokens
    """One text per document: its body paragraphs."""
    voices: Tokens
    """The text of each voice in paragraphs with several: the author's texts first, then the quoted ones."""
    of_part: Mapping[str, pl.Series]
    """For each of these text columns, whether a paragraph has a text in `voices`."""


def _texts_to_measure(
    segments: Segments, tokens: Tokens, paragraph_of_sentence: NDArray[np.int64], resources: Resources
) -> _Texts:
    documents, paragraphs, sentences = segments.documents, segments.paragraphs, segments.sentences
    body_tokens = tokens.select(is_body(paragraphs).arg_true().to_numpy())
    columns = [
        ((pl.col(name) != pl.col("text")) & (pl.col(name) != "")).alias(name) for name in _TEXTS_OF_VOICES.values()
    ]
    of_part = paragraphs.select(columns).to_dict()
    parts = pl.concat([paragraphs[name].filter(is_part) for name, is_part in of_part.items()])
    return _Texts(
        sentences=tokens.cut(paragraphs["text"], paragraph_of_sentence, sentences["start"], sentences["text"]),
        documents=tokens.join(documents["n_paragraphs"].to_numpy()),
        bodies=body_tokens.join(documents["n_body_paragraphs"].to_numpy()),
        voices=resources.vocabulary.encode(parts),
        of_part=of_part,
    )


def _paragraph_rows(rows: pl.DataFrame, paragraphs: pl.DataFrame) -> NDArray[np.int64]:
    """For each of the `rows`, the index of its paragraph in `paragraphs`."""
    numbered = paragraphs.select(_PARAGRAPH).with_row_index("row")
    return rows.select(_PARAGRAPH).join(numbered, on=_PARAGRAPH, how="left", maintain_order="left")["row"].to_numpy()


KNOWN_WORDS = 300_000
"""Number of distinct words that a process may store. They take 250 MB, and each new word takes five microseconds."""


def _count_different_words(tokens: Tokens, parts: Parts) -> None:
    """Add the distinct words that exceed the number that a process may always store."""
    if len(tokens.vocabulary) > KNOWN_WORDS:
        n_words = int(np.count_nonzero(np.bincount(tokens.ids)))
        parts.add(max(0, n_words - KNOWN_WORDS), "different words", each=2)


def _measure_sentences(
    sentences: pl.DataFrame,
    tokens: Tokens,
    sentiment: pl.DataFrame,
    is_english: NDArray[np.bool_],
    resources: Resources,
) -> pl.DataFrame:
    """`sentences` with n_words and sentiment."""
    return sentences.with_columns(n_words=count_words(tokens, resources.pronunciations)).hstack(
        null_unless(is_english, sentiment)
    )


def _measure_paragraphs(
    paragraphs: pl.DataFrame, readability: pl.DataFrame, sentiment: pl.DataFrame, n_sentences: NDArray[np.int64]
) -> pl.DataFrame:
    """`paragraphs` with readability, sentiment, counts, and the share of quoted words."""
    return (
        paragraphs.hstack(readability)
        .hstack(sentiment)
        .with_columns(
            pl.Series("n_sentences", n_sentences, pl.Int32),
            n_chars=pl.col("text").str.len_chars().cast(pl.Int32),
            n_words=pl.col("lexicon_count"),
            n_syllables=pl.col("syllable_count"),
        )
        .with_columns(note_readability(), quoted_ratio=share(pl.col("n_quoted_words"), pl.col("n_words")))
    )


def _add_voices(paragraphs: pl.DataFrame, of_part: Mapping[str, pl.Series], compounds: pl.Series) -> pl.DataFrame:
    """`paragraphs` with VADER's compound score of each voice, null for a voice without text.

    `compounds` are the scores of `_Texts.voices`. Most paragraphs have one voice only, and have their score already.
    """
    columns, first = [], 0
    for name, text in _TEXTS_OF_VOICES.items():
        is_whole = (pl.col(text) == pl.col("text")) & (pl.col("n_words") > 0)
        column = paragraphs.select(pl.when(is_whole).then("vader_compound").alias(name)).to_series()
        rows = of_part[text].arg_true()
        columns.append(column.scatter(rows, compounds[first : first + len(rows)]))
        first += len(rows)
    return paragraphs.with_columns(columns)


def _english_measures() -> list[str]:
    """Columns of paragraphs with measures for English."""
    others = {"duplicate_of", "language", "quoted_ratio"}
    return [column.name for column in schemas.PARAGRAPHS.columns if column.nullable and column.name not in others]


def _find_terms(
    segments: Segments, tokens: Tokens, is_english: NDArray[np.bool_], resources: Resources, parts: Parts
) -> tuple[pl.DataFrame, pl.Series]:
    """Loaded and epistemic terms with their sentence, voice, attribution and speaker; `loaded_probability` of sentences."""
    rows = np.flatnonzero(is_english)
    proposed = find_loaded_terms(segments.paragraphs[rows], tokens.select(rows), resources.matcher, resources.judge)
    parts.add(proposed.height, "loaded terms")
    placed = _add_sentence_index(proposed, segments.sentences)
    found = placed.filter((pl.col("weight") > 0) | pl.col("probability").is_null())
    spans = found.select(*proposed.columns, "sentence_index")
    terms = attribute_spans(spans, segments.quotations, reported_rows(segments.attributions))
    return terms, sentence_probabilities(segments.sentences, placed)


def _add_sentence_index(spans: pl.DataFrame, sentences: pl.DataFrame) -> pl.DataFrame:
    """`spans` (document_id, paragraph_index, start), sorted, with the index of the sentence in which each begins."""
    return spans.sort(*_PARAGRAPH, "start", maintain_order=True).join_asof(
        sentences.select(*_SENTENCE, "start").sort(*_PARAGRAPH, "start"),
        on="start",
        by=list(_PARAGRAPH),
        strategy="backward",
        check_sortedness=False,  # polars would check the whole column, which is sorted only within each paragraph
    )


def _sentiment_terms(
    segments: Segments, tokens: Tokens, is_english: NDArray[np.bool_], options: Options
) -> pl.DataFrame:
    """The table `sentiment_terms`; empty unless `options` ask for it."""
    if not options.explain_sentiment:
        return schemas.SENTIMENT_TERMS.empty()
    rows = np.flatnonzero(is_english)
    found = find_sentiment_terms(segments.paragraphs[rows], tokens.select(rows))
    return schemas.SENTIMENT_TERMS.conform(_add_sentence_index(found, segments.sentences))


def _add_loaded_figures(units: pl.DataFrame, terms: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """`units` (sentences, paragraphs or documents) with the figures of their loaded terms."""
    counted = units.select(*key, "n_words", *(["n_quoted_words"] if "n_quoted_words" in units.columns else []))
    return units.hstack(score_loaded(terms, counted).drop(key))

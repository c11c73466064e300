"""From documents as they were received to finished tables: every room of the engine, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks import schemas
from tasks.clean import clean_documents
from tasks.measure.dictionary import Dictionary, load_dictionary
from tasks.measure.loaded_language import Lexicon, find_loaded_terms, load_lexicon, score_loaded
from tasks.measure.loaded_language.scorer import Scorer, load_scorer
from tasks.measure.readability import count_words, measure_readability
from tasks.measure.sentiment.scores import find_sentiment_terms, measure_sentiment
from tasks.measure.tokens import Tokens, Vocabulary, concat
from tasks.parts import Parts, unlimited
from tasks.segment import (
    Segments,
    attribute_spans,
    find_reported,
    fingerprint_texts,
    note_readability,
    segment_documents,
)
from tasks.store import FINGERPRINT_SCHEMA, FINGERPRINTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from tasks.options import Options

_PARAGRAPH = ("document_id", "paragraph_index")
_SENTENCE = (*_PARAGRAPH, "sentence_index")
_SAID = {"vader_compound_author": "author_text", "vader_compound_quoted": "quoted_text"}
_ENGLISH_RATES = ("loaded_per_1000_words_author", "loaded_per_1000_words_quoted", "loaded_score")


@dataclass(frozen=True)
class Resources:
    """What measuring needs and is slow to load: made once in a process, used for every batch."""

    vocabulary: Vocabulary
    pronunciations: Dictionary
    lexicon: Lexicon
    scorer: Scorer | None = None
    folder: Path | None = None
    """Where tables are kept from one process to the next."""

    def sentiments(self, *units: Tokens) -> list[pl.DataFrame]:
        """VADER's scores of several columns of texts, in one pass."""
        return _measure(partial(measure_sentiment, folder=self.folder), units)

    def readabilities(self, *units: Tokens) -> list[pl.DataFrame]:
        """Metrics and counts of textstat for several columns of texts, none of them mere white space, in one pass."""
        return _measure(lambda tokens: measure_readability(tokens, None, self.pronunciations), units)

    @property
    def dictionary(self) -> str:
        """The pronouncing dictionary and its version."""
        return str(self.pronunciations)

    @property
    def lexicon_sha256(self) -> str:
        """The hash of everything that decides which terms are loaded."""
        return self.lexicon.sha256

    @property
    def scorer_sha256(self) -> str | None:
        """The hash of the fitted scorer; None where the shipped weights apply."""
        return self.scorer.sha256 if self.scorer else None


_AT_ONCE = 4_000_000
"""Tokens that are measured in one pass: four times what four megabytes of text have, with their sentences and voices."""


def _measure(measure: Callable[[Tokens], pl.DataFrame], units: Sequence[Tokens]) -> list[pl.DataFrame]:
    """What is measured of each column of texts: of all in one pass, unless that would take too much memory."""
    if sum(len(unit.ids) for unit in units) > _AT_ONCE:
        return [measure(replace(unit)) for unit in units]  # what is cached of it ends with the pass
    measures = measure(concat(units))
    ends = np.cumsum([len(unit) for unit in units]).tolist()
    return [measures[end - len(unit) : end] for unit, end in zip(units, ends, strict=True)]


def load_resources(options: Options, cache_folder: Path | None = None) -> Resources:
    """Dictionary, vocabulary and lexicon as `options` say; what is slow to make is kept in `cache_folder`."""
    lexicon = replace(load_lexicon([Path(path) for path in options.lexicons]), folder=cache_folder)
    scorer = load_scorer(Path(options.scorer), lexicon) if options.scorer else None
    pronunciations = load_dictionary(options.dictionary, cache_folder)
    return Resources(Vocabulary(fold=not options.verbatim), pronunciations, lexicon, scorer, cache_folder)


def analyze_documents(
    documents: pl.DataFrame, invalid_bytes: pl.DataFrame, options: Options, instruments: Resources
) -> dict[str, pl.DataFrame]:
    """The tables of `documents` (as `tasks.ingest.read_documents` gives them, with `invalid_bytes`), but failures and runs.

    Beside the tables stands `fingerprints`, by which repeats across the corpus are found when publishing. LimitExceeded if
    the documents have more parts together than one may have.
    """
    parts = Parts(options.limits.max_document_parts)
    is_alone = documents.height == 1 and documents["n_bytes"].item() >= _HUGE
    if is_alone:
        documents = _pad_single_row(documents)
        parts.add(-1, "paragraphs")  # the companion's
        parts.add(-1, "sentences", each=0.75)
    documents, repairs = clean_documents(documents, invalid_bytes, options, parts)
    documents = documents.with_columns(fingerprint_texts(documents["text"]))
    segments = segment_documents(documents, parts)
    del documents  # their texts are not needed any more
    segments = replace(segments, documents=segments.documents.drop("text"))
    tables = {"repairs": repairs, FINGERPRINTS: _fingerprints(segments)}
    tables |= measure_segments(segments, options, instruments, parts)
    if is_alone:
        tables = {name: frame.filter(pl.col("document_id") != _PADDING_ID) for name, frame in tables.items()}
    return tables


_HUGE = 1_000_000
"""Bytes of a document that is not analyzed alone."""
_PADDING_ID = ""


def _pad_single_row(document: pl.DataFrame) -> pl.DataFrame:
    """A document that is alone in its frame, and a short one below it, with the id `_PADDING_ID`.

    Polars (2.1) keeps a column of one row as a value, and copies the value wherever a frame is made of the column: of a
    text of 100 MB, as a document, as a paragraph and as a sentence, there would be up to six copies at a time.
    """
    text = pl.Series("text", ["That was the end of it."])
    both = document.drop("text")[[0, 0]].with_columns(
        document_id=pl.Series([document["document_id"].item(), _PADDING_ID])
    )
    return both.with_columns(pl.concat([document["text"], text])).select(document.columns)


def no_tables() -> dict[str, pl.DataFrame]:
    """What `analyze_documents` returns, without a row."""
    made = {name: table.empty() for name, table in schemas.TABLES.items() if name not in {"failures", "runs"}}
    return {**made, FINGERPRINTS: pl.DataFrame(schema=FINGERPRINT_SCHEMA)}


def measure_segments(
    segments: Segments, options: Options, instruments: Resources, parts: Parts | None = None
) -> dict[str, pl.DataFrame]:
    """Documents, paragraphs, sentences, quotations and loaded terms with all their measures.

    What is not English keeps its text and its counts; measures made for English are null there. What is found is added to
    `parts`.
    """
    found = parts or unlimited()
    documents, paragraphs, sentences = segments.documents, segments.paragraphs, segments.sentences
    is_english = _reads_english(paragraphs)
    tokens = instruments.vocabulary.encode(paragraphs["text"])
    _count_words_met(tokens, found)
    sentence_paragraph = _rows_of(sentences, paragraphs)
    sentence_tokens = tokens.cut(paragraphs["text"], sentence_paragraph, sentences["start"], sentences["text"])
    terms = _find_terms(segments, tokens, is_english, instruments, found)

    documents = _count_paragraphs(documents, paragraphs)
    whole = tokens.join(documents["n_paragraphs"].to_numpy())
    body = tokens.select(_is_body(paragraphs).arg_true().to_numpy()).join(documents["n_body_paragraphs"].to_numpy())
    partial = _partial_voices(paragraphs)
    voices = instruments.vocabulary.encode(pl.concat([paragraphs[text].filter(part) for text, part in partial.items()]))
    of_paragraphs, of_sentences, of_documents, of_voices = instruments.sentiments(
        tokens, sentence_tokens, whole, voices
    )
    readability, of_bodies = instruments.readabilities(tokens, body)

    sentences = sentences.with_columns(n_words=count_words(sentence_tokens, instruments.pronunciations)).hstack(
        _where(is_english[sentence_paragraph], of_sentences)
    )
    sentences = sentences.with_columns(_loaded_probability(sentences, sentence_tokens, instruments))
    n_sentences = np.bincount(sentence_paragraph, minlength=paragraphs.height)
    paragraphs = (
        paragraphs.hstack(readability)
        .hstack(of_paragraphs)
        .with_columns(
            pl.Series("n_sentences", n_sentences, pl.Int32),
            n_chars=pl.col("text").str.len_chars().cast(pl.Int32),
            n_words=pl.col("lexicon_count"),
            n_syllables=pl.col("syllable_count"),
        )
        .with_columns(note_readability(), quoted_ratio=_share(pl.col("n_quoted_words"), pl.col("n_words")))
    )
    says_something = (count_words(voices, instruments.pronunciations) > 0).to_numpy()
    compounds = _where(says_something, of_voices).get_column("vader_compound")
    paragraphs = paragraphs.with_columns(_compounds_of_voices(paragraphs, partial, compounds))
    documents = _measure_documents(documents, paragraphs, sentences, of_bodies, _where(whole.counts > 0, of_documents))
    paragraphs = _score(paragraphs, terms, _PARAGRAPH)
    english_only = [column.name for column in schemas.PARAGRAPHS.columns if _is_english_measure(column)]
    paragraphs = paragraphs.with_columns(_where(is_english, paragraphs.select(english_only)))
    sentences = _score(sentences, terms, _SENTENCE)
    sentences = sentences.with_columns(
        _where(is_english[sentence_paragraph], sentences.select("loaded_score", "loaded_probability"))
    )
    documents = _score(documents, terms, ("document_id",))
    documents = documents.with_columns(_where(_reads_english(documents), documents.select(_ENGLISH_RATES)))
    return {
        "documents": schemas.DOCUMENTS.conform(documents),
        "paragraphs": schemas.PARAGRAPHS.conform(paragraphs),
        "sentences": schemas.SENTENCES.conform(sentences),
        "quotations": schemas.QUOTATIONS.conform(segments.quotations),
        "loaded_terms": schemas.LOADED_TERMS.conform(terms),
        "sentiment_terms": (
            _explain_sentiment(segments, tokens, is_english)
            if options.explain_sentiment
            else schemas.SENTIMENT_TERMS.empty()
        ),
    }


def _reads_english(frame: pl.DataFrame) -> NDArray[np.bool_]:
    """Whether measures made for English apply: it is English, or too short to tell."""
    return (frame["language"].is_null() | (frame["language"] == "en")).to_numpy()


def _is_english_measure(column: schemas.Column) -> bool:
    return column.nullable and column.name not in {"duplicate_of", "language", "quoted_ratio"}


def _where(kept: NDArray[np.bool_], frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with nulls in the rows that are not `kept`."""
    return frame.select(pl.when(pl.Series(kept)).then(pl.all()))


def _share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(part.clip(upper_bound=whole) / whole)


def _rows_of(parts: pl.DataFrame, paragraphs: pl.DataFrame) -> NDArray[np.int64]:
    """For each row of `parts`, the row of its paragraph."""
    numbered = paragraphs.select(_PARAGRAPH).with_row_index("row")
    return parts.select(_PARAGRAPH).join(numbered, on=_PARAGRAPH, how="left", maintain_order="left")["row"].to_numpy()


def _partial_voices(paragraphs: pl.DataFrame) -> dict[str, pl.Series]:
    """For each column of what a voice says, whether it says a part of each paragraph: neither all nor nothing."""
    said = paragraphs.select((pl.col(text) != pl.col("text")) & (pl.col(text) != "") for text in _SAID.values())
    return {column.name: column for column in said}


def _compounds_of_voices(
    paragraphs: pl.DataFrame, parts: Mapping[str, pl.Series], compounds: pl.Series
) -> list[pl.Series]:
    """VADER's compound score of what each voice says; null where it says nothing. `compounds` are those of the `parts`."""
    columns, first = [], 0
    for name, text in _SAID.items():
        # Most paragraphs are one voice's, and scored already.
        is_whole = (pl.col(text) == pl.col("text")) & (pl.col("n_words") > 0)
        column = paragraphs.select(pl.when(is_whole).then("vader_compound").alias(name)).to_series()
        rows = parts[text].arg_true()
        columns.append(column.scatter(rows, compounds[first : first + len(rows)]))
        first += len(rows)
    return columns


KNOWN_WORDS = 300_000
"""Different words that a process knows before it forgets, a quarter of a gigabyte. To learn one takes five microseconds."""


def _count_words_met(tokens: Tokens, parts: Parts) -> None:
    """Add the different words beyond those that a process may know anyway."""
    if len(tokens.vocabulary) > KNOWN_WORDS:
        n_words = int(np.count_nonzero(np.bincount(tokens.ids)))
        parts.add(max(0, n_words - KNOWN_WORDS), "different words", each=2)


def _find_terms(
    segments: Segments, tokens: Tokens, is_english: NDArray[np.bool_], instruments: Resources, parts: Parts
) -> pl.DataFrame:
    """Loaded terms with their sentence, voice, attribution and speaker."""
    rows = np.flatnonzero(is_english)
    paragraphs, tokens = segments.paragraphs[rows], tokens.select(rows)
    found = find_loaded_terms(paragraphs, tokens, instruments.lexicon)
    parts.add(found.height, "loaded terms")
    if instruments.scorer:
        found = instruments.scorer.rescore(found, paragraphs, tokens)
    placed = _place_in_sentences(found, segments.sentences)
    # What is quoted as a whole is its speaker's, whatever the sentence reports besides.
    telling = segments.sentences.filter(pl.col("voice") != "quoted").join(
        placed.select(_SENTENCE).unique(), on=_SENTENCE, how="semi", maintain_order="left"
    )
    return attribute_spans(placed.select(*found.columns, "sentence_index"), segments.quotations, find_reported(telling))


def _place_in_sentences(spans: pl.DataFrame, sentences: pl.DataFrame) -> pl.DataFrame:
    """`spans` (document_id, paragraph_index, start), sorted, with the sentence that each begins in."""
    return spans.sort(*_PARAGRAPH, "start", maintain_order=True).join_asof(
        sentences.select(*_SENTENCE, "start").sort(*_PARAGRAPH, "start"),
        on="start",
        by=list(_PARAGRAPH),
        strategy="backward",
        check_sortedness=False,  # it is, within each paragraph
    )


def _explain_sentiment(segments: Segments, tokens: Tokens, is_english: NDArray[np.bool_]) -> pl.DataFrame:
    """The table `sentiment_terms`."""
    rows = np.flatnonzero(is_english)
    found = find_sentiment_terms(segments.paragraphs[rows], tokens.select(rows))
    return schemas.SENTIMENT_TERMS.conform(_place_in_sentences(found, segments.sentences))


def _loaded_probability(sentences: pl.DataFrame, tokens: Tokens, instruments: Resources) -> pl.Series:
    """What the fitted scorer says of each sentence; null without one."""
    if instruments.scorer is None:
        return pl.Series("loaded_probability", [None], pl.Float64).new_from_index(0, sentences.height)
    return instruments.scorer.sentence_probabilities(sentences, tokens, instruments.lexicon)


def _score(units: pl.DataFrame, terms: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """`units` with the figures of their loaded terms."""
    counted = units.select(*key, "n_words", *(["n_quoted_words"] if "n_quoted_words" in units.columns else []))
    return units.hstack(score_loaded(terms, counted).drop(key))


def _is_body(paragraphs: pl.DataFrame) -> pl.Series:
    return paragraphs.select((pl.col("kind").cast(pl.String) == "body") & pl.col("duplicate_of").is_null()).to_series()


def _count_paragraphs(documents: pl.DataFrame, paragraphs: pl.DataFrame) -> pl.DataFrame:
    """`documents` with n_paragraphs and n_body_paragraphs."""
    counts = (
        paragraphs.select("document_id", is_body=_is_body(paragraphs))
        .group_by("document_id")
        .agg(n_paragraphs=pl.len().cast(pl.Int32), n_body_paragraphs=pl.col("is_body").sum().cast(pl.Int32))
    )
    return documents.join(counts, on="document_id", how="left", maintain_order="left").with_columns(
        pl.col("n_paragraphs", "n_body_paragraphs").fill_null(0)
    )


def _measure_documents(
    documents: pl.DataFrame,
    paragraphs: pl.DataFrame,
    sentences: pl.DataFrame,
    readability: pl.DataFrame,
    sentiment: pl.DataFrame,
) -> pl.DataFrame:
    """Documents with readability of the body as one text, sentiment of the whole, and sums over their paragraphs."""
    is_english = _reads_english(documents)
    has_body = (documents["n_body_paragraphs"] > 0).to_numpy()
    metrics = [column.name for column in schemas.READABILITY if column.nullable]
    sums = paragraphs.group_by("document_id").agg(pl.col("n_words", "n_sentences", "n_quoted_words").sum())
    # The scores have four decimals; whole numbers add up to the same sum however a batch was shared out.
    tone = ((pl.col("vader_compound") * 10_000).round().cast(pl.Int64) * pl.col("n_words")).sum()
    n_words = pl.col("n_words").sum()
    spoken = (
        sentences.filter(pl.col("vader_compound").is_not_null())
        .group_by("document_id")
        .agg(vader_compound_mean=pl.when(n_words > 0).then(tone / (10_000 * n_words.cast(pl.Int64))))
    )
    return (
        documents.with_columns(duplicate_of=pl.lit(None, pl.String))
        .hstack(readability.with_columns(_where(is_english & has_body, readability.select(metrics))))
        .hstack(_where(is_english, sentiment.select("vader_compound")))
        .join(sums, on="document_id", how="left", maintain_order="left")
        .join(spoken, on="document_id", how="left", maintain_order="left")
        .with_columns(pl.col("n_words", "n_sentences", "n_quoted_words").fill_null(0).cast(pl.Int32))
        .with_columns(quoted_word_ratio=_share(pl.col("n_quoted_words"), pl.col("n_words")))
    )


def _fingerprints(segments: Segments) -> pl.DataFrame:
    """A number for each text by which equal ones are known; null for what is too little to be called a repeat."""
    documents = segments.documents.select(
        "document_id",
        pl.lit(-1, pl.Int32).alias("paragraph_index"),
        "fingerprint",
        duplicate_of=pl.lit(None, pl.String),
    )
    paragraphs = segments.paragraphs.select(*_PARAGRAPH, "fingerprint", "duplicate_of")
    prints = pl.concat([documents, paragraphs.cast(dict(FINGERPRINT_SCHEMA))])  # type: ignore[arg-type]
    return prints.with_columns(pl.col("fingerprint").replace(0, None))

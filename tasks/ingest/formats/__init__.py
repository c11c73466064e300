"""The formats that can be read: a table of them, and one module for each reader.

A format is read in one of two ways.

- A file with one *document* is read as a whole. Its module has `read(raw: bytes, source: Source, parts: Parts) ->
  Document`. The size of `raw` was checked against `max_document_bytes`; what takes more memory than its bytes (tags,
  list items) is counted with `parts.check`.
- A file with *records* is read piece by piece. Its module has `read_rows(stream: IO[bytes], source: Source, options:
  Options, fields: RequestedFields) -> Iterator[Row]`. It returns a row for each record, with an error if the record
  cannot be read, observes `max_unpacked_bytes`, and calls `fields.add_present` if columns are known in advance.

Both raise `FormatError` for invalid content, and `LimitExceeded` for content that is too large; the messages name a
solution. A module is imported when its format is read for the first time, and imports heavy packages itself.

To add a format: write its module, add a line to `FORMATS`, remove its suffixes from
tasks/ingest/data/skipped_names.toml, and if its files begin with a signature, let tasks/ingest/data/signatures.toml say
which suffix they need. A new kind of document also needs a value in `FORMATS` of tasks/schemas/values.py. Tests of the
reader belong into tests/ingest/formats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Format:
    """A format that can be read."""

    name: str
    suffixes: tuple[str, ...]
    """With dots, in lower case. The suffix of a compression may follow in a file's name."""
    holds: Literal["document", "records"]
    module: str
    """The module of this package that reads it."""
    starts_at_any_line: bool = False
    """Whether its records are lines, so that a long file can be read in shares."""


FORMATS = {
    form.name: form
    for form in (
        Format("text", (".txt",), "document", "text"),
        Format("markdown", (".md",), "document", "markdown"),
        Format("html", (".html", ".htm"), "document", "html"),
        Format("jsonl", (".jsonl", ".ndjson"), "records", "jsonl", starts_at_any_line=True),
        Format("csv", (".csv",), "records", "delimited"),
        Format("tsv", (".tsv",), "records", "delimited"),
        Format("parquet", (".parquet",), "records", "parquet"),
    )
}
"""By name, the value of `Source.format`."""

FORMAT_OF_SUFFIX = {suffix: form.name for form in FORMATS.values() for suffix in form.suffixes}
"""The name of the format for each suffix."""

DEFAULT_FORMAT = "text"
"""The format of a file with an unknown or no suffix."""

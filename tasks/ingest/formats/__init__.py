"""The formats that can be read: a table of them, and one module for each reader.

A file's format is recognised by its content first, then by its name (`tasks.ingest.recognition`): a format with a
`Signature` is found in files of any known suffix, one without is told by its suffixes alone. It is read in one of three
ways.

- A file with one *document* is read as a whole. Its module has `read(raw: bytes, source: Source, parts: Parts) ->
  Document`. The size of `raw` was checked against `max_document_bytes`; what takes more memory than its bytes (tags,
  list items) is counted with `parts.check`.
- A file with *articles*, one or many, is read article by article. Its module has `read_articles(stream: IO[bytes],
  source: Source, options: Options) -> Iterator[Article | Unread]` (`tasks.ingest.articles`). `stream` begins at the first
  byte; `compression.read_whole` reads all of it, `compression.seekable` gives random access. An article that cannot be
  read is an `Unread`, and the others follow.
- A file with *records* is read piece by piece. Its module has `read_rows(stream: IO[bytes], source: Source, options:
  Options, fields: RequestedFields) -> Iterator[Row]`. It returns a row for each record, with an error if the record
  cannot be read, observes `max_unpacked_bytes`, and calls `fields.add_present` if columns are known in advance.

All raise `FormatError` for invalid content, and `LimitExceeded` for content that is too large; the messages name a
solution. A module is imported when its format is read for the first time, and imports heavy packages itself.

To add a format: write its module, add a line to `FORMATS`, and remove its suffixes from
tasks/ingest/data/skipped_names.toml. If no other family of signatures fits it, add its first bytes to
tasks/ingest/data/signatures.toml. A new kind of document also needs a value in `FORMATS` of tasks/schemas/values.py. A
format that is known but not read belongs into tasks/ingest/data/refused.toml. Tests of the reader belong into
tests/ingest/formats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Signature:
    """How a format is told by its content."""

    family: str
    """What `tasks.ingest.signatures.examine` finds: `zip`, `xml`, `html`, `json`, `text`, `pdf`, ..."""
    pattern: str = ""
    """A regular expression that is found in the evidence of this family: for `zip`, the names of the members, one on a
    line; for `xml`, the name of the root element, `{namespace}name`; for `html`, `json` and `text`, the first 64 KiB of
    text. `^` and `$` stand for begin and end of a line, `\\A` for the begin of all. Without a pattern, all files of the
    family have this format that have no other.
    """


@dataclass(frozen=True)
class Format:
    """A format that can be read."""

    name: str
    what: str
    """What a file of this format is called in messages, with an article."""
    suffixes: tuple[str, ...]
    """The suffixes that name this format, with dots, in lower case. The suffix of a compression may follow in a file's
    name. Where several formats share a suffix (`CONTENT_SUFFIXES`), none has it here.
    """
    holds: Literal["document", "articles", "records"]
    module: str
    """The module of this package that reads it."""
    signature: Signature | None = None
    starts_at_any_line: bool = False
    """Whether its records are lines, so that a long file can be read in shares."""
    keeps_name: bool = False
    """Whether a text file whose suffix names this format has it, whatever it begins with: a table may begin with a tag."""


FORMATS = {
    form.name: form
    for form in (
        Format("text", "plain text", (".txt",), "document", "text"),
        Format("markdown", "Markdown", (".md",), "document", "markdown", keeps_name=True),
        Format("html", "an HTML page", (".html", ".htm", ".xhtml"), "document", "html", Signature("html")),
        Format("jsonl", "JSONL", (".jsonl", ".ndjson"), "records", "jsonl", starts_at_any_line=True, keeps_name=True),
        Format("csv", "CSV", (".csv",), "records", "delimited", keeps_name=True),
        Format("tsv", "TSV", (".tsv",), "records", "delimited", keeps_name=True),
        Format("json", "JSON", (), "records", "json_records", Signature("json")),
        Format("lines", "plain text, a document a line", (), "records", "lines"),
        Format("parquet", "a parquet table", (".parquet",), "records", "parquet", Signature("parquet")),
        Format("docx", "a Word document (.docx)", (".docx", ".docm", ".dotx"), "articles", "docx", Signature("zip", r"^word/document\d*\.xml$")),
    )
}  # fmt: skip
"""By name, the value of `Source.format`. Of two signatures that both fit, the earlier format is taken."""

FORMAT_OF_SUFFIX = {suffix: form.name for form in FORMATS.values() for suffix in form.suffixes}
"""The name of the format for each suffix that names one."""

CONTENT_SUFFIXES = frozenset({".xml", ".json", ".db"})
"""Suffixes of many formats. A file with one of them is read if its content is that of a format, else it is no article."""

DEFAULT_FORMAT = "text"
"""The format of a file with an unknown or no suffix, if its content is text."""

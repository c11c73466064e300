"""The formats that can be read: a table of them, and one module for each reader.

A file's format is recognised by its content first, then by its name (`tasks.ingest.recognition`): a format with a
`Signature` is found in files of any known suffix, one without is told by its suffixes alone. It is read in one of four
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

- An archive of *files*. Its module has `read_members(stream, source, options, read)`, where `read` reads a file in it.

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
    holds: Literal["document", "articles", "records", "files"]
    module: str
    """The module of this package that reads it."""
    signature: Signature | None = None
    starts_at_any_line: bool = False
    """Whether its records are lines, so that a long file can be read in shares."""
    keeps_name: bool = False
    """Whether a text file whose suffix names this format has it, whatever it begins with: a table may begin with a tag."""
    unpacks: bool = False
    """Whether its reader unpacks compressed files of its suffixes itself, because damage costs it a part only."""


_HEADER = r"(?:[!-9;-~]{1,60}:.*\n(?:[ \t].*\n)*)"
_MAIL = (
    rf"\A(?!{_HEADER}*?(?i:snapshot-content-location):)(?={_HEADER}*?(?i:from):)"
    rf"(?={_HEADER}*?(?i:message-id|mime-version|received|return-path|content-type|delivered-to|to):)"
)
_MBOX = r"\AFrom \S.*\d{1,2}:\d{2}.*\n(?:>?[!-9;-~]{1,60}:|From )"
_HOCR = r"""class\s*=\s*["'][^"']{0,80}\bocr_page\b"""
_NINJS = r""""(?i:body_x?html|body_text|bodies)"\s*:"""
_JSON_LD = r'''"@type"\s*:\s*(?:\[\s*)?(?:"[^"]*"\s*,\s*)*"[^"]*(?:Article|BlogPosting)"'''
_WHISPER = (  # the long text may stand before the segments
    r"""\A(?s:(?=.*"(?:start|timestamps?|offsets)"\s*:)(?=.*"text"\s*:).*"(?:segments|chunks|transcription)"\s*:\s*\[)"""
    r"""|\A\[\s*\{(?=[^{}]*"start"\s*:)(?=[^{}]*"text"\s*:)|\A\{\s*"text"\s*:\s*"(?:[^"\\]|\\.)*\Z"""
)
_SRT = r"\A(?:\d+[ \t]*\r?\n)?[ \t]*\d{1,3}:\d{2}:\d{2}[,.]\d{1,3}[ \t]*-{1,2}>"

FORMATS = {
    form.name: form
    for form in (
        Format("text", "plain text", (".txt",), "document", "text"),
        Format("markdown", "Markdown", (".md",), "document", "markdown", keeps_name=True),
        Format("hocr", "scanned pages (hOCR)", (".hocr",), "articles", "page_layout", Signature("html", _HOCR)),
        Format("html", "an HTML page", (".html", ".htm", ".xhtml"), "document", "html", Signature("html")),
        Format("jsonl", "JSONL", (".jsonl", ".ndjson"), "records", "jsonl", starts_at_any_line=True, keeps_name=True),
        Format("csv", "CSV", (".csv",), "records", "delimited", keeps_name=True),
        Format("tsv", "TSV", (".tsv",), "records", "delimited", keeps_name=True),
        Format("parquet", "a parquet table", (".parquet",), "records", "parquet", Signature("parquet")),
        Format("docx", "a Word document (.docx)", (".docx", ".docm", ".dotx"), "articles", "docx", Signature("zip", r"^word/document\d*\.xml$")),
        Format("mbox", "a mailbox (mbox)", (".mbox", ".mbx"), "articles", "mail", Signature("text", _MBOX)),
        Format("eml", "a mail message", (".eml",), "articles", "mail", Signature("text", _MAIL)),
        Format("rss", "an RSS feed", (".rss", ".rdf"), "articles", "feeds", Signature("xml", r"(?:^|\})(?i:rss|rdf)$")),
        Format("atom", "an Atom feed", (".atom",), "articles", "feeds", Signature("xml", r"(?:^|\})(?:feed|entry)$")),
        Format("nitf", "NITF of a news agency", (".nitf",), "articles", "agencies", Signature("xml", r"(?:^|\})nitf$")),
        Format("newsml", "NewsML of a news agency", (), "articles", "agencies", Signature("xml", r"(?:^|\})(?:newsMessage|newsItem|NewsML)$")),
        Format("ninjs", "ninjs of a news agency", (), "articles", "json_articles", Signature("json", _NINJS)),
        Format("json-ld", "articles in JSON-LD", (".jsonld",), "articles", "json_articles", Signature("json", _JSON_LD)),
        Format("whisper", "a transcript of speech recognition", (), "articles", "whisper", Signature("json", _WHISPER)),
        Format("warc", "a web archive", (".warc", ".wet", ".wat"), "articles", "warc", Signature("warc"), unpacks=True),
        Format("alto", "scanned pages (ALTO)", (".alto",), "articles", "page_layout", Signature("xml", r"(?:^|\})alto$")),
        Format("tei", "TEI", (".tei",), "articles", "tei", Signature("xml", r"(?:^|\})(?:TEI|TEI\.2|teiCorpus)$")),
        Format("srt", "subtitles (SubRip)", (".srt",), "articles", "subtitles", Signature("text", _SRT)),
        Format("webvtt", "subtitles (WebVTT)", (".vtt",), "articles", "subtitles", Signature("text", r"\AWEBVTT(?=\s|\Z)")),
        Format("odt", "an OpenDocument text (.odt)", (".odt", ".ott"), "articles", "odt", Signature("zip", r"^mimetype=application/vnd\.oasis\.opendocument\.text")),
        Format("fodt", "an OpenDocument text (.fodt)", (".fodt",), "articles", "odt", Signature("xml", r"^\{urn:oasis:names:tc:opendocument:xmlns:office:1\.0\}document$")),
        Format("epub", "an e-book (.epub)", (".epub",), "articles", "epub", Signature("zip", r"^mimetype=application/epub\+zip|^META-INF/container\.xml$")),
        Format("pdf", "a PDF", (".pdf",), "articles", "pdf", Signature("pdf")),
        Format("rtf", "rich text (.rtf)", (".rtf",), "articles", "rtf", Signature("rtf")),
        Format("factiva_html", "a Factiva export", (), "articles", "factiva", Signature("html", r"""class=["']article \w\wArticle\b""")),
        Format("factiva_xml", "a Factiva export", (), "articles", "factiva", Signature("xml", r"^<(?:ppsArticleResponse|ppsarticleResultSet|ppsarticle)$")),
        Format("europresse", "a Europresse export", (), "articles", "europresse", Signature("html", r"""class=["'](?:DocPublicationName|titreArticleVisu)\b""")),
        Format("proquest", "a ProQuest export", (), "articles", "proquest", Signature("text", r"^(?:Report Information from ProQuest\b|ProQuest document ID: |ProQuest-Dokument-ID: |ID du document ProQuest ?: |ID del documento de ProQuest: )")),
        Format("nexis_txt", "a Nexis export", (), "articles", "nexis", Signature("text", r"^[ \t]*(?:\d+ of \d+ DOCUMENTS?|Dokument \d+ von \d+|Documento? \d+ d[ei] \d+)[ \t]*\r?$")),
        Format("zip", "a ZIP archive", (".zip",), "files", "archive", Signature("zip")),
        Format("tar", "a tar archive", (".tar",), "files", "archive", Signature("tar")),
        Format("sqlite", "an SQLite database", (".sqlite", ".sqlite3", ".db3"), "records", "sqlite", Signature("sqlite")),
        Format("xlsx", "an Excel workbook (.xlsx)", (".xlsx", ".xlsm"), "records", "xlsx", Signature("zip", r"^xl/workbook\.xml$")),
    )
}  # fmt: skip
"""By name, the value of `Source.format`. Of two signatures that both fit, the earlier format is taken."""

FORMAT_OF_SUFFIX = {suffix: form.name for form in FORMATS.values() for suffix in form.suffixes}
"""The name of the format for each suffix that names one."""

CONTENT_SUFFIXES = frozenset({".xml", ".json", ".db"})
"""Suffixes of many formats. A file with one of them is read if its content is that of a format, else it is no article."""

DEFAULT_FORMAT = "text"
"""The format of a file with an unknown or no suffix, if its content is text."""

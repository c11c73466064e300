"""Articles: what a reader gives of a file that holds one or many of them, and how each becomes a document.

A document of a file with a single article has no record, like that of a text file. In a file with several, an article is
named by its id if the file gives one, else by its number; `records.RecordNames` makes the names unique.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from tasks.errors import LimitExceeded, SkippedSource, SourceError
from tasks.ingest.decoding import Decoded, take_invalid_bytes
from tasks.ingest.documents import make_document
from tasks.ingest.model import Document, Failure, Source
from tasks.ingest.records import RecordNames
from tasks.schemas import page_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.options import Options

_UTF8 = Decoded("", "utf-8", 1.0)


@dataclass(frozen=True)
class Article:
    """One article of a file, in the plain text that `formats.markdown` describes: paragraphs with empty lines between."""

    text: str
    form: str
    """A value of the column `format`."""
    number: int | None = None
    """Its place among the file's articles, from 1; None if the file holds one article and nothing else."""
    record: str | None = None
    """Its id in the file, if it has one."""
    fields: dict[str, Any] = field(default_factory=dict)
    """`title`, `source`, `date`, `byline`, `provider_id`, as far as the file tells them."""
    raw: bytes | None = None
    """The bytes that it was read from, for its size and hash; None: its text in UTF-8."""
    decoded: Decoded = _UTF8
    """How the bytes were decoded; its text is not used."""
    address: str | None = None
    """The address of the page that a web archive kept: it is the document's source_uri."""
    speakers: tuple[str | None, ...] = ()
    """Of a transcript: the speaker of each paragraph of `text`, None where it is not known. Else none."""


@dataclass(frozen=True)
class Unread:
    """Something in a file that is no article, and why. A SkippedSource is not a failure."""

    error: SourceError
    record: str | None = None
    """The name or number of the article; None if the error is about the file."""


def article_documents(
    items: Iterator[Article | Unread], source: Source, options: Options
) -> Iterator[Document | Failure]:
    """The document of each article, and the failure of what cannot be read; a row that says so if there is nothing."""
    names = RecordNames(())
    is_empty = True

    def read(item: Article | Unread) -> Document | Failure:
        nonlocal is_empty
        is_empty = False
        if isinstance(item, Unread):
            return Failure.of(item.error, source.uri, item.record)
        record = None if item.number is None else names.name(item.record, item.number)
        return _document(item, record, source, options)

    def none() -> Iterator[Failure]:
        if is_empty:
            yield Failure.of(SkippedSource("this file holds no article"), source.uri)

    return chain(map(read, items), none())


def _document(article: Article, record: str | None, source: Source, options: Options) -> Document | Failure:
    if len(article.text) > (limit := options.limits.max_document_bytes):
        complaint = f"its text is longer than {limit:,} bytes; raise --max-document-bytes to read it"
        return Failure.of(LimitExceeded(complaint), source.uri, record)
    text, invalid_bytes = take_invalid_bytes(article.text)
    raw = text.encode() if article.raw is None else article.raw
    document = make_document(
        source, article.form, article.decoded, raw, text, 0, invalid_bytes, article.fields, record, article.speakers
    )
    if article.address is None or article.number is None:
        return document
    return replace(document, source_uri=article.address, record=page_record(article.number, source.uri))

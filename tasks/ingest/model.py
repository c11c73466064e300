"""The records of ingestion: a source is a file to read, a document is an article in it, a failure is what was not read."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasks.errors import SourceError
from tasks.escaping import escape_name
from tasks.ingest.compression import SUFFIXES as COMPRESSED
from tasks.ingest.formats import FORMATS

if TYPE_CHECKING:
    from datetime import datetime

    from tasks.ingest.decoding import InvalidByte

STDIN = "-"
"""The path of standard input."""


@dataclass(frozen=True, slots=True)
class Share:
    """Some lines of a file that is too long for one batch."""

    start: int
    """The offset of its first line, in bytes."""
    end: int
    """The offset after its last line, in bytes."""
    n_lines_before: int
    taken: tuple[str, ...] = ()
    """Those ids of its records that records of earlier shares have already."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file or stream to read."""

    uri: str
    """Its path below the given SOURCE, with slashes: the value of `source_uri`."""
    path: str
    """The path to read; `-` is standard input."""
    n_bytes: int
    format: str
    """A name in `formats.FORMATS`."""
    mtime_ns: int = 0
    """The time of its last change from the file system; for an object in a store, a number that changes with it."""
    stamp: int = 0
    """A number that changes with its inode and its change time. A file that was replaced by another one of equal size
    and time has another stamp. 0: not known.
    """
    asked_for: bool = False
    """Whether it was named itself, rather than found in a folder."""
    share: Share | None = None
    """The part of it to read; None: all."""
    kept: bool = False
    """Whether it cannot be read now, or is gone, while its rows in the tables are kept."""

    @property
    def weight(self) -> int:
        """The approximate size of its text in bytes: a compressed file has several times its own size."""
        return self.n_bytes * (5 if self.is_compressed else 1)

    @property
    def is_compressed(self) -> bool:
        """Whether its name says that it is compressed."""
        return os.path.splitext(self.path)[1].lower() in COMPRESSED  # noqa: PTH122  # a tenth of the time, of many files

    @property
    def is_document(self) -> bool:
        """Whether its bytes are those of one document, unchanged."""
        form = FORMATS.get(self.format)
        holds_one = form is not None and form.holds == "document"
        return holds_one and not self.is_compressed and self.path != STDIN

    @property
    def folder(self) -> str | None:
        """The first folder of its path: the publisher, if nothing better is known."""
        first, slash, _ = self.uri.partition("/")
        return first or None if slash else None

    @property
    def date(self) -> str | None:
        """The ISO date at the beginning of its name.

        >>> Source("news/2022-09-21-talks.txt", "", 0, "text").date
        '2022-09-21'
        """
        match = re.match(r"(?:date=)?(\d{4}-[01]\d-[0-3]\d)(?!\d)", self.uri.rpartition("/")[2])
        return match[1] if match else None


@dataclass(frozen=True)
class Document:
    """One article as it was received, decoded."""

    source_uri: str
    record: str | None
    source: str | None
    title: str | None
    published_at: datetime | None
    date_source: str | None
    """Where `published_at` is from: a value of `DATE_SOURCES`, None without a date."""
    byline: str | None
    provider_id: str | None
    """The provider's own id of the article."""
    format: str
    encoding: str
    encoding_confidence: float
    n_bytes: int
    content_sha256: str
    text: str
    text_offset: int
    """Number of bytes before the text: a byte order mark, front matter."""
    invalid_bytes: tuple[InvalidByte, ...]
    speakers: tuple[str | None, ...] = ()
    """Of a transcript: the speaker of each of its paragraphs, which stand between empty lines; () for other texts."""

    @property
    def document_id(self) -> str:
        """Sixteen hexadecimal digits derived from source_uri and record."""
        return document_id(self.source_uri, self.record)


def document_id(source_uri: str, record: str | None) -> str:
    """The permanent id of a document: 64 bits of a hash of its source and record.

    >>> document_id("daily/a.txt", None)
    '2470db3346692bfc'
    """
    key = source_uri if record is None else f"{source_uri}\0{record}"
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True)
class Failure:
    """An input that could not be read, for a row of `failures`."""

    source_uri: str
    record: str | None
    stage: str
    error: str
    message: str

    @classmethod
    def of(cls, error: BaseException, source_uri: str, record: str | None = None, stage: str = "read") -> Failure:
        """The row for `error`, which names its own stage if it is a SourceError.

        >>> Failure.of(OSError(2, "No such file"), "a.txt").message
        'a.txt: No such file'
        """
        if isinstance(error, SourceError):
            stage = error.stage
        message = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        # The message may have several lines, because it may show a place in a file; a name may not.
        place = _place(source_uri, record)
        return cls(source_uri, record, stage, type(error).__name__, f"{place}: {message or type(error).__name__}")

    def moved(self, source_uri: str, record: str | None) -> Failure:
        """The same failure of an input that has another name: a file in an archive is a record of the archive.

        >>> Failure.of(OSError(2, "No such file"), "a.txt").moved("b.zip", "a.txt").message
        'b.zip, record a.txt: No such file'
        """
        message = self.message.removeprefix(f"{_place(self.source_uri, self.record)}: ")
        return Failure(source_uri, record, self.stage, self.error, f"{_place(source_uri, record)}: {message}")


def _place(source_uri: str, record: str | None) -> str:
    """A source and its record, as messages name them."""
    return escape_name(source_uri if record is None else f"{source_uri}, record {record}")

"""Documents: one from the result of a reader, and many as tables for the following stages."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.ingest.dates import parse_date
from tasks.ingest.decoding import Decoded, InvalidByte, take_invalid_bytes
from tasks.ingest.model import Document, Failure, Source
from tasks.schemas import DOCUMENTS, FAILURES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

# The input of the following stages: the columns of `documents` that are known here, the text, and its place in the
# bytes.
_KNOWN = (
    "document_id",
    "source_uri",
    "record",
    "source",
    "title",
    "published_at",
    "date_source",
    "byline",
    "provider_id",
    "format",
    "encoding",
    "encoding_confidence",
    "n_bytes",
    "content_sha256",
)
DOCUMENT_SCHEMA = pl.Schema(
    {name: DOCUMENTS.schema[name] for name in _KNOWN}
    | {"text": pl.String(), "text_offset": pl.Int64(), "speakers": pl.List(pl.String())}
)
INVALID_BYTES_SCHEMA = pl.Schema(
    {"document_id": pl.String(), "position": pl.Int64(), "byte": pl.UInt8(), "after": pl.String()}
)
Frames = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]
"""Documents (DOCUMENT_SCHEMA), their invalid bytes (INVALID_BYTES_SCHEMA), and failures (FAILURES)."""


def make_document(
    source: Source,
    form: str,
    decoded: Decoded,
    raw: bytes,
    text: str,
    offset: int,
    invalid_bytes: Iterable[InvalidByte],
    fields: dict[str, Any],
    record: str | None = None,
    speakers: tuple[str | None, ...] = (),
) -> Document:
    """The document with `text`, read from the bytes `raw`, with the `title`, `source`, `date`, `byline` and `provider_id` in `fields`.

    `date_source` in `fields` is a value of DATE_SOURCES; without one the date is from a `field`. `form` is a value of
    the column `format`, and `decoded` says how the bytes were decoded. The default source is the folder, and the default
    date is that in the file's name. `speakers` are those of the paragraphs of a transcript.

    >>> source = Source("daily/2022-09-21.txt", "", 10, "text")
    >>> made = make_document(source, "text", Decoded("It rained.", "utf-8", 1.0), b"It rained.", "It rained.", 0, (), {})
    >>> made.source, str(made.published_at), made.date_source
    ('daily', '2022-09-21 00:00:00+00:00', 'file_name')
    """
    published_at, date_source = _date(fields, source.date if record is None else None)
    return Document(
        source_uri=source.uri,
        record=record,
        source=_one_line(fields.get("source")) or source.folder,
        title=_one_line(fields.get("title")),
        published_at=published_at,
        date_source=date_source,
        byline=_byline(fields.get("byline")),
        provider_id=_one_line(fields.get("provider_id")),
        format=form,
        encoding=decoded.encoding,
        encoding_confidence=decoded.confidence,
        n_bytes=len(raw),
        content_sha256=hashlib.sha256(raw).hexdigest(),
        text=text,
        text_offset=offset,
        invalid_bytes=tuple(invalid_bytes),
        speakers=speakers,
    )


def _date(fields: dict[str, Any], in_name: str | None) -> tuple[datetime | None, str | None]:
    """The date in `fields`, else the date `in_name`, and where it is from."""
    if (given := parse_date(fields.get("date"))) is not None:
        return given, fields.get("date_source", "field")
    if (named := parse_date(in_name)) is not None:
        return named, "file_name"
    return None, None


def _byline(value: object) -> str | None:
    """The byline as one line of text: of a list, and of objects with a `name`, the names."""
    people = value if isinstance(value, (list, tuple)) else [value]
    names = [_one_line(person.get("name") if isinstance(person, dict) else person) for person in people]
    return "; ".join(filter(None, names)) or None


def _one_line(value: object) -> str | None:
    """A title or a name as one line of text; None if it is empty."""
    if value is None or isinstance(value, (dict, list)):
        return None
    text = take_invalid_bytes(" ".join(str(value).split()))[0]
    return text or None


def take_frames(documents: list[Document], failures: list[Failure]) -> Frames:
    """The documents and failures as frames. The lists are emptied, so that only the frames hold the texts."""
    rows = [[getattr(document, name) for document in documents] for name in DOCUMENT_SCHEMA]
    invalid_bytes = [
        (document.document_id, invalid.position, invalid.byte, invalid.after)
        for document in documents
        for invalid in document.invalid_bytes
    ]
    frames = (
        pl.DataFrame(rows, schema=DOCUMENT_SCHEMA),
        pl.DataFrame(invalid_bytes, schema=INVALID_BYTES_SCHEMA, orient="row"),
        failures_frame(failures),
    )
    documents.clear()
    failures.clear()
    return frames


def failures_frame(failures: Iterable[Failure]) -> pl.DataFrame:
    """`failures` as rows of the table FAILURES."""
    rows = [[getattr(failure, name) for name in FAILURES.schema] for failure in failures]
    return pl.DataFrame(rows, schema=FAILURES.schema, orient="row")

"""From sources to documents: one door for every format, and a row for whatever does not come through it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sys
from array import array
from bisect import bisect_left
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain, count, islice, repeat
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import polars as pl

from tasks.errors import FormatError, LimitExceeded, MissingField, SkippedSource, UnknownField
from tasks.ingest.compression import open_source, read_lines, read_whole, seekable, too_much
from tasks.ingest.decoding import Decoded, Stray, decode, decode_lines, take_invalid_bytes
from tasks.ingest.markup import declared_charset, extract_article, plain_markdown, split_front_matter
from tasks.ingest.sources import STDIN, Failure, Source
from tasks.options import RecordFields
from tasks.parts import Parts
from tasks.schemas import DOCUMENTS, FAILURES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tasks.options import Options

# What the following stages get: the columns of `documents` that are known here, the text, and its place in the bytes.
_KNOWN = (
    "document_id",
    "source_uri",
    "record",
    "source",
    "title",
    "published_at",
    "format",
    "encoding",
    "encoding_confidence",
    "n_bytes",
    "content_sha256",
)
DOCUMENT_SCHEMA = pl.Schema(
    {name: DOCUMENTS.schema[name] for name in _KNOWN} | {"text": pl.String(), "text_offset": pl.Int64()}
)
INVALID_BYTES_SCHEMA = pl.Schema(
    {"document_id": pl.String(), "position": pl.Int64(), "byte": pl.UInt8(), "after": pl.String()}
)


@dataclass(frozen=True)
class Document:
    """One article as it was received, decoded."""

    source_uri: str
    record: str | None
    source: str | None
    title: str | None
    published_at: datetime | None
    format: str
    encoding: str
    encoding_confidence: float
    n_bytes: int
    content_sha256: str
    text: str
    text_offset: int
    """Bytes before the text begins: a byte order mark, front matter."""
    invalid_bytes: tuple[Stray, ...]

    @property
    def document_id(self) -> str:
        """Sixteen hexadecimal digits that follow from source_uri and record."""
        return document_id(self.source_uri, self.record)


def document_id(source_uri: str, record: str | None) -> str:
    """The name of a document for good: 64 bits of a hash of where it comes from.

    >>> document_id("daily/a.txt", None)
    '2470db3346692bfc'
    """
    key = source_uri if record is None else f"{source_uri}\0{record}"
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


Frames = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


def read_documents(sources: Iterable[Source], options: Options, stdin: IO[bytes] | None = None) -> Frames:
    """All documents of `sources` (DOCUMENT_SCHEMA), their stray bytes (INVALID_BYTES_SCHEMA), and failures (FAILURES).

    No error of an input gets out of here: it becomes a row of the last table.
    """
    [frames] = read_chunks(sources, options, stdin, chunk_bytes=None)
    return frames


def read_chunks(
    sources: Iterable[Source], options: Options, stdin: IO[bytes] | None = None, chunk_bytes: int | None = 2**22
) -> Iterator[Frames]:
    """`read_documents`, a bounded amount at a time: a chunk ends with the document that brings it to `chunk_bytes`.

    That is what a batch may hold, or half of it, so that none leaves a small rest: each chunk costs something by itself.
    It also ends after so many lines, for each may be a paragraph, which takes two kilobytes however short it is.
    """
    documents: list[Document] = []
    failures: list[Failure] = []
    size = n_lines = n_chunks = 0
    # What is read stands in the frames only, whose owner may be done with it before the next chunk.
    for item in chain.from_iterable(read_source(source, options, stdin) for source in sources):
        if isinstance(item, Failure):
            failures.append(item)
        else:
            documents.append(item)
            size += item.n_bytes
            n_lines += 1 + item.text.count("\n") + item.text.count("\r")
        del item
        if chunk_bytes is not None and (size >= chunk_bytes or n_lines >= _MOST_LINES):
            yield _frames(documents, failures)
            size = n_lines = 0
            n_chunks += 1
    if documents or failures or not n_chunks:
        yield _frames(documents, failures)


_MOST_LINES = 2**17
"""Of a chunk. Four megabytes of ordinary articles have half as many, if their lines are short."""


def _frames(documents: list[Document], failures: list[Failure]) -> Frames:
    """What was read so far as frames; the lists are emptied."""
    rows = [[getattr(document, name) for document in documents] for name in DOCUMENT_SCHEMA]
    invalid_bytes = [
        (document.document_id, s.position, s.byte, s.after) for document in documents for s in document.invalid_bytes
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


def read_source(source: Source, options: Options, stdin: IO[bytes] | None = None) -> Iterator[Document | Failure]:
    """The documents of one source, or why there are none; of a record file, those records that can be read."""
    limit = options.limits.max_file_bytes
    if source.n_bytes > limit:
        complaint = f"the file has {source.n_bytes:,} bytes, over {limit:,}; raise --max-file-bytes to read it"
        yield Failure.of(LimitExceeded(complaint), source.uri)
        return
    try:
        if source.path == STDIN:
            yield from _read_stream(stdin or sys.stdin.buffer, source, options)
        else:
            with open_source(Path(source.path)) as stream:
                yield from _read_stream(stream, source, options)
    except Exception as error:  # noqa: BLE001  # whatever one input does, the others are read
        yield Failure.of(error, source.uri)


def _read_stream(stream: IO[bytes], source: Source, options: Options) -> Iterator[Document | Failure]:
    limits = options.limits
    unpacked = (limits.max_unpacked_bytes, "--max-unpacked-bytes")
    fields = _Fields.asked_for(options)
    match source.format:
        case "parquet":
            with seekable(stream, *unpacked, source.uri) as file:
                yield from _read_records(source, options, _parquet_rows(file, source, options, fields), fields)
        case "jsonl":
            lines = read_lines(_share_of(stream, source), *unpacked, source.uri)
            yield from _read_records(source, options, _json_rows(decode_lines(lines), source), fields)
        case "csv" | "tsv":
            lines = read_lines(stream, *unpacked, source.uri)
            rows = _delimited_rows(decode_lines(lines), source, options, fields)
            yield from _read_records(source, options, rows, fields)
        case one_document:
            limit = min(unpacked, (limits.max_document_bytes, "--max-document-bytes"))
            raw = read_whole(stream, *limit, source.uri)
            parts = Parts(limits.max_document_parts)
            match one_document:
                case "html":
                    yield _read_page(raw, source, parts)
                case "markdown":
                    yield _read_markdown(raw, source, parts)
                case _:
                    yield _read_text(raw, source)


def _share_of(stream: IO[bytes], source: Source) -> IO[bytes]:
    """What of `stream` is to be read: all of it, or the share that the source is."""
    if source.share is None:
        return stream
    stream.seek(source.share.start)
    return cast("IO[bytes]", _Bounded(stream, source.share.end - source.share.start))


@dataclass
class _Bounded:
    """The next `n_left` bytes of a stream."""

    stream: IO[bytes]
    n_left: int

    def read(self, size: int) -> bytes:
        content = self.stream.read(min(size, self.n_left))
        self.n_left -= len(content)
        return content


def _read_text(raw: bytes, source: Source) -> Document:
    """A plain text, front matter apart."""
    decoded = decode(raw)
    fields, text = split_front_matter(decoded.text)
    front = decoded.text[: len(decoded.text) - len(text)]
    offset = decoded.offset + len(front.encode(decoded.encoding, "surrogateescape"))
    text, invalid_bytes = take_invalid_bytes(text)
    return _document(source, "text", decoded, raw, text, offset, invalid_bytes, fields)


_MARKDOWN = "*_`[]<&\\"


def _read_markdown(raw: bytes, source: Source, parts: Parts) -> Document:
    """An article in Markdown. Its parser takes two kilobytes for an item of a list, half as much for a word in italics."""
    decoded = decode(raw)
    fields, text = split_front_matter(decoded.text)
    n_lines = 1 + text.count("\n") - text.count("\n\n")
    parts.check(n_lines + sum(map(text.count, _MARKDOWN)) // 2, "lines and pairs of marks of Markdown", each=3)
    return _marked_up(source, "markdown", decoded, raw, fields, plain_markdown(_hide_strays(text)))


def _read_page(raw: bytes, source: Source, parts: Parts) -> Document:
    """The article of an HTML page. Its parsers take two kilobytes for a tag."""
    decoded = decode(raw, declared_charset(raw))
    parts.check(decoded.text.count("<"), "tags of HTML", each=3)
    if not decoded.text.strip():
        return _marked_up(source, "html", decoded, raw, {}, "")
    fields, text = extract_article(_hide_strays(decoded.text))
    return _marked_up(source, "html", decoded, raw, fields, text)


# Parsers of markup do not let lone surrogates through. On the way they are private use characters, at the same distance.
_TO_PRIVATE = {0xDC80 + i: 0xF780 + i for i in range(128)}
_STRAY = re.compile("[\udc80-\udcff]")
_FROM_PRIVATE = {private: surrogate for surrogate, private in _TO_PRIVATE.items()}


def _hide_strays(text: str) -> str:
    return text.translate(_TO_PRIVATE) if _STRAY.search(text) else text


def _marked_up(source: Source, form: str, decoded: Decoded, raw: bytes, fields: dict[str, Any], plain: str) -> Document:
    """A document extracted from markup: its text no longer lies in the bytes as received, so it counts as UTF-8."""
    text, invalid_bytes = take_invalid_bytes(plain.translate(_FROM_PRIVATE) if _STRAY.search(decoded.text) else plain)
    return _document(source, form, decoded, raw, text, 0, invalid_bytes, fields)


def _document(
    source: Source,
    form: str,
    decoded: Decoded,
    raw: bytes,
    text: str,
    offset: int,
    invalid_bytes: list[Stray],
    fields: dict[str, Any],
    record: str | None = None,
) -> Document:
    return Document(
        source_uri=source.uri,
        record=record,
        source=_words(fields.get("source")) or source.folder,
        title=_words(fields.get("title")),
        published_at=parse_date(fields.get("date")) or parse_date(source.date if record is None else None),
        format=form,
        encoding=decoded.encoding,
        encoding_confidence=decoded.confidence,
        n_bytes=len(raw),
        content_sha256=hashlib.sha256(raw).hexdigest(),
        text=text,
        text_offset=offset,
        invalid_bytes=tuple(invalid_bytes),
    )


def _words(value: object) -> str | None:
    """A title or a name as one line of text; None if it is empty."""
    if value is None or isinstance(value, (dict, list)):
        return None
    text = take_invalid_bytes(" ".join(str(value).split()))[0]
    return text or None


def parse_date(value: object) -> datetime | None:
    """When something was published, in UTC; None where a date cannot be told or could mean two days.

    >>> parse_date("2022-09-21T06:30:00+01:00")
    datetime.datetime(2022, 9, 21, 5, 30, tzinfo=datetime.timezone.utc)
    >>> parse_date("21 September 2022")
    datetime.datetime(2022, 9, 21, 0, 0, tzinfo=datetime.timezone.utc)
    >>> parse_date("03/04/2022") is None
    True
    """
    when: datetime | None = None
    try:
        if isinstance(value, datetime):
            when = value
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            when = datetime.fromtimestamp(value / 1000 if abs(value) > 1e11 else value, UTC)
        elif value is not None:
            when = _parse_date_text(str(value).strip())
        if when is None:
            return None
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _parse_date_text(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    if not re.search("[a-z]{3}", text, re.IGNORECASE) or not re.search(r"\d{4}", text) or len(text) > 60:
        return None  # all digits and slashes: day and month cannot be told apart
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        from dateutil import parser

        when: datetime = parser.parse(text, default=datetime(1, 1, 1, tzinfo=UTC))
        return when


# ----------------------------------------------------------------------------------------------------------- records


@dataclass(frozen=True)
class _Row:
    """One record: its line or row number from 1, and its fields, or the error that it is instead."""

    number: int
    fields: dict[str, Any] | FormatError
    decoded: Decoded


_N_NAMED, _NAME_CHARS = 8, 40


@dataclass
class _Fields:
    """Fields that the user asked for by a name of their own, as long as no record has them, and what there is instead."""

    absent: dict[str, str]
    """The names that were asked for, by the option that names them."""
    there: dict[str, None]
    n_records: int = 0

    @classmethod
    def asked_for(cls, options: Options) -> _Fields:
        """Those whose names are not the default. Not that of the text: a record without it is a failure of its own."""
        asked, default = options.fields, RecordFields()
        names = {name: getattr(asked, name) for name in ("id", "title", "source", "date")}
        return cls({f"--{name}-field": own for name, own in names.items() if own != getattr(default, name)}, {})

    def see(self, names: Iterable[str]) -> None:
        """Fields that there are."""
        if self.absent:
            names = list(names)
            self.absent = {option: name for option, name in self.absent.items() if name not in names}
            self.there |= dict.fromkeys(names[: _N_NAMED + 1]) if len(self.there) <= _N_NAMED else {}

    def unknown(self, source: Source) -> Iterator[Failure]:
        """After all records were seen: the row that tells which fields none of them has."""
        # Of a file that is shared out, only who reads the first share tells: there is one row for a file.
        if self.absent and self.n_records and (source.share is None or source.share.start == 0):
            who = "no record" if source.share is None else f"none of the first {self.n_records:,} records"
            names = " or ".join(f"{_field(name)!r} ({option})" for option, name in self.absent.items())
            message = f"{who} has a field {names}; the fields are: {_listed(self.there)}"
            yield Failure.of(UnknownField(message), source.uri)


def _listed(fields: Iterable[str]) -> str:
    """Names of fields for a message."""
    names = [_field(name) for name in islice(fields, _N_NAMED + 1)]
    return ", ".join(names[:_N_NAMED]) + (", ..." if len(names) > _N_NAMED else "") or "none"


def _field(name: str) -> str:
    return take_invalid_bytes(name[:_NAME_CHARS])[0] + ("..." if len(name) > _NAME_CHARS else "")


def _read_records(
    source: Source, options: Options, rows: Iterator[_Row], fields: _Fields
) -> Iterator[Document | Failure]:
    """A document for each record with a text; a failure for each without. Of none anything is held behind it.

    At last a row for `fields` that none of them has.
    """
    names = options.fields
    taken = _Taken(source.share.taken if source.share else ())

    is_empty = True

    def read(row: _Row) -> Document | Failure:
        nonlocal is_empty
        is_empty = False
        record = str(row.number)
        try:
            if isinstance(row.fields, FormatError):
                raise row.fields
            fields.n_records += 1
            fields.see(row.fields)
            identity = row.fields.get(names.id)
            if isinstance(identity, (str, int)) and not isinstance(identity, bool) and str(identity).strip():
                record = take_invalid_bytes(str(identity))[0]
                is_new = taken.add(record)
            else:
                is_new = taken.add_number(row.number)
            if not is_new:  # two records of one name: the later is told from the first by its line
                record = f"{record}#{row.number}"
                taken.add(record)
            return _record(source, options, row.fields, record, row.decoded)
        except (FormatError, LimitExceeded) as error:
            return Failure.of(error, source.uri, record)

    def no_record() -> Iterator[Failure]:
        if is_empty and source.share is None:
            yield Failure.of(SkippedSource("this file holds no record"), source.uri)

    return chain(map(read, rows), no_record(), fields.unknown(source))


class _Taken:
    """Names of records that are taken. Most records of a file without ids are named by their numbers, which are kept in
    eight bytes each: there may be millions.

    >>> taken = _Taken(["a", "2"])
    >>> taken.add_number(1), taken.add_number(2), taken.add("1"), taken.add("3"), taken.add_number(3), taken.add("b")
    (True, False, False, True, False, True)
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = set(names)
        self._numbers = array("q")

    def add(self, name: str) -> bool:
        """Take a name; whether it was free."""
        if name in self._names or (len(name) < _LONGEST_NUMBER and name.isdecimal() and self._has_number(name)):
            return False
        self._names.add(name)
        return True

    def add_number(self, number: int) -> bool:
        """Take a number, higher than those before, as a name; whether it was free."""
        if str(number) in self._names:
            return False
        self._numbers.append(number)
        return True

    def _has_number(self, name: str) -> bool:
        place = bisect_left(self._numbers, number := int(name))
        return str(number) == name and place < len(self._numbers) and self._numbers[place] == number


_LONGEST_NUMBER = 18
"""Digits: all that fit into eight bytes."""


def _record(source: Source, options: Options, row: dict[str, Any], record: str, decoded: Decoded) -> Document:
    names = options.fields
    if names.text not in row:
        raise MissingField(f"the record {_no_text_field(options, row)}")
    value = row[names.text]
    if not isinstance(value, str):
        raise FormatError(f"the field {names.text!r} holds {type(value).__name__}, not text")
    if len(value) > (limit := options.limits.max_document_bytes):
        raise LimitExceeded(f"its text is longer than {limit:,} bytes; raise --max-document-bytes to read it")
    invalid_bytes: list[Stray] = []
    try:
        raw = value.encode()
    except UnicodeEncodeError:  # lone surrogates
        value, invalid_bytes = take_invalid_bytes(_join_surrogates(value))
        raw = value.encode()
    fields = {"title": row.get(names.title), "source": row.get(names.source), "date": row.get(names.date)}
    return _document(source, "record", decoded, raw, value, 0, invalid_bytes, fields, record)


def _no_text_field(options: Options, fields: Iterable[str]) -> str:
    return f"has no field {options.fields.text!r}; its fields are: {_listed(fields)}; --text-field names another"


def _require_text_column(source: Source, options: Options, columns: list[str]) -> None:
    """Raise for a table without a text column: among articles in a folder it may be a table of something else.

    Not if the user has said how the column is called: then a table without it may be why nothing was read.
    """
    if options.fields.text in columns:
        return
    message = f"the table {_no_text_field(options, columns)}"
    if source.asked_for or options.fields.text != RecordFields().text:
        raise MissingField(message)
    skipped = SkippedSource(message)
    skipped.stage = "parse"
    raise skipped


def _join_surrogates(text: str) -> str:
    """JSON may write one character as two escapes that a parser left apart."""
    return re.sub(
        "[\ud800-\udbff][\udc00-\udfff]", lambda m: m[0].encode("utf-16", "surrogatepass").decode("utf-16"), text
    )


def _json_rows(blocks: Iterable[Decoded], source: Source) -> Iterator[_Row]:
    """The records of a JSONL file. Of none anything is held behind it: a line may be a hundred megabytes long."""
    numbers = count(1 + (source.share.n_lines_before if source.share else 0))
    for decoded, lines in map(_split_lines, blocks):
        yield from filter(None, map(_json_row, _taken_off(lines), numbers, repeat(decoded)))


def _split_lines(decoded: Decoded) -> tuple[Decoded, list[str]]:
    """How the lines were read, without their text, and the lines, the last one first."""
    return replace(decoded, text=""), decoded.text.removesuffix("\n").split("\n")[::-1]


def _taken_off(lines: list[str]) -> Iterator[str]:
    """The lines from the last one on; they are gone then."""
    while lines:
        yield lines.pop()


def _json_row(line: str, number: int, decoded: Decoded) -> _Row | None:
    bare = line.strip(" \t\r\ufeff")
    if not bare:
        return None
    try:
        value = json.loads(bare)
    except (ValueError, RecursionError) as error:
        return _Row(number, FormatError(f"this line is not JSON: {_json_complaint(error, bare)}"), decoded)
    if isinstance(value, dict):
        return _Row(number, value, decoded)
    return _Row(number, FormatError(f"this line is a JSON {type(value).__name__}, not an object"), decoded)


def _json_complaint(error: Exception, line: str) -> str:
    """What is wrong, and the place marked below it."""
    if not isinstance(error, json.JSONDecodeError):
        return "nested too deeply" if isinstance(error, RecursionError) else str(error)
    start = max(0, error.pos - 30)
    excerpt = take_invalid_bytes(line[start : error.pos + 20])[0]
    return f"{error.msg}\n    {excerpt}\n    {' ' * (error.pos - start)}^"


def _delimited_rows(blocks: Iterable[Decoded], source: Source, options: Options, fields: _Fields) -> Iterator[_Row]:
    decoded = Decoded("", "utf-8", 1.0)

    def lines() -> Iterator[str]:
        nonlocal decoded
        for decoded in blocks:
            yield from io.StringIO(decoded.text.removeprefix("\ufeff"), newline="")

    csv.field_size_limit(min(options.limits.max_document_bytes, sys.maxsize))
    reader = csv.reader(lines(), dialect="excel-tab" if source.format == "tsv" else "excel")
    header: list[str] | None = None
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _Row(number, FormatError(f"this row cannot be read: {error}"), decoded)
            continue
        if header is None:
            header = [cell.strip() for cell in cells]
            _require_text_column(source, options, header)
            fields.see(header)
        elif len(cells) > len(header):
            complaint = f"{len(cells)} cells in a row, {len(header)} in the header; quote cells that hold a comma"
            yield _Row(number, FormatError(complaint), decoded)
        elif cells:
            # Of two columns of one name the first counts.
            yield _Row(number, dict(reversed(list(zip(header, cells, strict=False)))), decoded)


def _parquet_rows(stream: IO[bytes], source: Source, options: Options, fields: _Fields) -> Iterator[_Row]:
    """The rows of a parquet file. LimitExceeded as soon as its values take more bytes than it may unpack to.

    What the file says of its sizes is looked at first, but is no bound: a value that is kept once may stand in a million
    rows. So what is read is counted, and read row by row: of a batch of rows, each could hold the longest value.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    limit, option = options.limits.max_unpacked_bytes, "--max-unpacked-bytes"
    try:
        # A column is read a megabyte at a time instead of all that a row group holds of it at once.
        table = pq.ParquetFile(stream, buffer_size=1 << 20)
        wanted = set(asdict(options.fields).values())
        columns = [name for name in table.schema_arrow.names if name in wanted]
        _require_text_column(source, options, table.schema_arrow.names)
        fields.see(table.schema_arrow.names)
        if _unpacked_bytes(table.metadata, columns) > limit:
            raise too_much(limit, option, source.uri)
        decoded = Decoded("", "utf-8", 1.0)
        n_left = limit
        # Threads would take eight times as long as reading a row does.
        for number, row in enumerate(table.iter_batches(1, columns=columns, use_threads=False), 1):
            n_left -= row.nbytes
            if n_left < 0:
                raise too_much(limit, option, source.uri)
            [values] = row.to_pylist()
            yield _Row(number, values, decoded)
    except pa.ArrowException as error:
        raise FormatError(f"not a readable parquet file: {error}; write it again") from error


def _unpacked_bytes(metadata: Any, columns: Iterable[str]) -> int:
    """How many bytes some columns of a parquet file take, as the file says."""
    among = frozenset(columns)
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    chunks = (group.column(i) for group in groups for i in range(group.num_columns))
    return sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema.split(".")[0] in among)

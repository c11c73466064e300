"""JSON: a list of records, an object that holds such a list, or one record; objects one after the other, as in JSONL, too."""

from __future__ import annotations

import io
import json
from itertools import chain
from typing import IO, TYPE_CHECKING, Any

from tasks.errors import FormatError, SkippedSource
from tasks.ingest.compression import read_whole
from tasks.ingest.decoding import Decoded, decode
from tasks.ingest.formats import jsonl
from tasks.ingest.records import RequestedFields, Row, has_field, require_text_column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options


def read_rows(stream: IO[bytes], source: Source, options: Options, fields: RequestedFields) -> Iterator[Row]:
    """One row per record, numbered from 1. Raises SkippedSource for JSON in a folder that holds no records."""
    limits = options.limits
    limit = min(
        (limits.max_unpacked_bytes, "--max-unpacked-bytes"), (limits.max_document_bytes, "--max-document-bytes")
    )
    raw = read_whole(stream, *limit, source.uri)
    decoded = decode(raw)
    try:
        value = json.loads(decoded.text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError) and error.msg == "Extra data":
            return jsonl.read_rows(io.BytesIO(raw), source, options, fields)
        raise FormatError(f"this is not JSON: {error}; save it again") from error
    records = _records(value, options.fields.text)
    if records is None:
        message = f"this JSON holds no records with a field {options.fields.text!r}; --text-field names another"
        raise FormatError(message) if source.asked_for else SkippedSource(message)
    if not any(isinstance(record, dict) and has_field(record, options.fields.text) for record in records):
        named = (record for record in records[:100] if isinstance(record, dict))
        require_text_column(options, list(dict.fromkeys(chain.from_iterable(named))))
    return _rows(records, Decoded("", decoded.encoding, decoded.confidence))


def _records(value: Any, text: str) -> list[Any] | None:
    """The records in a JSON value: its list of objects, the first list of objects in it that have a text, or itself."""
    if isinstance(value, list):
        return value if any(isinstance(record, dict) for record in value[:10]) else None
    if not isinstance(value, dict):
        return None
    if has_field(value, text):
        return [value]
    for inner in value.values():
        if isinstance(inner, list) and any(isinstance(one, dict) and has_field(one, text) for one in inner[:10]):
            return inner
    return None


def _rows(records: list[Any], decoded: Decoded) -> Iterator[Row]:
    """The records as rows; none is kept after it was returned."""
    records.reverse()
    for number in range(1, len(records) + 1):
        record = records.pop()
        if isinstance(record, dict):
            yield Row(number, record, decoded)
        else:
            yield Row(number, FormatError(f"this record is a JSON {type(record).__name__}, not an object"), decoded)

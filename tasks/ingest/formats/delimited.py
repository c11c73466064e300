"""CSV and TSV: a header with the names of the fields, then one record per row. Cells may contain line ends."""

from __future__ import annotations

import csv
import io
import sys
from typing import IO, TYPE_CHECKING

from tasks.errors import FormatError
from tasks.ingest.compression import read_lines
from tasks.ingest.decoding import Decoded, decode_lines
from tasks.ingest.records import RequestedFields, Row, require_text_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options


def read_rows(stream: IO[bytes], source: Source, options: Options, fields: RequestedFields) -> Iterator[Row]:
    """One row per row of the table, numbered by its first line."""
    lines = read_lines(stream, options.limits.max_unpacked_bytes, "--max-unpacked-bytes", source.uri)
    return _rows(decode_lines(lines), source, options, fields)


def _rows(blocks: Iterable[Decoded], source: Source, options: Options, fields: RequestedFields) -> Iterator[Row]:
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
            yield Row(number, FormatError(f"this row cannot be read: {error}"), decoded)
            continue
        if header is None:
            header = [cell.strip() for cell in cells]
            require_text_column(source, options, header)
            fields.add_present(header)
        elif len(cells) > len(header):
            complaint = f"{len(cells)} cells in a row, {len(header)} in the header; quote cells that hold a comma"
            yield Row(number, FormatError(complaint), decoded)
        elif cells:
            # If two columns have the same name, the first is used.
            yield Row(number, dict(reversed(list(zip(header, cells, strict=False)))), decoded)

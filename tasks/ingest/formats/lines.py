"""Plain text of which each line is a document of its own, as `--document-per-line` says. Empty lines are left out."""

from __future__ import annotations

from itertools import count
from typing import IO, TYPE_CHECKING

from tasks.ingest.compression import read_lines
from tasks.ingest.decoding import decode_lines
from tasks.ingest.records import RequestedFields, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options


def read_rows(stream: IO[bytes], source: Source, options: Options, _fields: RequestedFields) -> Iterator[Row]:
    """One row per line with text, numbered by the line."""
    lines = read_lines(stream, options.limits.max_unpacked_bytes, "--max-unpacked-bytes", source.uri)
    numbers = count(1)
    for decoded in decode_lines(lines):
        for line in decoded.text.removesuffix("\n").split("\n"):
            number = next(numbers)
            if text := line.strip("\ufeff\r"):
                yield Row(number, {options.fields.text: text}, decoded)

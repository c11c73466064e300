"""JSONL: one record per line, as a JSON object. Empty lines are ignored; an invalid line is a failure of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import count, repeat
from typing import IO, TYPE_CHECKING, cast

from tasks.errors import FormatError
from tasks.ingest.compression import read_lines
from tasks.ingest.decoding import Decoded, decode_lines, take_invalid_bytes
from tasks.ingest.records import RequestedFields, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options


def read_rows(stream: IO[bytes], source: Source, options: Options, _fields: RequestedFields) -> Iterator[Row]:
    """One row per line of the stream, or of the source's share of it."""
    lines = read_lines(_share_of(stream, source), options.limits.max_unpacked_bytes, "--max-unpacked-bytes", source.uri)
    return _rows(decode_lines(lines), source)


def _share_of(stream: IO[bytes], source: Source) -> IO[bytes]:
    """The part of `stream` to read: all of it, or the source's share."""
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


def _rows(blocks: Iterable[Decoded], source: Source) -> Iterator[Row]:
    """The records in blocks of lines. No line is kept after it was read: it may have a hundred megabytes."""
    numbers = count(1 + (source.share.n_lines_before if source.share else 0))
    for decoded, lines in map(_split_lines, blocks):
        yield from filter(None, map(_row, _pop_each(lines), numbers, repeat(decoded)))


def _split_lines(decoded: Decoded) -> tuple[Decoded, list[str]]:
    """The decoding of a block without its text, and its lines, the last one first."""
    return replace(decoded, text=""), decoded.text.removesuffix("\n").split("\n")[::-1]


def _pop_each(lines: list[str]) -> Iterator[str]:
    """The lines from the last one on; each is removed from the list."""
    while lines:
        yield lines.pop()


def _row(line: str, number: int, decoded: Decoded) -> Row | None:
    bare = line.strip(" \t\r\ufeff")
    if not bare:
        return None
    try:
        value = json.loads(bare)
    except (ValueError, RecursionError) as error:
        return Row(number, FormatError(f"this line is not JSON: {_complaint(error, bare)}"), decoded)
    if isinstance(value, dict):
        return Row(number, value, decoded)
    return Row(number, FormatError(f"this line is a JSON {type(value).__name__}, not an object"), decoded)


def _complaint(error: Exception, line: str) -> str:
    """The error, with its position marked on a line below."""
    if not isinstance(error, json.JSONDecodeError):
        return "nested too deeply" if isinstance(error, RecursionError) else str(error)
    start = max(0, error.pos - 30)
    excerpt = take_invalid_bytes(line[start : error.pos + 20])[0]
    return f"{error.msg}\n    {excerpt}\n    {' ' * (error.pos - start)}^"

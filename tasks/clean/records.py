"""Cleaning of JSON records, one per line: the text is cleaned, and all other characters of the line stay unchanged.

`{"n": 1.0, "text": "itâ€™s"}` becomes `{"n": 1.0, "text": "it’s"}`. Parsing and writing a record would not restore the
line: spaces, the order of duplicate keys, and the notation of numbers would be lost. So the value of the one field is
located in the line and replaced there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from tasks.clean.stage import clean_documents
from tasks.errors import FormatError
from tasks.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CHUNK = 8_000_000
_DEFAULTS = Options()
_NO_INVALID_BYTES = pl.DataFrame(
    schema={"document_id": pl.String, "position": pl.Int64, "byte": pl.UInt8, "after": pl.String}
)
_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True)
class CleanedRecords:
    """The result for some consecutive lines."""

    lines: list[str]
    """All of the lines; those that could not be read are unchanged."""
    repairs: pl.DataFrame
    """Like the table of repairs, with the number of the line (from 1) as `record` in place of document_id."""
    complaints: list[tuple[int, str]]
    """The numbers of the lines that could not be read, with reasons."""


def clean_records(lines: Iterable[str], options: Options = _DEFAULTS, chunk: int = _CHUNK) -> Iterator[CleanedRecords]:
    r"""The lines with the text of each record cleaned, about `chunk` characters at a time.

    The text is in `options.fields.text`. An empty line is not a record; a record without a text is a complaint.

    >>> [done] = clean_records(['{"n": 1.0, "text": "en \\u201a\\u00c4\\u0112 no"}\n', '{"text": 5}\n'])
    >>> done.lines
    ['{"n": 1.0, "text": "en \\u2014 no"}\n', '{"text": 5}\n']
    >>> done.repairs.select("record", "start", "after").rows(), done.complaints
    ([(1, 3, '—')], [(2, "the field 'text' holds int, not text")])
    """
    numbered = enumerate(lines, 1)
    for first in numbered:
        size = len(first[1])
        taken = [first]
        while size < chunk and (more := next(numbered, None)):
            taken.append(more)
            size += len(more[1])
        yield _clean_chunk(taken, options)


def _clean_chunk(numbered: list[tuple[int, str]], options: Options) -> CleanedRecords:
    lines = [line for _, line in numbered]
    complaints: list[tuple[int, str]] = []
    found: list[tuple[int, _Value]] = []
    for i, (number, line) in enumerate(numbered):
        if line.isspace():
            continue
        try:
            found.append((i, _find_text(line, options.fields.text)))
        except (FormatError, ValueError, RecursionError) as error:
            complaints.append((number, _complaint(error)))
    texts = [_without_surrogates(value.text) for _, value in found]
    documents = pl.DataFrame(
        {"document_id": [str(numbered[i][0]) for i, _ in found], "text": texts},
        schema={"document_id": pl.String, "text": pl.String},
    ).with_columns(text_offset=pl.lit(0, pl.Int64), encoding=pl.lit("utf-8"), format=pl.lit("record"))
    cleaned, repairs = clean_documents(documents, _NO_INVALID_BYTES, options)
    for (i, value), text in zip(found, cleaned["text"].to_list(), strict=True):
        if text != value.text:
            as_json = json.dumps(text, ensure_ascii=lines[i].isascii())  # lines in ASCII stay in ASCII
            lines[i] = lines[i][: value.start] + as_json + lines[i][value.end :]
    record = pl.col("document_id").cast(pl.Int64).alias("record")
    return CleanedRecords(lines, repairs.select(record, pl.exclude("document_id")), complaints)


class _Value(NamedTuple):
    """A text and its position in the line, including the quotes."""

    text: str
    start: int
    end: int


def _find_text(line: str, field: str) -> _Value:
    """The text in `field` of the JSON object in a line; the last one if the key is repeated.

    Raises FormatError if there is none, and JSONDecodeError if the line is not JSON.
    """
    position = _skip_space(line, 0)
    if line[position : position + 1] != "{":
        value, _ = _DECODER.raw_decode(line, position)
        raise FormatError(f"a JSON {type(value).__name__}, not an object")
    found: tuple[object, int, int] | None = None
    names: list[str] = []
    position = _skip_space(line, position + 1)
    while line[position : position + 1] != "}":
        if names:
            position = _skip_space(line, _expect(",", line, position))
        if line[position : position + 1] != '"':
            raise json.JSONDecodeError("Expecting a name in double quotes", line, position)
        name, position = _DECODER.raw_decode(line, position)
        start = _skip_space(line, _expect(":", line, _skip_space(line, position)))
        value, position = _DECODER.raw_decode(line, start)
        if name == field:
            found = value, start, position
        names.append(name)
        position = _skip_space(line, position)
    rest = _skip_space(line, position + 1)
    if rest < len(line):
        raise json.JSONDecodeError("Extra data", line, rest)
    if found is None:
        there = ", ".join(islice(map(repr, names), 8)) or "none"
        raise FormatError(f"no field {field!r}; the fields are: {there}. Name the right one with --text-field")
    text, start, end = found
    if not isinstance(text, str):
        raise FormatError(f"the field {field!r} holds {type(text).__name__}, not text")
    return _Value(text, start, end)


def _skip_space(line: str, position: int) -> int:
    match = _SPACE.match(line, position)
    return match.end() if match else position


def _expect(sign: str, line: str, position: int) -> int:
    if line[position : position + 1] != sign:
        raise json.JSONDecodeError(f"Expecting {sign!r}", line, position)
    return position + 1


def _without_surrogates(text: str) -> str:
    """JSON can escape half a character, which a text column cannot contain; it becomes a replacement character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _complaint(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at character {error.pos + 1}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)

"""CSV and TSV: a header with the names of the fields, then one record per row. Cells may contain line ends.

Not every file is written by the rules. So a quotation mark at the beginning of a cell only quotes the cell if its closing
mark stands before a separator or a line end. Otherwise it belongs to the text, and no other row is swallowed.
"""

from __future__ import annotations

import io
from collections import deque
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from tasks.errors import FormatError
from tasks.ingest.compression import read_lines
from tasks.ingest.decoding import Decoded, decode_lines
from tasks.ingest.records import RequestedFields, Row, require_text_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options

_SEPARATORS = ",;\t|"


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

    table = Table(lines(), "\t" if source.format == "tsv" else ",", options.limits.max_document_bytes)
    header = [cell.strip() for cell in table.read_header(options.fields.text)]
    if not header:
        return
    require_text_column(options, header)
    fields.add_present(header)
    for number, cells in table.rows():
        while len(cells) > len(header) and not cells[-1].strip():
            cells.pop()
        if len(cells) > len(header):
            complaint = f"{len(cells)} cells in a row, {len(header)} in the header; quote cells that hold a separator"
            yield Row(number, FormatError(complaint), decoded)
        elif cells:
            # If two columns have the same name, the first is used.
            yield Row(number, dict(reversed(list(zip(header, cells, strict=False)))), decoded)


@dataclass
class Table:
    r"""The rows of a table that is written as lines.

    >>> table = Table(iter(['id\ttext\n', '1\t"No," she said.\n', '2\t"It ""rained"".\n', 'All day."\n']))
    >>> table.read_header("text"), list(table.rows())
    (['id', 'text'], [(2, ['1', '"No," she said.']), (3, ['2', 'It "rained".\nAll day.'])])
    """

    lines: Iterator[str]
    separator: str = "\t"
    max_cell: int = 1 << 27
    """Number of characters of the longest cell that is searched for its closing mark."""
    _waiting: deque[str] = field(default_factory=deque)
    _number: int = 0
    _is_last_mark: bool = False
    """Whether a search for a closing mark has come to the end of the file, so that none is begun over lines again."""

    def read_header(self, wanted: str) -> list[str]:
        """The cells of the first row. Its separator is the one that makes `wanted` a cell, else the most frequent one.

        A first line `sep=;`, as spreadsheets write it, names the separator itself.
        """
        line = self._next()
        if line is not None and line.startswith("sep=") and len(line.strip("\r\n")) == len("sep=;"):
            self.separator, line = line[4], self._next()
        elif line is not None:
            self.separator = _separator(line, wanted, self.separator)
        return [] if line is None else self._cells(line)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The number of the first line of each row, and its cells. Empty lines are left out."""
        while (line := self._next()) is not None:
            number = self._number
            if line.strip("\r\n"):
                yield number, self._cells(line)

    def _next(self) -> str | None:
        line = self._waiting.popleft() if self._waiting else next(self.lines, None)
        self._number += line is not None
        return line

    def _give_back(self, lines: list[str]) -> None:
        self._waiting.extendleft(reversed(lines))
        self._number -= len(lines)

    def _cells(self, line: str) -> list[str]:
        """The cells of the row that begins with `line`. More lines are read if a quoted cell goes on in them."""
        if '"' not in line:
            return line.rstrip("\r\n").split(self.separator)
        cells: list[str] = []
        at = 0
        while True:
            cell, line, at = self._cell(line, at)
            cells.append(cell)
            if line[at : at + 1] != self.separator:
                return cells
            at += 1

    def _cell(self, line: str, at: int) -> tuple[str, str, int]:
        """The cell that begins at `at`; the text of the row, which may have grown; and the place after the cell."""
        after = at
        if line[at : at + 1] == '"':
            closing, row = self._closing(line, at)
            if closing is not None:
                return row[at + 1 : closing].replace('""', '"'), row, closing + 1
            # The separators in the quotation with which the cell begins are text.
            after = max(at, line.find('"', at + 1))
        end = line.find(self.separator, after)
        if end < 0:
            end = len(line.rstrip("\r\n"))
        return line[at:end], line, end

    def _closing(self, line: str, start: int) -> tuple[int | None, str]:
        """The place of the mark that closes the cell opened at `start`, None if there is none; and the row up to it."""
        row, at = line, start + 1
        taken: list[str] = []
        in_quotation = False
        while True:
            place = row.find('"', at)
            if place < 0:
                more = None if self._is_last_mark or len(row) - start > self.max_cell else self._next()
                if more is None:
                    self._is_last_mark = True
                    break
                taken.append(more)
                at, row = len(row), row + more
                continue
            at = place + 1
            while row[at : at + 1] == '"':
                at += 1
            if (at - place) % 2 == 0:
                continue  # doubled marks
            if row[at : at + 1] in {"", self.separator, "\r", "\n"}:
                return at - 1, row
            if not in_quotation and not (row[place - 1] in " ([" and not row[at].isspace()):
                break
            in_quotation = not in_quotation
        self._give_back(taken)
        return None, line


def _separator(header: str, wanted: str, default: str) -> str:
    """The separator of a header: the one that makes `wanted` a cell, else the most frequent one, else `default`."""
    cells = {
        mark: [cell.strip(' "\r\n') for cell in header.split(mark)] for mark in dict.fromkeys(default + _SEPARATORS)
    }
    if default in cells and wanted in cells[default]:
        return default
    fitting = [mark for mark in cells if wanted in cells[mark]]
    return max(fitting or cells, key=lambda mark: len(cells[mark]))

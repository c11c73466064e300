"""Excel workbooks (.xlsx): one record per row of each sheet whose header has a text column."""

from __future__ import annotations

import posixpath
import re
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any

from tasks.errors import FormatError
from tasks.ingest.decoding import Decoded
from tasks.ingest.packages import Package, local_name, parse_xml, xml_events
from tasks.ingest.records import RequestedFields, Row, require_text_column
from tasks.ingest.usual_fields import usual_columns
from tasks.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options

_HEADER_ROWS = 20
"""Number of rows among which the header is: a title may stand above it."""
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Numbers of Excel's own formats of dates and times."""
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_rows(stream: IO[bytes], _source: Source, options: Options, fields: RequestedFields) -> Iterator[Row]:
    """The rows of a workbook, numbered over all its sheets."""
    book = _Book(Package(stream, options.limits), options)
    seen: dict[str, None] = {}
    number = 0
    is_found = False
    for name, part in book.sheets():
        header: dict[int, str] | None = None
        for place, cells in enumerate(book.rows(part)):
            number += 1
            if header is not None:
                values = {column: cells.get(index) for index, column in header.items()}
                if any(value is not None for value in values.values()):
                    yield Row(number, values, Decoded("", "utf-8", 1.0))
            elif options.fields.text in (
                names := usual_columns([str(v).strip() for v in cells.values()], options.fields)
            ):
                header = dict(reversed(list(zip(cells, names, strict=True))))  # of two with one name, the first is used
                is_found = True
                fields.add_present(header.values())
            elif place >= _HEADER_ROWS:
                break
            else:
                seen |= dict.fromkeys(f"{name}.{value}" for value in cells.values())
    if not is_found:
        require_text_column(options, list(seen))


class _Book:
    """A workbook: its sheets, shared strings, and which styles are of dates."""

    def __init__(self, package: Package, options: Options) -> None:
        self._package = package
        self._parts = Parts(options.limits.max_document_parts)
        self._folder, workbook = "xl", "xl/workbook.xml"
        self._root = parse_xml(package.read(workbook), "its list of sheets")
        self._epoch = datetime(1899, 12, 30, tzinfo=UTC)
        if any(_value(node, "date1904") in {"1", "true"} for node in self._root.iter("{*}workbookPr")):
            self._epoch = datetime(1904, 1, 1, tzinfo=UTC)
        self._strings = self._shared_strings()
        self._is_date = self._date_styles()

    def sheets(self) -> Iterator[tuple[str, str]]:
        """The name and the part of each sheet with cells, in order."""
        relations = parse_xml(self._package.read("xl/_rels/workbook.xml.rels"), "its list of parts")
        parts = {node.get("Id"): node.get("Target", "") for node in relations.iter("{*}Relationship")}
        for sheet in self._root.iter("{*}sheet"):
            target = parts.get(_value(sheet, "id"), "")
            part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{self._folder}/{target}")
            if part in self._package.names and "chartsheet" not in part:
                yield _value(sheet, "name"), part

    def rows(self, part: str) -> Iterator[dict[int, Any]]:
        """The values of each row that has some, by the number of the column."""
        cells: dict[int, Any] = {}
        column = 0
        for event, node in xml_events(self._package.read(part), f"its part {part!r}"):
            if event == "start":
                continue
            name = local_name(node)
            if name == "c":
                column = _column(_value(node, "r")) or column + 1
                if (value := self._cell(node)) is not None:
                    cells[column] = value
            elif name == "row":
                if cells:
                    yield cells
                cells, column = {}, 0
                node.clear()
                while node.getprevious() is not None:
                    del node.getparent()[0]

    def _cell(self, node: Any) -> Any:
        """The value of a cell: a text, a number, or a date; None if it is empty."""
        kind = node.get("t", "n")
        if kind == "inlineStr":
            return _text(node) or None
        text = next((child.text for child in node if local_name(child) == "v"), None)
        if text is None or kind == "e":
            return None
        if kind == "s":
            return self._strings[int(text)] if text.isdecimal() and int(text) < len(self._strings) else None
        if kind == "n":
            return self._number(text, node.get("s", ""))
        return text == "1" if kind == "b" else _unescaped(text)

    def _number(self, text: str, style: str) -> Any:
        try:
            number = float(text)
            if style.isdecimal() and int(style) in self._is_date:
                return self._epoch + timedelta(days=number)
            return int(number) if number.is_integer() else number
        except (ValueError, OverflowError):
            return text

    def _shared_strings(self) -> list[str]:
        part = "xl/sharedStrings.xml"
        strings: list[str] = []
        if part not in self._package.names:
            return strings
        for event, node in xml_events(self._package.read(part), "its texts"):
            if event == "end" and local_name(node) == "si":
                strings.append(_text(node))
                node.clear()
                self._parts.check(len(strings), "texts of the workbook", each=0.1)
        return strings

    def _date_styles(self) -> frozenset[int]:
        """The numbers of the cell styles that show a number as a date."""
        if "xl/styles.xml" not in self._package.names:
            return frozenset()
        try:
            root = parse_xml(self._package.read("xl/styles.xml"), "its styles")
        except FormatError:  # the texts are there without them
            return frozenset()
        dates = set(map(str, _DATE_FORMATS))
        for node in root.iter("{*}numFmt"):
            code = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", _value(node, "formatCode"))
            if re.search("[ymdhs]", code, re.IGNORECASE):
                dates.add(_value(node, "numFmtId"))
        styles = next(root.iter("{*}cellXfs"), ())
        return frozenset(i for i, node in enumerate(styles) if _value(node, "numFmtId") in dates)


def _value(node: Any, name: str) -> str:
    return next((value for key, value in node.attrib.items() if key.rpartition("}")[2] == name), "")


def _text(node: Any) -> str:
    """The text of a cell or a shared string, without the reading aids of Japanese."""
    parts = [child.text or "" for child in node.iter("{*}t") if local_name(child.getparent()) != "rPh"]
    return _unescaped("".join(parts))


def _unescaped(text: str) -> str:
    r"""A text with the characters that XML cannot hold.

    >>> _unescaped("one_x000D_two")
    'one\rtwo'
    """
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _column(reference: str) -> int:
    """The number of a cell's column from 1, 0 if it is not told.

    >>> _column("A1"), _column("AB12"), _column("")
    (1, 28, 0)
    """
    number = 0
    for letter in re.match("[A-Z]{0,3}", reference)[0]:  # type: ignore[index]
        number = number * 26 + ord(letter) - 64
    return number

"""Records: several articles in one file, in JSONL, CSV, TSV or parquet.

A reader of such a format returns rows (`Row`): the fields of a record, or an error. Here each row becomes a document or
a failure, so a bad record does not affect the others.

A record is named by its id, else by the number of its line or row. If two records have the same name, the number of the
later one is appended: `a`, `a#5`.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from tasks.errors import FormatError, LimitExceeded, MissingField, SkippedSource, UnknownField
from tasks.ingest.decoding import Decoded, InvalidByte, take_invalid_bytes
from tasks.ingest.documents import make_document
from tasks.ingest.markup import plain_markup
from tasks.ingest.model import Document, Failure, Source
from tasks.options import RecordFields
from tasks.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from tasks.options import Options

_N_NAMED, _NAME_CHARS = 8, 40
"""Maximum number of fields in a message, and of characters of each."""


@dataclass(frozen=True)
class Row:
    """One record: its line or row number from 1, and its fields or an error."""

    number: int
    fields: dict[str, Any] | FormatError
    decoded: Decoded


@dataclass
class RequestedFields:
    """Fields that the user requested by name, as long as no record has them, and the fields that exist instead."""

    absent: dict[str, str]
    """The requested names, by option."""
    present: dict[str, None]
    """Names of the fields that were found, in order."""
    n_records: int = 0

    @classmethod
    def of(cls, options: Options) -> RequestedFields:
        """The requested names that are not the defaults, except that of the text: a record without a text is a failure itself.

        >>> from tasks.options import Options
        >>> RequestedFields.of(Options(fields=RecordFields(title="headline"))).absent
        {'--title-field': 'headline'}
        """
        asked, default = options.fields, RecordFields()
        names = {name: getattr(asked, name) for name in ("id", "title", "source", "date", "byline")}
        return cls({f"--{name}-field": own for name, own in names.items() if own != getattr(default, name)}, {})

    def add_present(self, names: Iterable[str]) -> None:
        """Register the fields of a record or a table."""
        if self.absent:
            names = list(names)
            self.absent = {option: name for option, name in self.absent.items() if not has_field(names, name)}
            self.present |= dict.fromkeys(names[: _N_NAMED + 1]) if len(self.present) <= _N_NAMED else {}

    def unknown(self, source: Source) -> Iterator[Failure]:
        """After all records: the row that says which requested fields no record has."""
        # If a file is read in shares, only the first share has the row.
        if self.absent and self.n_records and (source.share is None or source.share.start == 0):
            who = "no record" if source.share is None else f"none of the first {self.n_records:,} records"
            names = " or ".join(f"{_shown(name)!r} ({option})" for option, name in self.absent.items())
            message = f"{who} has a field {names}; the fields are: {_listed(self.present)}"
            yield Failure.of(UnknownField(message), source.uri)


def read_records(
    source: Source, options: Options, rows: Iterator[Row], fields: RequestedFields
) -> Iterator[Document | Failure]:
    """A document for each record with a text, a failure for each one without; then a row for missing `fields`.

    No record is kept here after it was returned, because it may have a hundred megabytes. So this is a `map`, and not a
    loop, whose variable would keep it.
    """
    names = RecordNames(source.share.taken if source.share else ())
    is_empty = True

    def read(row: Row) -> Document | Failure:
        nonlocal is_empty
        is_empty = False
        return _read_row(row, source, options, names, fields)

    def no_record() -> Iterator[Failure]:
        if is_empty and source.share is None:
            yield Failure.of(SkippedSource("this file has no records"), source.uri)

    return chain(map(read, rows), no_record(), fields.unknown(source))


def _read_row(
    row: Row, source: Source, options: Options, names: RecordNames, fields: RequestedFields
) -> Document | Failure:
    record = str(row.number)
    try:
        if isinstance(row.fields, FormatError):
            raise row.fields
        fields.n_records += 1
        fields.add_present(row.fields)
        record = names.name(row.fields.get(options.fields.id), row.number)
        return _record_document(source, options, row.fields, record, row.decoded)
    except (FormatError, LimitExceeded) as error:
        return Failure.of(error, source.uri, record)


class RecordNames:
    """Unique names for the records of a file. `taken` are names in other shares of the file.

    In a file without ids, records are named by numbers. There may be millions, so they are stored in eight bytes each.

    >>> names = RecordNames(["a"])
    >>> names.name("b", 1), names.name("a", 2), names.name(None, 3), names.name("3", 4)
    ('b', 'a#2', '3', '3#4')
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._names = set(taken)
        self._numbers = array("q")

    def name(self, identity: object, number: int) -> str:
        """A name for the record with this number (in ascending order); `identity` is the value of its id field."""
        if isinstance(identity, (str, int)) and not isinstance(identity, bool) and str(identity).strip():
            name = take_invalid_bytes(str(identity))[0]
            is_new = self._add(name)
        else:
            name = str(number)
            is_new = self._add_number(number)
        if is_new:
            return name
        name = f"{name}#{number}"
        self._add(name)
        return name

    def _add(self, name: str) -> bool:
        """Add a name; returns whether it was new."""
        if name in self._names or (len(name) < _LONGEST_NUMBER and name.isdecimal() and self._has_number(name)):
            return False
        self._names.add(name)
        return True

    def _add_number(self, number: int) -> bool:
        """Add a number as a name; returns whether it was new."""
        if str(number) in self._names:
            return False
        self._numbers.append(number)
        return True

    def _has_number(self, name: str) -> bool:
        place = bisect_left(self._numbers, number := int(name))
        return str(number) == name and place < len(self._numbers) and self._numbers[place] == number


_LONGEST_NUMBER = 18
"""Number of digits that fit into eight bytes."""


def _record_document(source: Source, options: Options, row: dict[str, Any], record: str, decoded: Decoded) -> Document:
    names = options.fields
    if (value := field_of(row, names.text)) is None and names.text not in row:
        raise MissingField(f"the record {_no_text_field(options, row)}")
    text = _text_of(value)
    if text is None:
        raise FormatError(f"the field {names.text!r} holds {type(value).__name__}, not text")
    if len(text) > (limit := options.limits.max_document_bytes):
        raise LimitExceeded(f"its text is longer than {limit:,} bytes; raise --max-document-bytes to read it")
    invalid_bytes: list[InvalidByte] = []
    try:
        raw = text.encode()
    except UnicodeEncodeError:  # lone surrogates
        text, invalid_bytes = take_invalid_bytes(_join_surrogates(text))
        raw = text.encode()
    fields = {name: field_of(row, getattr(names, name)) for name in ("title", "source", "date", "byline")}
    form = "record"
    if marked_up := plain_markup(text, Parts(options.limits.max_document_parts)):
        form, text = marked_up
        invalid_bytes = []
    return make_document(source, form, decoded, raw, text, 0, invalid_bytes, fields, record)


def field_of(row: dict[str, Any], name: str) -> Any:
    """The value of a field, also of one inside of others: `body.text`. None if there is none.

    >>> field_of({"body": {"text": "It rained."}}, "body.text")
    'It rained.'
    """
    if name in row:
        return row[name]
    value: Any = row
    for part in name.split("."):
        if not isinstance(value, dict) or part not in value:
            return None
        value = value[part]
    return value


def has_field(names: Container[str], name: str) -> bool:
    """Whether a field is among `names`, or the field that it is inside of."""
    return name in names or ("." in name and name.partition(".")[0] in names)


def _text_of(value: Any) -> str | None:
    """The text of a record: a string, or a list of paragraphs, each a string or an object with `text`; else None."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not value:
        return None
    parts = [part.get("text") if isinstance(part, dict) else part for part in value]
    paragraphs = [part for part in parts if isinstance(part, str)]
    return "\n\n".join(paragraphs) if len(paragraphs) == len(parts) else None


def _join_surrogates(text: str) -> str:
    """JSON may contain a character as two escapes, which a parser leaves apart."""
    return re.sub(
        "[\ud800-\udbff][\udc00-\udfff]", lambda m: m[0].encode("utf-16", "surrogatepass").decode("utf-16"), text
    )


def require_text_column(options: Options, columns: list[str]) -> None:
    """Raise MissingField for a table without a text column, whether it was named itself or found in a folder."""
    if not has_field(columns, options.fields.text):
        raise MissingField(f"the table {_no_text_field(options, columns)}")


def _no_text_field(options: Options, fields: Iterable[str]) -> str:
    return f"has no field {options.fields.text!r}; its fields are: {_listed(fields)}; --text-field names another"


def _listed(fields: Iterable[str]) -> str:
    """Names of fields for a message."""
    names = [_shown(name) for name in islice(fields, _N_NAMED + 1)]
    return ", ".join(names[:_N_NAMED]) + (", ..." if len(names) > _N_NAMED else "") or "none"


def _shown(name: str) -> str:
    return take_invalid_bytes(name[:_NAME_CHARS])[0] + ("..." if len(name) > _NAME_CHARS else "")

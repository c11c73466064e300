"""Lexicon files that are tables: an entry a row. TSV, CSV, or a plain list of terms, a line each.

The first row of a table names its columns. Only `term` is needed; the others may be left out, or their cells be empty:

| column | a cell | if empty |
|---|---|---|
| `term` | a word or phrase, see lexicon_file.py | |
| `part_of_speech` | noun, verb, adjective, adverb, phrase, affix: decides the forms | phrase: as it stands |
| `category` | one of the categories; `protected` (nothing inside it is loaded); `remove` (removes a shipped term) | loaded_language |
| `intensity` | 1 mild, 2 moderate, 3 strong | 1 |
| `report`, `opinion`, `other` | of 100 uses how many are loaded in reports, in opinion, in other texts | 50 |
| `reason` | why it is loaded | the name of the file |
| `conditions` | conditions and forms, separated by `;`, see lexicon_file.py | none |
| `example` | a sentence that it matches | one made by rule |
| `valence` | neg or pos | neg |

The order of the columns does not matter. Empty lines, and lines that begin with `#`, are skipped. In a TSV quotation
marks mean nothing; a CSV may use commas or semicolons, and quotation marks around cells.
"""

from __future__ import annotations

import csv
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from tasks.errors import ConfigurationError
from tasks.measure.loaded_language.entries import PARTS_OF_SPEECH, PROTECTED, Condition, Entry, words_of
from tasks.schemas import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    _Read = Callable[[str], object]

REMOVE = "remove"
COLUMNS = (
    "term", "part_of_speech", "category", "intensity", "report", "opinion", "other", "reason", "conditions", "example",
    "valence",
)  # fmt: skip
_FIELDS = "[not] left:, right:, near:, forms:, except:, hyphenated, intensity: 1 to 3"
_CHOICES: dict[str, tuple[str, ...]] = {
    "part_of_speech": tuple(PARTS_OF_SPEECH.values()),
    "category": (*CATEGORIES, PROTECTED, REMOVE),
    "intensity": ("1", "2", "3"),
    "valence": ("neg", "pos"),
}
_ATTRIBUTES: dict[str, tuple[str, _Read]] = {
    "part_of_speech": ("part_of_speech", str),
    "category": ("category", str),
    "intensity": ("intensity", int),
    "report": ("share_report", lambda cell: int(cell) / 100),
    "opinion": ("share_opinion", lambda cell: int(cell) / 100),
    "other": ("share_other", lambda cell: int(cell) / 100),
    "reason": ("reason", str),
    "example": ("stated_example", str),
    "valence": ("valence", str),
}
"""What a cell of a column becomes: the attribute of the entry, and how its text is read."""


class Removal(NamedTuple):
    """A shipped term that a file removes."""

    term: str
    line: int


def read_table(source: str, text: str, *, is_own: bool) -> Iterator[Entry | Removal]:
    r"""The rows of a lexicon that is a table or a list of terms; its form follows from the suffix of its name.

    ConfigurationError names file, line and the first mistake.

    >>> [entry] = read_table("own.csv", "term,part_of_speech,category\nquango,noun,name_calling\n", is_own=True)
    >>> entry.term, entry.category, entry.reason, entry.line
    ('quango', 'name_calling', 'listed in own.csv', 2)
    """
    suffix = PurePath(source).suffix.lower()
    defaults = {"source": source, "is_own": is_own, "reason": f"listed in {PurePath(source).name}"}
    names: list[str] | None = ["term"] if suffix == ".txt" else None
    for line, cells in _rows(text, suffix):
        if names is None:
            names = _columns(f"{source}:{line}", cells)
            defaults |= {"reason": ""} if "reason" in names else {}
        else:
            yield _read_row(f"{source}:{line}", names, cells, {**defaults, "line": line})
    if names is None:
        raise ConfigurationError(
            f"{source}: is empty: expected a first row that names the columns, {', '.join(COLUMNS)}"
        )


def read_fields(place: str, term: str, fields: list[str]) -> dict[str, Any]:
    """The attributes of an entry that the fields behind its term state. ConfigurationError if one cannot be read.

    >>> read_fields("own.tsv:3", "slam", ["not right: shut, door", "intensity: 2"])
    {'conditions': (Condition(where='right', wanted=False, words=('shut', 'door')),), 'intensity': 2}
    """
    stated: dict[str, Any] = {"conditions": ()}
    for field in fields:
        read = _read_field(field)
        if read is None:
            raise ConfigurationError(f"{place}: cannot read {field!r} of {term!r}: expected {_FIELDS}")
        name, value = read
        stated[name] = (*stated["conditions"], value) if name == "conditions" else value
    return stated


def demand_words(place: str, term: str) -> None:
    """ConfigurationError if a term has no word, or begins or ends with a gap."""
    words = words_of(term)
    if not words:
        raise ConfigurationError(f"{place}: {term!r} has no word: a term has letters or digits")
    if "..." in {words[0], words[-1]}:
        raise ConfigurationError(f"{place}: {term!r} begins or ends with a gap: '...' stands between two words")


def _rows(text: str, suffix: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row with the number of its line, without empty lines and comments."""
    lines = text.splitlines()
    if suffix == ".csv":
        is_stated = [bool(line.strip()) and not line.startswith("#") for line in lines]
        first = next((line for line, stated in zip(lines, is_stated, strict=True) if stated), "")
        reader = csv.reader(lines, delimiter=";" if ";" in first and "," not in first else ",")
        for cells in reader:
            if is_stated[reader.line_num - 1]:
                yield reader.line_num, [cell.strip() for cell in cells]
        return
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            yield number, line.split("\t") if suffix == ".tsv" else [line.strip()]


def _columns(place: str, cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    for name in names:
        if name not in COLUMNS:
            raise ConfigurationError(f"{place}: there is no column {name!r}, only {', '.join(COLUMNS)}")
    if "term" not in names or len(set(names)) < len(names):
        raise ConfigurationError(f"{place}: the first row must name each column once, and one must be 'term'")
    return names


def _read_row(place: str, names: list[str], cells: list[str], shared: Mapping[str, Any]) -> Entry | Removal:
    if len(cells) > len(names):
        raise ConfigurationError(f"{place}: has {len(cells)} cells, but there are {len(names)} columns")
    row = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
    term = row.get("term", "")
    demand_words(place, term)
    if row.get("category") == REMOVE:
        return Removal(term, shared["line"])
    stated: dict[str, Any] = {"part_of_speech": "phrase", "category": "loaded_language"}
    for name, (attribute, read) in _ATTRIBUTES.items():
        cell = row.get(name, "")
        if cell:
            _check_cell(place, name, cell)
            stated[attribute] = read(cell)
    fields = [field.strip() for field in row.get("conditions", "").split(";")]
    stated |= read_fields(place, term, [field for field in fields if field])
    if stated["part_of_speech"] == "affix":
        stated["rule"] = "affix"
    return Entry(term, **{**shared, **stated})


def _check_cell(place: str, name: str, cell: str) -> None:
    choices = _CHOICES.get(name)
    if choices and cell not in choices:
        raise ConfigurationError(f"{place}: {cell!r} is not a valid {name}: expected {', '.join(choices)}")
    if name in {"report", "opinion", "other"} and not (cell.isascii() and cell.isdigit() and int(cell) <= 100):
        raise ConfigurationError(f"{place}: {cell!r} is not a valid share: expected a whole number from 0 to 100")


def _read_field(field: str) -> tuple[str, object] | None:
    """The attribute of an entry that a field of its line states, and its value; None if it cannot be read."""
    name, _, value = field.partition(":")
    values = tuple(word.strip() for word in value.split(",") if word.strip())
    where = name.removeprefix("not ")
    if field == "hyphenated":
        return "hyphenated", True
    if name == "intensity" and value.strip() in {"1", "2", "3"}:
        return "intensity", int(value)
    if where in {"left", "right", "near"} and values:
        return "conditions", Condition(where, where == name, values)
    if name in {"forms", "except"} and values:
        return "stated_forms" if name == "forms" else "exceptions", values
    return None

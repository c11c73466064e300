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
    from collections.abc import Callable, Collection, Iterator, Mapping

REMOVE = "remove"
COLUMNS = (
    "term", "part_of_speech", "category", "intensity", "report", "opinion", "other", "reason", "conditions", "example",
    "valence",
)  # fmt: skip
_FIELDS = "[not] left:, right:, near:, forms:, except:, hyphenated, intensity: 1 to 3"
_DEFAULTS = {
    "part_of_speech": "phrase", "category": "loaded_language", "intensity": "1",
    "report": "50", "opinion": "50", "other": "50", "valence": "neg",
}  # fmt: skip
_SHARES = ("report", "opinion", "other")


class _Column(NamedTuple):
    """What a cell of a column becomes."""

    attribute: str
    """Of the entry."""
    read: Callable[[str], object]
    choices: Collection[str] = ()
    """What a cell may be; anything if empty."""


_COLUMNS = {
    "part_of_speech": _Column("part_of_speech", str, tuple(PARTS_OF_SPEECH.values())),
    "category": _Column("category", str, (*CATEGORIES, PROTECTED, REMOVE)),
    "intensity": _Column("intensity", int, ("1", "2", "3")),
    **{
        name: _Column(f"share_{name}", lambda cell: int(cell) / 100, frozenset(map(str, range(101))))
        for name in _SHARES
    },
    "reason": _Column("reason", str),
    "example": _Column("stated_example", str),
    "valence": _Column("valence", str, ("neg", "pos")),
}


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


def import_terms(source: str, text: str, term_column: str = "term", **defaults: str) -> str:
    r"""A list or table of terms as the TSV of a lexicon, with a column for everything that an entry can state.

    Columns that a lexicon does not have are left out. `defaults` fill empty cells. A term that comes again is left out.
    ConfigurationError if there is no column of terms, or a row is not valid.

    >>> print(import_terms("words.csv", "word,score\nquango,3\n", "word", category="name_calling", reason="a test"))
    term	part_of_speech	category	intensity	report	opinion	other	reason	conditions	example	valence
    quango	phrase	name_calling	1	50	50	50	a test			neg
    <BLANKLINE>
    """
    rows = _rows(text, PurePath(source).suffix.lower())
    names = ["term"]
    if PurePath(source).suffix.lower() != ".txt":
        names = [cell.strip().lower() for cell in next(rows, (0, [""]))[1]]
        names = ["term" if name == term_column.lower() else name for name in names]
        if "term" not in names:
            raise ConfigurationError(f"{source}: has no column {term_column!r}, only {', '.join(names)}")
    filled = {**_DEFAULTS, "reason": f"listed in {PurePath(source).name}", **defaults}
    lines = ["\t".join(COLUMNS)]
    seen = set()
    for number, cells in rows:
        row = {name: " ".join(cell.split()) for name, cell in zip(names, cells, strict=False)}
        written = [row.get(name) or filled.get(name, "") for name in COLUMNS]
        _read_row(f"{source}:{number}", list(COLUMNS), written, {"line": number})
        if tuple(written[:2]) not in seen:
            lines.append("\t".join(written))
        seen.add(tuple(written[:2]))
    return "\n".join([*lines, ""])


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
    stated: dict[str, Any] = {"part_of_speech": "phrase", "category": "loaded_language"}
    term = conditions = ""
    for name, written in zip(names, cells, strict=False):
        cell = written.strip()
        if name == "term":
            term = cell
        elif name == "conditions":
            conditions = cell
        elif cell:
            attribute, read, choices = _COLUMNS[name]
            if choices and cell not in choices:
                raise ConfigurationError(f"{place}: {cell!r} is not a valid {name}: expected {_expected(name)}")
            stated[attribute] = read(cell)
    demand_words(place, term)
    if stated["category"] == REMOVE:
        return Removal(term, shared["line"])
    if conditions:
        fields = [field.strip() for field in conditions.split(";")]
        stated |= read_fields(place, term, [field for field in fields if field])
    if stated["part_of_speech"] == "affix":
        stated["rule"] = "affix"
    return Entry(term, **{**shared, **stated})


def _expected(name: str) -> str:
    return "a whole number from 0 to 100" if name in _SHARES else ", ".join(_COLUMNS[name].choices)


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

"""The format of a lexicon file: how it is read and what is checked.

A lexicon file is a table, with a row for each entry (lexicon_table.py), or TOML, which also holds weights and classes of
words. In TOML, a group states once what its terms share, and lists them one to a line under their part of speech:

    [[group]]
    category = "name_calling"
    intensity = 3                       # 1 mild, 2 moderate, 3 strong
    reason = "calls a ruler a tyrant instead of naming the office"
    nouns = '''
    despot
    banana republic ; e.g. The country had become a banana republic.
    '''
    verbs = '''
    slam ; not right: dunk, shut ; not near: door, poetry
    throw ... under the bus
    '''

The part of speech decides the forms: `nouns` (plural), `verbs` (third person, -ing, past), `adjectives` (degrees and the
adverb in -ly), `adverbs` and `phrases` (as they stand), `affixes` ("-monger" at the end, "pseudo-" at the beginning of a
word). A hyphen and a space are the same in a term; `...` stands for up to four words or none, `one's` for my, his, their
and so on, `oneself` for myself, themselves and so on. Lower case matches any case. A term with a capital is a name or
comes from one; it is not rejected as somebody's name when it has a capital in the text.

After the term, separated by " ; ", or in the column `conditions` of a table, may stand
- `left:`, `right:`, `near:` words of which one must stand directly before, directly after, or within five words in the
  same sentence; with `not` before it: must not. Near a term the plural of a word counts, too. `<name>` is a capitalized
  word, `<determiner>` and the other classes are listed in data/rules.toml;
- `forms:` all forms, where the rules of inflection are wrong;
- `except:` words that an affix does not make loaded;
- `hyphenated`, if the term only counts where it is written with its hyphens ("must-have", but not "must have");
- `intensity:`, where it differs from the group's;
- in TOML `e.g.` a sentence that it matches, always last; in a table that is the column `example`.

Protected terms list names and fixed terms that look loaded and are not ("death sentence", "Armed Forces"): nothing inside
them is a hit. A user's file replaces every shipped entry of the terms it lists, and can remove shipped terms. Where an
entry of the user's and a shipped one match the same words, the user's wins.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from tasks.errors import ConfigurationError
from tasks.measure.loaded_language.entries import PARTS_OF_SPEECH, PROTECTED, RULES, Entry
from tasks.measure.loaded_language.lexicon_table import Removal, demand_words, read_fields, read_table
from tasks.schemas import CATEGORIES, SCORED_CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    _Demand = Callable[[object, str], None]

TABLES = (".tsv", ".csv", ".txt")
"""Suffixes of lexicon files that are tables."""
_TABLES = {"group", PROTECTED, "remove", "weights", "classes"}
_GROUP_KEYS = {"category", "intensity", "valence", "reason", "rule", *PARTS_OF_SPEECH}
_CHOICES = {"category": CATEGORIES, "intensity": (1, 2, 3), "valence": ("neg", "pos"), "rule": RULES}
_FACTORS = {"intensity_1", "intensity_2", "intensity_3", "negated", "epithet"}


class LexiconFile(NamedTuple):
    """What a lexicon file states."""

    entries: list[Entry]
    """In its order, protected terms of a TOML file last."""
    removals: list[Removal]
    classes: dict[str, frozenset[str]]
    weights: dict[str, float]


def read_file(source: str, content: bytes, *, is_own: bool) -> LexiconFile:
    """What a lexicon file states. ConfigurationError names the file, the line where it is known, and the first mistake."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"cannot read the lexicon {source}: {error}. Save it as UTF-8") from error
    if PurePath(source).suffix.lower() in TABLES:
        rows = list(read_table(source, text, is_own=is_own))
        removals = [row for row in rows if isinstance(row, Removal)]
        return LexiconFile([row for row in rows if isinstance(row, Entry)], removals, {}, {})
    return _read_toml(source, text, is_own=is_own)


def _read_toml(source: str, text: str, *, is_own: bool) -> LexiconFile:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"cannot read the lexicon {source}: {error}") from error
    _check_document(source, document)
    lines: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(text.splitlines(), 1):
        lines[_stated(line)].append(number)
    groups = document.get("group", []) + [{**group, "category": PROTECTED} for group in document.get(PROTECTED, [])]
    entries = [entry for group in groups for entry in _read_group(source, group, lines, is_own=is_own)]
    removals = [Removal(term, _line_of(text, term)) for term in document.get("remove", [])]
    classes = {name: frozenset(words.split()) for name, words in document.get("classes", {}).items()}
    return LexiconFile(entries, removals, classes, document.get("weights", {}))


def _stated(line: str) -> str:
    """What a line of a TOML file says of an entry: the line, or the string of a list of one entry."""
    match = re.fullmatch(r"""\s*(?:\w+\s*=\s*)?(?:'{1,3}|"{1,3})?(.*?)(?:'{1,3}|"{1,3})?\s*""", line)
    return match[1].strip() if match else line.strip()


def _line_of(text: str, term: str) -> int:
    """The first line that names a term in quotation marks; 0 if none does."""
    numbers = (number for number, line in enumerate(text.splitlines(), 1) if f'"{term}"' in line or f"'{term}'" in line)
    return next(numbers, 0)


def _check_document(source: str, document: dict[str, Any]) -> None:
    def demand(holds: object, message: str) -> None:
        if not holds:
            raise ConfigurationError(f"{source}: {message}")

    for name in document:
        demand(
            name in _TABLES,
            f"{name!r} is not part of a lexicon: expected [[group]], [[protected]], remove, [weights] or [classes]",
        )
    for name in ("group", PROTECTED):
        groups = document.get(name, [])
        demand(isinstance(groups, list), f"groups begin with [[{name}]], in two brackets")
        for group in groups:
            _check_group(group, demand, is_protected=name == PROTECTED)
    remove = document.get("remove", [])
    demand(
        isinstance(remove, list) and all(isinstance(term, str) for term in remove),
        'remove must be a list of terms: remove = ["despot"]',
    )
    _check_weights(document.get("weights", {}), demand)
    for name, words in document.get("classes", {}).items():
        demand(isinstance(words, str), f"the class {name} is {words!r}: expected words in one string")


def _check_group(group: dict[str, Any], demand: _Demand, *, is_protected: bool) -> None:
    for key, value in group.items():
        demand(key in _GROUP_KEYS, f"a group has no {key!r}, only {', '.join(sorted(_GROUP_KEYS))}")
        if key in _CHOICES:
            choices = _CHOICES[key]
            demand(value in choices, f"{value!r} is not a valid {key}: expected {', '.join(map(str, choices))}")
        else:
            demand(isinstance(value, str), f"{key} is {value!r}: expected a string, terms one to a line")
    demand(is_protected or "category" in group, f"a group has no category: expected one of {', '.join(CATEGORIES)}")
    demand(set(group) & set(PARTS_OF_SPEECH), f"a group lists no terms: it needs {' or '.join(PARTS_OF_SPEECH)}")


def _check_weights(weights: dict[str, Any], demand: _Demand) -> None:
    known = {*SCORED_CATEGORIES, *_FACTORS}
    for name, weight in weights.items():
        demand(name in known, f"there is no weight {name!r}, only {', '.join(sorted(known))}")
        demand(isinstance(weight, int | float) and weight >= 0, f"the weight {name} is {weight!r}: expected 0 or more")


def _read_group(source: str, group: dict[str, Any], lines: dict[str, list[int]], *, is_own: bool) -> Iterator[Entry]:
    shared = {
        "category": group["category"],
        "valence": group.get("valence", "neg"),
        "reason": group.get("reason", ""),
        "rule": group.get("rule", "lexicon"),
        "source": source,
        "is_own": is_own,
    }
    intensity = group.get("intensity", 1)
    for key, part_of_speech in PARTS_OF_SPEECH.items():
        for line in group.get(key, "").splitlines():
            if line.strip():
                numbers = lines.get(line.strip(), [])
                number = numbers.pop(0) if numbers else 0  # in the order of the file, unless parts of speech are mixed
                stated = {"part_of_speech": part_of_speech, "intensity": intensity, "line": number}
                yield _read_line(line.strip(), {**shared, **stated})


def _read_line(line: str, shared: dict[str, Any]) -> Entry:
    """The entry that a line states, with what its group's entries have in common."""
    line, _, example = line.partition(" ; e.g. ")
    term, *fields = line.split(" ; ")
    place = f"{shared['source']}:{shared['line']}"
    demand_words(place, term)
    return Entry(term, **{**shared, **read_fields(place, term, fields)}, stated_example=example.strip())

"""The lexicon: its format, its loading, its checks.

A lexicon file is TOML. It holds groups; a group states once what its terms share, and lists them one to a line under
their part of speech, which decides how they inflect:

    [[group]]
    category = "name_calling"
    intensity = 3                       # 1 mild, 2 plain, 3 strong
    valence = "neg"                     # or "pos"; "neg" if not stated
    reason = "calls a ruler a tyrant instead of naming the office"
    nouns = '''
    despot
    banana republic ; e.g. The country had become a banana republic.
    '''
    verbs = '''
    slam ; not right: dunk, shut ; not near: door, poetry
    throw ... under the bus
    '''

`nouns` (plural), `verbs` (third person, -ing, past), `adjectives` (degrees and the adverb in -ly), `adverbs` and
`phrases` (as they stand), `affixes` ("-monger" at the end, "pseudo-" at the beginning of a word). A hyphen and a space
are the same in a term; `...` stands for one to four words. Lower case matches any case; a term with a capital is a name
or comes from one, and is not taken for somebody's name when it stands in capitals.

After the term, separated by " ; ", may stand
- `left:`, `right:`, `near:` words of which one must stand directly before, directly after, or within five words in the
  same sentence; with `not` before it: must not. `<name>` is a capitalized word, `<determiner>` and the other classes
  are listed in data/rules.toml;
- `forms:` all forms, where the rules of inflection are wrong;
- `except:` words that an affix does not make loaded;
- `hyphenated`, if the term only counts where it is written with its hyphens ("would-be", but not "would be");
- `intensity:`, where it differs from the group's;
- `e.g.` a sentence that it matches, always last. A term of several words without one gets one by rule.

`[[protected]]` groups list names and fixed terms that look loaded and are not ("death sentence", "Armed Forces"): what
they cover is no hit. A user's file replaces every shipped entry of the terms it lists, and `remove` (a list at the top)
takes shipped terms out. Where an entry of the user's and a shipped one match the same words, the user's stands.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from tasks.errors import ConfigurationError
from tasks.measure.loaded_language.inflection import inflect
from tasks.schemas import CATEGORIES, SCORED_CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

PARTS_OF_SPEECH = {
    "nouns": "noun",
    "verbs": "verb",
    "adjectives": "adjective",
    "adverbs": "adverb",
    "phrases": "phrase",
    "affixes": "affix",
}
RULES = ("lexicon", "superlative", "capitals", "exclamation", "scare_quotes", "affix")
PROTECTED = "protected"
GAP = "..."
_SHIPPED = resources.files("tasks.measure.loaded_language") / "data"
_GROUP_KEYS = {"category", "intensity", "valence", "reason", "rule", *PARTS_OF_SPEECH}
_CHOICES = {"category": CATEGORIES, "intensity": (1, 2, 3), "valence": ("neg", "pos"), "rule": RULES}
_FACTORS = {"intensity_1", "intensity_2", "intensity_3", "negated", "epithet"}
_SHAPES = {"<name>", "<number>"}  # told by how a word is written, not by a list
_STAND_INS = {"<name>": "Smith", "<determiner>": "the", "<number>": "20"}
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|\.\.\.")


class Condition(NamedTuple):
    """What must, or must not, stand beside a term."""

    where: str
    """left, right or near"""
    wanted: bool
    words: tuple[str, ...]

    def __str__(self) -> str:
        """The condition as a file states it: `not right: shut, door`."""
        return f"{'' if self.wanted else 'not '}{self.where}: {', '.join(self.words)}"


@dataclass(frozen=True)
class Entry:
    """One term with everything that decides and explains a match."""

    term: str
    part_of_speech: str
    category: str
    intensity: int
    valence: str
    reason: str
    source: str
    """The file it comes from."""
    is_own: bool = False
    """Whether that is a file of the user's."""
    stated_forms: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    exceptions: tuple[str, ...] = ()
    hyphenated: bool = False
    """Whether only the spelling with hyphens counts."""
    stated_example: str = ""
    rule: str = "lexicon"

    @property
    def theme(self) -> str:
        """The name of its file, without folder and suffix."""
        return PurePath(self.source).stem

    @property
    def is_prefix(self) -> bool:
        """Whether it is an affix for the beginning of a word."""
        return self.part_of_speech == "affix" and self.term.endswith("-")

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """All that it matches, itself first."""
        if self.stated_forms:
            return (self.term, *self.stated_forms)
        return inflect(self.term, self.part_of_speech)

    @property
    def example(self) -> str:
        """The stated example, or a sentence made by rule that holds the term where its conditions want it."""
        return self.stated_example or _example(self)


class Replaced(NamedTuple):
    """An entry that a later file took the place of, or took out."""

    entry: Entry
    by: str
    """That file."""


@dataclass(frozen=True, eq=False)
class Lexicon:
    """All entries, in the order of their files, and what a match is decided by."""

    entries: tuple[Entry, ...]
    classes: Mapping[str, frozenset[str]]
    """Classes of words for conditions and rules of form: `determiner`, `negator`, ..."""
    weights: Mapping[str, float]
    """Points by category; and by `intensity_1` to `intensity_3`, `negated`, ...: factors."""
    sha256: str
    """Of every file that it was read from."""
    replaced: tuple[Replaced, ...] = ()
    idle_removals: tuple[tuple[str, str], ...] = ()
    """File and term of each `remove` that found nothing to take out."""

    @cached_property
    def by_term(self) -> dict[str, tuple[Entry, ...]]:
        """The entries of each term; its key is the term in lower case."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.term.lower(), []).append(entry)
        return {term: tuple(entries) for term, entries in found.items()}

    @cached_property
    def described(self) -> pl.DataFrame:
        """What each hit of an entry says of it: term, category, reason, rule, in the order of `entries`."""
        return pl.DataFrame(
            [(entry.term, entry.category, entry.reason, entry.rule) for entry in self.entries],
            schema={"term": pl.String, "category": pl.String, "reason": pl.String, "rule": pl.String},
            orient="row",
        )

    def weight(self, entry: Entry) -> float:
        """The points that an entry's hit adds to a score, unless a rule alters them."""
        return self.weights.get(entry.category, 0.0) * self.weights[f"intensity_{entry.intensity}"]

    def precedence(self, entry: Entry) -> float:
        """What decides between hits on the same words: the user's own, then what is protected, then points."""
        return 1000.0 * entry.is_own + (100.0 if entry.category == PROTECTED else self.weight(entry))


def load_lexicon(extra_files: Sequence[Path] = ()) -> Lexicon:
    """The shipped lexicon, with the user's files added or overriding, in order.

    >>> load_lexicon().by_term["despot"][0].category
    'name_calling'
    """
    files = _shipped_files() + tuple((str(path), _read(path)) for path in extra_files)
    return _lexicon(files)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot read the lexicon {path}: {error.strerror}") from error


@cache
def _shipped_files() -> tuple[tuple[str, bytes], ...]:
    names = sorted(item.name for item in _SHIPPED.iterdir() if item.name.endswith(".toml"))
    return tuple((name, (_SHIPPED / name).read_bytes()) for name in names)


@cache
def _lexicon(files: tuple[tuple[str, bytes], ...]) -> Lexicon:
    entries: dict[str, list[Entry]] = {}
    n_shipped = len(_shipped_files())
    replaced: list[Replaced] = []
    idle_removals: list[tuple[str, str]] = []
    classes: dict[str, frozenset[str]] = {}
    weights: dict[str, float] = {}
    digest = hashlib.sha256()
    for index, (name, content) in enumerate(files):
        digest.update(hashlib.sha256(content).digest())
        document = _parse_toml(name, content)
        is_own = index >= n_shipped
        _check_document(name, document)
        classes |= {key: frozenset(words.split()) for key, words in document.get("classes", {}).items()}
        weights |= document.get("weights", {})
        removed = [term.lower() for term in document.get("remove", [])]
        idle_removals += [(name, term) for term in removed if term not in entries]
        added: dict[str, list[Entry]] = {}
        for entry in _read_entries(name, document, is_own=is_own):
            added.setdefault(entry.term.lower(), []).append(entry)
        if is_own:
            for term in {*added, *removed} & set(entries):
                replaced += [Replaced(entry, name) for entry in entries.pop(term)]
        for term, new in added.items():
            entries.setdefault(term, []).extend(new)
    every = tuple(entry for same in entries.values() for entry in same)
    _check_classes(every, classes)
    ordered = sorted(replaced, key=lambda one: one.entry.term)  # a set has no order
    return Lexicon(every, classes, weights, digest.hexdigest(), tuple(ordered), tuple(idle_removals))


def _parse_toml(name: str, content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read the lexicon {name}: {error}") from error


def _check_document(source: str, document: dict[str, Any]) -> None:
    """ConfigurationError for the first thing in a file that cannot be meant."""

    def demand(holds: object, message: str) -> None:
        if not holds:
            raise ConfigurationError(f"{source}: {message}")

    tables = {"group", PROTECTED, "remove", "weights", "classes"}
    for name in document:
        demand(
            name in tables,
            f"what is {name!r}? A lexicon holds [[group]], [[protected]], remove, [weights] and [classes]",
        )
    for name in ("group", PROTECTED):
        groups = document.get(name, [])
        demand(isinstance(groups, list), f"groups begin with [[{name}]], in two brackets")
        for group in groups:
            _check_group(group, demand, is_protected=name == PROTECTED)
    remove = document.get("remove", [])
    demand(
        isinstance(remove, list) and all(isinstance(term, str) for term in remove),
        'remove is a list of terms: remove = ["despot"]',
    )
    known_weights = {*SCORED_CATEGORIES, *_FACTORS}
    for name, weight in document.get("weights", {}).items():
        demand(name in known_weights, f"there is no weight {name!r}, only {', '.join(sorted(known_weights))}")
        demand(isinstance(weight, int | float) and weight >= 0, f"the weight {name} is {weight!r}: expected 0 or more")
    for name, words in document.get("classes", {}).items():
        demand(isinstance(words, str), f"the class {name} is {words!r}: expected words in one string")


def _check_group(group: dict[str, Any], demand: Callable[[object, str], None], *, is_protected: bool) -> None:
    for key, value in group.items():
        demand(key in _GROUP_KEYS, f"a group has no {key!r}, only {', '.join(sorted(_GROUP_KEYS))}")
        if key in _CHOICES:
            choices = _CHOICES[key]
            demand(value in choices, f"{value!r} is no {key}; there are {', '.join(map(str, choices))}")
        else:
            demand(isinstance(value, str), f"{key} is {value!r}: expected a string, terms one to a line")
    demand(is_protected or "category" in group, f"a group has no category; there are {', '.join(CATEGORIES)}")
    demand(set(group) & set(PARTS_OF_SPEECH), f"a group lists no terms: it needs {' or '.join(PARTS_OF_SPEECH)}")


def _check_classes(entries: Sequence[Entry], classes: Mapping[str, frozenset[str]]) -> None:
    """ConfigurationError for a condition on a class of words that there is not."""
    known = _SHAPES | {f"<{name}>" for name in classes}
    for entry in entries:
        for condition in entry.conditions:
            for word in condition.words:
                if word.startswith("<") and word not in known:
                    raise ConfigurationError(
                        f"{entry.source}: {entry.term}: there is no class {word}, only {', '.join(sorted(known))}"
                    )


def _read_entries(source: str, document: dict[str, Any], *, is_own: bool) -> Iterator[Entry]:
    for group in document.get("group", []):
        yield from _read_group(source, group, is_own=is_own)
    for group in document.get(PROTECTED, []):
        yield from _read_group(source, {**group, "category": PROTECTED}, is_own=is_own)


def _read_group(source: str, group: dict[str, Any], *, is_own: bool) -> Iterator[Entry]:
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
                yield _read_line(line.strip(), part_of_speech, intensity, shared)


def _read_line(line: str, part_of_speech: str, intensity: int, shared: dict[str, Any]) -> Entry:
    line, _, example = line.partition(" ; e.g. ")
    term, *fields = line.split(" ; ")
    conditions: list[Condition] = []
    stated_forms: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    hyphenated = False
    for field in fields:
        name, colon, value = field.partition(":")
        values = tuple(word.strip() for word in value.split(",") if word.strip())
        where = name.removeprefix("not ")
        if where in {"left", "right", "near"} and values:
            conditions.append(Condition(where, where == name, values))
        elif name == "forms" and values:
            stated_forms = values
        elif name == "except" and values:
            exceptions = values
        elif field == "hyphenated":
            hyphenated = True
        elif name == "intensity" and value.strip() in {"1", "2", "3"}:
            intensity = int(value)
        else:
            raise ConfigurationError(
                f"{shared['source']}: cannot read {field + (colon and '')!r} of {term!r}: expected [not] left:, right:, near:, forms:, except:, hyphenated, intensity: 1 to 3, or e.g."
            )
    if not words_of(term):
        raise ConfigurationError(f"{shared['source']}: {term!r} has no word: a term has letters or digits")
    return Entry(
        term=term,
        part_of_speech=part_of_speech,
        intensity=intensity,
        stated_forms=stated_forms,
        conditions=tuple(conditions),
        exceptions=exceptions,
        hyphenated=hyphenated,
        stated_example=example.strip(),
        **shared,
    )


def words_of(term: str) -> list[str]:
    """The words of a term as the matcher sees them: lower case, hyphens as spaces, without 's.

    >>> words_of("Nazi-like state")
    ['nazi', 'like', 'state']
    >>> words_of("throw ... under the bus")
    ['throw', '...', 'under', 'the', 'bus']
    """
    return [word.removesuffix("'s") for word in _WORD.findall(term.lower())]


def _example(entry: Entry) -> str:
    term = entry.term.replace(GAP, "the plan")
    if entry.part_of_speech == "affix":
        letters = term.strip("-")
        term = f"{letters}-word" if entry.is_prefix else f"word-{letters}"
    if entry.rule == "superlative":
        term = f"the worst day {term}"
    wanted = {condition.where: condition.words[0] for condition in entry.conditions if condition.wanted}
    wanted |= {where: _STAND_INS.get(word, word) for where, word in wanted.items()}
    if entry.part_of_speech == "adjective":
        wanted = {"left": "a", "right": "plan"} | wanted
    subject = "They" if entry.part_of_speech in {"verb", "phrase"} else "It was"
    words = (subject, wanted.get("left"), term, wanted.get("right"), wanted.get("near"))
    return " ".join(word for word in words if word) + "."

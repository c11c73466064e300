"""The lexicon: all entries, the classes of words, and the weights, read from the shipped files and the user's own.

The format of the files is described in lexicon_table.py and lexicon_file.py.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from tasks.errors import ConfigurationError
from tasks.measure.loaded_language.entries import NAME, NUMBER, Entry
from tasks.measure.loaded_language.lexicon_file import read_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tasks.measure.loaded_language.lexicon_table import Removal

_SHIPPED = resources.files("tasks.measure.loaded_language") / "data"


class Replaced(NamedTuple):
    """An entry that a later file replaced or removed."""

    entry: Entry
    by: str
    """That file."""


@dataclass(frozen=True, eq=False)
class Lexicon:
    """All entries, in the order of their files, and everything that decides a match."""

    entries: tuple[Entry, ...]
    classes: Mapping[str, frozenset[str]]
    """Classes of words for conditions and rules: `determiner`, `negator`, ..."""
    weights: Mapping[str, float]
    """Points by category; and factors: `intensity_1` to `intensity_3`, `negated`, `epithet`."""
    sha256: str
    """Of all files that it was read from."""
    replaced: tuple[Replaced, ...] = ()
    unused_removals: tuple[tuple[str, Removal], ...] = ()
    """File and term of each removal for which there is no entry."""

    @cached_property
    def by_term(self) -> dict[str, tuple[Entry, ...]]:
        """The entries of each term; the keys are the terms in lower case."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.term.lower(), []).append(entry)
        return {term: tuple(entries) for term, entries in found.items()}

    @cached_property
    def described(self) -> pl.DataFrame:
        """What the table of terms says of each entry: term, category, reason, rule, in the order of `entries`."""
        return pl.DataFrame(
            [(entry.term, entry.category, entry.reason, entry.rule) for entry in self.entries],
            schema={"term": pl.String, "category": pl.String, "reason": pl.String, "rule": pl.String},
            orient="row",
        )

    def weight(self, entry: Entry) -> float:
        """The points that a hit of an entry adds to a score, before the factors for negation and epithets."""
        return self.weights.get(entry.category, 0.0) * self.weights[f"intensity_{entry.intensity}"]

    def precedence(self, entry: Entry) -> float:
        """What decides between hits on the same words: first the user's own, then protected terms, then points."""
        return 1000.0 * entry.is_own + (100.0 if entry.is_protected else self.weight(entry))


def load_lexicon(extra_files: Sequence[Path] = ()) -> Lexicon:
    """The shipped lexicon, with the user's files added or overriding, in order.

    ConfigurationError if a file cannot be read, or is not a lexicon.

    >>> load_lexicon().by_term["despot"][0].category
    'name_calling'
    """
    return _build(_shipped_files() + tuple((str(path), read_lexicon_file(path)) for path in extra_files))


def read_lexicon_file(path: Path) -> bytes:
    """The content of a file. ConfigurationError if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot read the lexicon {path}: {error.strerror}") from error


@cache
def _shipped_files() -> tuple[tuple[str, bytes], ...]:
    names = sorted(item.name for item in _SHIPPED.iterdir() if item.name.endswith((".toml", ".tsv")))
    return tuple((name, (_SHIPPED / name).read_bytes()) for name in names)


@cache
def _build(files: tuple[tuple[str, bytes], ...]) -> Lexicon:
    entries: dict[str, list[Entry]] = {}
    n_shipped = len(_shipped_files())
    replaced: list[Replaced] = []
    unused_removals: list[tuple[str, Removal]] = []
    classes: dict[str, frozenset[str]] = {}
    weights: dict[str, float] = {}
    digest = hashlib.sha256()
    for index, (name, content) in enumerate(files):
        digest.update(hashlib.sha256(content).digest())
        is_own = index >= n_shipped
        read = read_file(name, content, is_own=is_own)
        classes |= read.classes
        weights |= read.weights
        removed = {removal.term.lower() for removal in read.removals}
        unused_removals += [(name, removal) for removal in read.removals if removal.term.lower() not in entries]
        added: dict[str, list[Entry]] = {}
        for entry in read.entries:
            added.setdefault(entry.term.lower(), []).append(entry)
        if is_own:
            for term in {*added, *removed} & set(entries):
                replaced += [Replaced(entry, name) for entry in entries.pop(term)]
        for term, new in added.items():
            entries.setdefault(term, []).extend(new)
    every = tuple(entry for same in entries.values() for entry in same)
    _check_classes(every, classes)
    ordered = sorted(replaced, key=lambda one: one.entry.term)  # a set has no order
    return Lexicon(every, classes, weights, digest.hexdigest(), tuple(ordered), tuple(unused_removals))


def _check_classes(entries: Sequence[Entry], classes: Mapping[str, frozenset[str]]) -> None:
    """ConfigurationError if a condition names an unknown class of words."""
    known = {NAME, NUMBER} | {f"<{name}>" for name in classes}
    for entry in entries:
        for condition in entry.conditions:
            for word in condition.words:
                if word.startswith("<") and word not in known:
                    raise ConfigurationError(
                        f"{entry.source}:{entry.line}: {entry.term}: there is no class {word}, only {', '.join(sorted(known))}"
                    )

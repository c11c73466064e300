"""The patterns of data/line_patterns.toml and data/boilerplate.txt, compiled once.

Patterns with the engine "polars" are read for every paragraph. Large ones are left to Python, because polars compiles a
pattern again for every batch; they are searched only in the few lines that can match.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tasks.text.arrays import Bools

_CAPITALS = "".join(filter(str.isupper, map(chr, range(0x530))))  # Latin, Greek and Cyrillic
_PART = re.compile(r"\{([a-z]+)\}")
_MATCHES = {"anywhere": "{}", "start": r"\A(?:{})", "whole": r"\A(?:{})$", "title": r"(?i)\A(?:{})\W*\Z"}
_MAX_CHARS = 1000  # of texts that Python's patterns search: the time of some grows with the square of it
_QUOTATION_MARKS = list("\"'“‘„«")
_NO_LETTER = "*"


@dataclass(frozen=True)
class LinePattern:
    """One table of line_patterns.toml: which texts have a feature."""

    engine: str
    regex: str
    """All its patterns as one regular expression."""
    requires: tuple[str, ...]
    """Literals of which every match has one; empty if nothing is known."""
    examples: tuple[tuple[str, str], ...]
    """Each pattern by itself, and an example that it matches."""

    def find(self, texts: pl.Series, candidates: Bools | None = None, also: Callable[[str], bool] = bool) -> Bools:
        """Which of the candidates among `texts` match, and satisfy `also` (for patterns of Python).

        >>> import polars as pl
        >>> line_pattern("section").find(pl.Series(["Opinion", "Nothing sails"])).tolist()
        [True, False]
        """
        if self.engine == "polars":
            found = texts.str.contains(self.regex).to_numpy()
            return found if candidates is None else found & candidates
        if candidates is None:
            candidates = np.ones(len(texts), bool)
        if self.requires:
            candidates = candidates & self._hold_required(texts)
        return search(texts, candidates, re.compile(self.regex), also)

    def count(self, texts: pl.Series) -> NDArray[np.int32]:
        """How many matches each text has.

        >>> import polars as pl
        >>> line_pattern("page_phrase").count(pl.Series(["Sign up for our newsletter", "The boat sank"])).tolist()
        [2, 0]
        """
        if self.engine == "polars":
            return texts.str.count_matches(self.regex).cast(pl.Int32).to_numpy()
        pattern = re.compile(self.regex)
        counts = np.zeros(len(texts), np.int32)
        rows = np.arange(len(texts))
        if self.requires:
            rows = np.flatnonzero(self._hold_required(texts))
        counts[rows] = [sum(1 for _ in pattern.finditer(text[:_MAX_CHARS])) for text in texts.gather(rows).to_list()]
        return counts

    def _hold_required(self, texts: pl.Series) -> Bools:
        ignores_case = "(?i" in self.regex
        return texts.str.contains_any(list(self.requires), ascii_case_insensitive=ignores_case).to_numpy()


def search(texts: pl.Series, candidates: Bools, pattern: re.Pattern[str], also: Callable[[str], bool] = bool) -> Bools:
    """Which of the candidates among `texts` hold a match of the pattern and satisfy `also`; none above 1,000 characters."""
    rows = np.flatnonzero(candidates)
    matches = np.zeros(len(texts), bool)
    matches[rows] = [
        len(text) <= _MAX_CHARS and pattern.search(text) is not None and also(text)
        for text in texts.gather(rows).to_list()
    ]
    return matches


def line_pattern(name: str) -> LinePattern:
    """The patterns of one feature, by the name of its table.

    >>> bool(re.search(line_pattern("byline").regex, "By Nora Faber and Jon Pell"))
    True
    """
    return line_patterns()[name]


@cache
def line_patterns() -> dict[str, LinePattern]:
    """All patterns of line_patterns.toml, by the names of their tables."""
    tables = tomllib.loads(files("tasks.segment").joinpath("data", "line_patterns.toml").read_text("utf-8"))
    parts = {"capital": _CAPITALS}
    for name, regex in tables.pop("parts").items():
        parts[name] = _fill_in(regex, parts)
    return {name: _read_table(table, parts) for name, table in tables.items()}


def _read_table(table: dict[str, Any], parts: dict[str, str]) -> LinePattern:
    match = _MATCHES[table["match"]]
    examples = [(_fill_in(regex, parts), example) for regex, example in table["patterns"]]
    regex = match.replace("{}", "|".join(regex for regex, _ in examples))
    alone = tuple((match.replace("{}", regex), example) for regex, example in examples)
    return LinePattern(table["engine"], regex, tuple(table.get("requires", ())), alone)


def _fill_in(regex: str, parts: dict[str, str]) -> str:
    return _PART.sub(lambda match: parts[match[1]], regex)


def are_boilerplate(texts: pl.Series) -> Bools:
    """Which texts begin as one of the patterns of boilerplate.txt.

    >>> import polars as pl
    >>> are_boilerplate(pl.Series(["Share this article", "He shares this"])).tolist()
    [True, False]
    """
    openings, further_on = _boilerplate()
    # Each text is compared with the patterns of its first word only; one pattern of all would take ten times as long.
    first_words = texts.str.extract(r"^[^0-9A-Za-z]{0,3}([A-Za-z]+)").str.to_lowercase()
    rows = first_words.is_in(list(openings)).arg_true()
    candidates = zip(first_words.gather(rows).to_list(), texts.gather(rows).to_list(), strict=True)
    first = texts.str.head(1)
    opens_with_word = first.is_between("a", "z") | first.is_between("A", "Z")
    opens_with_word |= first.is_in(_QUOTATION_MARKS) & first_words.is_not_null()
    found = search(texts, ~opens_with_word.to_numpy(), openings[_NO_LETTER])
    required = [literal for literal, _ in further_on]
    holding = texts.str.contains_any(required, ascii_case_insensitive=True).arg_true()
    for i, text in zip(holding.to_list(), texts.gather(holding).to_list(), strict=True):
        lowercase = text.lower()
        found[i] |= any(literal in lowercase and pattern.match(text) for literal, pattern in further_on)
    found[rows.to_numpy()] |= np.array([openings[word].match(text) is not None for word, text in candidates], bool)
    return found


@cache
def _boilerplate() -> tuple[dict[str, re.Pattern[str]], list[tuple[str, re.Pattern[str]]]]:
    """By first word, the patterns that begin with it; and those of what stands further on, with a literal they require."""
    text = files("tasks.segment").joinpath("data", "boilerplate.txt").read_text("utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    by_word: dict[str, list[str]] = {}
    for words, pattern in lines:
        if not pattern.startswith("."):
            for word in words.split():
                by_word.setdefault(word, []).append(pattern)
    openings = {word: re.compile(rf"\A\W{{0,3}}(?:{'|'.join(some)})", re.IGNORECASE) for word, some in by_word.items()}
    further_on = [(literal, re.compile(pattern, re.IGNORECASE)) for literal, pattern in lines if pattern[0] == "."]
    return openings, further_on

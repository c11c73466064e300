"""Patterns over tagged words: regular expressions whose characters are words.

A pattern consists of names of word classes, separated by spaces:

    (^ | COMMA) <ARTICLE? CAPITAL{1,3}> BEFORE_VERB* $

It finds the words between `<` and `>`, here up to three capitalized words with their article, followed only by
auxiliaries and adverbs up to the end of the range. `?`, `*`, `+`, `{m,n}`, `|`, parentheses, `^` and `$` are those of
regular expressions; `ANY` is any word. A class is a feature of words (see `WordFeature`), or a condition on features
that is passed with the pattern. Each line is an alternative. Text after a # is a comment.

For the search, each word becomes one character: words that no class of the pattern distinguishes share a character, and
the names become sets of characters. So polars' regular expressions, which take linear time, search all ranges of a
batch in one call.

>>> import numpy as np
>>> import polars as pl
>>> from tasks.segment.quotes.tagger import TaggedText
>>> from tasks.text.buffers import TextBuffer
>>> pattern = TagPattern("(^ | COMMA) <ARTICLE? CAPITAL{1,3}> BEFORE_VERB* $")
>>> tagged = TaggedText(TextBuffer.of(pl.Series(["On Monday, the Kremlin has also", "So what"])))
>>> first, last = pattern.find(tagged, tagged.first, tagged.last)
>>> tagged.texts_of(first, last).to_list()
['the Kremlin', '']
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import polars as pl

from tasks.segment.quotes.tagger import WordFeature
from tasks.text.buffers import TextBuffer

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tasks.segment.quotes.tagger import TaggedText
    from tasks.text.arrays import Bools, Ints

    Has: TypeAlias = Callable[[int], Bools]
    """For each distinct set of features, whether it has one of some features."""
    Condition: TypeAlias = Callable[[Has], Bools]

Phrases: TypeAlias = "tuple[Ints, Ints]"
"""The first word of each phrase and the end of its last word; the two are equal if there is no phrase."""

_NAME = re.compile(r"[A-Z_]{2,}")
_COMMENT = re.compile(r"#.*$")
_FIRST_SYMBOL = ord("0")  # symbols are characters of ASCII from here on
_MAX_SYMBOLS = 128 - _FIRST_SYMBOL
_NO_WORD = r"[^\s\S]"


class _Line(NamedTuple):
    """A line of a pattern: the part before the phrase, the phrase, and the part after it."""

    before: str
    phrase: str
    behind: str

    @classmethod
    def parse(cls, line: str) -> _Line:
        before, _, rest = line.replace("(", "(?:").partition("<")
        phrase, _, behind = rest.partition(">")
        return cls(*(" ".join(part.split()) for part in (before, phrase, behind)))


class TagPattern:
    """A pattern over tagged words, which marks one phrase. It is searched in ranges of words."""

    def __init__(self, pattern: str, **classes: Condition) -> None:
        """`classes` are conditions on features, by the names that the pattern uses for them.

        Either all lines end in `$` or all begin with `^`, because the position of the phrase is counted from there.
        Lines are tried in order, but lines with the same context are tried together, in the place of the first.
        """
        parsed = [
            _Line.parse(line) for line in (_COMMENT.sub("", line).strip() for line in pattern.splitlines()) if line
        ]
        self._counts_back = all(line.behind.endswith("$") for line in parsed)
        if not self._counts_back and not all(line.before.startswith("^") for line in parsed):
            raise ValueError(f"all lines of a pattern end in $, or all begin with ^: {pattern}")
        phrases: dict[tuple[str, str], list[str]] = {}
        for line in parsed:
            phrases.setdefault((line.before, line.behind), []).append(line.phrase)
        self._regexes = [
            f"(?:{before})({'|'.join(alternatives)})({behind})"
            if self._counts_back
            else f"({before})({'|'.join(alternatives)})(?:{behind})"
            for (before, behind), alternatives in phrases.items()
        ]
        names = dict.fromkeys(_NAME.findall(" ".join(self._regexes)))
        names.pop("ANY", None)
        self._conditions = {name: classes.get(name) or _feature(name) for name in names}
        self._compiled = self._regexes, np.zeros(0, np.uint8)
        """Regular expressions over symbols, and the symbol of each tag that was known when they were made."""

    def find(self, tagged: TaggedText, first: Ints, last: Ints) -> Phrases:
        """The phrase found in each of the ranges of words from `first` to before `last`; empty if there is none."""
        if not len(first):
            return last, last
        regexes, symbols = self._compile(tagged)
        n_words, n_between = np.zeros((2, len(first)), np.int64)
        rows = np.arange(len(first))
        for regex in regexes:
            words = pl.DataFrame({"words": symbols.cut(first[rows], last[rows])})
            column = pl.col("words").str
            if regex.endswith("($)"):  # the phrase is at the end from which it is counted
                groups = words.select(column.extract(regex, 1).str.len_bytes().fill_null(0))
                n_words[rows] = groups.to_series().to_numpy()
            else:
                groups = words.select(column.extract_groups(regex).struct.unnest().str.len_bytes().fill_null(0))
                phrase, gap = groups.get_columns() if self._counts_back else reversed(groups.get_columns())
                n_words[rows], n_between[rows] = phrase.to_numpy(), gap.to_numpy()
            rows = np.flatnonzero(n_words == 0)
            if not len(rows):
                break
        if self._counts_back:
            end = last - n_between
            return end - n_words, end
        start = first + n_between
        return start, start + n_words

    def matches(self, tagged: TaggedText, first: Ints, last: Ints) -> Bools:
        """In which of the ranges of words the pattern is found."""
        if not len(first):
            return np.zeros(0, bool)
        regexes, symbols = self._compile(tagged)
        windows = symbols.cut(first, last)
        return windows.str.contains("|".join(f"(?:{regex})" for regex in regexes)).to_numpy()

    def _compile(self, tagged: TaggedText) -> tuple[list[str], TextBuffer]:
        """The pattern as regular expressions over symbols, and the symbols of the words."""
        if self not in tagged.searched:
            regexes, symbol_of_tag = self._compiled
            if len(tagged.tagset) != len(symbol_of_tag):
                regexes, symbol_of_tag = self._compiled = self._over_symbols(tagged.tagset)
            symbols = symbol_of_tag.take(tagged.tag)
            tagged.searched[self] = regexes, TextBuffer(symbols, np.array([0, len(symbols)]))
        return tagged.searched[self]

    def _over_symbols(self, tagset: Ints) -> tuple[list[str], NDArray[np.uint8]]:
        """The pattern as regular expressions over symbols, and the symbol of each tag. Words share a symbol if they are in
        the same classes of this pattern.
        """

        def has(features: int) -> Bools:
            has_feature: Bools = (tagset & features) != 0
            return has_feature

        members = np.array([condition(has) for condition in self._conditions.values()])
        kinds = (members << np.arange(len(members))[:, None]).sum(axis=0)
        distinct, kind_of_tag = np.unique(kinds, return_inverse=True)
        if len(distinct) > _MAX_SYMBOLS:
            raise ValueError(f"{len(distinct)} kinds of words are too many for one pattern: {self._regexes}")
        sets = {"ANY": rf"[\x{_FIRST_SYMBOL:02x}-\x7f]"}  # a dot would be all of Unicode
        for i, name in enumerate(self._conditions):
            symbols = [f"\\x{_FIRST_SYMBOL + kind:02x}" for kind in np.flatnonzero(distinct >> i & 1).tolist()]
            sets[name] = f"[{''.join(symbols)}]" if symbols else _NO_WORD
        regexes = ["(?x)" + _NAME.sub(lambda name: sets[name[0]], regex) for regex in self._regexes]
        return regexes, (kind_of_tag + _FIRST_SYMBOL).astype(np.uint8)


def _feature(name: str) -> Condition:
    bit: int = getattr(WordFeature, name)
    return lambda has: has(bit)

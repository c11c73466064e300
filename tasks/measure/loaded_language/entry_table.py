"""What the columnar rules need of a lexicon, as arrays: an item for each entry, codes for words."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from tasks.measure.loaded_language.conditions import ConditionTable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tasks.measure.loaded_language.lexicon import Lexicon
    from tasks.text.arrays import Bools, Floats, Ints


@dataclass(frozen=True)
class EntryTable:
    """The entries of a lexicon as columns, and its classes of words as codes."""

    weights: Floats
    precedence: Floats
    intensities: Ints
    is_protected: Bools
    is_prefix: Bools
    is_suffix: Bools
    is_hyphenated: Bools
    needs_superlative: Bools
    may_be_name: Bools
    may_be_epithet: Bools
    codes_of_affixes: Ints
    """The code that stands for an affix inside a word; -1 for entries that are not affixes."""
    conditions: ConditionTable
    classes: Mapping[str, Ints]
    """The codes of each class of words, sorted."""

    @classmethod
    def of(cls, lexicon: Lexicon, code: Callable[[str], int]) -> EntryTable:
        """The table of a lexicon; `code` numbers words, from 1."""
        entries = lexicon.entries

        def column(attribute: str) -> Bools:
            return np.fromiter(map(attrgetter(attribute), entries), bool, len(entries))

        weights = np.array([lexicon.weight(entry) for entry in entries], np.float64)
        return cls(
            weights=weights,
            precedence=np.array([lexicon.precedence(entry) for entry in entries], np.float64),
            intensities=np.array([entry.intensity for entry in entries], np.int64),
            is_protected=column("is_protected"),
            is_prefix=column("is_prefix"),
            is_suffix=column("is_suffix"),
            is_hyphenated=column("hyphenated"),
            needs_superlative=column("needs_superlative"),
            may_be_name=column("may_be_name"),
            may_be_epithet=(weights > 0) & column("may_be_epithet"),
            codes_of_affixes=np.array([code(entry.term) if entry.is_affix else -1 for entry in entries], np.int64),
            conditions=ConditionTable(entries, code, lexicon.classes),
            classes={
                name: np.array(sorted(code(word) for word in words), np.int64)
                for name, words in lexicon.classes.items()
            },
        )

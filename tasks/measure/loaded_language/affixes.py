"""Affixes that make any word loaded, written without a hyphen: scaremonger, pseudoscience.

With a hyphen ("crime-ridden") the affix is a word of its own, and is found like one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from tasks.measure.loaded_language.entries import Entry


class Affixes:
    """Finds the affix of the lexicon with which a word begins or ends.

    >>> from tasks.measure.loaded_language.lexicon import load_lexicon
    >>> affixes = Affixes(load_lexicon().entries)
    >>> [affixes.find(word) for word in ("scaremongers", "ironmonger", "pseudoscience", "pseudonym")]
    ['-monger', None, 'pseudo-', None]
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_letters: dict[str, Entry] = {}
        suffixes: list[str] = []
        prefixes: list[str] = []
        for entry in entries:
            if entry.is_affix:
                self._by_letters |= dict.fromkeys(entry.affix_letters, entry)
                (prefixes if entry.is_prefix else suffixes).extend(entry.affix_letters)
        self._ending = re.compile(rf"\w{{3,}}?({'|'.join(sorted(suffixes, key=len, reverse=True)) or '(?!)'})")
        self._beginning = re.compile(rf"({'|'.join(prefixes) or '(?!)'})\w{{4,}}")

    def find(self, word: str) -> str | None:
        """The affix that a word ends or begins with, as its entry writes it; None for words that begin like an exception."""
        match = self._ending.fullmatch(word) or self._beginning.fullmatch(word)
        if match is None:
            return None
        entry = self._by_letters[match[1]]
        return None if entry.exceptions and word.startswith(entry.exceptions) else entry.term


def lexicon_word(word: str, listed: Container[str], affixes: Affixes) -> str | None:
    """The word of the lexicon that a word of a text counts as: itself, "n't" or its affix; None if there is none."""
    if word in listed:
        return word
    if word.endswith("n't") and "n't" in listed:
        return "n't"
    return affixes.find(word)

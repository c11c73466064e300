"""Affixes that load whatever they are put to, written without a hyphen: scaremonger, pseudoscience.

With a hyphen ("crime-ridden") the affix is a word of its own, and the matcher finds it as such.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tasks.measure.loaded_language.lexicon import Entry


class Affixes:
    """Which affix a word begins or ends with, as that affix' code.

    >>> from tasks.measure.loaded_language.lexicon import load_lexicon
    >>> entries = [entry for entry in load_lexicon().entries if entry.term in {"-monger", "pseudo-"}]
    >>> affixes = Affixes(entries, {"-monger": 1, "pseudo-": 2}.__getitem__)
    >>> [affixes.inside(word) for word in ("scaremongers", "ironmonger", "pseudoscience", "pseudonym")]
    [1, 0, 2, 0]
    """

    def __init__(self, entries: Iterable[Entry], code: Callable[[str], int]) -> None:
        self._codes: dict[str, int] = {}
        """By the letters of each form."""
        self._exceptions: dict[int, tuple[str, ...]] = {}
        suffixes: list[str] = []
        prefixes: list[str] = []
        for entry in entries:
            if entry.part_of_speech != "affix":
                continue
            number = code(entry.term)
            self._exceptions[number] = entry.exceptions
            letters = [form.strip("-") for form in (entry.term, *entry.stated_forms)]
            self._codes |= dict.fromkeys(letters, number)
            (prefixes if entry.is_prefix else suffixes).extend(letters)
        self._ending = re.compile(rf"\w{{3,}}?({'|'.join(sorted(suffixes, key=len, reverse=True)) or '(?!)'})")
        self._beginning = re.compile(rf"({'|'.join(prefixes) or '(?!)'})\w{{4,}}")

    def inside(self, word: str) -> int:
        """The code of the affix that a word ends or begins with; else 0. An exception is how such words begin."""
        match = self._ending.fullmatch(word) or self._beginning.fullmatch(word)
        if match is None:
            return 0
        code = self._codes[match[1]]
        exceptions = self._exceptions[code]
        return 0 if exceptions and word.startswith(exceptions) else code

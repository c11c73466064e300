"""Which letters the world's languages write, and which of them side by side.

`ñ` after `a` is attested in Spanish, `ń` before `ć` in no language: so `rßckwärts` cannot be what was meant, and `rückwärts`
can. The facts are gathered from Unicode's Common Locale Data Repository (CLDR) by tools/build_orthography.py and stand in
data/orthography.json: pairs of letters, the alphabet of each language, and letters that are words by themselves. Case
makes no difference; pairs of ASCII letters are always attested.
"""

from __future__ import annotations

import json
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Orthography(NamedTuple):
    """What data/orthography.json holds, in the form in which it is used."""

    pairs: frozenset[str]
    alphabets: dict[str, frozenset[str]]  # of each letter, the languages that write it
    letters: frozenset[str]
    words: frozenset[str]


@cache
def _orthography() -> _Orthography:
    facts = json.loads(files(__package__).joinpath("data", "orthography.json").read_text("utf-8"))
    languages: dict[str, set[str]] = {}
    for language, letters in facts["alphabets"].items():
        for letter in letters:
            languages.setdefault(letter, set()).add(language)
    pairs = frozenset(first + second for first, seconds in facts["pairs"].items() for second in seconds)
    return _Orthography(
        pairs,
        {letter: frozenset(names) for letter, names in languages.items()},
        frozenset("".join(pairs) + facts["letters"]),
        frozenset(facts["words"]),
    )


_FOLDED = {"İ": "i", "ț": "ţ", "ș": "ş", "ﬀ": "f", "ﬁ": "f", "ﬂ": "f", "ﬃ": "f", "ﬄ": "f"}
"""Letters that stand where another one does: Romanian is written with cedillas as well as with commas below."""


def lower(letter: str) -> str:
    """The letter under which a letter is looked up: its small form, or what it stands for.

    >>> lower("Ñ"), lower("İ"), lower("ș"), lower("ß")
    ('ñ', 'i', 'ş', 'ß')
    """
    return _FOLDED.get(letter) or _FOLDED.get(letter.lower()) or letter.lower()


@lru_cache(1 << 16)
def script(letter: str) -> str:
    """The first word of a letter's Unicode name, which for letters is the script.

    >>> script("ж")
    'CYRILLIC'
    """
    return "LATIN" if letter < "\x80" else unicodedata.name(letter, "?").split(" ", 1)[0]


def is_known(letter: str) -> bool:
    """Whether a language of the news writes the letter, large or small.

    >>> is_known("ł"), is_known("ʁ")
    (True, False)
    """
    small = lower(letter)
    return small < "\x80" or letter in _FOLDED or (small in _orthography().letters and letter in {small, small.upper()})


def is_word(letter: str) -> bool:
    """Whether a letter beyond ASCII stands alone as a word in some language.

    >>> is_word("à"), is_word("ř")
    (True, False)
    """
    return lower(letter) in _orthography().words


def is_attested(first: str, second: str) -> bool:
    """Whether some language writes two letters side by side; two of ASCII always pass.

    >>> is_attested("S", "ł"), is_attested("ń", "ć")
    (True, False)
    """
    pair = lower(first) + lower(second)
    return pair.isascii() or pair in _orthography().pairs


def share_alphabet(first: str, second: str) -> bool:
    """Whether one language has both letters, which are beyond ASCII, in its alphabet.

    >>> share_alphabet("ń", "ć"), share_alphabet("ń", "ő")
    (True, False)
    """
    alphabets = _orthography().alphabets
    nobody: frozenset[str] = frozenset()
    return not alphabets.get(lower(first), nobody).isdisjoint(alphabets.get(lower(second), nobody))


def languages_with(letters: Iterable[str]) -> frozenset[str]:
    """The languages whose alphabets hold all of the letters; those that no alphabet has are passed over.

    >>> sorted(languages_with("æøå"))[:2]
    ['da', 'no']
    """
    alphabets = _orthography().alphabets
    known = [alphabets[small] for small in {lower(letter) for letter in letters} if small in alphabets]
    return frozenset.intersection(*known) if known else frozenset()


def n_foreign(text: str, languages: frozenset[str]) -> int:
    """How many letters of a text beyond ASCII none of the languages has; 0 if no language is given.

    >>> n_foreign("på", languages_with("æø")), n_foreign("pš", languages_with("æø"))
    (0, 1)
    """
    if not languages:
        return 0
    alphabets = _orthography().alphabets
    return sum(
        languages.isdisjoint(alphabets.get(lower(letter), ()))
        for letter in text
        if letter > "\x7f" and letter.isalpha()
    )


def unfamiliarity(text: str) -> int:
    """How many pairs of letters of one script no language is known to write: it decides between equal candidates.

    >>> unfamiliarity("rückwärts"), unfamiliarity("rßckwärts")
    (0, 2)
    """
    return sum(map(_is_unfamiliar, text, text[1:]))


@lru_cache(1 << 16)
def _is_unfamiliar(first: str, second: str) -> bool:
    return first.isalpha() and second.isalpha() and script(first) == script(second) and not is_attested(first, second)

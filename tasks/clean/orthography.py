"""Which letters the languages of the world use, and which of them side by side.

`ñ` after `a` is attested in Spanish, `ń` before `ć` in no language: so `rßckwärts` cannot be correct, and `rückwärts`
can. The data are derived from Unicode's Common Locale Data Repository (CLDR) by tools/build_orthography.py and stored
in data/orthography.json: pairs of letters, the alphabet of each language, and letters that are words by themselves.
Case makes no difference. Pairs of ASCII letters are always attested.
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
    """The content of data/orthography.json, prepared for use."""

    pairs: frozenset[str]
    alphabets: dict[str, frozenset[str]]  # for each letter, the languages that use it
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
"""Letters that stand for another one: Romanian is written with cedillas as well as with commas below."""


def lower(letter: str) -> str:
    """The letter under which a letter is looked up: its lower-case form, or the letter that it stands for.

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
    """Whether a language of the news uses the letter, in either case.

    >>> is_known("ł"), is_known("ʁ")
    (True, False)
    """
    small = lower(letter)
    return small < "\x80" or letter in _FOLDED or (small in _orthography().letters and letter in {small, small.upper()})


def is_word(letter: str) -> bool:
    """Whether a non-ASCII letter is a word by itself in some language.

    >>> is_word("à"), is_word("ř")
    (True, False)
    """
    return lower(letter) in _orthography().words


def is_attested(first: str, second: str) -> bool:
    """Whether some language uses two letters side by side; always true for two ASCII letters.

    >>> is_attested("S", "ł"), is_attested("ń", "ć")
    (True, False)
    """
    pair = lower(first) + lower(second)
    return pair.isascii() or pair in _orthography().pairs


def share_alphabet(first: str, second: str) -> bool:
    """Whether the alphabet of one language contains both (non-ASCII) letters.

    >>> share_alphabet("ń", "ć"), share_alphabet("ń", "ő")
    (True, False)
    """
    alphabets = _orthography().alphabets
    nobody: frozenset[str] = frozenset()
    return not alphabets.get(lower(first), nobody).isdisjoint(alphabets.get(lower(second), nobody))


def languages_with(letters: Iterable[str]) -> frozenset[str]:
    """The languages whose alphabets contain all of the letters; letters that are in no alphabet are ignored.

    >>> sorted(languages_with("æøå"))[:2]
    ['da', 'no']
    """
    alphabets = _orthography().alphabets
    known = [alphabets[small] for small in {lower(letter) for letter in letters} if small in alphabets]
    return frozenset.intersection(*known) if known else frozenset()


@lru_cache(1 << 16)
def alphabet_bits(letters: str) -> int:
    """The languages whose alphabets contain all of the letters, as bits of a number; letters that are in no alphabet are ignored.

    >>> alphabet_bits("ő") & alphabet_bits("ř"), alphabet_bits("ø") & alphabet_bits("å") > 0
    (0, True)
    """
    bits = (1 << 63) - 1
    for letter in letters:
        if letter > "\x7f" and letter.isalpha():
            bits &= _bits_of_letters().get(lower(letter), bits)
    return bits


@cache
def _bits_of_letters() -> dict[str, int]:
    alphabets = _orthography().alphabets
    languages = sorted(frozenset().union(*alphabets.values()))
    numbers = {language: number % 63 for number, language in enumerate(languages)}
    return {letter: sum({1 << numbers[name] for name in names}) for letter, names in alphabets.items()}


def n_foreign(text: str, languages: frozenset[str]) -> int:
    """The number of non-ASCII letters in a text that are in none of the languages; 0 if no language is given.

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
    """The number of pairs of letters of one script that no language uses; decides between equal candidates.

    >>> unfamiliarity("rückwärts"), unfamiliarity("rßckwärts")
    (0, 2)
    """
    return sum(map(_is_unfamiliar, text, text[1:]))


@lru_cache(1 << 16)
def _is_unfamiliar(first: str, second: str) -> bool:
    return first.isalpha() and second.isalpha() and script(first) == script(second) and not is_attested(first, second)

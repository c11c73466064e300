"""Classes of characters: letter, digit, dash, currency sign, part of a box drawing and so on.

Whether two characters may be neighbours is a rule about their classes (see `plausibility`). A decoding is wrong if it
gives a character of a class that prose never contains. `Ã©` is a capital and a suffix sign; `é` is a lower-case letter.

The class of a character is from data/characters.toml if it is listed there, else from its category in the Unicode
database.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib.resources import files

from tasks.clean.orthography import is_known

UPPER, LOWER, UNCASED, IDEOGRAPH, MARK = "upper", "lower", "uncased", "ideograph", "mark"
DIGIT, SPACE, OTHER_SIGN = "digit", "space", "other_sign"
QUOTE, LOW_QUOTE, ELLIPSIS, DASH, INVERTED = "quote", "low_quote", "ellipsis", "dash", "inverted"
CURRENCY, SUFFIX, REFERENCE, MATHS, BOX = "currency", "suffix", "reference", "maths", "box"
ACCENT, PICTURE = "accent", "picture"
HYPHEN, JOINER, PRIVATE, LOST = "hyphen", "joiner", "private", "lost"
NEVER = "never"
"""The class of characters that text never contains: control characters, surrogates, unassigned code points."""

LETTERS = frozenset({UPPER, LOWER, UNCASED, IDEOGRAPH, MARK})

_DATA = tomllib.loads(files(__package__).joinpath("data", "characters.toml").read_text("utf-8"))
_CLASS_OF_SIGN: dict[str, str] = {sign: name for name, signs in _DATA["signs"].items() for sign in signs}
_BOX, _IDEOGRAPH = re.compile(_DATA["ranges"]["box"]), re.compile(_DATA["ranges"]["ideograph"])
_CLASS_OF_CATEGORY = {
    "Lu": UPPER,
    "Lt": UPPER,
    "Ll": LOWER,
    "Co": PRIVATE,
    "Cf": JOINER,
    "M": MARK,
    "N": DIGIT,
    "Z": SPACE,
    "P": OTHER_SIGN,
    "S": PICTURE,
}
"""By the two letters of a category, else by the first."""

NEVER_FOLLOWED_BY: dict[str, frozenset[str]] = {
    name: frozenset(others) for name, others in _DATA["never_followed_by"].items()
}
"""For each class, the classes that never follow it if both characters are non-ASCII."""
INSIDE_WORDS = frozenset(_DATA["words"]["inside"])
AFTER_CAPITALS = frozenset(_DATA["words"]["after_capitals"])
AFTER_ONE_LETTER = frozenset(_DATA["words"]["after_one_letter"])
OVERLAYS = re.compile(_DATA["prose"]["overlays"])
"""Strokes through any character."""

SAFE_PUNCTUATION = frozenset(_DATA["typography"]["safe_punctuation"])
"""Dashes, quotes and other typographic signs. A single one between ASCII characters is never mojibake."""
RESTORABLE_SIGNS: str = _DATA["typography"]["restorable"]
"""Typographic signs whose altered mojibake is restored (see `lossy_forms`)."""
STRAIGHTENED = {
    ord(sign): straight for straight, signs in _DATA["typography"]["straightened"].items() for sign in signs
}
"""For `str.translate`: the straight quotes that a tool puts in place of curly ones."""

_SMALL_CAPITALS = re.compile(_DATA["prose"]["small_capitals"])
_MARKS, _PICTURES, _OTHER_SIGNS = (
    re.compile(_DATA["prose"]["marks"]),
    re.compile(_DATA["prose"]["pictures"]),
    re.compile(_DATA["prose"]["other_signs"]),
)


@lru_cache(1 << 16)
def classify(character: str) -> str:
    """The class of a character: one of the constants of this module.

    >>> classify("é"), classify("£"), classify("█"), classify(" ")
    ('lower', 'currency', 'box', 'space')
    """
    if character < "\x80":
        if character.isalpha():
            return LOWER if character.islower() else UPPER
        return DIGIT if character.isdigit() else SPACE if character.isspace() else OTHER_SIGN
    if character in _CLASS_OF_SIGN:
        return _CLASS_OF_SIGN[character]
    if _BOX.match(character):
        return BOX
    category = unicodedata.category(character)
    if category in {"Lo", "Lm"}:
        return IDEOGRAPH if _IDEOGRAPH.match(character) else UNCASED
    return _CLASS_OF_CATEGORY.get(category) or _CLASS_OF_CATEGORY.get(category[0], NEVER)


@lru_cache(1 << 16)
def is_prose(character: str) -> bool:
    r"""Whether a character occurs in prose of any kind. A decoding that gives another one is wrong.

    >>> is_prose("ł"), is_prose("☂"), is_prose("ʁ"), is_prose("\x85")
    (True, True, False, False)
    """
    if character < "\x80":
        return character.isprintable() or character in "\t\n"
    kind = classify(character)
    if kind in {UPPER, LOWER, UNCASED}:
        return is_known(character) or character in _DATA["prose"]["letters"]
    if kind == MARK:
        return is_known(character) or _MARKS.match(character) is not None or OVERLAYS.match(character) is not None
    if kind == JOINER:
        return character in _CLASS_OF_SIGN
    if kind == PICTURE:
        return _PICTURES.match(character) is not None
    if kind in {OTHER_SIGN, DIGIT}:
        return _OTHER_SIGNS.match(character) is not None
    if kind == ACCENT:
        return character in _DATA["prose"]["accents"]
    if kind == PRIVATE:
        return _SMALL_CAPITALS.match(character) is not None
    return kind != NEVER

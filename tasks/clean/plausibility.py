"""How implausible it is in clean prose that one character follows another: the measure that detects mojibake.

Mojibake has sequences that no language has: `Ã©` inside a word, `ÔÇö` between two spaces. Two kinds of evidence are used.

- Two letters: does some language use them side by side (`orthography`)? Do they belong to one script, and is the word
  consistently in capitals or in lower case?
- Anything else: typographic signs follow rules that all languages share. The rules are about classes of characters
  (`character_classes`): a low quote opens, a currency sign is not inside a word, a part of a box drawing does not touch
  a letter.

Each rule is a function that returns a penalty for a pair of neighbours, given the character before them: 0 for what
occurs in prose, 1 for what is rare, 2 for what does not occur. The implausibility of a text is the sum over its pairs.

    >>> penalties("f", "Ã", "©"), penalties("i", "™", "s")
    ({'sign_after_capital': 2}, {'sign_inside_word': 2})
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from tasks.clean.character_classes import (
    ACCENT,
    AFTER_CAPITALS,
    AFTER_ONE_LETTER,
    BOX,
    DASH,
    DIGIT,
    HYPHEN,
    IDEOGRAPH,
    INSIDE_WORDS,
    LETTERS,
    LOST,
    LOW_QUOTE,
    LOWER,
    MARK,
    MATHS,
    NEVER,
    NEVER_FOLLOWED_BY,
    OTHER_SIGN,
    OVERLAYS,
    PRIVATE,
    SPACE,
    SUFFIX,
    UNCASED,
    UPPER,
    classify,
)
from tasks.clean.orthography import is_attested, is_known, lower, script, share_alphabet

if TYPE_CHECKING:
    from collections.abc import Callable

FINE, RARE, NOT_IN_PROSE = 0, 1, 2

_ZERO_WIDTH_JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"


class _Pair(NamedTuple):
    """Two neighbours with their classes, and the character before them (a space at the start of a text)."""

    before: str
    first: str
    second: str
    first_class: str
    second_class: str

    @property
    def has_ascii(self) -> bool:
        return self.first < "\x80" or self.second < "\x80"


@lru_cache(1 << 18)
def implausibility(before: str, first: str, second: str) -> int:
    """How implausible `second` is after `first` and `before`; a space stands for the end of a text.

    >>> implausibility("f", "é", "e"), implausibility("f", "Ã", "©"), implausibility(" ", "£", "5")
    (0, 2, 0)
    """
    if first < "\x80" and second < "\x80":
        return FINE
    pair = _Pair(before, first, second, classify(first), classify(second))
    return sum([rule(pair) for rule in _rules_for(pair)])


def penalties(before: str, first: str, second: str) -> dict[str, int]:
    """The rules that a pair of neighbours violates, by name, each with its penalty; `implausibility` is their sum.

    >>> penalties("d", "ж", "e")
    {'script_changes': 2}
    """
    pair = _Pair(before, first, second, classify(first), classify(second))
    rules = () if first < "\x80" and second < "\x80" else _rules_for(pair)
    return {rule.__name__[1:]: penalty for rule in rules if (penalty := rule(pair))}


def _rules_for(pair: _Pair) -> tuple[Callable[[_Pair], int], ...]:
    """The rules for a pair with at least one non-ASCII character."""
    _, first, second, a, b = pair
    if NEVER in {a, b}:
        return (_never_in_text,)
    if LOST in {a, b}:
        return (_lost_after_letter,)
    if a not in LETTERS or b not in LETTERS:
        return _SIGN_RULES
    if b == MARK:
        return (_mark_on_other_letter,)
    if a == MARK or (lower(first) == lower(second) and first != "ſ"):
        return ()  # a letter may be repeated for emphasis: Ôôô
    if IDEOGRAPH in {a, b}:
        return (_ideograph_beside_letter,)
    if UNCASED in {a, b} or script(first) != script(second):
        return (_script_changes,)
    return (_pair_not_attested, _case_changes)


def _never_in_text(_pair: _Pair) -> int:
    """A control character, a lone surrogate or an unassigned code point."""
    return NOT_IN_PROSE


def _lost_after_letter(pair: _Pair) -> int:
    """A lost character (U+FFFD) after a non-ASCII letter; in other places it is no evidence."""
    is_after_letter = pair.first_class in {UPPER, LOWER} and pair.first > "\x7f"
    return RARE if pair.second_class == LOST and is_after_letter else FINE


# ------------------------------------------------------------------------------------------ pairs with a sign in them


def _classes_never_meet(pair: _Pair) -> int:
    """Classes that do not follow each other, if non-ASCII or, for some, anywhere; Greek letters may (√π, ∆ω)."""
    if pair.second_class not in NEVER_FOLLOWED_BY.get(pair.first_class, frozenset()):
        return FINE
    if pair.first_class == MATHS and script(pair.second) == "GREEK":
        return FINE
    return FINE if pair.has_ascii and not _holds_with_ascii(pair) else NOT_IN_PROSE


def _holds_with_ascii(pair: _Pair) -> bool:
    """Whether a rule about two classes also applies if one of the two characters is ASCII."""
    a, b = pair.first_class, pair.second_class
    if BOX in {a, b}:
        return DIGIT not in {a, b}
    return (a in LETTERS and b in {MATHS, LOW_QUOTE}) or (a == ACCENT and b == LOWER)


def _low_quote_opens(pair: _Pair) -> int:
    """Low quotes open: no space follows them, and no letter or digit stands before them."""
    is_before_space = pair.first_class == LOW_QUOTE and pair.second_class == SPACE
    is_after_word = pair.second_class == LOW_QUOTE and pair.first.isalnum()
    return NOT_IN_PROSE if is_before_space or is_after_word else FINE


def _root_of_sign(pair: _Pair) -> int:
    """A root sign precedes a number or a letter, not another mathematical sign."""
    return NOT_IN_PROSE if pair.first == "√" and pair.second_class == MATHS else FINE


def _suffix_before_opening_quote(pair: _Pair) -> int:
    """`™“` and the like."""
    return RARE if pair.first_class == SUFFIX and pair.second in "«“‘" else FINE


def _hyphen_beside_no_letter(pair: _Pair) -> int:
    """Soft and typographic hyphens are between letters."""
    a, b = pair.first_class, pair.second_class
    return RARE if (a == HYPHEN and b not in LETTERS) or (b == HYPHEN and a not in LETTERS) else FINE


def _mark_on_no_letter(pair: _Pair) -> int:
    """A combining mark belongs to a letter; a stroke may be through anything."""
    is_free = pair.second_class == MARK and pair.first_class not in LETTERS
    return RARE if is_free and not OVERLAYS.match(pair.second) else FINE


def _private_use_beside_others(pair: _Pair) -> int:
    """A private use character beside one that is not."""
    return RARE if PRIVATE in pair[3:] and pair.first_class != pair.second_class else FINE


def _joiner_beside_ascii(pair: _Pair) -> int:
    """Zero-width joiners belong to other scripts and emoji."""
    joiner, other = (pair.first, pair.second) if pair.first in _ZERO_WIDTH_JOINERS else (pair.second, pair.first)
    return RARE if joiner in _ZERO_WIDTH_JOINERS and other < "\x80" and other not in " \n" else FINE


def _sign_inside_word(pair: _Pair) -> int:
    """A sign between two letters. Only some signs may be there: apostrophes, hyphens, dashes and others."""
    is_inside = pair.second_class in LETTERS and pair.before.isalpha()
    if not is_inside or pair.first_class in INSIDE_WORDS or _is_apostrophe(*pair[:3]):
        return FINE
    return NOT_IN_PROSE


def _is_apostrophe(before: str, sign: str, after: str) -> bool:
    """Apostrophes and the Catalan middle dot are used inside words, and the turned apostrophe for the Hawaiian ʻokina."""
    return sign in "’·" or (sign == "‘" and before < "\x80" and after < "\x80")


def _lone_letter(pair: _Pair) -> int:
    """A non-ASCII letter between two dashes, or after a low quote that opens a quotation of one letter (`‚Ä `)."""
    if pair.first_class not in LETTERS or pair.first < "\x80":
        return FINE
    kind = classify(pair.before)
    is_between_dashes = kind == DASH and pair.second_class == DASH
    is_cut_quotation = kind == LOW_QUOTE and pair.first_class == UPPER and pair.second_class in {SPACE, OTHER_SIGN}
    return NOT_IN_PROSE if is_between_dashes or is_cut_quotation else FINE


def _sign_after_capital(pair: _Pair) -> int:
    """Non-ASCII capitals before a sign end a word in capitals (MAÇÃ»), or are a word (É…)."""
    before, first, second, a, b = pair
    if a != UPPER or first < "\x80" or second < "\x80" or b not in AFTER_CAPITALS:
        return FINE
    if before.isupper():
        return FINE if is_attested(before, first) else NOT_IN_PROSE
    return NOT_IN_PROSE if before.isalpha() or b in AFTER_ONE_LETTER else RARE


def _small_letter_after_misread_a(pair: _Pair) -> int:
    """`à`, wrongly decoded as `Ã` and a no-break space, before a lower-case letter."""
    is_after_capital = pair.before > "\x7f" and pair.before.isupper()
    return NOT_IN_PROSE if pair.first == "\N{NO-BREAK SPACE}" and pair.second.islower() and is_after_capital else FINE


_SIGN_RULES: tuple[Callable[[_Pair], int], ...] = (
    _classes_never_meet,
    _low_quote_opens,
    _root_of_sign,
    _suffix_before_opening_quote,
    _hyphen_beside_no_letter,
    _mark_on_no_letter,
    _private_use_beside_others,
    _joiner_beside_ascii,
    _sign_inside_word,
    _lone_letter,
    _sign_after_capital,
    _small_letter_after_misread_a,
)

# ---------------------------------------------------------------------------------------------------- pairs of letters


def _mark_on_other_letter(pair: _Pair) -> int:
    """A combining mark on a letter with which it does not compose, or of another script."""
    if pair.first_class in {UPPER, LOWER}:
        return FINE if len(unicodedata.normalize("NFC", pair.first + pair.second)) == 1 else RARE
    own = script(pair.second)
    is_same_script = script(pair.first) == own or own in {"COMBINING", "VARIATION"}
    return FINE if pair.first_class == MARK or is_same_script else NOT_IN_PROSE


def _ideograph_beside_letter(pair: _Pair) -> int:
    """An ideograph beside a letter of an alphabet."""
    if pair.first_class == pair.second_class:
        return FINE
    return RARE if pair.has_ascii else NOT_IN_PROSE


def _script_changes(pair: _Pair) -> int:
    """Two scripts in a word, or a letter with case beside one without; lower-case Greek is a symbol (μm)."""
    scripts = {script(pair.first), script(pair.second)}
    if UNCASED in pair[3:]:
        return FINE if pair.first_class == pair.second_class and len(scripts) == 1 else NOT_IN_PROSE
    greek = pair.first if script(pair.first) == "GREEK" else pair.second
    is_symbol = scripts == {"GREEK", "LATIN"} and greek.islower() and pair.has_ascii
    return FINE if is_symbol else NOT_IN_PROSE


def _pair_not_attested(pair: _Pair) -> int:
    """Letters that no language is known to use side by side.

    In lower-case Latin letters, a pair that is not in CLDR is never used, even within one alphabet (ńć). But CLDR has
    fewer capitals, and compounds contain pairs that simple words do not (BLÅØYD). Greek and Cyrillic combine more
    freely.
    """
    first, second = pair.first, pair.second
    if is_attested(first, second) or (pair.has_ascii and is_known(first) and is_known(second)):
        return FINE
    is_strict = pair.first_class == LOWER and script(first) == "LATIN"
    return RARE if not is_strict and share_alphabet(first, second) else NOT_IN_PROSE


def _case_changes(pair: _Pair) -> int:
    """A word does not change to capitals inside, nor back after two capitals."""
    if pair.first_class == pair.second_class:
        return FINE
    if pair.first_class == LOWER:
        return NOT_IN_PROSE
    if not pair.before.isalpha():
        return FINE
    return NOT_IN_PROSE if pair.before.islower() else RARE

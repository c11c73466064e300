"""How odd it is, in clean prose, that one character follows another: the measure by which mojibake is judged.

Mojibake reads as no language writes: `Ã©` inside a word, `ÔÇö` between two spaces. Which letters languages do write side
by side is known (`letters`). Typographic signs follow rules that all languages share; they are stated here, for classes
of characters, as a table of classes that do not meet and a few rules about words.

The measure is a small number for each pair, given the character before it; a text's oddity is the sum.
0 is what prose does, 1 is rare, 2 is what prose does not do.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from tasks.clean.orthography import is_attested, is_known, lower, script, share_alphabet

FINE, RARE, ODD = 0, 1, 2

# Classes of characters, each named by one character.
UPPER, LOWER, UNCASED, IDEOGRAPH, MARK = "A", "a", "u", "H", "n"
DIGIT, SPACE, OTHER_SIGN = "0", " ", "."
QUOTE, LOW_QUOTE, ELLIPSIS, DASH, INVERTED = "q", "l", "e", "-", "i"
CURRENCY, SUFFIX, REFERENCE, MATHS, BOX, ACCENT, PICTURE = "$", "t", "r", "m", "b", "c", "p"
HYPHEN, JOINER, PRIVATE, LOST, NEVER = "h", "j", "x", "f", "!"

_SIGNS = {
    QUOTE: "“”‘’«»‹›",
    LOW_QUOTE: "„‚",
    ELLIPSIS: "…",
    DASH: "–—―",
    INVERTED: "¿¡",
    CURRENCY: "¢£¥€₽₴₺₹₩₪₿",
    SUFFIX: "™®©°ºª²³¹¼½¾‰′″",
    REFERENCE: "†‡§¶•·№",
    MATHS: "¬±×÷√ƒ∂∆∏∑−∞∫≈≠≤≥◊µ⁄",
    ACCENT: "¨¯´¸ˆ˜ˇ˘˙˛˝¤¦΄΅⌐ⁿ∙",
    HYPHEN: "\N{SOFT HYPHEN}\N{HYPHEN}\N{NON-BREAKING HYPHEN}",
    JOINER: "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH SPACE}\N{WORD JOINER}"
    "\N{VARIATION SELECTOR-15}\N{VARIATION SELECTOR-16}\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}"
    "\N{ZERO WIDTH NO-BREAK SPACE}",
    LOST: "\N{REPLACEMENT CHARACTER}",
}
_CLASS_OF_SIGN = {sign: name for name, signs in _SIGNS.items() for sign in signs}

_LETTERS = frozenset({UPPER, LOWER, UNCASED, IDEOGRAPH, MARK})
_ANY_LETTER = UPPER + LOWER + UNCASED

_DO_NOT_FOLLOW = {
    UPPER: CURRENCY + MATHS + BOX + ACCENT + LOW_QUOTE + INVERTED,
    LOWER: CURRENCY + MATHS + BOX + ACCENT + LOW_QUOTE + INVERTED,
    UNCASED: CURRENCY + MATHS + BOX + ACCENT + LOW_QUOTE + INVERTED + REFERENCE + SUFFIX,
    DIGIT: BOX + LOW_QUOTE + INVERTED,
    QUOTE: BOX + ACCENT + REFERENCE + SUFFIX,
    LOW_QUOTE: CURRENCY + MATHS + BOX + ACCENT + INVERTED + REFERENCE + SUFFIX + DASH,
    ELLIPSIS: CURRENCY + MATHS + BOX + ACCENT + REFERENCE + SUFFIX,
    DASH: MATHS + BOX + ACCENT + REFERENCE + SUFFIX,
    INVERTED: CURRENCY + MATHS + BOX + ACCENT + LOW_QUOTE + REFERENCE + SUFFIX + QUOTE + ELLIPSIS + DASH,
    CURRENCY: _ANY_LETTER + CURRENCY + MATHS + BOX + ACCENT + LOW_QUOTE + INVERTED + REFERENCE + SUFFIX,
    SUFFIX: _ANY_LETTER + CURRENCY + BOX + ACCENT + LOW_QUOTE + INVERTED,
    REFERENCE: CURRENCY + MATHS + BOX + ACCENT + LOW_QUOTE + INVERTED + SUFFIX,
    MATHS: _ANY_LETTER + BOX + ACCENT + LOW_QUOTE + INVERTED + REFERENCE + SUFFIX,
    BOX: _ANY_LETTER + CURRENCY + MATHS + ACCENT + LOW_QUOTE + INVERTED + REFERENCE + SUFFIX + QUOTE + DASH + ELLIPSIS
    + DIGIT,
    ACCENT: UPPER + UNCASED + CURRENCY + MATHS + BOX + LOW_QUOTE + INVERTED + REFERENCE + SUFFIX + QUOTE + DASH,
    PICTURE: UPPER + LOWER + CURRENCY + MATHS + BOX + ACCENT,
}  # fmt: skip
"""For each class the classes that do not follow it, where both characters are beyond ASCII (or `_odd_with_ascii`)."""

_INSIDE_WORDS = _LETTERS | {OTHER_SIGN, SPACE, DIGIT, DASH, ELLIPSIS, HYPHEN, JOINER, PICTURE, CURRENCY, PRIVATE, LOST}
"""What may have a letter on both sides."""

_AFTER_CAPITALS = frozenset({QUOTE, ELLIPSIS, SUFFIX, REFERENCE, DASH, HYPHEN, SPACE, MARK})
_AFTER_WORDS = frozenset({SUFFIX, REFERENCE, HYPHEN, SPACE, MARK})
"""Of these, what does not follow a word of one letter."""

_ZERO_WIDTH_JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
_OVERLAYS = "\u0335\u0336\u0337\u0338"  # strokes through any character
_MARKS = frozenset(
    map(chr, [*range(0x300, 0x305), *range(0x306, 0x30D), 0x31B, 0x323, *range(0x325, 0x329), 0x331])
) | {*_OVERLAYS}  # fmt: skip
"""The combining marks that languages use, and strokes."""

_PICTURES = re.compile(
    "[\u2100-\u214f\u2190-\u23ff\u2460-\u27bf\u2800-\u28ff\u2b00-\u2bff\u3000-\u303f\U0001f000-\U0001faff]"
)
"""Letter-like signs, arrows, technical signs, enclosed figures, shapes, dingbats, braille, and emoji."""

_OTHER_SIGNS = re.compile("[\x80-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u2000-\u2bff\u3000-\u303f\ufe10-\uffef]")
"""The punctuation and figures of the larger scripts."""


@lru_cache(1 << 16)
def classify(character: str) -> str:
    """The class of a character: one of the constants of this module.

    >>> classify("é") == LOWER, classify("£") == CURRENCY, classify("█") == BOX
    (True, True, True)
    """
    number = ord(character)
    if number < 0x80:
        if character.isalpha():
            return LOWER if character.islower() else UPPER
        return DIGIT if character.isdigit() else SPACE if character.isspace() else OTHER_SIGN
    if character in _CLASS_OF_SIGN:
        return _CLASS_OF_SIGN[character]
    if 0x2500 <= number <= 0x259F or 0x2320 <= number <= 0x2321:
        return BOX
    match unicodedata.category(character):
        case "Lu" | "Lt":
            return UPPER
        case "Ll":
            return LOWER
        case "Lo" | "Lm":
            return IDEOGRAPH if _is_east_asian(number) else UNCASED
        case "Co":
            return PRIVATE
        case "Cf":
            return JOINER
        case category:
            return {"M": MARK, "N": DIGIT, "Z": SPACE, "P": OTHER_SIGN, "S": PICTURE}.get(category[0], NEVER)


def _is_east_asian(number: int) -> bool:
    """Ideographs, kana, hangul and their full-width forms, which stand beside anything."""
    return (
        0x2E80 <= number <= 0xA4CF
        or 0xAC00 <= number <= 0xD7AF
        or 0xF900 <= number <= 0xFAFF
        or 0xFF00 <= number <= 0xFFEF
        or number >= 0x20000
    )


@lru_cache(1 << 16)
def is_prose(character: str) -> bool:
    r"""Whether a character occurs in prose of any kind: a decoding that yields another is wrong.

    >>> is_prose("ł"), is_prose("☂"), is_prose("ʁ"), is_prose("\x85")
    (True, True, False, False)
    """
    if character < "\x80":
        return character.isprintable() or character in "\t\n"
    match classify(character):
        case "A" | "a" | "u":
            return is_known(character) or character == "Ω"
        case "n":
            return is_known(character) or character in _MARKS
        case "j":
            return character in _CLASS_OF_SIGN
        case "p":
            return _PICTURES.match(character) is not None
        case "." | "0":
            return _OTHER_SIGNS.match(character) is not None
        case "c":
            return character in "¨´˛"
        case kind:
            return kind != NEVER


@lru_cache(1 << 18)
def oddity(before: str, first: str, second: str) -> int:
    """How odd `second` is after `first`, which itself stands after `before` (a space at the edges of a text).

    >>> oddity("f", "é", "e"), oddity("f", "Ã", "©"), oddity(" ", "£", "5")
    (0, 2, 0)
    """
    if first < "\x80" and second < "\x80":
        return FINE
    a, b = classify(first), classify(second)
    if NEVER in {a, b}:
        return ODD
    if LOST in {a, b}:
        return RARE if b == LOST and a in {UPPER, LOWER} and first > "\x7f" else FINE
    if a in _LETTERS and b in _LETTERS:
        return _between_letters(before, first, second, a, b)
    score = _neighbours(first, second, a, b) + _joiners(first, second, a, b)
    if b in _LETTERS and before.isalpha() and a not in _INSIDE_WORDS and not _is_apostrophe(before, first, second):
        score += ODD
    if a in _LETTERS and first > "\x7f":
        score += _lone_letter(before, a, b)
        if a == UPPER and second > "\x7f" and b in _AFTER_CAPITALS:
            score += _sign_after_capital(before, first, b)
    if first == "\N{NO-BREAK SPACE}" and second.islower() and before > "\x7f" and before.isupper():
        score += ODD  # à, read as Ã and a no-break space, goes on with a small letter
    return score


def _neighbours(first: str, second: str, a: str, b: str) -> int:
    """Classes that do not meet."""
    score = FINE
    greek_in_formula = a == MATHS and script(second) == "GREEK"  # √π, ∆ω
    if b in _DO_NOT_FOLLOW.get(a, "") and not greek_in_formula and (first > "\x7f" < second or _odd_with_ascii(a, b)):
        score += ODD
    if (a == LOW_QUOTE and b == SPACE) or (b == LOW_QUOTE and first.isalnum()):
        score += ODD  # low quotes open
    if first == "√" and b == MATHS:
        score += ODD  # a root is of a number or a letter
    if a == SUFFIX and second in "«“‘":
        score += RARE
    return score


def _odd_with_ascii(a: str, b: str) -> bool:
    """Whether two classes are odd neighbours also where one of the two characters is ASCII."""
    if BOX in {a, b}:
        return DIGIT not in {a, b}
    return (a in _LETTERS and b in {MATHS, LOW_QUOTE}) or (a == ACCENT and b == LOWER)


def _joiners(first: str, second: str, a: str, b: str) -> int:
    """Hyphens, marks and joiners belong to letters."""
    score = FINE
    if (a == HYPHEN and b not in _LETTERS) or (b == HYPHEN and a not in _LETTERS):
        score += RARE
    if b == MARK and a not in _LETTERS and second not in _OVERLAYS:
        score += RARE
    if PRIVATE in {a, b} and a != b:
        score += RARE
    joiner, other = (first, second) if first in _ZERO_WIDTH_JOINERS else (second, first)
    if joiner in _ZERO_WIDTH_JOINERS and other < "\x80" and other not in " \n":
        score += RARE
    return score


def _is_apostrophe(before: str, sign: str, after: str) -> bool:
    """Apostrophes and the Catalan middle dot stand inside words; the turned one does for the Hawaiian ʻokina."""
    return sign in "’·" or (sign == "‘" and before < "\x80" and after < "\x80")


def _lone_letter(before: str, a: str, b: str) -> int:
    """A letter beyond ASCII between two dashes, or opened as a quotation of one letter and not closed."""
    kind = classify(before)
    between_dashes = kind == DASH and b == DASH
    cut_quotation = kind == LOW_QUOTE and a == UPPER and b in {SPACE, OTHER_SIGN}
    return ODD if between_dashes or cut_quotation else FINE


def _sign_after_capital(before: str, first: str, b: str) -> int:
    """Capitals beyond ASCII before a sign end a word in capitals (MAÇÃ»), or are a word (É…)."""
    if before.isupper():
        return FINE if is_attested(before, first) else ODD
    return ODD if before.isalpha() or b in _AFTER_WORDS else RARE


def _between_letters(before: str, first: str, second: str, a: str, b: str) -> int:
    if b == MARK:
        return _mark_after(first, second, a)
    if a == MARK or (lower(first) == lower(second) and first != "ſ"):
        return FINE  # letters are prolonged: Ôôô
    if IDEOGRAPH in {a, b}:
        return FINE if a == b else RARE if first < "\x80" or second < "\x80" else ODD
    scripts = {script(first), script(second)}
    if UNCASED in {a, b}:
        return FINE if a == b and len(scripts) == 1 else ODD
    if len(scripts) == 2:
        return FINE if _is_greek_symbol(first, second, scripts) else ODD
    return _pair_of_letters(first, second, a, scripts) + _case(before, a, b)


def _mark_after(first: str, mark: str, a: str) -> int:
    if a in {UPPER, LOWER}:
        return FINE if len(unicodedata.normalize("NFC", first + mark)) == 1 else RARE
    same_script = script(first) == script(mark) or script(mark) in {"COMBINING", "VARIATION"}
    return FINE if a == MARK or same_script else ODD


def _is_greek_symbol(first: str, second: str, scripts: set[str]) -> bool:
    """A small Greek letter is a symbol in Latin words (γ-globulin, IL2Rγ, μm)."""
    greek = first if script(first) == "GREEK" else second
    return scripts == {"GREEK", "LATIN"} and greek.islower() and min(first, second) < "\x80"


def _pair_of_letters(first: str, second: str, a: str, scripts: set[str]) -> int:
    if is_attested(first, second) or (min(first, second) < "\x80" and is_known(first) and is_known(second)):
        return FINE
    # In small Latin letters a pair that CLDR does not know is odd, also within one alphabet (ńć). But capitals are fewer
    # there, and compounds join letters that no simple word does (BLÅØYD); and Greek and Cyrillic join more freely.
    strict = scripts == {"LATIN"} and a == LOWER
    return RARE if not strict and share_alphabet(first, second) else ODD


def _case(before: str, a: str, b: str) -> int:
    """A word does not turn to capitals within, nor back after two."""
    if a == LOWER and b == UPPER:
        return ODD
    if a == UPPER and b == LOWER and before.isalpha():
        return ODD if before.islower() else RARE
    return FINE

"""How well a text fits a language, judged by its letters: the evidence that tells a right decoding from a wrong one.

Bytes that are Czech in one codec are letters in another one, too, but no language has them in this order: `pøíliš` for
`příliš`. So a text gets a cost in bits: how surprising each letter is after the two before it, in the language that it
fits best. Signs, capitals inside words and changes of script have costs of their own (data/signs.toml). Of several
readings of the same bytes, the one with the lowest cost is the right one, if the difference is large enough.

    >>> fit("příliš žluťoučký kůň").language, fit("příliš žluťoučký kůň").bits < fit("pøíliš žluouèký kùò").bits
    ('cs', True)

The frequencies of letters are in data/letters.tsv and data/east_asian.txt, made by tools/build_letter_statistics.py.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WEIGHTS = (0.75, 0.2, 0.05)
"""Of the frequency of a letter after the two before it, after the one before it, and by itself."""

_FLOOR = 2.0**-18
"""The probability of a letter that a language does not have."""

_UNKNOWN = 20
"""The cost of a letter that no language has, in bits."""


_OTHER_LANGUAGE = 10
"""The cost of a text in which words with non-ASCII characters are of another language than the others."""


class Fit(NamedTuple):
    """How well a text fits the language that it fits best."""

    bits: float
    """The cost of the whole text."""
    language: str


def fit(text: str, *, is_one_language: bool = False) -> Fit:
    """The cost of a text in the language that it fits best. In ASCII words, only the letters count.

    Words with non-ASCII characters may be of another language than the others, unless `is_one_language`.

    >>> fit("Der Bürgermeister entschuldigt sich.").language
    'de'
    """
    words = _NO_WORD.split(text)
    foreign = " ".join(word for word in words if not word.isascii())
    plain, others = _letter_bits(" ".join(filter(str.isascii, words))), _letter_bits(foreign)
    best = int((plain + others).argmin())
    # Foreign names and other languages occur in every text.
    bits = float(plain[best] + others[best])
    if not is_one_language:
        bits = min(bits, float(plain.min() + others.min()) + _OTHER_LANGUAGE)
    return Fit(bits + sum(map(_sign_bits, foreign)) + _odd_bits(foreign), _statistics().languages[best])


def fold(text: str) -> str:
    """The letters and combining marks of a text in lower case, and a space for each other character.

    >>> fold("Łódź, 5 km")
    'łódź    km'
    """
    return "".join(map(_fold, text))


@lru_cache(1 << 14)
def _fold(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] not in "LM" or _is_east_asian(character):
        return " "
    return character.lower()[0].translate(_ROMANIAN)


_ROMANIAN = str.maketrans("șț", "şţ")
"""Romanian is written with cedillas as well as with commas below."""


# ------------------------------------------------------------------------------------------------------------- letters


class _Statistics(NamedTuple):
    """The content of data/letters.tsv: the cost of a letter in each language, by itself and after one or two others."""

    languages: tuple[str, ...]
    codes: dict[str, int]
    """The number of each letter; 0 is a letter that no language has."""
    sequences: tuple[tuple[NDArray[np.int64], NDArray[np.float32]], ...]
    """For sequences of three, two and one letters: their numbers in order, and for each one its cost in each language."""


@cache
def _statistics() -> _Statistics:
    rows = [line.split("\t") for line in _read("letters.tsv").splitlines()]
    languages = {language: number for number, language in enumerate(dict.fromkeys(row[0] for row in rows))}
    codes = {letter: code for code, letter in enumerate(sorted({letter for row in rows for letter in row[2]}), 1)}
    width = len(codes) + 1
    keys, columns, counts = [], [], []
    for language, level, sequences in rows:
        own = np.array([*map(codes.__getitem__, sequences)], np.int64).reshape(-1, 3)
        keys.append(own @ np.array([width * width, width, 1]))
        columns.append(np.full(len(own), languages[language]))
        counts.append(np.full(len(own), 2.0 ** (int(level) / 2), np.float32))
    codes[" "] = codes.pop("_")
    all_keys = np.concatenate(keys)
    return _Statistics(
        tuple(languages), codes, _costs(all_keys, np.concatenate(columns), np.concatenate(counts), width)
    )


def _costs(
    threes: NDArray[np.int64], columns: NDArray[np.int64], counts: NDArray[np.float32], width: int
) -> tuple[tuple[NDArray[np.int64], NDArray[np.float32]], ...]:
    """The costs of all sequences of three, two and one letters. A longer one is smoothed with those that end it."""
    costs: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
    shorter: tuple[NDArray[np.int64], NDArray[np.float32]] | None = None
    for length, weight in ((1, _WEIGHTS[2]), (2, _WEIGHTS[1]), (3, _WEIGHTS[0])):
        own = threes % width**length
        keys, totals = _table(own, columns, counts)
        before, contexts = _table(own // width, columns, counts)
        context = contexts[np.searchsorted(before, keys // width)]
        shares = np.float32(weight) * np.divide(totals, context, out=np.zeros_like(totals), where=context > 0)
        shares += _FLOOR if shorter is None else shorter[1][np.searchsorted(shorter[0], keys % width ** (length - 1))]
        shorter = keys, shares
        costs.append((keys, -np.log2(shares)))
    return tuple(reversed(costs))


def _table(
    keys: NDArray[np.int64], columns: NDArray[np.int64], counts: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The distinct keys in order, and for each one the sum of its counts in each language."""
    distinct, rows = np.unique(keys, return_inverse=True)
    sums = np.zeros((len(distinct), int(columns.max()) + 1), np.float32)
    np.add.at(sums, (rows, columns), counts)
    return distinct, sums


@lru_cache(64)  # readings of the same bytes have the same ASCII words
def _letter_bits(text: str) -> NDArray[np.float32]:
    """The cost of the letters of a text in each language. What is not a letter counts as one space between words."""
    known = _statistics()
    codes, width = known.codes, len(known.codes) + 1
    space = codes[" "]
    symbols = np.array([space, *(codes.get(letter, 0) for letter in fold(text)), space], np.int64)
    symbols = symbols[np.append(True, (symbols[1:] != space) | (symbols[:-1] != space))]
    before = np.append(space, symbols)
    sequences = (before[:-2] * width + symbols[:-1]) * width + symbols[1:]
    distinct, counts = np.unique(sequences, return_counts=True)
    total = np.zeros(len(known.languages), np.float32)
    for length, (keys, bits) in zip((3, 2, 1), known.sequences, strict=True):
        own = distinct % width**length
        at = np.minimum(np.searchsorted(keys, own), len(keys) - 1)
        is_known = keys[at] == own
        total += counts[is_known].astype(np.float32) @ bits[at[is_known]]
        distinct, counts = distinct[~is_known], counts[~is_known]
    return total + np.float32(_UNKNOWN * counts.sum())


def _read(name: str) -> str:
    return files(__package__).joinpath("data", name).read_text("utf-8")


# --------------------------------------------------------------------------------------------------------------- signs

_DATA = tomllib.loads(_read("signs.toml"))
_COSTS: dict[str, int] = _DATA["cost"]
_LISTED: dict[str, int] = {sign: group["bits"] for group in _DATA["sign"] for sign in group["signs"]}

_NO_WORD = re.compile(r"[\x00-\x40\x5b-\x60\x7b-\x7f]+")
_KINDS = {
    **dict.fromkeys("“”‘«»–—…", "q"),  # quotes and the like, which may touch words
    **dict.fromkeys("‚„¿¡", "o"),  # what opens a quotation or sentence
    "’": "'",
    **dict.fromkeys("·\xad\xa0", " "),  # what may be inside words
}
_INSIDE_WORD = re.compile("(?<=l)[qs](?=l)|(?<=l)o|o(?= |$)|(?<=lll)'(?=lll)")
_AT_WORD = re.compile("(?<=l)s|s(?=l)")
_CASE_CHANGE = re.compile("(?<=a)A|(?<=AA)a")
_BLOCKS = ((0x0250, "LATIN"), (0x0370, ""), (0x0400, "GREEK"), (0x0530, "CYRILLIC"), (0x1E00, "OTHER"), (0x1F00, "LATIN"),
           (0x2000, "GREEK"))  # fmt: skip
"""The scripts that alphabets have in common codecs, by the first code point after them."""


def _odd_bits(text: str) -> int:
    """The cost of signs inside words, of capitals inside words, and of words in two scripts."""
    kinds = "".join(map(_kind, text))
    scripts = [*map(_script, text)]
    n_changes = sum(first != second and bool(first) and bool(second) for first, second in pairwise(scripts))
    return (
        _COSTS["sign_inside_word"] * len(_INSIDE_WORD.findall(kinds))
        + _COSTS["sign_at_word"] * len(_AT_WORD.findall(kinds))
        + _COSTS["case_change"] * len(_CASE_CHANGE.findall(_cases(text)))
        + _COSTS["script_change"] * n_changes
    )


@lru_cache(1 << 14)
def _kind(character: str) -> str:
    """`l` for a letter or a mark on one, `s` for a sign beyond ASCII, or one of _KINDS; a space for the rest."""
    if unicodedata.category(character)[0] in "LM":
        return "l"
    return _KINDS.get(character, "s" if character > "\x7f" else " ")


def _cases(text: str) -> str:
    """`a` for each lower-case letter, `A` for each capital, a space for anything else."""
    return "".join(map(_case, text))


@lru_cache(1 << 14)
def _case(character: str) -> str:
    return "a" if character.islower() else "A" if character.isupper() else " "


@lru_cache(1 << 14)
def _script(character: str) -> str:
    if not character.isalpha():
        return ""
    if _is_east_asian(character):
        return "HANGUL" if "\uac00" <= character <= "\ud7a3" else "IDEOGRAPH"
    return next((script for end, script in _BLOCKS if ord(character) < end), "OTHER")


@lru_cache(1 << 16)
def _sign_bits(character: str) -> int:
    """The cost of a character that is no letter of an alphabet."""
    if character < "\x80":
        return 0
    if character in _LISTED:
        return _LISTED[character]
    category = unicodedata.category(character)
    if category[0] == "C" or character == "\N{REPLACEMENT CHARACTER}":
        return _COSTS["private" if category == "Co" else "control"]
    if _is_east_asian(character):
        return _COSTS[_east_asian_kind(character)]
    return 0 if category[0] in "LM" else _COSTS["other"]


def _is_east_asian(character: str) -> bool:
    return "\u2e80" <= character <= "\ua4cf" or "\uac00" <= character <= "\ud7af" or "\uf900" <= character <= "\uffef"


_COMMON_ROWS = (("gb2312", b"\xb0", b"\xd7"), ("big5", b"\xa4", b"\xc6"), ("euc_jp", b"\xb0", b"\xcf"))
"""Where the character sets have their common ideographs: the range of first bytes."""


def _east_asian_kind(character: str) -> str:
    """What a character of East Asia costs: the name of an entry of data/signs.toml.

    The character sets of China, Taiwan and Japan have common ideographs in rows of their own, and that of Korea has
    only common syllables. Of those, some hundred are frequent in each language.
    """
    if "\u3040" <= character <= "\u30ff":
        return "kana"
    is_hangul = "\uac00" <= character <= "\ud7a3"
    if character in _frequent_characters():
        return "frequent_hangul" if is_hangul else "frequent_ideograph"
    if is_hangul:
        return "common_hangul" if _encode(character, "euc_kr") else "rare_hangul"
    is_common = any(first <= _encode(character, codec)[:1] <= last for codec, first, last in _COMMON_ROWS)
    return "common_ideograph" if is_common else "rare_ideograph"


@cache
def _frequent_characters() -> frozenset[str]:
    return frozenset(_read("east_asian.txt").strip())


def _encode(character: str, codec: str) -> bytes:
    """The bytes of a character in a codec; none if it has none."""
    return character.encode(codec, "ignore")

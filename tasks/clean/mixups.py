r"""Mix-ups: text of one encoding that was read as another one, neither of them UTF-8, as `Ìýð` for `Мэр`.

No form of bytes shows this, only language: the text as it stands is no language, and as another reading of the same
bytes it is one (`tasks.text.letters`). Both must be clear, because a foreign name is no language either. So only texts
are looked at that have many characters beyond ASCII, and among them some that no language has together.

    >>> [(step.before, step.after) for step in find_mixup("Ìýð ðàññêàçàë î ìîñòå")][:2]
    [('Ìýð', 'Мэр'), ('ðàññêàçàë', 'рассказал')]
    >>> find_mixup("La lettre «Â» porte un accent, «Ê» aussi.")
    []
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from tasks.clean.character_classes import SAFE_PUNCTUATION, is_prose
from tasks.clean.orthography import alphabet_bits, is_attested
from tasks.clean.repairs import Repair, Step, rewrite
from tasks.clean.runs import RUN, cache_short
from tasks.text.letters import fit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DATA = tomllib.loads(files(__package__).joinpath("data", "mixups.toml").read_text("utf-8"))
_WRONG: tuple[str, ...] = tuple(_DATA["wrong"])
_RIGHT: dict[str, int] = _DATA["right"]

DENSE = 60
"""A run of characters beyond ASCII for each of so many bytes: as in all languages that such mix-ups make unreadable."""
_SAMPLE = 600
_GOOD_BITS = 6.7
"""Up to this cost of a letter, words may be of a language."""
_GOOD_BITS_EAST_ASIAN = 10.5
_BETTER = 1.0
"""How much less each letter must cost in another reading."""
_PROOF = 30
"""The evidence in bits that proves another reading."""
_LEAST_BITS = 3.5
"""No language costs less for a letter."""
_MANY = 3
"""Number of places with characters beyond ASCII that a text must have; a long run counts as several."""
_LONG_RUN = 6

_N_EAST_ASIAN = re.compile(r"\A[^\u3040-\ud7af]{0,40}[\u3001-\ud7af\uff00-\uffef]{4}")
"""Text of East Asia: several of its characters together."""

_WORD = re.compile(r"[^\s]*[^\x00-\x7f][^\s]*")


class _Reading(NamedTuple):
    bits: float
    right: str
    wrong: str
    language: str


def restore_mixup(text: str, repaired: Repair) -> Repair:
    """The text read in the encoding in which it was written, or `repaired`, whichever fits a language better.

    >>> restore_mixup("Ìýð ðàññêàçàë î", Repair("Ìýð ðàññêàçàë î")).text
    'Мэр рассказал о'
    """
    steps = find_mixup(text)
    if not steps:
        return repaired
    read = rewrite(text, steps)
    if repaired.steps and fit(_sample(repaired.text)).bits < fit(_sample(read.text)).bits + _PROOF:
        return repaired
    return read


def find_mixup(text: str) -> list[Step]:
    """The steps that read the bytes of a text in the encoding in which it was written; none if that is not proven.

    >>> [step.after for step in find_mixup("Pøíliš žlutý kùò úpìl ïábelské ódy")][:2]
    ['Příliš', 'kůň']
    """
    sample = _sample(text)
    if sum(1 + len(run) // _LONG_RUN for run in RUN.findall(sample)) < _MANY:
        return []
    given, by_letter = fit(sample).bits, _bits_of_words(sample)
    if by_letter < _BETTER + _LEAST_BITS:
        return []
    best = min((reading for wrong in _WRONG for reading in _readings(sample, wrong)), default=None)
    if best is None or best.bits + _PROOF > given:
        return []
    read = _read(sample, best.wrong, best.right) or ""
    if not all(map(_is_usual, set(read))):
        return []
    is_east_asian = len(read) < len(sample)
    if is_east_asian and _N_EAST_ASIAN.search(read) is None:
        return []
    limit = _GOOD_BITS_EAST_ASIAN if is_east_asian else min(_GOOD_BITS, by_letter - _BETTER)
    if _bits_of_words(read) > limit:
        return []
    return [*_steps(text, best)]


def _is_usual(character: str) -> bool:
    """Whether a character is a letter or a sign that is frequent in prose."""
    return character < "\x80" or character.isalnum() or character in _USUAL or unicodedata.category(character)[0] == "M"


_USUAL = frozenset("‘’“”„–—…«»\xa0¿¡°€£§" + "、。「」『』（）・：；！？，《》〈〉　")


def _readings(sample: str, wrong: str) -> Iterator[_Reading]:
    for right, needed in _RIGHT.items():
        read = None if right == wrong else _read(sample, wrong, right)
        if read is not None and read != sample:
            fitted = fit(read, is_one_language=True)
            yield _Reading(fitted.bits + needed, right, wrong, fitted.language)


def _read(text: str, wrong: str, right: str) -> str | None:
    """The text, if it was written in one codec and read in another; None if it cannot be that."""
    raw = _bytes(text, wrong)
    if raw is None:
        return None
    try:
        read = raw.decode(right)
    except UnicodeDecodeError:
        return None
    return read if all(is_prose(c) or c in "\xa0\r" or "\u0590" < c < "\ud7ff" for c in set(read)) else None


@cache
def _table(codec: str) -> dict[int, bytes]:
    """The byte of each character of a codec; an undefined byte is the control character of its number."""
    table = {byte: bytes([byte]) for byte in range(0x100)}
    for byte in range(0x80, 0x100):
        character = bytes([byte]).decode(codec, "ignore") or chr(byte)
        table[ord(character)] = bytes([byte])
    if codec != "cp1252":
        for byte in range(0xA0, 0x100):
            if table.get(byte) == bytes([byte]) and bytes([byte]).decode(codec, "ignore") != chr(byte):
                del table[byte]
    return table


def _bytes(text: str, codec: str) -> bytes | None:
    table = _table(codec)
    try:
        return b"".join([table[ord(character)] for character in text])
    except KeyError:
        return None


def _sample(text: str) -> str:
    """The words with characters beyond ASCII at the start of a text, with the lines around them."""
    first = next((match.start() for match in RUN.finditer(text)), 0)
    start = text.rfind("\n", 0, first) + 1
    start = max(start, first - _SAMPLE // 4)
    return text[start : start + _SAMPLE]


def _bits_of_words(sample: str) -> float:
    """The cost of a character in the words with characters beyond ASCII."""
    words = " ".join(_WORD.findall(sample))
    return fit(words).bits / max(1, len(words))


def _steps(text: str, best: _Reading) -> Iterator[Step]:
    reason = f"{best.right} read as {best.wrong}: so the words are of a language ({best.language})"
    for match in _WORD.finditer(text):
        read = _read(match.group(), best.wrong, best.right)
        if read is not None and read != match.group():
            yield Step(*match.span(), match.group(), read, "mojibake", best.wrong, "inferred", reason)


# ------------------------------------------------------------------------------------------------------- quick test


@cache_short(1 << 16)
def run_evidence(run: str) -> tuple[int, bool]:
    """The languages whose alphabets have all letters of a run, as bits of a number, and whether the run is odd.

    It is odd if no language has its letters side by side, or if it is a sign that mix-ups make of letters.

    >>> run_evidence("é")[1], run_evidence("ìýð")[1], run_evidence("±")[1]
    (False, True, True)
    """
    is_odd = any(character in _ODD for character in run) or any(
        first.isalpha() and second.isalpha() and not is_attested(first, second) for first, second in pairwise(run)
    )
    return alphabet_bits(run), is_odd or (len(run) >= _LONG and run.upper() == run and run.isalpha() and run < "Ā")


_LONG = 3
_NEXT_LINE = 0x85
_ODD = frozenset("‚ˆ˜¸¨±¾¼½¶³¹¢¥¤¬ƒŸþðÞÐ") | {chr(byte) for byte in range(0x80, 0xA0) if byte != _NEXT_LINE}


def may_be_mixup(runs: Iterable[str], n_bytes: int) -> bool:
    """Whether a text with these runs and of this length in UTF-8 may be a mix-up. Most texts are none.

    >>> may_be_mixup(["ó", "ź"], 40), may_be_mixup(["è", "æ", "š"], 40)
    (False, True)
    """
    n = 0
    languages, odd = -1, False
    for run in runs:
        if run in SAFE_PUNCTUATION:
            continue
        n += 1
        own, is_odd = run_evidence(run)
        languages &= own
        odd = odd or is_odd
    return n * DENSE > n_bytes and (odd or not languages)

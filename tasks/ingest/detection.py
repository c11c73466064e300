r"""Which encoding bytes have that are not UTF-8: the one in which they are words of some language.

Czech in Windows-1250 is also text in Windows-1252, but no language writes `pøíliš`. So the text around the bytes beyond
ASCII is read in each encoding (data/encodings.toml), and the reading that fits a language best is taken
(`tasks.text.letters`). An encoding that a page declares needs less evidence, and is dropped if another one fits much
better. Encodings of two or four bytes per character, and those of seven bits, are recognized by their form first.

    >>> likely_encoding("Příliš žluťoučký kůň úpěl ďábelské ódy.".encode("cp1250"), None)[0]
    'cp1250'
    >>> wide_encoding("Мэр извинился.".encode("utf-16-le"))
    'utf-16-le'
"""

from __future__ import annotations

import codecs
import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from tasks.text.letters import fit

_DATA = tomllib.loads(files(__package__).joinpath("data", "encodings.toml").read_text("utf-8"))
CANDIDATES: dict[str, int] = _DATA["candidates"]
"""Each encoding that is tried, and the evidence in bits that it needs more than the first one."""
_LABELS: dict[str, str] = _DATA["labels"]
_MULTI_BYTE = frozenset({"gb18030", "big5hkscs", "cp932", "cp949", "euc_jp"})

_DECLARED = 30
"""The evidence in bits that speaks for an encoding which a page declares."""
_FORM_OF_UTF8 = 10
"""The evidence in bits of a text in which about half of the bytes are valid UTF-8."""
_ENOUGH = 20
"""The evidence in bits with which other encodings than Windows-1252 are believed for a part of a file."""

_HIGH_RUN = re.compile(rb"(?:[^\s\x80-\xff]*[ \t]){0,6}[^\s\x80-\xff]*[\x80-\xff]\S*(?:[ \t][^\s\x80-\xff]+){0,6}")
"""A word with bytes beyond ASCII and some words before and after it."""
_MAX_PLACES = 20_000
_MAX_SAMPLE = 2000
_SEEN_OFTEN = 5
"""Number of places with the same byte that are taken as a sample."""

_SURROGATE_BITS = 24
"""The cost of a byte that an encoding does not define."""


class _Reading(NamedTuple):
    bits: float
    text: str
    encoding: str


def likely_encoding(raw: bytes, declared: str | None, *, may_be_utf8: bool = False) -> tuple[str, float]:
    r"""The encoding in which bytes fit a language best, and how certain that is, from 0 to 1.

    `declared` is the name that a page declares, in any spelling. `may_be_utf8` says that UTF-8 with single bytes of
    Windows-1252 is possible, too.

    >>> likely_encoding(b"caf\xe9 society, \x93quoted\x94", None)[0]
    'cp1252'
    >>> likely_encoding("Мэр извинился за наводнение.".encode("cp1251"), "iso-8859-1")[0]
    'cp1251'
    """
    known = known_encoding(declared) if declared else None
    sample = _sample(raw)
    readings = _readings(sample, known)
    if may_be_utf8:
        text = sample.decode("utf-8", "surrogateescape").translate(invalid_byte_table("cp1252"))
        readings.append(_Reading(fit(text).bits - _FORM_OF_UTF8, text, "utf-8"))
    best = min(readings)
    others = [reading.bits for reading in readings if reading.text != best.text]
    margin = min(others, default=best.bits + 64) - best.bits
    return best.encoding, round(1 - 0.5 ** (1 + margin / 8), 3)


def known_encoding(name: str) -> str | None:
    """The encoding that a page means by a name, in Python's spelling; None for unknown names, UTF-8, UTF-16 and UTF-7.

    As browsers do, subsets are read as the encoding that extends them.

    >>> known_encoding("ISO-8859-1"), known_encoding("gb2312"), known_encoding("x-mac-ce"), known_encoding("none")
    ('cp1252', 'gb18030', 'mac_latin2', None)
    """
    label = name.strip().lower()
    if label in _LABELS:
        return _LABELS[label]
    codec = next(filter(None, map(_codec, (label, re.sub(r"[^a-z0-9]", "", label)))), "")
    if not codec or codec.startswith(_NOT_DECLARED):
        return None
    return _LABELS.get(codec, codec)


_NOT_DECLARED = ("utf", "iso2022", "hz", "unicode", "raw", "punycode", "idna")
"""Encodings in which a page cannot declare anything, and UTF-8, which is recognized without a declaration."""


def _codec(label: str) -> str:
    """Python's name for a text encoding, as in the candidates; empty if it does not know the label."""
    try:
        info = codecs.lookup(label)
    except (LookupError, UnicodeError, ValueError):
        return ""
    return info.name.replace("-", "_") if info._is_text_encoding else ""  # noqa: SLF001  # it has no public name


def _readings(sample: bytes, declared: str | None) -> list[_Reading]:
    """The sample in each encoding, with the evidence that speaks against it. Equal readings are compared once."""
    bits: dict[str, float] = {}
    readings = []
    for encoding in dict.fromkeys([*([declared] if declared else ()), *CANDIDATES]):
        text = _read(sample, encoding)
        if text is None:
            continue
        if text not in bits:
            n_undefined = sum("\udc80" <= character <= "\udcff" for character in text)
            bits[text] = fit(text).bits + (_SURROGATE_BITS * n_undefined if encoding in _MULTI_BYTE else 0)
        needed = CANDIDATES.get(encoding, 14) - (_DECLARED if encoding == declared else 0)
        readings.append(_Reading(bits[text] + needed, text, encoding))
    return readings


def _read(sample: bytes, encoding: str) -> str | None:
    try:
        return sample.decode(encoding, "surrogateescape")
    except UnicodeError:
        return None


def _sample(raw: bytes) -> bytes:
    """The words with bytes beyond ASCII, with words around them. Each byte has some places in the sample."""
    if len(raw) <= _MAX_SAMPLE:
        return raw
    seen: dict[int, int] = {}
    pieces = []
    size = 0
    for number, match in enumerate(_HIGH_RUN.finditer(raw)):
        own = {byte for byte in match.group() if byte > 0x7F}
        if all(seen.get(byte, 0) >= _SEEN_OFTEN for byte in own):
            if number > _MAX_PLACES:
                break
            continue
        for byte in own:
            seen[byte] = seen.get(byte, 0) + 1
        pieces.append(match.group())
        size += len(match.group())
        if size > _MAX_SAMPLE:
            break
    return b"\n".join(pieces)


# ------------------------------------------------------------------------------------------------- parts of UTF-8 files


@cache
def invalid_byte_table(encoding: str) -> dict[int, str]:
    r"""For `str.translate`: what each byte that was kept as a lone surrogate is in an encoding of one byte per character.

    >>> "it\udc92s".translate(invalid_byte_table("cp1252"))
    'it’s'
    """
    return {0xDC00 + byte: bytes([byte]).decode(encoding, "replace") for byte in range(0x80, 0x100)}


def is_multi_byte(raw: bytes) -> bool:
    """Whether bytes are most likely in an encoding of East Asia.

    >>> is_multi_byte("市长谈到了港口。".encode("gbk")), is_multi_byte("Он извинился.".encode("cp1251"))
    (True, False)
    """
    return likely_encoding(raw, None)[0] in _MULTI_BYTE


def encoding_of_invalid(line: str) -> str:
    r"""The encoding of one byte per character in which the lone surrogates of a text are bytes of words.

    It is Windows-1252 unless another one fits much better.

    >>> encoding_of_invalid("Мэр извинился за наводнение.".encode("cp1251").decode("utf-8", "surrogateescape"))
    'cp1251'
    >>> encoding_of_invalid("the minister\udc92s aide")
    'cp1252'
    """
    text = line[:_MAX_SAMPLE]
    readings = [
        (fit(text.translate(invalid_byte_table(encoding))).bits + needed, encoding)
        for encoding, needed in CANDIDATES.items()
        if encoding not in _MULTI_BYTE
    ]
    bits, best = min(readings)
    return best if bits + _ENOUGH < readings[0][0] else "cp1252"


# ---------------------------------------------------------------------------------------------- recognized by their form


def wide_encoding(raw: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte order mark: the order of bytes in which there are only characters of text.

    None if the bytes are text without NULs and other control characters, or are text in none of them.

    >>> wide_encoding("The mayor’s office".encode("utf-32-be")), wide_encoding(b"plain")
    ('utf-32-be', None)
    """
    head = raw[:2000]
    if len(head) < 4 or _n_controls(head) * 50 < len(head):
        return None
    readings = []
    for encoding, size in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        try:
            text = head[: len(head) // size * size].decode(encoding, "strict" if len(raw) < 2000 else "ignore")
        except UnicodeDecodeError:
            continue
        if text and len(raw) % size == 0 and all(map(_is_text, text)) and _n_scripts(text) <= _MAX_SCRIPTS:
            readings.append((fit(text[: 500 // size]).bits, encoding))
    if not readings:
        return None
    bits, encoding = min(readings)
    as_bytes = fit(head[:500].decode("latin-1")).bits + _CONTROL_BITS * _n_controls(head[:500])
    return encoding if bits < as_bytes else None


_CONTROL_BITS = 8
"""The cost of a control character in text of one byte per character."""


_MAX_SCRIPTS = 4


def _n_controls(head: bytes) -> int:
    return sum(byte < 0x20 and byte not in b"\t\n\r\x0b\x0c\x1b" for byte in head)


def _is_text(character: str) -> bool:
    return character in "\t\n\r\x0b\x0c" or unicodedata.category(character) not in {"Cc", "Cn", "Co", "Cs"}


def _n_scripts(text: str) -> int:
    """The number of scripts of the letters of a text, by their names; ideographs of East Asia count as one."""
    names = {unicodedata.name(letter, "?").split(" ")[0] for letter in set(text) if letter.isalpha()}
    return len(names - {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "KATAKANA-HIRAGANA", "FULLWIDTH", "MODIFIER"})


_SHIFTED = re.compile(rb"\+[A-Za-z0-9+/]+-?")


def seven_bit_encoding(raw: bytes) -> str | None:
    r"""The encoding of bytes that are all ASCII, if sequences in them stand for other characters.

    >>> seven_bit_encoding("大臣は語った。".encode("iso2022_jp")), seven_bit_encoding("caf\xe9s d\xe9j\xe0".encode("utf-7"))
    ('iso2022_jp', 'utf-7')
    >>> seven_bit_encoding(b"C++ and a+b-c") is None
    True
    """
    for encoding, sequences in _DATA["seven_bit"].items():
        if any(sequence.encode() in raw for sequence in sequences) and _is_well_formed(raw, encoding):
            return str(encoding)
    return "utf-7" if b"+" in raw and raw.isascii() and _is_utf7(raw) else None


def _is_well_formed(raw: bytes, encoding: str) -> bool:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return not text.isascii() and all(map(_is_text, text.replace("\x1b", " ")))


_ENOUGH_SHIFTED = 2


def _is_utf7(raw: bytes) -> bool:
    """Whether each `+` begins characters of text, at several places."""
    places = _SHIFTED.findall(raw)
    if len(set(places)) < _ENOUGH_SHIFTED:
        return False
    try:
        decoded = [place.decode("utf-7") for place in places]
    except UnicodeDecodeError:
        return False
    return not any(text.isascii() for text in decoded) and all(map(_is_text, "".join(decoded)))

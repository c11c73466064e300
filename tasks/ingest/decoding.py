"""From bytes to text: without guessing if the bytes prove their encoding, and without losing a byte if they do not.

The order matters. A detector that comes first calls a UTF-8 page with one invalid byte "mac_latin2", and every dash in
it becomes three characters. So the order is: a byte order mark; then UTF-8, which other encodings do not resemble by
chance; then, if UTF-8 fails at fewer places than it succeeds, UTF-8 with each invalid byte read as cp1252; then cp1252,
an old Mac or DOS encoding or an East Asian one, if all non-ASCII characters make sense in it; and a detector only for
the rest.

During processing, a byte that could not be decoded is a lone surrogate in the text (`surrogateescape`), so that formats
can be parsed around it. `take_invalid_bytes` replaces these at the end and returns their positions.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from itertools import chain, islice
from typing import TYPE_CHECKING

import chardet

from tasks.errors import DecodingError
from tasks.ingest.signatures import SIGNATURES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BYTE_ORDER_MARKS = (  # UTF-32 marks begin like UTF-16 marks, so they come first
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Escape sequences with which seven-bit encodings leave ASCII.
_ESCAPE_SEQUENCES = ((b"\x1b$B", "iso2022_jp"), (b"\x1b$@", "iso2022_jp"), (b"\x1b$)C", "iso2022_kr"))

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b")) + b"\x7f"
_ESCAPED = re.compile("[\udc80-\udcff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_HIGH_RUN = re.compile(rb"[^\n]{0,80}[\x80-\xff]+[^\n]{0,80}")

_DATA = tomllib.loads(files(__package__).joinpath("data", "encodings.toml").read_text("utf-8"))
_CANDIDATES: tuple[str, ...] = tuple(_DATA["candidates"])
_PROSE = frozenset(_DATA["prose"])
_OUT_OF_PLACE = re.compile("|".join(_DATA["out_of_place"]))


@dataclass(frozen=True)
class Decoded:
    """A text and how it was decoded. Undecodable bytes are lone surrogates in `text` until `take_invalid_bytes`."""

    text: str
    encoding: str
    confidence: float
    offset: int = 0
    """Number of bytes before the first character: the length of a byte order mark."""


@dataclass(frozen=True)
class InvalidByte:
    """A byte that is not valid in the text's encoding: the position of its character, the byte, and its replacement."""

    position: int
    byte: int
    after: str


def decode(raw: bytes, declared: str | None = None) -> Decoded:
    r"""The text of `raw`, in the encoding that it proves, declares or most likely has.

    Raises DecodingError if the bytes are not text at all.

    >>> decode("It’s over — “no”".encode()).encoding
    'utf-8'
    >>> decode(b"caf\xe9 society, \x93quoted\x94").encoding
    'cp1252'
    >>> decode(b"\xff\xfeh\x00i\x00")
    Decoded(text='hi', encoding='utf-16-le', confidence=1.0, offset=2)
    """
    encoding, confidence, offset = _marked_encoding(raw)
    if encoding:
        return Decoded(_read(raw[offset:], encoding), encoding, confidence, offset)
    _refuse_binary(raw)
    for sequence, encoding in _ESCAPE_SEQUENCES if b"\x1b" in raw else ():
        if sequence in raw:
            with suppress(UnicodeDecodeError):
                return Decoded(raw.decode(encoding), encoding, 1.0)
    try:
        return Decoded(raw.decode("utf-8"), "utf-8", 1.0)
    except UnicodeDecodeError:
        return _decode_damaged(raw, declared)


def decode_lines(blocks: Iterable[bytes]) -> Iterator[Decoded]:
    r"""Complete lines of a long text, block by block, so that it need not be in memory as a whole.

    Each block is decoded separately, because a file that was joined from many sources often has several encodings. But a
    text that begins in UTF-16 or UTF-32 is decoded as such to its end.

    >>> [decoded.text for decoded in decode_lines([b"caf\xe9\n", "café\n".encode()])]
    ['café\n', 'café\n']
    """
    blocks = iter(blocks)
    waiting = list(islice(blocks, 1))
    if not waiting:
        return
    if not is_wide(waiting[0]):
        yield decode(waiting.pop())  # and is not in memory any more
        yield from map(decode, blocks)
        return
    first = waiting.pop()
    encoding, confidence, offset = _marked_encoding(first)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    pending = ""
    for block in chain([first[offset:]], blocks):
        text, end, pending = (pending + decoder.decode(block)).rpartition("\n")
        if end:
            yield Decoded(text + end, encoding, confidence)
    if pending := pending + decoder.decode(b"", final=True):
        yield Decoded(pending, encoding, confidence)


def is_wide(head: bytes) -> bool:
    r"""Whether a text that begins with `head` has two or four bytes per character.

    >>> is_wide(b"\xff\xfeh\x00i\x00"), is_wide(b"\xef\xbb\xbfhi")
    (True, False)
    """
    return _marked_encoding(head)[0] not in {"", "utf-8"}


def _marked_encoding(raw: bytes) -> tuple[str, float, int]:
    """The encoding that a byte order mark or the pattern of NULs shows, the confidence, and the length of the mark."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return encoding, 1.0, len(mark)
    # English in UTF-16 is also valid UTF-8, full of NULs.
    wide = _wide_encoding(raw)
    return (wide, 0.9, 0) if wide else ("", 0.0, 0)


def _decode_damaged(raw: bytes, declared: str | None) -> Decoded:
    """Text that is not clean UTF-8."""
    as_utf8 = raw.decode("utf-8", "surrogateescape")
    n_invalid = len(_ESCAPED.findall(as_utf8))
    n_good = len(as_utf8) - len(as_utf8.encode("ascii", "ignore")) - n_invalid
    if n_good >= n_invalid:
        return Decoded(as_utf8, "utf-8", 1.0 - n_invalid / (n_good + n_invalid))
    if declared and (encoding := _known_codec(declared)):
        return Decoded(_read(raw, encoding), encoding, 0.9)
    # The non-ASCII characters are the evidence, wherever they are in the file.
    sample = b"\n".join(match.group() for match, _ in zip(_HIGH_RUN.finditer(raw), range(2000), strict=False))
    for encoding in _CANDIDATES:
        if _makes_sense(sample, encoding):
            return Decoded(_read(raw, encoding), encoding, 0.9)
    guess = chardet.detect(raw[:200_000])
    guessed = _known_codec(guess["encoding"] or "") or "cp1252"
    if guessed == "utf-8":  # it is not, as checked above
        guessed = "cp1252"
    return Decoded(_read(raw, guessed), guessed, round(guess["confidence"] or 0.0, 3))


def take_invalid_bytes(text: str) -> tuple[str, list[InvalidByte]]:
    r"""`text` with each undecodable byte read as cp1252, and their positions; other lone surrogates become U+FFFD.

    >>> take_invalid_bytes(b"partial mobilisation \x97 and".decode("utf-8", "surrogateescape"))
    ('partial mobilisation — and', [InvalidByte(position=21, byte=151, after='—')])
    """
    if text.isascii() or not _SURROGATE.search(text):
        return text, []
    invalid_bytes = []
    for match in _ESCAPED.finditer(text):
        byte = ord(match.group()) - 0xDC00
        invalid_bytes.append(InvalidByte(match.start(), byte, bytes([byte]).decode("cp1252", "replace")))
    table = {0xDC00 + invalid.byte: invalid.after for invalid in invalid_bytes}
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text.translate(table)), invalid_bytes


def _read(raw: bytes, encoding: str) -> str:
    """`raw` in `encoding`. What it cannot decode becomes lone surrogates, or U+FFFD if Python cannot do that."""
    try:
        return raw.decode(encoding, "surrogateescape")
    except UnicodeDecodeError:
        return raw.decode(encoding, "replace")


def _known_codec(name: str) -> str | None:
    """Python's name of a text encoding, None if it has none."""
    try:
        info = codecs.lookup(name)
    except LookupError:
        return None
    # Every browser reads pages declared as latin-1 as cp1252.
    return {"iso8859-1": "cp1252", "ascii": "cp1252"}.get(info.name, info.name) if info._is_text_encoding else None  # noqa: SLF001  # there is no public name for it


def _makes_sense(sample: bytes, encoding: str) -> bool:
    """Whether non-ASCII bytes and their surroundings are prose in `encoding`."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return False
    beyond = [character for character in text if character > "\x7f"]
    return (
        len(beyond) * 4 < len(text)  # Cyrillic, Greek or Chinese text is mostly non-ASCII then
        and _PROSE.issuperset(beyond)
        and not _OUT_OF_PLACE.search(text)
    )


def _wide_encoding(raw: bytes) -> str | None:
    """UTF-16 without a byte order mark: in European text every second byte is NUL."""
    head = raw[:4000]
    if len(head) < 4 or b"\0" not in head:
        return None
    even, odd = head[0::2].count(0) / len(head[0::2]), head[1::2].count(0) / len(head[1::2])
    if odd > 0.7 and even < 0.1:
        return "utf-16-le"
    if even > 0.7 and odd < 0.1:
        return "utf-16-be"
    return None


def _refuse_binary(raw: bytes) -> None:
    """Raise DecodingError if `raw` is full of control characters, or begins and continues like a known binary format."""
    head = raw[:65536]
    n_controls = len(head) - len(head.translate(None, _CONTROLS))
    # Text has none. But a text with a few NULs, or zeros at its end, can still be read.
    if n_controls <= 0.02 * len(head):
        return
    what = next((name for mark, at, _, name in SIGNATURES if head[at:].startswith(mark)), None)
    if what or n_controls > 0.05 * len(head):
        n_letters = sum(map(len, re.findall(rb"[A-Za-z ]{4,}", head)))
        if what or n_letters < 0.5 * len(head):
            raise DecodingError(f"this is not text but {what or 'binary data'}")

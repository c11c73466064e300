"""From bytes to text: without guessing if the bytes prove their encoding, and without losing a byte if they do not.

The order matters. A detector that comes first calls a UTF-8 page with one invalid byte "mac_latin2", and every dash in
it becomes three characters. So the order is: a byte order mark; then encodings that are recognized by their form (UTF-16
and UTF-32 without a mark, encodings of seven bits); then UTF-8, which other encodings do not resemble by chance; then,
if UTF-8 fails at fewer places than it succeeds, UTF-8 with each invalid byte read as cp1252; and for the rest the
encoding in which the text fits a language best (`detection`).

During processing, a byte that could not be decoded is a lone surrogate in the text (`surrogateescape`), so that formats
can be parsed around it. `take_invalid_bytes` replaces these at the end and returns their positions.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from tasks.errors import DecodingError
from tasks.ingest.detection import (
    encoding_of_invalid,
    invalid_byte_table,
    is_multi_byte,
    likely_encoding,
    seven_bit_encoding,
    wide_encoding,
)
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

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b")) + b"\x7f"
_ESCAPED = re.compile("[\udc80-\udcff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


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
    if (b"\x1b$" in raw or b"~{" in raw or b"+" in raw) and (seven_bit := seven_bit_encoding(raw)):
        return Decoded(raw.decode(seven_bit), seven_bit, 0.9)
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
    # English in UTF-16 is also valid UTF-8, full of NULs, and Russian is, full of other controls.
    wide = wide_encoding(raw)
    return (wide, 0.9, 0) if wide else ("", 0.0, 0)


def _decode_damaged(raw: bytes, declared: str | None) -> Decoded:
    """Text that is not clean UTF-8."""
    as_utf8 = raw.decode("utf-8", "surrogateescape")
    n_invalid = len(_ESCAPED.findall(as_utf8))
    n_good = len(as_utf8) - len(as_utf8.encode("ascii", "ignore")) - n_invalid
    encoding, confidence = "utf-8", 1.0 - n_invalid / (n_good + n_invalid)
    if n_good < max(n_invalid, _PROVES_UTF8) and not (n_good and _is_joined(as_utf8)):
        encoding, other_confidence = likely_encoding(raw, declared, may_be_utf8=n_good >= n_invalid)
        confidence = confidence if encoding == "utf-8" else other_confidence
    return Decoded(_read(raw, encoding), encoding, confidence)


_PROVES_UTF8 = 10
"""Number of valid characters that no other encoding resembles by chance."""


def _is_joined(as_utf8: str) -> bool:
    """Whether a file was joined from files in UTF-8 and in another encoding of one byte per character.

    Then each line is in one of the two, and each of the two has several characters beyond ASCII.
    """
    n_good = n_invalid = 0
    for line in as_utf8.split("\n"):
        n_own = len(_ESCAPED.findall(line))
        if n_own and not _without_invalid(line).isascii():
            return False
        n_invalid += n_own
        n_good += 0 if n_own else sum(character > "\x7f" for character in line)
    return min(n_good, n_invalid) >= _ENOUGH_IN_EACH and not is_multi_byte(_bytes_of_invalid(as_utf8))


_ENOUGH_IN_EACH = 3


def _without_invalid(text: str) -> str:
    return _ESCAPED.sub("", text)


def _bytes_of_invalid(as_utf8: str) -> bytes:
    """The lines with invalid bytes."""
    lines = (line for line in as_utf8.split("\n") if _ESCAPED.search(line))
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def take_invalid_bytes(text: str) -> tuple[str, list[InvalidByte]]:
    r"""`text` with each undecodable byte read as cp1252, and their positions; other lone surrogates become U+FFFD.

    In lines without other characters beyond ASCII, they may be words in another encoding, as in a joined file.

    >>> take_invalid_bytes(b"partial mobilisation \x97 and".decode("utf-8", "surrogateescape"))
    ('partial mobilisation — and', [InvalidByte(position=21, byte=151, after='—')])
    >>> take_invalid_bytes("Он извинился — поздно.\n" + "Он извинился.".encode("cp1251").decode("utf-8", "surrogateescape"))[0]
    'Он извинился — поздно.\nОн извинился.'
    """
    if text.isascii() or not _SURROGATE.search(text):
        return text, []
    pieces: list[str] = []
    for block in _blocks(text):
        n_invalid = len(_ESCAPED.findall(block))
        is_other = n_invalid >= _ENOUGH_IN_EACH and _without_invalid(block).isascii() and len(pieces) < _MAX_BLOCKS
        pieces.append(block.translate(invalid_byte_table(encoding_of_invalid(block) if is_other else "cp1252")))
    after = "".join(pieces)
    invalid_bytes = [
        InvalidByte(match.start(), ord(match.group()) - 0xDC00, after[match.start()])
        for match in _ESCAPED.finditer(text)
    ]
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", after), invalid_bytes


_MAX_BLOCKS = 1000
"""Number of parts of a text in which another encoding is looked for."""


def _blocks(text: str) -> Iterator[str]:
    """The lines of a text, of which those with invalid bytes only, and ASCII lines between them, are taken together."""
    waiting: list[str] = []
    for line in text.splitlines(keepends=True) if "\n" in text else [text]:
        if _without_invalid(line).isascii():
            waiting.append(line)
        else:
            yield "".join(waiting)
            yield line
            waiting = []
    yield "".join(waiting)


def _read(raw: bytes, encoding: str) -> str:
    """`raw` in `encoding`. What it cannot decode becomes lone surrogates, or U+FFFD if Python cannot do that."""
    try:
        return raw.decode(encoding, "surrogateescape")
    except UnicodeDecodeError:
        return raw.decode(encoding, "replace")


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

"""How UTF-8 looks when decoded with another codec, and how to undo that: which character each byte becomes.

UTF-8 has a regular form. A non-ASCII character is a lead byte (C2 to F4) and one to three continuation bytes (80 to BF).
With another codec, each byte becomes a character of its own, and the form remains: `é`, C3 A9, becomes `Ã©` in
Windows-1252 and `√©` in Mac Roman. So a run of characters may be mojibake of a codec only if its bytes in that codec are
UTF-8; decoding them gives the original text.

    >>> misread("café", "cp1252"), undo_misreading("Ã©", "cp1252").text
    ('cafÃ©', 'é')

If a byte is undefined in a codec, decoders give the control character of the same number, as browsers do. And some texts
were decoded partly as Latin-1 and partly as its superset Windows-1252. So the table of Windows-1252 also contains the
control characters 80 to 9F as their own bytes, and Latin-1 needs no table.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

from tasks.clean.runs import cache_short

_DATA = tomllib.loads(files(__package__).joinpath("data", "codecs.toml").read_text("utf-8"))
COMMON_CODECS: tuple[str, ...] = tuple(_DATA["single_byte"])
RARE_CODECS: frozenset[str] = frozenset(_DATA["rare_single_byte"])
CODECS: tuple[str, ...] = (*COMMON_CODECS, *_DATA["rare_single_byte"])
"""In order of preference, if nothing else distinguishes them."""
EAST_ASIAN_CODECS: tuple[str, ...] = tuple(_DATA["east_asian"])
"""They read two bytes as one character, and absorb the ASCII letter after a character of three bytes (’s -> 鈥檚)."""

_NO_BYTE = "\ue000"

_UTF8 = re.compile(
    "(?:"
    "[\xc2-\xdf][\x80-\xbf]"
    "|\xe0[\xa0-\xbf][\x80-\xbf]"
    "|\xed\xa0[\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]"  # CESU-8: a surrogate pair, each half written as three bytes
    "|\xed[\xa1-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]"
    "|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    "|\xed[\x80-\x9f][\x80-\xbf]"
    "|\xf0[\x90-\xbf][\x80-\xbf]{2}"
    "|[\xf1-\xf3][\x80-\xbf]{3}"
    "|\xf4[\x80-\x8f][\x80-\xbf]{2}"
    ")+"
)
"""Well-formed UTF-8 beyond ASCII, with each byte as the character of its number."""


class _Bytes(dict[int, str]):
    """A table for `str.translate` that marks unknown characters instead of keeping them."""

    def __missing__(self, key: int) -> str:
        return _NO_BYTE


@cache
def byte_table(codec: str) -> dict[int, str]:
    """For each non-ASCII character of `codec`, the character whose number is its byte.

    >>> byte_table("mac_roman")[ord("√")]
    'Ã'
    """
    table = _Bytes({0x20: "\xa0"})  # a space may have been a no-break space: see `Candidate.takes_after`
    if codec == "cp1252":
        table |= {byte: chr(byte) for byte in range(0x80, 0xA0)}
    characters = {byte: bytes([byte]).decode(codec, "ignore") for byte in range(0x80, 0x100)}
    table |= {ord(character): chr(byte) for byte, character in characters.items() if character}
    for byte in (byte for byte, character in characters.items() if not character):
        table.setdefault(byte, chr(byte))  # unless it is what another byte stands for
    return table


class _Places(dict[int, int]):
    """For each character, the codecs in which it has a property, as the bits of a number; 0 if there are none."""

    def __missing__(self, key: int) -> int:
        return 0


@cache
def _leads_and_continuations() -> tuple[_Places, _Places]:
    """The codecs in which a character is a lead byte of UTF-8, and those in which it is a continuation byte."""
    leads, continuations = _Places(), _Places({0xFFFD: -1})  # a continuation byte may be lost
    for number, codec in enumerate(CODECS):
        for character, byte in byte_table(codec).items():
            places = leads if "\xc2" <= byte <= "\xf4" else continuations if "\x80" <= byte <= "\xbf" else None
            if places is not None:
                places[character] |= 1 << number
    return leads, continuations


@cache_short(1 << 16)
def possible_codecs(run: str) -> tuple[str, ...]:
    """The codecs in which a run has a lead byte of UTF-8 before a continuation byte, in order of preference.

    >>> possible_codecs("Ã©")[:2], possible_codecs("éc")
    (('cp1252', 'mac_roman'), ())
    """
    leads, continuations = _leads_and_continuations()
    found = 0
    for first, second in pairwise(map(ord, run)):
        found |= leads[first] & continuations[second]
    return tuple(codec for number, codec in enumerate(CODECS) if found >> number & 1) if found else ()


def misread(text: str, codec: str) -> str:
    """`text` encoded as UTF-8 and decoded as `codec`: this is how mojibake arises. A byte that stands for no character of its
    own becomes U+FFFD.

    >>> misread("it’s", "cp850")
    'itÔÇÖs'
    """
    characters = {byte: chr(character) for character, byte in byte_table(codec).items() if character > 0x7F}
    return "".join(characters.get(chr(byte), "\ufffd") if byte > 0x7F else chr(byte) for byte in text.encode())


_LOSSY = re.compile(
    "[\xc2-\xdf]\x1a|[\xe0-\xef](?:\x1a[\x1a\x80-\xbf]|[\x80-\xbf]\x1a)|\xed[\xa0-\xaf][\x1a\x80-\xbf]\xed[\x1a\xb0-\xbf][\x1a\x80-\xbf]"
    "|[\xf0-\xf4](?:\x1a[\x1a\x80-\xbf]{2}|[\x80-\xbf]\x1a[\x1a\x80-\xbf]|[\x80-\xbf]{2}\x1a)"
)
"""UTF-8 in which a byte was lost and became U+FFFD, represented as 1A."""

_UTF8_OR_LOSSY = re.compile(f"{_UTF8.pattern}|{_LOSSY.pattern}")


def decode_utf8(characters: str) -> str:
    r"""The text of well-formed UTF-8, given one character per byte; CESU-8 pairs become one character.

    >>> decode_utf8("\xe2\x80\x94")
    '—'
    """
    return (
        characters.encode("latin-1").decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
        if "\xed" in characters
        else characters.encode("latin-1").decode("utf-8")
    )


def decode_east_asian(run: str, codec: str) -> str:
    """The text whose UTF-8 `codec` reads as `run`; empty if there is none.

    >>> decode_east_asian("鈥檚", "gb18030")
    '’s'
    """
    try:
        return run.encode(codec).decode()
    except UnicodeError:
        return ""


class Decoding(NamedTuple):
    """A run, if the UTF-8 in it was decoded with one codec."""

    text: str
    """The whole run, with its UTF-8 decoded."""
    decoded: str
    """Only the decoded parts."""
    n_undecoded: int
    """Number of characters of the run that are not UTF-8 in the codec and stay unchanged, without spaces."""
    n_lost: int
    """Number of further bytes that were lost with a lost byte (U+FFFD), besides the lead byte."""


@cache_short(1 << 16)
def undo_misreading(run: str, codec: str) -> Decoding | None:
    """The text whose UTF-8 `codec` reads as `run`; None if nothing in the run is UTF-8 under that codec.

    >>> undo_misreading("Ã©·", "cp1252")
    Decoding(text='é·', decoded='é', n_undecoded=1, n_lost=0)
    >>> undo_misreading("é", "cp1252") is None
    True
    """
    if codec not in possible_codecs(run):
        return None
    characters = run.translate(byte_table(codec))
    form = _UTF8
    if "\ufffd" in run:
        characters = "".join(["\x1a" if own == "\ufffd" else byte for byte, own in zip(characters, run, strict=True)])
        form = _UTF8_OR_LOSSY
    pieces: list[str] = []
    decoded = []
    done = n_lost = 0
    undecoded = ""
    for match in form.finditer(characters):
        if "\x1a" in match.group():
            text = "\ufffd"
            n_lost += len(match.group()) - 1 - match.group().count("\x1a")
        else:
            text = decode_utf8(match.group())
        rest = run[done : match.start()]
        undecoded += rest
        pieces += rest, text
        decoded.append(text)
        done = match.end()
    if not decoded:
        return None
    rest = run[done:]
    n_undecoded = len((undecoded + rest).replace(" ", ""))
    return Decoding("".join([*pieces, rest]), "".join(decoded), n_undecoded, n_lost)

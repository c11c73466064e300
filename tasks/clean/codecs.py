"""The ways in which UTF-8 is misread, as tables: for each codec, which character stands for which byte.

UTF-8 has a form. A character beyond ASCII is a lead byte (C2 to F4) and one to three continuation bytes (80 to BF).
Read byte by byte with another codec, each byte becomes a character of its own, and the form remains: `é`, C3 A9, turns
into `Ã©` in Windows-1252 and into `√©` in Mac Roman. So a run of characters may be mojibake of a codec only if the
bytes that the codec has for them are UTF-8.

Where a codec leaves a byte undefined, decoders give the control character of the same number, as browsers do. And some
texts were read as Latin-1 in one place and as its superset Windows-1252 in the next; so the table of Windows-1252 also
knows the control characters 80 to 9F as their own bytes, and Latin-1 needs none.
"""

from __future__ import annotations

import re
from functools import cache

CODECS = (
    "cp1252",
    "mac_roman",
    "cp437",
    "cp850",
    "cp1250",
    "cp1251",
    "mac_latin2",
    "cp1254",
    "cp1253",
    "cp1257",
    "iso8859_2",
    "cp852",
    "cp866",
    "koi8_r",
    "cp1255",
    "cp1256",
    "cp874",
    "mac_cyrillic",
)
"""In the order in which one is preferred to the next where nothing else tells them apart: how often they are met."""

_NO_BYTE = "\ue000"

UTF8 = re.compile(
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
"""Well-formed UTF-8 beyond ASCII, each byte as the character of its number."""


class _Bytes(dict[int, str]):
    """A table for `str.translate` that marks what it does not know instead of leaving it."""

    def __missing__(self, key: int) -> str:
        return _NO_BYTE


@cache
def byte_table(codec: str) -> dict[int, str]:
    """For each character that `codec` has beyond ASCII, the character whose number is its byte.

    >>> byte_table("mac_roman")[ord("√")]
    'Ã'
    """
    table = _Bytes({0x20: "\xa0"})  # a space may have been a no-break space: see `Reading.took_space`
    if codec == "cp1252":
        table |= {byte: chr(byte) for byte in range(0x80, 0xA0)}
    for byte in range(0x80, 0x100):
        try:
            character = bytes([byte]).decode(codec)
        except UnicodeDecodeError:
            character = chr(byte)
        table[ord(character)] = chr(byte)
    return table


@cache
def lead_pattern(codec: str) -> re.Pattern[str]:
    """What UTF-8 read as `codec` holds at least: a lead byte and the byte after it, which may be lost (U+FFFD).

    >>> bool(lead_pattern("cp1252").search("Ã©")), bool(lead_pattern("cp1252").search("éç"))
    (True, False)
    """
    table = byte_table(codec)
    leads = "".join(chr(character) for character, byte in table.items() if "\xc2" <= byte <= "\xf4")
    continuations = "".join(chr(character) for character, byte in table.items() if "\x80" <= byte <= "\xbf")
    return re.compile(f"[{leads}][{continuations}\ufffd]")


def misread(text: str, codec: str) -> str:
    """`text` written as UTF-8 and read as `codec`: how mojibake is made.

    >>> misread("it’s", "cp850")
    'itÔÇÖs'
    """
    characters = {byte: chr(character) for character, byte in byte_table(codec).items() if character > 0x7F}
    return "".join(characters[chr(byte)] if byte > 0x7F else chr(byte) for byte in text.encode())


LOSSY = re.compile(
    "[\xc2-\xdf]\x1a|[\xe0-\xef](?:\x1a[\x1a\x80-\xbf]|[\x80-\xbf]\x1a)|\xed[\xa0-\xaf][\x1a\x80-\xbf]\xed[\x1a\xb0-\xbf][\x1a\x80-\xbf]"
    "|[\xf0-\xf4](?:\x1a[\x1a\x80-\xbf]{2}|[\x80-\xbf]\x1a[\x1a\x80-\xbf]|[\x80-\xbf]{2}\x1a)"
)
"""UTF-8 of which a byte was lost and is now U+FFFD, given as 1A."""

UTF8_OR_LOSSY = re.compile(f"{UTF8.pattern}|{LOSSY.pattern}")


EAST_ASIAN_CODECS = ("gb18030", "cp932")
"""They read two bytes as one character, and swallow the ASCII letter after a character of three bytes (’s -> 鈥檚)."""


def decode_utf8(characters: str) -> str:
    r"""The text that well-formed UTF-8 stands for, given one character a byte; CESU-8 pairs become one character.

    >>> decode_utf8("\xe2\x80\x94")
    '—'
    """
    return (
        characters.encode("latin-1").decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
        if "\xed" in characters
        else characters.encode("latin-1").decode("utf-8")
    )


def decode_east_asian(run: str, codec: str) -> str:
    """The text whose UTF-8 `codec` reads as `run`, or nothing.

    >>> decode_east_asian("鈥檚", "gb18030")
    '’s'
    """
    try:
        return run.encode(codec).decode()
    except UnicodeError:
        return ""

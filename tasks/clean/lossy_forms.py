"""Scars: mojibake that a repair tool or a straightener of quotes had altered before the text came here.

`…` in Mac OS Latin 2 is `‚Ä¶`. A tool that saw only the `Ä¶` in it decoded that to `Ķ` and left `‚Ķ`. Another made an
apostrophe of the `‚` and left `'Ä¶`. Neither is UTF-8 any more, but each is what one typographic sign looks like after
one such accident, and the table of all of them is made here by doing to every sign what the tools do.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from tasks.clean.codecs import CODECS, byte_table, decode_utf8, misread

_SIGNS = "–—‘’‚“”„…•™€′″‹›\N{NO-BREAK SPACE}°£©®«»§·"

_STRAIGHT = str.maketrans({"‚": "'", "‘": "'", "’": "'", "“": '"', "”": '"', "„": '"'})


class Scar(NamedTuple):
    """The sign that was there, the codec that it was misread with, and the accident after that."""

    sign: str
    codec: str
    accident: str


@cache
def scar_table() -> dict[str, Scar]:
    """What stands in the text -> what it was. Forms that two signs share are left out.

    >>> scar_table()["‚Ķ"].sign, scar_table()["'ÄĒ"].sign
    ('…', '—')
    """
    table: dict[str, Scar] = {}
    shared = set()
    for codec in CODECS:
        for sign in _SIGNS:
            for form, accident in _accidents(misread(sign, codec)):
                if form in table and table[form].sign != sign:
                    shared.add(form)
                table.setdefault(form, Scar(sign, codec, accident))
    return {form: scar for form, scar in table.items() if form not in shared}


def _accidents(form: str) -> list[tuple[str, str]]:
    found = []
    straight = form.translate(_STRAIGHT)
    if straight != form and _leaves_traces(straight):
        found.append((straight, "its quotes straightened"))
    if len(form) == 3:
        for start in (0, 1):
            decoded = _decode_pair(form[start : start + 2])
            if decoded:
                scar = form[:start] + decoded + form[start + 2 :]
                found.append((scar, "decoded in part"))
                if scar.translate(_STRAIGHT) != scar and _leaves_traces(scar.translate(_STRAIGHT)):
                    found.append((scar.translate(_STRAIGHT), "decoded in part and its quotes straightened"))
    return found


def _leaves_traces(form: str) -> bool:
    return sum(character > "\x7f" for character in form) >= 2 or (
        len(form) == 2 and form[0] in "'\"" and form[1] > "\x7f"
    )


def _decode_pair(pair: str) -> str:
    characters = pair.translate(byte_table("cp1252"))
    try:
        return decode_utf8(characters)
    except UnicodeError:
        return ""

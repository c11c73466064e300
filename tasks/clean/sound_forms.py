"""Forms that look like mojibake and are sound: letters in quotation marks, units with a footnote, mentions of mojibake.

In „ÄÜ“, the letters and the closing quotation mark are UTF-8 in Mac Roman, and `Å²` is UTF-8 in Windows-1252. A run is
taken as sound if it has one of these forms as a whole. A mention, such as `â€™` in quotation marks, is only sound
if nothing else in the text was damaged like it.
"""

from __future__ import annotations

import re

from tasks.clean.orthography import languages_with, script
from tasks.clean.runs import NonAsciiRun, cache_short

_PAIRS = {"„": "“”", "“": "”", "”": "”", "»": "«»", "«": "»", "‚": "‘’", "‘": "’", "’": "’", "‹": "›", "›": "‹"}
"""The quotation marks that close what each one opens."""

_MAX_LETTERS = 6

_UNIT = re.compile("Å[¹²³†‡§]|[А-Я]№")
"""An angstrom with an exponent or a footnote, or an initial of a Cyrillic standard and a numero sign."""


@cache_short(1 << 16)
def is_sound_form(run: NonAsciiRun) -> bool:
    """Whether a run is a few letters of one case in quotation marks, or a unit, and so is sound in any text.

    >>> is_sound_form(NonAsciiRun("e ", "„ÄÜ“", " f")), is_sound_form(NonAsciiRun("1 ", "Å²", " a"))
    (True, True)
    >>> is_sound_form(NonAsciiRun("", "â€œ", "N"))
    False
    """
    before, text, after = run
    if before[-1:].isalpha() or after[:1].isalpha():
        return False
    if _UNIT.fullmatch(text):
        return not before[-1:].isalnum()
    letters = text[1:-1]
    return (
        2 <= len(text) <= _MAX_LETTERS + 2
        and text[-1] in _PAIRS.get(text[0], "")
        and letters.isalpha()
        and (letters.isupper() or (letters.islower() and "â" not in letters))
        and len({*map(script, letters)}) == 1
        and bool(languages_with(letters))
    )


def is_mention(run: NonAsciiRun) -> bool:
    """Whether a run stands alone in quotation marks or in backticks.

    >>> is_mention(NonAsciiRun("n `", "â€™", "` ")), is_mention(NonAsciiRun("", "“â€™”", ""))
    (True, True)
    >>> is_mention(NonAsciiRun('"a', "â€™", 's"'))
    False
    """
    before, text, after = run
    if before[-1:] and before[-1:] in "`'\"" and before[-1:] == after[:1]:
        return True
    return len(text) > _MIN_MENTION and text[-1] in _PAIRS.get(text[0], "")


_MIN_MENTION = 3
"""A mention has quotation marks and at least two characters."""

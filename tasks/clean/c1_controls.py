r"""C1 controls (the control characters 80 to 9F, which text never needs), restored to the characters that they were.

They come from bytes 80 to 9F that were decoded as Latin-1. In Windows-1252 and Mac Roman these bytes are quotes, dashes
and letters: `it\x92s` is `it’s` in the one and `itís` in the other. Windows-1252 is assumed, unless the words around
the characters are more plausible in Mac Roman.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tasks.clean.plausibility import implausibility
from tasks.clean.repairs import Step

if TYPE_CHECKING:
    from collections.abc import Callable

_C1 = re.compile("[\x80-\x9f]")
_NEXT_LINE = re.compile("(?<=[.!?:;\"'”’)])\x85+(?=[\"'“‘(]?[A-Z0-9])")


def has_c1_controls(text: str) -> bool:
    r"""Whether a text contains control characters 80 to 9F.

    >>> has_c1_controls("it\x92s"), has_c1_controls("it’s")
    (True, False)
    """
    return _C1.search(text) is not None


def restore_c1_controls(text: str) -> list[Step]:
    r"""The steps that replace each control character 80 to 9F by the character in the more plausible codec.

    >>> [step[2:6] for step in restore_c1_controls("it\x92s")]
    [('\x92', '’', 'c1_control', 'cp1252')]

    Next-line characters (85) between sentences are line ends; they are not handled here.

    >>> restore_c1_controls("It rained.\x85Nobody laughed.")
    []
    """
    found = list(_C1.finditer(text))
    if not found or _are_line_ends(text, {match.group() for match in found}):
        return []
    signs = {codec: _decoder(codec) for codec in ("cp1252", "mac_roman")}
    inside_words = [
        m.start() for m in found if text[m.start() - 1 : m.start()].isalpha() and text[m.end() : m.end() + 1].isalpha()
    ]
    codec = min(
        signs, key=lambda codec: sum(_implausibility_at(text, position, signs[codec]) for position in inside_words)
    )
    reason = f"a control character that has no use in text, and is this in {codec}"
    return [
        Step(match.start(), match.end(), match.group(), sign, "c1_control", codec, "certain", reason)
        for match in found
        if (sign := signs[codec](match.group())) != match.group()
    ]


def _are_line_ends(text: str, controls: set[str]) -> bool:
    """Whether all of them are next-line characters (85), one or more between the end of a sentence and a capital."""
    return controls == {"\x85"} and "\x85" not in _NEXT_LINE.sub("", text)


def _decoder(codec: str) -> Callable[[str], str]:
    return lambda control: control.encode("latin-1").decode(codec, "ignore") or control


def _implausibility_at(text: str, position: int, decode: Callable[[str], str]) -> int:
    around = (
        text[max(position - 2, 0) : position].rjust(2)
        + decode(text[position])
        + text[position + 1 : position + 2].ljust(1)
    )
    return sum(map(implausibility, around, around[1:], around[2:]))

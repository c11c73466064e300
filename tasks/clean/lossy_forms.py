"""Lossy forms: mojibake that was altered again before overtones reads it, so that it is not UTF-8 any more.

`…` decoded as Mac Roman is `‚Ä¶`. A repair tool that recognized only the `Ä¶` in it decoded that to `Ķ` and left `‚Ķ`. A
tool that straightens quotes replaced the `‚` and left `'Ä¶`. No bytes decode to these forms, but each one is the result
of exactly one typographic sign and one such alteration. Two kinds are restored:

- Forms that are unique. The table of all of them is made by applying the alterations of such tools to every sign
  (`lossy_form_table`); `candidates` searches runs for them.
- Forms in which a quotation mark lost its last byte (`â€`), or the last character of a dash was straightened (`â€"`).
  Several signs have these forms, so the context decides (`restore_cut_signs`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from tasks.clean.character_classes import RESTORABLE_SIGNS, STRAIGHTENED
from tasks.clean.codecs import COMMON_CODECS, byte_table, decode_utf8, misread
from tasks.clean.repairs import Step


class LossyForm(NamedTuple):
    """The original sign, the codec with which it was wrongly decoded, and the later alteration."""

    sign: str
    codec: str
    alteration: str


@cache
def lossy_form_table() -> dict[str, LossyForm]:
    """For each form, its origin. Forms that two signs share are left out.

    >>> lossy_form_table()["‚Ķ"]
    LossyForm(sign='…', codec='mac_roman', alteration='decoded in part')
    >>> lossy_form_table()["'ÄĒ"].sign
    '—'
    """
    table: dict[str, LossyForm] = {}
    shared = set()
    for codec in COMMON_CODECS:
        for sign in RESTORABLE_SIGNS:
            for form, alteration in _altered_forms(misread(sign, codec)):
                if form in table and table[form].sign != sign:
                    shared.add(form)
                table.setdefault(form, LossyForm(sign, codec, alteration))
    return {form: origin for form, origin in table.items() if form not in shared}


def may_hold_lossy_form(run: str) -> bool:
    """Whether a run contains a lossy form, with or without the straight quotes that stand beside it.

    >>> may_hold_lossy_form("ÄĒ"), may_hold_lossy_form("é")
    (True, False)
    """
    forms, longest = _bare_forms()
    return any(
        run[start:stop] in forms
        for start in range(len(run))
        for stop in range(start + 1, min(start + longest, len(run)) + 1)
    )


@cache
def _bare_forms() -> tuple[frozenset[str], int]:
    """The forms without straight quotes, and the length of the longest."""
    forms = frozenset(form.strip("'\"") for form in lossy_form_table())
    return forms, max(map(len, forms))


def _altered_forms(mojibake: str) -> list[tuple[str, str]]:
    """The results of tools for a wrongly decoded sign, each with the alteration."""
    forms = []
    straight = mojibake.translate(STRAIGHTENED)
    if straight != mojibake and _is_recognizable(straight):
        forms.append((straight, "its quotes straightened"))
    if len(mojibake) == 3:
        for start in (0, 1):
            decoded = _decode_pair(mojibake[start : start + 2])
            if decoded:
                form = mojibake[:start] + decoded + mojibake[start + 2 :]
                forms.append((form, "decoded in part"))
                straight = form.translate(STRAIGHTENED)
                if straight != form and _is_recognizable(straight):
                    forms.append((straight, "decoded in part and its quotes straightened"))
    return forms


def _is_recognizable(form: str) -> bool:
    return sum(character > "\x7f" for character in form) >= 2 or (
        len(form) == 2 and form[0] in "'\"" and form[1] > "\x7f"
    )


def _decode_pair(pair: str) -> str:
    characters = pair.translate(byte_table("cp1252"))
    try:
        return decode_utf8(characters)
    except UnicodeError:
        return ""


_CUT_SIGN = re.compile("â€(?![^\0-\x7f\ufffd])")
"""A sign of three characters that may lack its last one: `â€` with no other non-ASCII character after it than U+FFFD.
"""

_QUOTES = re.compile(
    "(?P<opened>“|â€œ)"
    "|(?P<newline>\n)"
    "|(?P<closed>”|â€\x9d)"
    "|(?P<closing>(?<=[0-9A-Za-z.,!?;:)%])â€[?\ufffd](?![^\\s.,;:!)]))"
    "|(?P<cut>(?<![^\0-\x7f])â€(?:\ufffd|\\?(?!\\w)|(?=[ \n.,;:!)]|$))(?![^\0-\x7f]))"
    '|(?P<straight>â€")'
    r"|(?P<east_asian>(?<=[0-9A-Za-z.,!?;:)%])鈥\?(?!\w))"
)


def may_hold_cut_signs(text: str) -> bool:
    """Whether `restore_cut_signs` could find anything in a text.

    >>> may_hold_cut_signs("so.â€? "), may_hold_cut_signs("â€™")
    (True, False)
    """
    return "鈥?" in text or ("â€" in text and _CUT_SIGN.search(text) is not None)


def restore_cut_signs(text: str) -> list[Step]:
    """The steps that restore signs without their last byte, if the context shows which sign they were.

    In Windows-1252, the last byte of `”` (9D) is undefined and often lost. If a quotation is open in the line, the sign
    closes it; the same between a word and a space, because no other sign with such a byte occurs there.
    In Windows-1252, straightening makes `â€"` of both `—` and `–`. Between digits it is the en dash.

    >>> [step[:4] for step in restore_cut_signs('â€œno.â€? She â€" 2009â€"11')]
    [(6, 9, 'â€?', '”'), (14, 17, 'â€"', '—'), (22, 25, 'â€"', '–')]
    """
    if not may_hold_cut_signs(text):
        return []
    steps = []
    is_open = False
    for match in _QUOTES.finditer(text):
        kind, start, end = match.lastgroup, *match.span()
        if kind == "straight":
            is_between_figures = text[start - 1 : start].isdigit() and text[end : end + 1].isdigit()
            sign, alteration = ("–" if is_between_figures else "—"), "its last character straightened to a quote"
        elif kind == "cut" and is_open:
            sign, alteration = "”", "its last byte lost; a quotation is open here"
        elif kind == "east_asian":
            reason = "UTF-8 read as gb18030, its last byte lost"
            steps.append(Step(start, end, match.group(), "”", "lossy_mojibake", "gb18030", "inferred", reason))
            continue
        elif kind == "closing":
            sign, alteration = "”", "its last byte lost; no other sign that loses one stands at the end of a word"
        else:
            is_open = kind == "opened"
            continue
        is_open = is_open and kind == "straight"
        reason = f"UTF-8 read as cp1252, {alteration}"
        steps.append(Step(start, end, match.group(), sign, "lossy_mojibake", "cp1252", "inferred", reason))
    return steps


_LOST = re.compile("(?:锟斤拷)+锟?|(?:鐃緒申)+|(?:嚙踝蕭)+|(?:占쏙옙)+")
"""Pairs of replacement characters in UTF-8, read as the encodings of China, Japan, Taiwan and Korea."""
_LOST_CODECS = {"锟": "gb18030", "鐃": "euc_jp", "嚙": "big5", "占": "cp949"}


def may_hold_lost_characters(run: str) -> bool:
    """Whether a run contains replacement characters that were decoded wrongly.

    >>> may_hold_lost_characters("锟斤拷"), may_hold_lost_characters("标题")
    (True, False)
    """
    return _LOST.search(run) is not None


def restore_lost_characters(text: str) -> list[Step]:
    """The steps that restore replacement characters. What they replaced is lost.

    >>> [step[2:6] for step in restore_lost_characters("标题：锟斤拷")]
    [('锟斤拷', '��', 'mojibake', 'gb18030')]
    """
    return [
        Step(
            *match.span(),
            match.group(),
            "\N{REPLACEMENT CHARACTER}" * (2 * len(match.group()) // 3),
            "mojibake",
            _LOST_CODECS[match.group()[0]],
            reason=f"replacement characters read as {_LOST_CODECS[match.group()[0]]}",
        )
        for match in _LOST.finditer(text)
    ]

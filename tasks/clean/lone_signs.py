r"""Single damaged signs in a text that is sound otherwise: too little evidence for the rules about runs, but no other
explanation.

`5 Ã— 3` is `5 × 3`: Ã is a letter, and a dash may follow it (`IRMÃ— `), but not between figures. `BJÃ–RN` is one word
and not two that are joined by a dash, because BJÃ is none. What is needed is the rest of the word or of the line, which
the rules about runs do not see, and sometimes the language of the text:

    >>> [step[:4] for step in restore_lone_signs("5 Ã— 3, says BJÃ–RN")]
    [(2, 4, 'Ã—', '×'), (15, 17, 'Ã–', 'Ö')]
    >>> [step[:4] for step in restore_lone_signs("dinner Ã  la carte")]
    [(7, 10, 'Ã  ', 'à ')]

A form is kept if its first letter also occurs elsewhere in the text, where it is sound.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from tasks.clean.codecs import misread
from tasks.clean.repairs import Step
from tasks.clean.runs import RUN
from tasks.text.letters import fit

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATA = tomllib.loads(files(__package__).joinpath("data", "lone_signs.toml").read_text("utf-8"))

_BETTER = 8
_BETTER_WORD = 33
"""How much better a text must fit a language with one letter than with another one, and with a letter than with a sign
that divides a word, in bits."""


_CLEAR = 3
"""A form of so many characters is clear in any codec, a shorter one in Windows-1252 only."""


@cache
def _forms() -> dict[str, tuple[str, str]]:
    """For each damaged form of a sign, the sign and the codec. Forms that two signs share are left out."""
    forms: dict[str, tuple[str, str]] = {}
    shared = set()
    for codec in _DATA["codecs"]:
        for sign in _DATA["signs"]:
            form = misread(sign, codec)
            if codec != "cp1252" and len(form) < _CLEAR:
                continue
            if forms.setdefault(form, (sign, codec))[0] != sign:
                shared.add(form)
    return {form: origin for form, origin in forms.items() if form not in shared and form.isprintable()}


@cache
def _capitals() -> dict[str, str]:
    """For each damaged form of a capital in Windows-1252 that ends in a sign, the capital."""
    letters = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞŒŠŽŁŚŻŹĆŃĄĘČŘŠĎŤŇĚŮŐŰĞİŞ"
    forms = {misread(letter, "cp1252"): letter for letter in letters}
    return {form: letter for form, letter in forms.items() if not form[1].isalnum() and form.isprintable()}


_MARK = "ï»¿"
"""A byte order mark decoded as Windows-1252."""
_WIDE_MARK = re.compile("^(?:ÿþ|þÿ)(?=[A-Z“\"'])")
_LOST_SPACE = re.compile(r"(?<=[\w.,;:!?)%”’\"'])Â(?= )|(?<= )Â  +(?=\S)|^Â *\n+", re.MULTILINE)
_LOST_A = re.compile(rf"(?<![^\s\-–—(“‘\"'])Ã(?:  +| (?=(?:{'|'.join(_DATA['after_a'])})\b))|(?<![A-Z]{{2}})Ã (?=-)")
_LOST_I = re.compile(r"(?<![^\x00-\x7f])Ã (?=[a-z])")
_CAPITALS_WORD = re.compile(r"[A-Z]*(?P<form>[ÃÅÄ][^\w\s])(?=[A-Z]+|(?<=[‰ˆ‡†‹•˜›])(?!\w))")


def may_hold_lone_signs(run: str) -> bool:
    """Whether a run may be a single damaged sign.

    >>> may_hold_lone_signs("Ã—"), may_hold_lone_signs("é")
    (True, False)
    """
    return run in {"Ã", "Â"} or run in _forms() or run in _capitals() or _MARK in run or run[:2] in {"ÿþ", "þÿ"}


def restore_lone_signs(text: str) -> list[Step]:
    r"""The steps that restore single damaged signs and letters.

    >>> restore_lone_signs("ï»¿The mayor")[0][:5]
    (0, 3, 'ï»¿', '', 'byte_order_mark')
    >>> restore_lone_signs("Â, Ê and Ô; IRMÃ– and NAÇÃO")
    []
    """
    runs = RUN.findall(text)
    if not any(map(may_hold_lone_signs, runs)):
        return []
    steps = [*_marks(text), *_signs(text), *_words(text), *_spaces(text, runs)]
    steps.sort(key=lambda step: step.start)
    return [step for i, step in enumerate(steps) if not i or step.start >= steps[i - 1].end]


def _marks(text: str) -> Iterator[Step]:
    reason = "a byte order mark, read as cp1252"
    for match in re.finditer(f"(?:{_MARK})+", text):
        yield Step(*match.span(), match.group(), "", "byte_order_mark", "cp1252", reason=reason)
    wide = _WIDE_MARK.match(text)
    if wide is not None and not {"ÿ", "þ"} & set(text[2:]):
        yield Step(*wide.span(), wide.group(), "", "byte_order_mark", "cp1252", reason=reason)


def _signs(text: str) -> Iterator[Step]:
    """Signs between spaces, figures and the ends of lines."""
    for match in RUN.finditer(text):
        origin = _forms().get(match.group())
        start, end = match.span()
        if (
            origin is None
            or text[start - 1 : start].isalpha()
            or _occurs_elsewhere(text, match.group()[0], match.group())
        ):
            continue
        if text[end : end + 1].isalpha() and origin[0] not in "«♪":
            continue
        sign, codec = origin
        reason = f"UTF-8 read as {codec}; nothing else explains these characters here"
        yield Step(start, end, match.group(), sign, "mojibake", codec, "inferred", reason)


def _words(text: str) -> Iterator[Step]:
    """Capitals in words of capitals, where the form would be a capital and a sign."""
    for match in _CAPITALS_WORD.finditer(text):
        form = match["form"]
        capital = _capitals().get(form)
        if capital is None or _occurs_elsewhere(text, form[0], form):
            continue
        start, end = match.span("form")
        after = re.match("[A-Z]*", text[end:])
        rest = after.group() if after else ""
        before = text[match.start() : start]
        needed = _BETTER_WORD if form[1] in "–—“”‘’…™" else _BETTER
        better = fit(f"{before}{form}{rest}").bits - fit(f"{before}{capital}{rest}").bits
        if not (before or rest) or better < needed:
            continue
        reason = "UTF-8 read as cp1252; a word of capitals has no sign inside"
        yield Step(start, end, form, capital, "mojibake", "cp1252", "inferred", reason)


def _spaces(text: str, runs: list[str]) -> Iterator[Step]:
    """`Â` and `Ã` whose second byte, a no-break space or a soft hyphen, became a space."""
    if "Â" in runs and not _is_letter_elsewhere(text, "Â", _LOST_SPACE):
        for match in _LOST_SPACE.finditer(text):
            reason = "a no-break space, read as cp1252, whose second character became a space"
            yield Step(*match.span(), match.group(), "", "mojibake", "cp1252", "inferred", reason)
    if "Ã" in runs and not _is_letter_elsewhere(text, "Ã", _LOST_A):
        for match in _LOST_A.finditer(text):
            after = "à" if text[match.end() : match.end() + 1] == "-" else "à "
            reason = "UTF-8 read as cp1252, whose no-break space became a space"
            yield Step(*match.span(), match.group(), after, "mojibake", "cp1252", "inferred", reason)


def restore_spaced_letters(text: str) -> list[Step]:
    """The steps that restore each í whose second character, a soft hyphen, became a space.

    >>> [step[:4] for step in restore_spaced_letters("El paÃ s y su polÃ tica, dijo el poeta")]
    [(5, 7, 'Ã ', 'í'), (17, 19, 'Ã ', 'í')]
    """
    if "Ã " not in text or not _is_accented_i(text):
        return []
    reason = "UTF-8 read as cp1252, whose soft hyphen became a space; so the words fit their language best"
    return [
        Step(*match.span(), match.group(), _i_at(text, match.start()), "mojibake", "cp1252", "inferred", reason)
        for match in _LOST_I.finditer(text)
    ]


def _i_at(text: str, position: int) -> str:
    """Í at the start of a text or sentence, else í."""
    is_start = not text[:position].strip() or text[:position].rstrip()[-1:] in ".!?¿¡"
    return "Í" if is_start else "í"


def _is_accented_i(text: str) -> bool:
    """Whether `Ã` and a space are an í inside words, as the letters around them show."""
    places = [*_LOST_I.finditer(text)]
    n_inside = sum(text[match.start() - 1 : match.start()].isalpha() for match in places)
    if len(places) < _ENOUGH_PLACES or 2 * n_inside < len(places):
        return False  # à stands at the start of a word
    around = [text[max(0, match.start() - 20) : match.end() + 20] for match in places[:_ENOUGH_SEEN]]
    as_a, as_i = (sum(fit(piece.replace("Ã ", letter)).bits for piece in around) for letter in ("à ", "í"))
    return as_i + _BETTER < as_a


_ENOUGH_PLACES = 2
_ENOUGH_SEEN = 50


def _is_letter_elsewhere(text: str, letter: str, damaged: re.Pattern[str]) -> bool:
    """Whether a letter also occurs where it is not damaged."""
    return letter in damaged.sub("", text) or letter.lower() in text


def _occurs_elsewhere(text: str, letter: str, form: str) -> bool:
    """Whether the first letter of a form also occurs outside of such forms, so that the text may use it."""
    rest = text.replace(form, "")
    return (letter in rest or letter.lower() in rest) and any(
        (letter in run or letter.lower() in run) and run not in _forms() and run not in _capitals()
        for run in RUN.findall(rest)
    )

"""Artefacts of transport other than mojibake: what is invisible, doubled, escaped or of another platform.

Each rule is a pattern and a function that says what a match becomes, or None to leave it. All patterns are searched for
in one pass; passes follow until nothing changes, since `&amp;nbsp;` becomes a no-break space and that a plain one.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from tasks.clean.candidates import remember
from tasks.clean.orthography import script
from tasks.clean.prose import IDEOGRAPH, classify
from tasks.clean.repairs import Repair, Step, compose, rewrite
from tasks.options import Options
from tasks.package_data import cmu_words
from tasks.parts import unlimited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tasks.parts import Parts

_DEFAULTS = Options()

_WITHOUT_SPACES = frozenset({"THAI", "KHMER", "LAO", "MYANMAR"})
"""Scripts in which a zero-width space tells where a word ends."""

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}

_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f"
_SPACE_SIGNS = frozenset(character for character in map(chr, range(0x2060)) if re.match(f"[{_SPACES}]", character))


def normalize_text(text: str, options: Options = _DEFAULTS) -> Repair:
    r"""`text` without the artefacts that the rules of this module name, in NFC; damage that is only told comes as steps
    whose `after` equals their `before`.

    >>> normalize_text("one\u00a0\u00a0two&amp;hellip;\r\n").text
    'one two…\n'
    >>> normalize_text("soft\u00adware", Options()).steps[0][:5]
    (4, 5, '\xad', '', 'soft_hyphen')
    """
    return tell_losses(text, remove_artefacts(text, options))


def remove_artefacts(text: str, options: Options = _DEFAULTS, parts: Parts | None = None) -> Repair:
    """`normalize_text` without the steps that change nothing. LimitExceeded if these are more than `parts` allow."""
    parts = parts or unlimited()
    done = Repair(text)
    while True:
        more = _pass(done.text, options, parts)
        if not more.steps:
            return done
        done = compose(text, done, more)


@remember(1 << 16)
def may_hold_artefacts(characters: str) -> bool:
    r"""Whether anything here could change or tell a text that holds these characters, as far as single ones say.

    >>> may_hold_artefacts("“é”"), may_hold_artefacts("\u00a0"), may_hold_artefacts("\u0301")
    (False, True, True)
    """
    return (
        _ARTEFACT_BEGINS.search(characters) is not None
        or _LOSS_BEGINS.search(characters) is not None
        or any(map(unicodedata.combining, set(characters)))
        or not unicodedata.is_normalized("NFC", characters)
    )


def tell_losses(text: str, done: Repair) -> Repair:
    r"""`done`, which was made of `text`, with a step for each loss that is told and left alone.

    >>> tell_losses("caf\ufffd", Repair("caf\ufffd")).steps[0][4:]
    ('replacement_character', None, 'certain', 'a character was lost before the text came here')
    """
    if not _LOSS_BEGINS.search(done.text):
        return done
    steps = []
    for match in _LOSSES.finditer(done.text):
        kind = match.lastgroup or ""
        if kind == "url":
            continue
        steps.append(Step(match.start(), match.end(), match.group(), match.group(), kind, reason=_REASONS[kind]))
    return compose(text, done, Repair(done.text, tuple(steps))) if steps else done


class _Line(NamedTuple):
    """What decides about a paragraph: whether it has letters that run right to left, and ideographs."""

    is_right_to_left: bool
    is_east_asian: bool


class _Context:
    """What the rules may ask about the text around a match; each answer is worked out once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines: dict[int, _Line] = {}

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    @cached_property
    def _protected(self) -> list[tuple[int, int]]:
        return sorted(_protected_spans(self.text))

    @cached_property
    def is_stripped(self) -> bool:
        """Whether all control characters are signs of Windows-1252 without their eighth bit."""
        return _STRIPPED.keys() >= set("".join(re.findall(_RULES["control"][0], self.text)))

    def line(self, place: int) -> _Line:
        number = bisect_right(self._line_starts, place) - 1
        if number not in self._lines:
            ends = [*self._line_starts, len(self.text)]
            letters = set(self.text[ends[number] : ends[number + 1]])
            self._lines[number] = _Line(
                any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in letters),
                any(classify(letter) == IDEOGRAPH and not "\uff01" <= letter <= "\uff5e" for letter in letters),
            )
        return self._lines[number]

    def is_protected(self, place: int) -> bool:
        """Whether a place is inside a URL or code."""
        number = bisect_right(self._protected, (place, len(self.text))) - 1
        return number >= 0 and place < self._protected[number][1]


_URL = r"\b(?:https?|ftp)://[^\s<>\"]+|\bwww\.[^\s<>\"]+"


def _protected_spans(text: str) -> Iterator[tuple[int, int]]:
    for match in re.finditer(_URL + r"|`[^`\n]+`", text):
        yield match.span()
    for tag in ("code", "pre", "script", "style"):
        start = text.find(f"<{tag}")
        while start != -1:
            end = text.find(f"</{tag}", start)
            if end == -1:
                break
            yield start, end
            start = text.find(f"<{tag}", end)


def _remove(_match: re.Match[str], _context: _Context) -> str:
    return ""


def _join_surrogates(match: re.Match[str], _context: _Context) -> str:
    """Two halves make the character; one alone is a loss."""
    return match.group().encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _remove_zero_width(match: re.Match[str], context: _Context) -> str | None:
    around = context.text[max(match.start() - 1, 0) : match.start()] + context.text[match.end() : match.end() + 1]
    return None if any(script(letter) in _WITHOUT_SPACES for letter in around) else ""


def _remove_soft_hyphen(match: re.Match[str], context: _Context) -> str | None:
    start, end = match.span()
    before, after = context.text[max(start - 1, 0) : start], context.text[end : end + 1]
    return "" if before.isalpha() and after.isalpha() else None


def _remove_bidi_control(match: re.Match[str], context: _Context) -> str | None:
    return None if context.line(match.start()).is_right_to_left else ""


def _fold_fullwidth(match: re.Match[str], context: _Context) -> str | None:
    if context.line(match.start()).is_east_asian:
        return None
    return "".join(chr(ord(character) - 0xFEE0) for character in match.group())


def _resolve_entity(match: re.Match[str], context: _Context) -> str | None:
    if match.group("escapes").count(";") > 1 or context.is_protected(match.start()):
        return None  # escaped three times or more, it is about entities
    entity = f"&{match.group('name')};"
    character = html.unescape(entity)
    return None if character == entity or not character or "\ufffd" in character else character


def _expand_ligature(match: re.Match[str], _context: _Context) -> str:
    return _LIGATURES[match.group()]


def _plain_space(_match: re.Match[str], _context: _Context) -> str:
    return " "


def _newline(_match: re.Match[str], _context: _Context) -> str:
    return "\n"


_STRIPPED = {chr(byte & 0x7F): bytes([byte]).decode("cp1252") for byte in (0x85, *range(0x91, 0x98))}
"""Typographic signs of Windows-1252 that lost their eighth bit in the mail: `it\\x12s`."""


def _restore_stripped(match: re.Match[str], context: _Context) -> str:
    """Where a text has no other control characters, these are signs; where it has, it is no such mail."""
    return "".join(map(_STRIPPED.__getitem__, match.group())) if context.is_stripped else ""


_Rule = tuple[str, "Callable[[re.Match[str], _Context], str | None]"]
_RULES: dict[str, _Rule] = {
    "surrogate": ("[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]", _join_surrogates),
    "escape_sequence": (r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]{0,200}(?:\x07|\x1b\\)", _remove),
    "byte_order_mark": ("\ufeff+", _remove),
    "stripped": (f"[{''.join(_STRIPPED)}]+", _restore_stripped),
    "control": (r"[\x00-\x08\x0e-\x1f\x7f]+", _remove),
    "newline": ("\r\n|[\r\v\f\x85\u2028\u2029]", _newline),
    "zero_width": ("[\u200b\u2060\u180e]+", _remove_zero_width),
    "soft_hyphen": ("\u00ad+", _remove_soft_hyphen),
    "bidi_control": ("[\u202a-\u202e\u2066-\u2069]+", _remove_bidi_control),
    "space": (f" *[{_SPACES}][ {_SPACES}]*", _plain_space),
    "html_entity": (
        r"&(?P<escapes>(?:(?:amp|#38|#[xX]26);)*)(?P<name>#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});",
        _resolve_entity,
    ),
    "ligature": (f"[{''.join(_LIGATURES)}]", _expand_ligature),
    "fullwidth": ("[\uff01-\uff5e]+", _fold_fullwidth),
}
_REASONS = {
    "surrogate": "half of a character of UTF-16",
    "escape_sequence": "a terminal's escape sequence",
    "byte_order_mark": "a byte order mark inside a text",
    "stripped": "a control character that is this in Windows-1252 when its eighth bit is set, which was lost",
    "control": "a control character that has no use in text",
    "newline": "a line end of another platform",
    "zero_width": "an invisible character that no word needs",
    "soft_hyphen": "a place to hyphenate, inside a word",
    "bidi_control": "it turns the direction of writing, in a paragraph that has but one: check what it was to hide",
    "space": "a space of special width or function",
    "html_entity": "an HTML entity in plain text",
    "ligature": "a ligature of typesetting",
    "fullwidth": "full-width letters in a paragraph without East Asian ones",
    "normalization": "put into Unicode's normalization form C",
    "hyphenation": "hyphenated at a line end: the word is known without the hyphen and unknown with it",
    "replacement_character": "a character was lost before the text came here",
    "escaped_character": "an escape sequence of a programming language, URL or mail, not resolved",
    "c1_control": "a control character that stands for no character in Windows-1252",
}
_ARTEFACT_BEGINS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\x85\u00ad\u180e\u200b\u2028-\u202e\u2060\u2066-\u2069\ufeff\uff01-\uff5e\ud800-\udfff&"
    f"{_SPACES}{''.join(_LIGATURES)}]"
)
"""The first characters of all artefacts, those of spaces before special ones left out: to search for one set is fast."""

_LOSS_BEGINS = re.compile("[\ufffd\x80-\x84\x86-\x9f\\\\%=](?:(?<![\\\\%=])|(?=[ux][0-9a-fA-F]{2}|[C-F][0-9A-F][%=]))")

_ARTEFACT = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, (pattern, _) in _RULES.items()))
_LOSSES = re.compile(
    f"(?P<url>{_URL})"
    "|(?P<replacement_character>\ufffd+)"
    "|(?P<c1_control>[\x80-\x84\x86-\x9f]+)"
    r"|(?P<escaped_character>(?:\\u[0-9a-fA-F]{4}|\\x[89a-fA-F][0-9a-fA-F])+"
    r"|%[C-F][0-9A-F](?:%[89AB][0-9A-F])+|=[C-F][0-9A-F](?:=[89AB][0-9A-F])+)"
)


_LOOKS = 10_000
"""So many steps are found between two looks at their number."""


def _pass(text: str, options: Options, parts: Parts) -> Repair:
    context = _Context(text)
    steps = []
    done = 0
    for begin in _ARTEFACT_BEGINS.finditer(text):
        place = begin.start()
        if place < done:
            continue
        while place > done and text[place - 1] == " " and begin.group() in _SPACE_SIGNS:
            place -= 1
        match = _ARTEFACT.match(text, place)
        if match is None:
            continue
        done = match.end()
        rule = {"escapes": "html_entity", "name": "html_entity"}.get(match.lastgroup or "", match.lastgroup or "")
        after = _RULES[rule][1](match, context)
        if after is None:
            continue
        if rule == "stripped" and after:
            step = Step(*match.span(), match.group(), after, "control", "cp1252", "inferred", _REASONS[rule])
        else:
            kind = "control" if rule == "stripped" else rule
            step = Step(*match.span(), match.group(), after, kind, reason=_REASONS[kind])
        steps.append(step)
        if len(steps) % _LOOKS == 0:
            parts.check(len(steps), "repairs")
    if not steps:
        steps = [*_compose_characters(text)]
    if not steps and options.join_hyphens:
        steps = [*_join_hyphenated(text)]
    return rewrite(text, steps)


_WITH_STARTER = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
"""Nothing that follows an ASCII character composes with what is before that, so these can be composed one by one."""


def _compose_characters(text: str) -> Iterator[Step]:
    if unicodedata.is_normalized("NFC", text):
        return
    for match in _WITH_STARTER.finditer(text):
        composed = _compose(match.group())
        if composed != match.group():
            yield Step(*match.span(), match.group(), composed, "normalization", reason=_REASONS["normalization"])


_MANY_MARKS = 1000


def _compose(piece: str) -> str:
    """`piece` in Unicode's form NFC, in linear time.

    >>> _compose("e\N{COMBINING ACUTE ACCENT}")
    'é'
    """
    if len(piece) < _MANY_MARKS:
        return unicodedata.normalize("NFC", piece)
    # Python brings the marks on a character into order by insertion: minutes for some hundred thousand of them.
    composed: str = pl.Series([piece]).str.normalize("NFC").item()
    return composed


_HYPHENATED = re.compile(r"\b([^\W\d_]+)-\n([^\W\d_]+)\b")


def _join_hyphenated(text: str) -> Iterator[Step]:
    found = list(_HYPHENATED.finditer(text))
    if not found:
        return
    known = cmu_words()
    present = set(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower()))
    for match in found:
        joined, hyphenated = "".join(match.groups()), "-".join(match.groups())
        if {joined.lower()} & (known | present) and hyphenated.lower() not in known | present:
            yield Step(
                *match.span(), match.group(), joined + "\n", "hyphenation", None, "inferred", _REASONS["hyphenation"]
            )

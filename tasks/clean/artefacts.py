r"""Artefacts of transport other than mojibake: characters that are invisible, doubled, escaped or from another
platform.

`one&nbsp;&amp;&nbsp;two\r\n` becomes `one & two\n`. The artefacts are listed in data/artefacts.toml: each kind has a
pattern, a reason for the table of repairs, and an action, which is the name of a function in this module. The action
returns the replacement of a match, given the text around it, or None to keep it: full-width letters are kept in a
paragraph with East Asian letters, and a soft hyphen is only removed inside a word.

All patterns are searched for in one pass. Passes are repeated until nothing changes, because `&amp;nbsp;` becomes a
no-break space, and that becomes a space. Then the text is converted to Unicode's form NFC. If the options say so, words
that a line end parts are joined (`hyphens`).
"""

from __future__ import annotations

import html
import re
import tomllib
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from tasks.clean.character_classes import IDEOGRAPH, classify
from tasks.clean.escapes import decode_escapes, may_hold_escapes
from tasks.clean.hyphens import join_parted_words
from tasks.clean.orthography import script
from tasks.clean.repairs import Repair, Step, compose, rewrite
from tasks.clean.runs import cache_short
from tasks.options import Options
from tasks.parts import unlimited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.parts import Parts

_DEFAULTS = Options()
_DATA = tomllib.loads(files(__package__).joinpath("data", "artefacts.toml").read_text("utf-8"))
_LIGATURES: dict[str, str] = _DATA["ligatures"]
_WITHOUT_SPACES = frozenset(_DATA["scripts"]["without_spaces"])


def normalize_text(text: str, options: Options = _DEFAULTS) -> Repair:
    r"""`text` without artefacts, in NFC. Losses are only reported: the `after` of their steps equals the `before`.

    >>> normalize_text("one\u00a0\u00a0two&amp;hellip;\r\n").text
    'one two…\n'
    >>> normalize_text("soft\u00adware", Options()).steps[0][:5]
    (4, 5, '\xad', '', 'soft_hyphen')
    """
    return report_losses(text, remove_artefacts(text, options))


def remove_artefacts(text: str, options: Options = _DEFAULTS, parts: Parts | None = None) -> Repair:
    """`normalize_text` without steps that change nothing. Raises LimitExceeded if `parts` allow fewer steps."""
    parts = parts or unlimited()
    done = Repair(text)
    while True:
        more = _pass(done.text, options, parts)
        if not more.steps:
            return done
        done = compose(text, done, more)


@cache_short(1 << 16)
def may_hold_artefacts(characters: str) -> bool:
    r"""Whether a text with these characters may be changed or reported, judged by single characters.

    >>> may_hold_artefacts("“é”"), may_hold_artefacts("\u00a0"), may_hold_artefacts("\u0301")
    (False, True, True)
    """
    return (
        _ARTEFACT_BEGINS.search(characters) is not None
        or _LOSS_BEGINS.search(characters) is not None
        or any(map(unicodedata.combining, set(characters)))
        or not unicodedata.is_normalized("NFC", characters)
    )


def report_losses(text: str, done: Repair) -> Repair:
    r"""`done`, which was made from `text`, with a step for each loss. These steps change nothing.

    >>> report_losses("caf\ufffd", Repair("caf\ufffd")).steps[0][4:]
    ('replacement_character', None, 'certain', 'a character was already lost in the input')
    """
    if not _LOSS_BEGINS.search(done.text):
        return done
    steps = []
    for match in _LOSSES.finditer(done.text):
        kind = match.lastgroup or ""
        if kind != "url":
            steps.append(Step(*match.span(), match.group(), match.group(), kind, reason=_LOSS_REASONS[kind]))
    return compose(text, done, Repair(done.text, tuple(steps))) if steps else done


class _Paragraph(NamedTuple):
    """The properties of a paragraph that the rules need."""

    has_right_to_left: bool
    has_ideographs: bool


class _Context:
    """The text around a match, for the rules. Each property is computed once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._paragraphs: dict[int, _Paragraph] = {}

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    @cached_property
    def _protected(self) -> list[tuple[int, int]]:
        return sorted(_protected_spans(self.text))

    @cached_property
    def lost_eighth_bit(self) -> bool:
        """Whether all control characters are Windows-1252 characters without their eighth bit."""
        return _WITHOUT_EIGHTH_BIT.keys() >= set("".join(_CONTROLS.findall(self.text)))

    def paragraph(self, position: int) -> _Paragraph:
        """The paragraph (a line) that contains a position."""
        number = bisect_right(self._line_starts, position) - 1
        if number not in self._paragraphs:
            ends = [*self._line_starts, len(self.text)]
            letters = set(self.text[ends[number] : ends[number + 1]])
            self._paragraphs[number] = _Paragraph(
                any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in letters),
                any(classify(letter) == IDEOGRAPH and not "\uff01" <= letter <= "\uff5e" for letter in letters),
            )
        return self._paragraphs[number]

    def is_protected(self, position: int) -> bool:
        """Whether a position is inside a URL or code."""
        number = bisect_right(self._protected, (position, len(self.text))) - 1
        return number >= 0 and position < self._protected[number][1]


_PROTECTED = re.compile(f"{_DATA['protected']['url']}|{_DATA['protected']['code']}")


def _protected_spans(text: str) -> Iterator[tuple[int, int]]:
    """URLs, Markdown code, and HTML elements that contain code."""
    for match in _PROTECTED.finditer(text):
        yield match.span()
    for tag in _DATA["protected"]["elements"]:
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
    """Join two halves of a surrogate pair; a single one is a loss."""
    return match.group().encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _remove_zero_width(match: re.Match[str], context: _Context) -> str | None:
    around = context.text[max(match.start() - 1, 0) : match.start()] + context.text[match.end() : match.end() + 1]
    return None if any(script(letter) in _WITHOUT_SPACES for letter in around) else ""


def _remove_soft_hyphen(match: re.Match[str], context: _Context) -> str | None:
    start, end = match.span()
    before, after = context.text[max(start - 1, 0) : start], context.text[end : end + 1]
    return "" if before.isalpha() and after.isalpha() else None


def _remove_bidi_control(match: re.Match[str], context: _Context) -> str | None:
    return None if context.paragraph(match.start()).has_right_to_left else ""


def _fold_fullwidth(match: re.Match[str], context: _Context) -> str | None:
    if context.paragraph(match.start()).has_ideographs:
        return None
    return "".join(" " if character == "\u3000" else chr(ord(character) - 0xFEE0) for character in match.group())


def _resolve_entity(match: re.Match[str], context: _Context) -> str | None:
    if match.group("escapes").count(";") > 1 or context.is_protected(match.start()):
        return None  # escaped three times or more: the text is about entities
    entity = f"&{match.group('name')};"
    character = html.unescape(entity)
    return None if character == entity or not character or "\ufffd" in character else character


def _resolve_unfinished_entity(match: re.Match[str], context: _Context) -> str | None:
    if context.is_protected(match.start()):
        return None
    return html.unescape(f"{match.group()};")


def _join_entities(match: re.Match[str], context: _Context) -> str | None:
    if context.is_protected(match.start()):
        return None
    numbers = [int(number[1:], 16) if number[0] in "xX" else int(number) for number in _NUMBER.findall(match.group())]
    try:
        return b"".join(number.to_bytes(2, "big") for number in numbers).decode("utf-16-be")
    except UnicodeDecodeError:
        return None


_NUMBER = re.compile("(?<=&#)[xX]?[0-9a-fA-F]+")


def _to_symbol(match: re.Match[str], context: _Context) -> str | None:
    sign = _SYMBOLS.get(match.group())
    if sign is None and not context.text[: match.start()].rpartition("\n")[2].strip():
        sign = _BULLETS.get(match.group())
    return sign


_SYMBOLS: dict[str, str] = _DATA["symbols"]
_BULLETS: dict[str, str] = _DATA["bullets"]


_SEPARATORS = frozenset("\x01\x02\x03\x04\x1c\x1d\x1e\x1f")
"""Control characters between the fields of a message: SOH, STX, ETX, EOT, and the separators of ASCII."""


def _part_or_remove(match: re.Match[str], context: _Context) -> str:
    """A space between two words that are parted by nothing else."""
    before, after = context.text[max(0, match.start() - 1) : match.start()], context.text[match.end() : match.end() + 1]
    is_needed = bool(before and after) and not (before.isspace() or after.isspace())
    return " " if is_needed and not _SEPARATORS.isdisjoint(match.group()) else ""


def _expand_ligature(match: re.Match[str], _context: _Context) -> str:
    return _LIGATURES[match.group()]


def _to_plain_space(_match: re.Match[str], _context: _Context) -> str:
    return " "


def _to_newline(_match: re.Match[str], _context: _Context) -> str:
    return "\n"


_WITHOUT_EIGHTH_BIT = {chr(byte & 0x7F): bytes([byte]).decode("cp1252") for byte in (0x85, *range(0x91, 0x98))}
"""Typographic characters of Windows-1252 that lost their eighth bit in an e-mail: byte 92 becomes 12."""


def _restore_eighth_bit(match: re.Match[str], context: _Context) -> str:
    """Restore the characters, unless the text has other control characters, which such an e-mail has not."""
    return "".join(map(_WITHOUT_EIGHTH_BIT.__getitem__, match.group())) if context.lost_eighth_bit else ""


_Action = Callable[[re.Match[str], _Context], str | None]
_ACTIONS: dict[str, _Action] = {
    "expand_ligature": _expand_ligature,
    "fold_fullwidth": _fold_fullwidth,
    "join_entities": _join_entities,
    "join_surrogates": _join_surrogates,
    "part_or_remove": _part_or_remove,
    "remove": _remove,
    "remove_bidi_control": _remove_bidi_control,
    "remove_soft_hyphen": _remove_soft_hyphen,
    "remove_zero_width": _remove_zero_width,
    "resolve_entity": _resolve_entity,
    "resolve_unfinished_entity": _resolve_unfinished_entity,
    "restore_eighth_bit": _restore_eighth_bit,
    "to_newline": _to_newline,
    "to_plain_space": _to_plain_space,
    "to_symbol": _to_symbol,
}


class _Rule(NamedTuple):
    """A rule of data/artefacts.toml."""

    kind: str
    pattern: str
    act: _Action
    reason: str


_RULES = {
    rule["name"]: _Rule(rule["kind"], rule["pattern"], _ACTIONS[rule["action"]], rule["reason"])
    for rule in _DATA["rule"]
}
_FIRSTS = {rule["name"]: rule["first"] for rule in _DATA["rule"]}
_ARTEFACT_BEGINS = re.compile(f"[{''.join(dict.fromkeys(_FIRSTS.values()))}]")
"""The first characters of all artefacts, because searching for a single set is fast."""
_SPACE_SIGN = re.compile(f"[{_FIRSTS['space']}]")
_CONTROLS = re.compile(_RULES["control"].pattern)
_ARTEFACT = re.compile("|".join(f"(?P<{name}>{rule.pattern})" for name, rule in _RULES.items()))

_LOSS_BEGINS = re.compile(_DATA["losses"]["first"])
_LOSS_REASONS: dict[str, str] = {rule["kind"]: rule["reason"] for rule in _DATA["losses"]["rule"]}
_LOSSES = re.compile(
    "|".join(
        [
            f"(?P<url>{_DATA['protected']['url']})",
            *(f"(?P<{rule['kind']}>{rule['pattern']})" for rule in _DATA["losses"]["rule"]),
        ]
    )
)


_CHECK_EVERY = 10_000
"""Number of steps between two checks of the limit."""


def _pass(text: str, options: Options, parts: Parts) -> Repair:
    """One pass: artefacts; if there are none, escapes; then decomposed characters; then hyphenated words."""
    steps = [*_replace_artefacts(text, parts)]
    if not steps and may_hold_escapes(text):
        steps = decode_escapes(text, _Context(text).is_protected)
    steps = steps or [*_compose_characters(text)]
    if not steps and options.join_hyphens:
        steps = [*join_parted_words(text)]
    return rewrite(text, steps)


def _replace_artefacts(text: str, parts: Parts) -> Iterator[Step]:
    context = _Context(text)
    done = n_steps = 0
    for begin in _ARTEFACT_BEGINS.finditer(text):
        position = begin.start()
        if position < done:
            continue
        while position > done and text[position - 1] == " " and _SPACE_SIGN.match(begin.group()):
            position -= 1
        match = _ARTEFACT.match(text, position)
        if match is None:
            continue
        done = match.end()
        step = _step(match, context)
        if step is None:
            continue
        n_steps += 1
        yield step
        if n_steps % _CHECK_EVERY == 0:
            parts.check(n_steps, "repairs")


def _step(match: re.Match[str], context: _Context) -> Step | None:
    """The replacement of a match; None if it is kept."""
    name = match.lastgroup or ""
    rule = _RULES["html_entity" if name in {"escapes", "name"} else name]
    after = rule.act(match, context)
    if after is None:
        return None
    if name == "stripped":
        if after:
            return Step(*match.span(), match.group(), after, rule.kind, "cp1252", "inferred", rule.reason)
        rule = _RULES["control"]
    return Step(*match.span(), match.group(), after, rule.kind, reason=rule.reason)


_WITH_STARTER = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
"""Text can be split before an ASCII character, because no ASCII character composes with the one before it."""


def _compose_characters(text: str) -> Iterator[Step]:
    if unicodedata.is_normalized("NFC", text):
        return
    for match in _WITH_STARTER.finditer(text):
        composed = _compose(match.group())
        if composed != match.group():
            yield Step(
                *match.span(),
                match.group(),
                composed,
                "normalization",
                reason="normalized to Unicode form NFC",
            )


_MANY_MARKS = 1000


def _compose(piece: str) -> str:
    """`piece` in Unicode's form NFC, in linear time.

    >>> _compose("e\N{COMBINING ACUTE ACCENT}")
    'é'
    """
    if len(piece) < _MANY_MARKS:
        return unicodedata.normalize("NFC", piece)
    # Python sorts the marks on a character by insertion, which takes minutes for some hundred thousand of them.
    composed: str = pl.Series([piece]).str.normalize("NFC").item()
    return composed
